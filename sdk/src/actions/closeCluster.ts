import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface CloseClusterParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly cluster: bigint;
  /** @default true; false opens it again */
  readonly closed?: boolean | undefined;
}

/**
 * Lets a cluster take no new executions at all, or take them again. Running ones are untouched.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_NOT_OWNED`.
 */
export async function closeCluster(client: WriteClient, parameters: CloseClusterParameters): Promise<Sent> {
  const { deployment, cluster, closed = true, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "setClosed",
    args: [cluster, closed],
    timeoutMs,
  });
  return sentOf(receipt);
}
