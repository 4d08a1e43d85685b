import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { agentStruct } from "../internal/blueprintStructs.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { AgentEntry } from "../types/cluster.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface AddAgentParameters extends WriteOptions, AgentEntry {
  readonly deployment: Deployment;
  readonly cluster: bigint;
}

/**
 * Adds an agent of the client's account to a cluster of the client's account.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_NOT_OWNED`, `CLUSTER_AGENT_NOT_OWNED`, `CLUSTER_AGENT_TAKEN`,
 * `CLUSTER_AGENTS_FULL`, `CLUSTER_NAME_INVALID`, `CLUSTER_NAME_TAKEN`, `CLUSTER_TEXT_LENGTH`, `AGENT_UNKNOWN`.
 */
export async function addAgent(client: WriteClient, parameters: AddAgentParameters): Promise<Sent> {
  const { deployment, cluster, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "addAgent",
    args: [cluster, agentStruct(parameters)],
    timeoutMs,
  });
  return sentOf(receipt);
}
