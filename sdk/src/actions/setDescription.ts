import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface SetDescriptionParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly cluster: bigint;
  /** At most 64 bytes. */
  readonly name: string;
  /** At most 1,024 bytes. */
  readonly description: string;
}

/**
 * Changes name and description of a cluster, for versions that are published from now on.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_NOT_OWNED`, `CLUSTER_TEXT_LENGTH`.
 */
export async function setDescription(
  client: WriteClient,
  parameters: SetDescriptionParameters,
): Promise<Sent> {
  const { deployment, cluster, name, description, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "setDescription",
    args: [cluster, name, description],
    timeoutMs,
  });
  return sentOf(receipt);
}
