import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { type Address, encodeFunctionData, hexToBigInt } from "viem";
import { chainFailure } from "./errors.ts";
import { agreedNumber, askEvery } from "./everyEndpoint.ts";
import { LAG_SECONDS_MAX } from "./lagWatch.ts";
import type { Rpc } from "./rpc.ts";

/** Executions that may be created between two endpoints' answers. More than that between them is a contradiction. */
export const SEEN_EXECUTIONS_TOLERANCE_MAX = 64n;

/** How far the chain has come. */
export interface SeenChain {
  /** Unix seconds of the newest block. */
  readonly timestamp: bigint;
  /** The highest id of an execution that was ever created; 0 for none. */
  readonly execution: bigint;
}

/**
 * How far the chain has come, as most of its endpoints tell it: a single one can tell neither an older chain nor a later one.
 *
 * @param needed How many have to answer
 * @throws PleiadError RPC_DISAGREEMENT (retryable) while they contradict each other, or too few answer; the errors of `Rpc`
 */
export async function readSeenChain(rpc: Rpc, contract: Address, needed: number): Promise<SeenChain> {
  const data = encodeFunctionData({ abi: clusterExecutionsAbi, functionName: "executionCount" });
  const told = await askEvery(rpc, async (endpoint) => {
    const [block, count] = await Promise.all([
      endpoint.blockByNumber("latest"),
      endpoint.call({ to: contract, data }, "latest"),
    ]);
    return { timestamp: block?.timestamp ?? 0n, execution: hexToBigInt(count) };
  });
  const timestamp = agreedNumber(
    told.map((seen) => seen.timestamp),
    () => LAG_SECONDS_MAX,
  );
  const execution = agreedNumber(
    told.map((seen) => seen.execution),
    () => SEEN_EXECUTIONS_TOLERANCE_MAX,
  );
  if (told.length < needed || timestamp === undefined || execution === undefined) {
    const what = `eth_getBlockByNumber ["latest",false] and executionCount of ${contract}: the endpoints do not agree on how far the chain has come`;
    const text = told.map((seen) => `${seen.timestamp} s, execution ${seen.execution}`);
    throw chainFailure("RPC_DISAGREEMENT", what, { details: { told: text, needed } });
  }
  return { timestamp, execution };
}
