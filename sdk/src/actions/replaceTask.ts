import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { taskStruct } from "../internal/blueprintStructs.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { TaskEntry } from "../types/cluster.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface ReplaceTaskParameters extends WriteOptions, TaskEntry {
  readonly deployment: Deployment;
  readonly cluster: bigint;
  /** Index of the task in the draft, from 0. */
  readonly task: number;
}

/**
 * Puts another task in the place of one of the draft. What depends on it stays.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_NOT_OWNED`, `CLUSTER_TASK_UNKNOWN`, `CLUSTER_AGENT_MISSING`, `CLUSTER_NAME_INVALID`,
 * `CLUSTER_NAME_TAKEN`, `CLUSTER_TEXT_LENGTH`, `CLUSTER_DEPENDENCY_NOT_EARLIER`, `CLUSTER_QUORUM_TOO_HIGH`.
 */
export async function replaceTask(client: WriteClient, parameters: ReplaceTaskParameters): Promise<Sent> {
  const { deployment, cluster, task, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "replaceTask",
    args: [cluster, BigInt(task), taskStruct(parameters, task)],
    timeoutMs,
  });
  return sentOf(receipt);
}
