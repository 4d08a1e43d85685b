import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import { VERSION_STATUSES, type VersionStatus } from "../types/states.ts";

export interface GetVersionStatusParameters extends ReadOptions {
  readonly deployment: Deployment;
  readonly cluster: bigint;
  readonly version: bigint;
}

/**
 * Whether a version takes new executions, and what hinders it most where it does not: the cluster is closed, the version was
 * stopped, or both are open to the cluster's owner and who has a grant alone.
 */
export async function getVersionStatus(
  client: ReadClient,
  parameters: GetVersionStatusParameters,
): Promise<VersionStatus> {
  const { deployment, cluster, version, at } = parameters;
  const status = await read(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "statusOf",
    args: [cluster, version],
    at,
  });
  return VERSION_STATUSES[status] ?? "Unknown";
}
