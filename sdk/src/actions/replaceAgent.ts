import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { agentStruct } from "../internal/blueprintStructs.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { AgentEntry } from "../types/cluster.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface ReplaceAgentParameters extends WriteOptions, AgentEntry {
  readonly deployment: Deployment;
  readonly cluster: bigint;
}

/**
 * Gives a member of a cluster another name, persona or settings.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_NOT_OWNED`, `CLUSTER_AGENT_NOT_MEMBER`, `CLUSTER_NAME_INVALID`, `CLUSTER_NAME_TAKEN`,
 * `CLUSTER_TEXT_LENGTH`, `CLUSTER_TEMPERATURE_TOO_HIGH`.
 */
export async function replaceAgent(client: WriteClient, parameters: ReplaceAgentParameters): Promise<Sent> {
  const { deployment, cluster, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "replaceAgent",
    args: [cluster, agentStruct(parameters)],
    timeoutMs,
  });
  return sentOf(receipt);
}
