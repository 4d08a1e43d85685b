import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface RemoveAgentParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly cluster: bigint;
  readonly agent: bigint;
}

/**
 * Takes an agent out of a cluster, as the owner of either or an edit delegate. Versions and running executions stay as they
 * are; the agent's tasks stay in the draft until they are replaced or removed.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_NOT_OWNED`, `CLUSTER_AGENT_NOT_MEMBER`.
 */
export async function removeAgent(client: WriteClient, parameters: RemoveAgentParameters): Promise<Sent> {
  const { deployment, cluster, agent, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "removeAgent",
    args: [cluster, agent],
    timeoutMs,
  });
  return sentOf(receipt);
}
