import type { Account, Chain, Client, Transport } from "viem";

/** Any viem client: enough for what only reads. */
export type ReadClient = Client<Transport, Chain | undefined, Account | undefined>;

/** A viem client with an account: what writes need. Its transport must also read, as every write is simulated first. */
export type WriteClient = Client<Transport, Chain | undefined, Account>;
