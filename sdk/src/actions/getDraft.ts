import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { INDEPENDENT_MASK, indicesOf } from "../internal/mask.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Draft } from "../types/cluster.ts";
import type { Deployment } from "../types/deployment.ts";

export interface GetDraftParameters extends ReadOptions {
  readonly deployment: Deployment;
  readonly cluster: bigint;
}

/**
 * Reads the draft of a cluster as it stands, texts included.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`.
 */
export async function getDraft(client: ReadClient, parameters: GetDraftParameters): Promise<Draft> {
  const { deployment, cluster, at } = parameters;
  const [agents, tasks] = await read(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "draftOf",
    args: [cluster],
    at,
  });
  return {
    agents: [...agents],
    tasks: tasks.map((entry, task) => ({ ...entry, task, dependsOn: draftDependencies(entry.dependsOn) })),
  };
}

/** The contract answers the resolved mask; a task that depends on none has the one bit that says so, the first has 0. */
function draftDependencies(mask: number): number[] {
  return mask === INDEPENDENT_MASK ? [] : indicesOf(mask);
}
