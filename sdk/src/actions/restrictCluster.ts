import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface RestrictClusterParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly cluster: bigint;
  /** @default true; false opens it to anybody again */
  readonly restricted?: boolean | undefined;
}

/**
 * Lets only the owner of a cluster, and who has a grant (`setGrant`), execute it.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_NOT_OWNED`.
 */
export async function restrictCluster(
  client: WriteClient,
  parameters: RestrictClusterParameters,
): Promise<Sent> {
  const { deployment, cluster, restricted = true, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "setRestricted",
    args: [cluster, restricted],
    timeoutMs,
  });
  return sentOf(receipt);
}
