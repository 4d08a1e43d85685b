import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { taskStruct } from "../internal/blueprintStructs.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { TaskEntry } from "../types/cluster.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface AddTaskParameters extends WriteOptions, TaskEntry {
  readonly deployment: Deployment;
  readonly cluster: bigint;
}

export interface AddTaskResult extends Sent {
  /** Index of the task in the draft, from 0. */
  readonly task: number;
}

/** More tasks than any version has; what the real index is, the contract knows and checks the mask against. */
const INDEX_UNKNOWN = 31;

/**
 * Adds a task to the end of the draft of a cluster of the client's account.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_NOT_OWNED`, `CLUSTER_AGENT_MISSING`, `CLUSTER_TASKS_FULL`,
 * `CLUSTER_NAME_INVALID`, `CLUSTER_NAME_TAKEN`, `CLUSTER_TEXT_LENGTH`, `CLUSTER_DEPENDENCY_NOT_EARLIER`.
 */
export async function addTask(client: WriteClient, parameters: AddTaskParameters): Promise<AddTaskResult> {
  const { deployment, cluster, timeoutMs } = parameters;
  const registry = { address: deployment.clusterRegistry, abi: clusterRegistryAbi };
  const receipt = await write(client, {
    ...registry,
    deployment,
    functionName: "addTask",
    args: [cluster, taskStruct(parameters, INDEX_UNKNOWN)],
    timeoutMs,
  });
  const { args } = eventOf(receipt, { ...registry, eventName: "TaskAddedToCluster" });
  return { ...sentOf(receipt), task: Number(args.task) };
}
