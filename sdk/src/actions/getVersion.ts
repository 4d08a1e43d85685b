import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { newestVersion } from "../internal/newestVersion.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Version } from "../types/version.ts";
import { decodeVersion } from "./decodeVersion.ts";

export interface GetVersionParameters extends ReadOptions {
  readonly deployment: Deployment;
  readonly cluster: bigint;
  /** @default the newest */
  readonly version?: bigint | undefined;
}

/**
 * Reads a published version and decodes it: agents with their personas, tasks with model, price and prompt.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_VERSION_UNKNOWN`; PleiadError `CLUSTER_UNPUBLISHED`,
 * `VERSION_INVALID`.
 */
export async function getVersion(client: ReadClient, parameters: GetVersionParameters): Promise<Version> {
  const { deployment, cluster, at } = parameters;
  const version = parameters.version ?? (await newestVersion(client, parameters));
  const data = await read(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "versionData",
    args: [cluster, version],
    at,
  });
  return decodeVersion(data);
}
