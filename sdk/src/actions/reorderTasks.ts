import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface ReorderTasksParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly cluster: bigint;
  /** The i-th task shall be the one that is now `order[i]`. */
  readonly order: readonly number[];
}

/**
 * Puts the tasks of the draft in another order. What a task depends on must still be earlier.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_NOT_OWNED`, `CLUSTER_ORDER_INVALID`, `CLUSTER_DEPENDENCY_NOT_EARLIER`.
 */
export async function reorderTasks(client: WriteClient, parameters: ReorderTasksParameters): Promise<Sent> {
  const { deployment, cluster, order, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "reorderTasks",
    args: [cluster, [...order]],
    timeoutMs,
  });
  return sentOf(receipt);
}
