import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { sdkError } from "../errors/sdkError.ts";
import { read } from "../internal/read.ts";
import { readClusterTexts } from "../internal/versionLayout.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Cluster } from "../types/cluster.ts";
import type { Deployment } from "../types/deployment.ts";

/** By id or by slug. */
export type GetClusterParameters = ReadOptions & { readonly deployment: Deployment } & (
    | { readonly cluster: bigint; readonly slug?: undefined }
    | { readonly slug: string; readonly cluster?: undefined }
  );

/** A slug has at most 31 bytes; the contract refuses to look for a longer one. */
const SLUG_BYTES_MAX = 31;

/**
 * Reads a cluster: names, owner, agents, how many versions.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`; PleiadError `CLUSTER_SLUG_UNKNOWN`.
 */
export async function getCluster(client: ReadClient, parameters: GetClusterParameters): Promise<Cluster> {
  const { deployment, at } = parameters;
  const cluster = parameters.cluster ?? (await clusterOfSlug(client, parameters));
  const call = {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    args: [cluster],
    at,
  } as const;
  // First alone: for an unknown cluster its error says so, where ownerOf's speaks of tokens.
  const texts = readClusterTexts(await read(client, { ...call, functionName: "textsOf" }));
  const [owner, versions, agents] = await Promise.all([
    read(client, { ...call, functionName: "ownerOf" }),
    read(client, { ...call, functionName: "versionCount" }),
    read(client, { ...call, functionName: "membersOf" }),
  ]);
  return { cluster, owner, ...texts, versions, agents };
}

async function clusterOfSlug(client: ReadClient, parameters: GetClusterParameters): Promise<bigint> {
  const { deployment, slug = "", at } = parameters;
  const unknown = sdkError("CLUSTER_SLUG_UNKNOWN", `no cluster has the slug "${slug}"`, {
    details: { slug },
  });
  if (new TextEncoder().encode(slug).length > SLUG_BYTES_MAX) throw unknown;
  const cluster = await read(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "clusterOfSlug",
    args: [slug],
    at,
  });
  if (cluster === 0n) throw unknown;
  return cluster;
}
