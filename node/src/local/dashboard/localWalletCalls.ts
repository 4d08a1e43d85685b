import { z } from "zod";
import {
  LOCAL_WALLET_ADDRESSES_MAX,
  LOCAL_WALLET_FEE_BLOCKS_MAX,
  LOCAL_WALLET_LOG_BLOCKS_MAX,
} from "./limits.ts";

/** What a page may ask of a local chain, method by method, with exactly these parameters: what is not here is refused. */

const quantity = z.string().regex(/^0x[0-9a-fA-F]{1,64}$/);
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
const hash = z.string().regex(/^0x[0-9a-fA-F]{64}$/);
const data = z.string().regex(/^0x(?:[0-9a-fA-F]{2})*$/);
const block = z.union([
  quantity,
  z.enum(["latest", "earliest", "pending", "safe", "finalized"]),
  z.strictObject({ blockHash: hash, requireCanonical: z.boolean().optional() }),
]);

const call = z.strictObject({
  from: address.optional(),
  to: address.optional(),
  data: data.optional(),
  input: data.optional(),
  value: quantity.optional(),
  gas: quantity.optional(),
  gasPrice: quantity.optional(),
  maxFeePerGas: quantity.optional(),
  maxPriorityFeePerGas: quantity.optional(),
  nonce: quantity.optional(),
  type: quantity.optional(),
  chainId: quantity.optional(),
});

/** A transaction goes to somebody: the page makes no contracts. */
const transaction = call.extend({ from: address, to: address });
export type LocalTransaction = z.output<typeof transaction>;

const topic = z.union([hash, z.null(), z.array(hash).max(LOCAL_WALLET_ADDRESSES_MAX)]);
const logFilter = z
  .strictObject({
    address: z.union([address, z.array(address).max(LOCAL_WALLET_ADDRESSES_MAX)]),
    topics: z.array(topic).max(4).optional(),
    fromBlock: quantity,
    toBlock: quantity,
  })
  .refine(
    ({ fromBlock, toBlock }) => BigInt(toBlock) - BigInt(fromBlock) < BigInt(LOCAL_WALLET_LOG_BLOCKS_MAX),
    { error: `spans more than ${LOCAL_WALLET_LOG_BLOCKS_MAX} blocks` },
  );

const nothing = z.tuple([]);
const byHash = z.tuple([hash]);
const ofAccount = z.tuple([address, block.optional()]);
const callAt = z.tuple([call, block.optional()]);

export const LOCAL_WALLET_CALLS = {
  eth_chainId: nothing,
  eth_accounts: nothing,
  eth_requestAccounts: nothing,
  eth_blockNumber: nothing,
  eth_gasPrice: nothing,
  eth_maxPriorityFeePerGas: nothing,
  eth_feeHistory: z.tuple([
    quantity.refine((count) => BigInt(count) <= BigInt(LOCAL_WALLET_FEE_BLOCKS_MAX)),
    block,
    z.array(z.number().min(0).max(100)).max(LOCAL_WALLET_ADDRESSES_MAX).optional(),
  ]),
  eth_getBalance: ofAccount,
  eth_getTransactionCount: ofAccount,
  eth_getCode: ofAccount,
  eth_call: callAt,
  eth_estimateGas: callAt,
  eth_getTransactionReceipt: byHash,
  eth_getTransactionByHash: byHash,
  eth_getBlockByNumber: z.tuple([block, z.boolean()]),
  eth_getBlockByHash: z.tuple([hash, z.boolean()]),
  eth_getLogs: z.tuple([logFilter]),
  eth_sendTransaction: z.tuple([transaction]),
} as const satisfies Readonly<Record<string, z.ZodType>>;

export type LocalWalletMethod = keyof typeof LOCAL_WALLET_CALLS;

export function isLocalWalletMethod(method: string): method is LocalWalletMethod {
  return Object.hasOwn(LOCAL_WALLET_CALLS, method);
}
