import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface RemoveTaskParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly cluster: bigint;
  /** Index of the task in the draft, from 0. */
  readonly task: number;
}

/**
 * Takes a task out of the draft. Later ones move up by one; what depended on it depends on what it depended on.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_NOT_OWNED`, `CLUSTER_TASK_UNKNOWN`.
 */
export async function removeTask(client: WriteClient, parameters: RemoveTaskParameters): Promise<Sent> {
  const { deployment, cluster, task, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "removeTask",
    args: [cluster, BigInt(task)],
    timeoutMs,
  });
  return sentOf(receipt);
}
