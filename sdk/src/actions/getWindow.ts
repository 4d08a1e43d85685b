import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";

export interface GetWindowParameters extends ReadOptions {
  readonly deployment: Deployment;
  readonly execution: bigint;
  /** Index of the task, from 0. */
  readonly task: number;
  readonly node: bigint;
}

export interface GetWindowResult {
  /** False for a node that never may answer the task. */
  readonly eligible: boolean;
  /** Unix seconds from which on it may, should nothing else be accepted before. */
  readonly opensAt: bigint;
}

/**
 * From when on a node may answer a task.
 *
 * @throws ContractError `EXECUTION_UNKNOWN`, `TASK_UNKNOWN`.
 */
export async function getWindow(
  client: ReadClient,
  parameters: GetWindowParameters,
): Promise<GetWindowResult> {
  const { deployment, execution, task, node, at } = parameters;
  const [eligible, opensAt] = await read(client, {
    deployment,
    address: deployment.clusterExecutions,
    abi: clusterExecutionsAbi,
    functionName: "windowOf",
    args: [execution, BigInt(task), node],
    at,
  });
  return { eligible, opensAt };
}
