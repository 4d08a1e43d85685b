import { JsonRpcProvider, JsonRpcSigner, NonceManager, Wallet } from "ethers";
import { after, before, describe } from "mocha";
import { bytesToHex, createClient, http } from "viem";
import type { HDAccount } from "viem/accounts";
import { fromEthersProvider } from "../../../sdk/src/ethers/fromEthersProvider.ts";
import { fromEthersSigner } from "../../../sdk/src/ethers/fromEthersSigner.ts";
import type { ReadClient, WriteClient } from "../../../sdk/src/types/client.ts";
import type { Deployment } from "../../../sdk/src/types/deployment.ts";
import {
  accountOf,
  deployAll,
  type LocalChain,
  POLLING_MS,
  startChain,
  testClientOf,
  walletOf,
} from "../../fixtures/chain.ts";

/** Every way to connect that the SDK promises. */
export const CLIENT_KINDS = ["viem", "ethers Wallet", "ethers NonceManager", "ethers JsonRpcSigner"] as const;
export type ClientKind = (typeof CLIENT_KINDS)[number];

/** Every action's suite runs for these; the whole story of a run, with all that it signs and sends, for each kind. */
const ACTION_KINDS: readonly ClientKind[] = ["viem", "ethers Wallet"];

/** Each client gets an account of its own, so that no two count the same nonces. */
const ACCOUNTS_MAX = 600;

/** The first ones are for the fixtures of the chain. */
const FIRST_ACCOUNT = 10;

/** A chain with contracts, shared by all suites of the SDK. */
export interface World {
  readonly chain: LocalChain;
  readonly deployment: Deployment;
  /** A client for a fresh account with money. */
  connect(kind?: ClientKind): Promise<WriteClient>;
  /** A client that only reads. */
  reader(kind?: ClientKind): ReadClient;
  /** Moves the chain's time, and mines a block there. */
  passSeconds(seconds: number): Promise<void>;
}

let shared: Promise<World> | undefined;
const providers: JsonRpcProvider[] = [];

after(async () => {
  for (const provider of providers) provider.destroy();
  const world = await shared;
  await world?.chain.stop();
  shared = undefined;
});

/** The shared world; the first to ask starts it. */
export function sharedWorld(): Promise<World> {
  shared ??= createWorld();
  return shared;
}

/** A suite on the shared world. */
export function describeOnChain(title: string, suite: (world: () => World) => void): void {
  describe(title, () => {
    let world: World | undefined;
    before(async function () {
      this.timeout(30_000);
      world = await sharedWorld();
    });
    suite(() => {
      if (world === undefined) throw new Error("the world is there once the suite runs");
      return world;
    });
  });
}

/** A suite that runs once for each of several ways to connect. */
export function describeClients(
  title: string,
  suite: (world: () => World, kind: ClientKind) => void,
  kinds: readonly ClientKind[] = ACTION_KINDS,
): void {
  for (const kind of kinds) describeOnChain(`${title} (${kind})`, (world) => suite(world, kind));
}

async function createWorld(): Promise<World> {
  const chain = await startChain({ extraArguments: ["--accounts", String(ACCOUNTS_MAX)] });
  const deployment = await deployAll(chain);
  const provider = ethersProvider(chain);
  let next = FIRST_ACCOUNT;
  const connect = async (kind: ClientKind = "viem"): Promise<WriteClient> => {
    if (next === ACCOUNTS_MAX) throw new Error(`the tests need more than ${ACCOUNTS_MAX} accounts`);
    return connected(chain, provider, kind, accountOf(next++));
  };
  const reader = (kind: ClientKind = "viem"): ReadClient =>
    kind === "viem"
      ? createClient({ transport: http(chain.rpcUrl), pollingInterval: POLLING_MS })
      : fromEthersProvider(provider);
  const passSeconds = async (seconds: number): Promise<void> => {
    const client = testClientOf(chain);
    await client.increaseTime({ seconds });
    await client.mine({ blocks: 1 });
  };
  return { chain, deployment, connect, reader, passSeconds };
}

/** A provider of ethers on a chain, which the end of the tests destroys. */
export function ethersProvider(chain: {
  readonly rpcUrl: string;
  readonly chainId: number;
}): JsonRpcProvider {
  const provider = new JsonRpcProvider(chain.rpcUrl, chain.chainId, {
    staticNetwork: true,
    batchMaxCount: 1,
  });
  provider.pollingInterval = POLLING_MS;
  providers.push(provider);
  return provider;
}

function connected(
  chain: LocalChain,
  provider: JsonRpcProvider,
  kind: ClientKind,
  account: HDAccount,
): Promise<WriteClient> | WriteClient {
  switch (kind) {
    case "viem":
      return walletOf(chain, account);
    case "ethers Wallet":
      return fromEthersSigner(new Wallet(keyOf(account), provider));
    case "ethers NonceManager":
      return fromEthersSigner(new NonceManager(new Wallet(keyOf(account), provider)));
    case "ethers JsonRpcSigner":
      return fromEthersSigner(new JsonRpcSigner(provider, account.address));
  }
}

/** The private key of an account of the chain. */
export function keyOf(account: HDAccount): `0x${string}` {
  const { privateKey } = account.getHdKey();
  if (!privateKey) throw new Error("the account has no key");
  return bytesToHex(privateKey);
}
