import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface SetInputsParameters extends WriteOptions {
  readonly deployment: Deployment;
  readonly cluster: bigint;
  /** At most 16 names of `[A-Za-z0-9_-]{1,32}`; none where an input is one text. */
  readonly inputs: readonly string[];
}

/**
 * Names the variables that an input brings, for versions that are published from now on.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_NOT_OWNED`, `CLUSTER_INPUTS_FULL`, `CLUSTER_NAME_INVALID`, `CLUSTER_NAME_TAKEN`.
 */
export async function setInputs(client: WriteClient, parameters: SetInputsParameters): Promise<Sent> {
  const { deployment, cluster, inputs, timeoutMs } = parameters;
  const receipt = await write(client, {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    functionName: "setInputs",
    args: [cluster, [...inputs]],
    timeoutMs,
  });
  return sentOf(receipt);
}
