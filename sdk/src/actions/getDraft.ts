import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { read } from "../internal/read.ts";
import { readVersionLayout } from "../internal/versionLayout.ts";
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
  const data = await read(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "draftData",
    args: [cluster],
    at,
  });
  const { slug, name, description, inputs, agents, tasks } = readVersionLayout(data);
  // A draft has the id of a task's agent in place of a model.
  const drafted = tasks.map(({ agentIndex, model: agent, priceWei: _, nodeShareBps: __, ...task }) => ({
    ...task,
    agent,
    isAgentMember: agents[agentIndex] !== undefined,
  }));
  return { slug, name, description, inputs, agents, tasks: drafted };
}
