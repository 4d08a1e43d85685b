import { modelRegistryAbi } from "../abi/modelRegistry.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { ServingNode } from "../types/model.ts";

export interface ListServingNodesParameters extends ReadOptions {
  readonly deployment: Deployment;
  readonly model: bigint;
}

/** A model's whole list of serving nodes, in the order of joining; at most 64. Empty for a model that has none. */
export async function listServingNodes(
  client: ReadClient,
  parameters: ListServingNodesParameters,
): Promise<ServingNode[]> {
  const { deployment, model, at } = parameters;
  const list = await read(client, {
    deployment,
    address: deployment.modelRegistry,
    abi: modelRegistryAbi,
    functionName: "servingNodes",
    args: [model],
    at,
  });
  return list.map(({ node, joinedAt, active }, place) => ({ node, place, joinedAt, active }));
}
