import {
  type Address,
  encodeEventTopics,
  formatLog,
  type Hex,
  type Log,
  numberToHex,
  type RpcLog,
  toEventSelector,
} from "viem";
import { getBlock } from "viem/actions";
import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { PleiadError } from "../errors/base.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import { rpc } from "./read.ts";

/** The range that most public endpoints still answer; a request that is refused is halved. */
const RANGE_BLOCKS_MAX = 10_000n;

/** Which logs: topics by place, each one value or any of several; null for any. */
export interface LogFilter {
  /** The contract that logged. @default `ClusterExecutions` */
  readonly address?: Address;
  readonly topics: readonly (Hex | readonly Hex[] | null)[];
}

/** Where to look. */
export type LogRange = { readonly blockHash: Hex } | { readonly fromBlock: bigint; readonly toBlock: bigint };

/** Events that name an execution in their first topic. */
const EXECUTION_EVENTS = [
  "ClusterExecutionCreated",
  "CompletionAccepted",
  "CompletionSeconded",
  "TipCredited",
  "CompletionSkipped",
  "ClusterResponse",
  "ClusterExecutionEnded",
] as const;

/** Name of an event about an execution. */
export type ExecutionEventName = (typeof EXECUTION_EVENTS)[number];

/** All that the log has about one execution, but the skips. */
export function filterOfExecution(execution: bigint): LogFilter {
  const names = EXECUTION_EVENTS.filter((name) => name !== "CompletionSkipped");
  return { topics: [names.map(selectorOf), numberToHex(execution, { size: 32 })] };
}

/** The first topic of an event. */
export function selectorOf(eventName: ExecutionEventName): Hex {
  const [topic] = encodeEventTopics({ abi: clusterExecutionsAbi, eventName });
  return topic ?? toEventSelector(eventName);
}

/**
 * The logs that a filter lets through, in the order of the chain. A range that the endpoint
 * refuses is halved until it answers.
 */
export async function logsOf(
  client: ReadClient,
  deployment: Deployment,
  filter: LogFilter,
  range: LogRange,
): Promise<Log[]> {
  if ("blockHash" in range) return request(client, deployment, filter, range);
  const logs: Log[] = [];
  for (let fromBlock = range.fromBlock; fromBlock <= range.toBlock; fromBlock += RANGE_BLOCKS_MAX) {
    const last = fromBlock + RANGE_BLOCKS_MAX - 1n;
    const toBlock = last < range.toBlock ? last : range.toBlock;
    logs.push(...(await halving(client, deployment, filter, { fromBlock, toBlock })));
  }
  return logs;
}

async function halving(
  client: ReadClient,
  deployment: Deployment,
  filter: LogFilter,
  range: { readonly fromBlock: bigint; readonly toBlock: bigint },
): Promise<Log[]> {
  const { fromBlock, toBlock } = range;
  try {
    return await request(client, deployment, filter, range);
  } catch (error) {
    const refused = error instanceof PleiadError && error.code === "RPC_FAILED";
    if (!refused || fromBlock === toBlock) throw error;
  }
  const middle = (fromBlock + toBlock) / 2n;
  const first = await halving(client, deployment, filter, { fromBlock, toBlock: middle });
  return [...first, ...(await halving(client, deployment, filter, { fromBlock: middle + 1n, toBlock }))];
}

async function request(
  client: ReadClient,
  deployment: Deployment,
  filter: LogFilter,
  range: LogRange,
): Promise<Log[]> {
  const where =
    "blockHash" in range
      ? { blockHash: range.blockHash }
      : { fromBlock: numberToHex(range.fromBlock), toBlock: numberToHex(range.toBlock) };
  const topics = filter.topics.map((topic) => (Array.isArray(topic) ? [...topic] : (topic as Hex | null)));
  const logs = await rpc(() =>
    client.request({
      method: "eth_getLogs",
      params: [{ address: filter.address ?? deployment.clusterExecutions, topics, ...where }],
    }),
  );
  return (logs as RpcLog[]).map((log) => formatLog(log));
}

/**
 * The first block that is not older than `timestamp`, so that a search in the log need not begin at the deployment.
 *
 * @param timestamp Unix seconds.
 * @param range Where to look; the answer is at most `toBlock`.
 */
export async function blockNotBefore(
  client: ReadClient,
  timestamp: bigint,
  range: { readonly fromBlock: bigint; readonly toBlock: bigint },
): Promise<bigint> {
  let { fromBlock: low, toBlock: high } = range;
  if (high - low < RANGE_BLOCKS_MAX) return low;
  while (low < high) {
    const middle = (low + high) / 2n;
    const block = await rpc(() => getBlock(client, { blockNumber: middle }));
    if (block.timestamp < timestamp) low = middle + 1n;
    else high = middle;
  }
  return low;
}
