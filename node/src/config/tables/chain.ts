import { z } from "zod";
import { field, section } from "../fields.ts";
import {
  addressSchema,
  CONFIRMATIONS_MAX,
  CONTRACT_WORDS,
  contractsSchema,
  FINAL_DEPTH_MAX,
  LOCAL_CHAIN_ID,
  RPC_URLS_MAX,
  rpcUrlSchema,
  text,
  whole,
  wholeText,
  wsUrlSchema,
} from "../schemas.ts";

/** The chain. */
export const CHAIN_KEYS = {
  chain: section("The chain that the node follows and the contracts on it.", {
    rpcUrls: field({
      meaning:
        "Providers of the chain's JSON-RPC, the preferred one first. One that fails, lags or lies is left out for a while, " +
        "and with several they check each other. They may hold an API key.",
      expected: `a list of 1 to ${RPC_URLS_MAX} http, https, ws or wss URLs`,
      schema: z.array(rpcUrlSchema).min(1).max(RPC_URLS_MAX).readonly(),
      default: ["http://127.0.0.1:8545"],
      secret: true,
    }),
    wsUrl: field({
      meaning:
        "A provider's WebSocket, which tells of new blocks at once instead of at the next poll. A hint and no more, as blocks are " +
        "read from `chain.rpcUrls` and checked as ever, and found by polling while it is down. May hold an API key.",
      expected: "a ws or wss URL",
      schema: wsUrlSchema.nullable(),
      default: null,
      defaultText: "none: by polling alone",
      secret: true,
    }),
    chainId: field({
      meaning: "Id of the chain. The node refuses to start when a provider serves another one.",
      expected: "a chain id, a whole number from 1",
      schema: z.int().min(1),
      default: LOCAL_CHAIN_ID,
    }),
    contracts: field({
      meaning:
        "The contracts: the path of a deployment file, or the addresses themselves under their names: " +
        `${CONTRACT_WORDS}. Without a file the log is read from the chain's first block on.`,
      expected: "the path of a deployment file, or the contracts' addresses by name",
      schema: z.union([text, contractsSchema]),
      default: "deployment.json",
      path: true,
    }),
    pollIntervalMs: field({
      meaning: "How often to ask for a new block, in milliseconds. Half a block time is enough.",
      expected: wholeText(50, 60_000),
      schema: whole(50, 60_000),
      default: 1_000,
    }),
    finality: field({
      meaning:
        "When the node signs, sends or pays on what a block says: once so many blocks stand on it (`latest` is 0), or once the chain " +
        "itself calls it `safe` or `finalized`; the node does not start where the chain knows no such block. Agents may start " +
        "earlier, at the node's own cost. Each block delays what the node sends by one block.",
      expected: `"latest", "safe", "finalized" or ${wholeText(0, CONFIRMATIONS_MAX)}`,
      schema: z.union([
        z.literal("latest").transform(() => 0),
        z.enum(["safe", "finalized"]),
        whole(0, CONFIRMATIONS_MAX),
      ]),
      default: (chainId: number): number | "safe" | "finalized" => (chainId === LOCAL_CHAIN_ID ? 0 : 3),
      defaultText: `0 on the local chain ${LOCAL_CHAIN_ID}, where no foreign money is at stake; else 3, because deeper reorganisations are rare on public chains and a settled task can be signed again`,
    }),
    agreement: field({
      meaning:
        "How many providers must tell the same of a block (its hash, and the contracts' events in it) before the node signs, sends or pays on it. " +
        "One that contradicts always holds it up; with three or more the minority is left out for a while.",
      expected: wholeText(1, RPC_URLS_MAX),
      schema: whole(1, RPC_URLS_MAX).nullable(),
      default: null,
      defaultText: "2 of three or more providers; else 1, so that one of two may be away",
    }),
    pageAccount: field({
      meaning:
        "The account of a local development chain from which the dashboard may send, without a wallet: the chain signs for it itself, and " +
        "its money is worth nothing. `pleiad up` names one that nobody else uses, where it has started the chain itself.",
      expected: "an address",
      schema: addressSchema.nullable(),
      default: null,
      defaultText: "none: the dashboard signs with a browser's wallet alone",
    }),
    finalDepth: field({
      meaning:
        "How many blocks must stand on a block before the node takes it for final and forgets how to undo it. A " +
        "reorganisation deeper than this stops the node from taking work.",
      expected: wholeText(0, FINAL_DEPTH_MAX),
      schema: whole(0, FINAL_DEPTH_MAX),
      default: (chainId: number): number => (chainId === LOCAL_CHAIN_ID ? 6 : 64),
      defaultText: `6 on the local chain ${LOCAL_CHAIN_ID}; else 64, two epochs of Ethereum, after which its blocks are finalised`,
    }),
  }),
};
