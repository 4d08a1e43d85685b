import { agentRegistryAbi } from "../abi/agentRegistry.ts";
import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { read } from "../internal/read.ts";
import type { Agent } from "../types/agent.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";

export interface GetAgentParameters extends ReadOptions {
  readonly deployment: Deployment;
  /** Agents count from 0. */
  readonly agent: bigint;
}

/**
 * Reads an agent: owner, model, registration file, and the cluster it is in.
 *
 * @throws ContractError `AGENT_UNKNOWN`.
 */
export async function getAgent(client: ReadClient, parameters: GetAgentParameters): Promise<Agent> {
  const { deployment, agent, at } = parameters;
  const call = {
    deployment,
    address: deployment.agentRegistry,
    abi: agentRegistryAbi,
    args: [agent],
    at,
  } as const;
  // First alone: for an unknown agent its error says so, where tokenURI's speaks of tokens.
  const [owner, model] = await read(client, { ...call, functionName: "ownerAndModelOf" });
  const [uri, cluster] = await Promise.all([
    read(client, { ...call, functionName: "tokenURI" }),
    read(client, {
      deployment,
      address: deployment.clusterRegistry,
      abi: clusterRegistryAbi,
      functionName: "clusterOfAgent",
      args: [agent],
      at,
    }),
  ]);
  return { agent, owner, model, uri, cluster };
}
