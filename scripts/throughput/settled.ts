import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { type Address, createPublicClient, http } from "viem";

/** What a side brought about. */
export interface Settled {
  readonly completions: number;
  readonly transactions: number;
  /** From the first block with a completion to the last, both included. */
  readonly blocks: number;
  /** The largest block among them. */
  readonly blockGas: bigint;
  readonly perSecond: number;
  readonly gasPerCompletion: number;
}

/** A block comes every second. */
const BLOCK_SECONDS = 1;
const LOOK_INTERVAL_MS = 500;

/**
 * Waits until so many completions of the executions are accepted, and reads from the chain alone what that took.
 *
 * @throws where none came for `idleMs`
 */
export async function untilSettled(
  rpcUrl: string,
  contract: Address,
  wanted: { readonly executions: readonly bigint[]; readonly completions: number; readonly idleMs: number },
): Promise<Settled> {
  const client = createPublicClient({ transport: http(rpcUrl) });
  const ours = new Set(wanted.executions);
  const byBlock = new Map<bigint, number>();
  const hashes = new Set<`0x${string}`>();
  let from = await client.getBlockNumber();
  let found = 0;
  let lastFoundAtMs = performance.now();
  while (found < wanted.completions) {
    const to = await client.getBlockNumber({ cacheTime: 0 });
    const logs =
      to < from
        ? []
        : await client.getContractEvents({
            address: contract,
            abi: clusterExecutionsAbi,
            eventName: "CompletionAccepted",
            fromBlock: from,
            toBlock: to,
            strict: true,
          });
    for (const { args, blockNumber, transactionHash } of logs) {
      if (!ours.has(args.execution)) continue;
      found += 1;
      hashes.add(transactionHash);
      byBlock.set(blockNumber, (byBlock.get(blockNumber) ?? 0) + 1);
      lastFoundAtMs = performance.now();
    }
    if (to >= from) from = to + 1n;
    if (performance.now() - lastFoundAtMs > wanted.idleMs) {
      throw new Error(`${found} of ${wanted.completions} completions were accepted, then no more`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  }
  const numbers = [...byBlock.keys()];
  const blocks =
    numbers.length === 0 ? 0 : Math.max(...numbers.map(Number)) - Math.min(...numbers.map(Number)) + 1;
  let blockGas = 0n;
  for (const blockNumber of byBlock.keys()) {
    const { gasLimit } = await client.getBlock({ blockNumber });
    if (gasLimit > blockGas) blockGas = gasLimit;
  }
  let gas = 0n;
  for (const hash of hashes) gas += (await client.getTransactionReceipt({ hash })).gasUsed;
  return {
    completions: found,
    transactions: hashes.size,
    blocks,
    blockGas,
    perSecond: found / (blocks * BLOCK_SECONDS),
    gasPerCompletion: Number(gas) / found,
  };
}
