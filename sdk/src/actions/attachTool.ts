import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface AttachToolParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly cluster: bigint;
  /** Index of the task in the draft, from 0. */
  readonly task: number;
  /** Its name; empty to take the tool away. */
  readonly tool: string;
  /** At most 1,024 bytes. @default "" */
  readonly toolArguments?: string | undefined;
}

/**
 * Gives a task of the draft a tool and what it is to be called with.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_NOT_OWNED`, `CLUSTER_TASK_UNKNOWN`, `CLUSTER_NAME_INVALID`, `CLUSTER_TEXT_LENGTH`.
 */
export async function attachTool(client: WriteClient, parameters: AttachToolParameters): Promise<Sent> {
  const { deployment, cluster, task, tool, toolArguments = "", timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "attachTool",
    args: [cluster, BigInt(task), tool, toolArguments],
    timeoutMs,
  });
  return sentOf(receipt);
}
