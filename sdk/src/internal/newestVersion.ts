import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { sdkError } from "../errors/sdkError.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import { read } from "./read.ts";

/** The newest version of a cluster; `CLUSTER_UNPUBLISHED` where there is none. */
export async function newestVersion(
  client: ReadClient,
  parameters: ReadOptions & { readonly deployment: Deployment; readonly cluster: bigint },
): Promise<bigint> {
  const { deployment, cluster, at } = parameters;
  const version = await read(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "versionCount",
    args: [cluster],
    at,
  });
  if (version !== 0n) return version;
  throw sdkError("CLUSTER_UNPUBLISHED", `cluster ${cluster} has no version`, { details: { cluster } });
}
