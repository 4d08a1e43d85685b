import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

/** As the cluster's owner, or with `model` or `agent` as the owner of one that the version uses. */
export type StopVersionParameters = WriteOptions & {
  readonly deployment: Deployment;
  readonly cluster: bigint;
  readonly version: bigint;
} & (
    | { readonly model?: undefined; readonly agent?: undefined }
    | { readonly model: bigint; readonly agent?: undefined }
    | { readonly agent: bigint; readonly model?: undefined }
  );

/**
 * Ends new executions of a version, for ever. Running ones are untouched. Edit delegates may do it too.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_VERSION_UNKNOWN`, `CLUSTER_VERSION_STOPPED`, `CLUSTER_NOT_OWNED`,
 * `CLUSTER_MODEL_NOT_OWNED`, `CLUSTER_AGENT_NOT_OWNED`, `CLUSTER_VERSION_WITHOUT_MODEL`, `CLUSTER_VERSION_WITHOUT_AGENT`.
 */
export async function stopVersion(client: WriteClient, parameters: StopVersionParameters): Promise<Sent> {
  const { deployment, cluster, version, model, agent, timeoutMs } = parameters;
  const call = {
    deployment,
    address: deployment.clusterRegistry,
    abi: clusterRegistryAbi,
    timeoutMs,
  } as const;
  if (model !== undefined) {
    const args = [cluster, version, model] as const;
    return sentOf(await write(client, { ...call, functionName: "stopVersionAsModel", args }));
  }
  if (agent !== undefined) {
    const args = [cluster, version, agent] as const;
    return sentOf(await write(client, { ...call, functionName: "stopVersionAsAgent", args }));
  }
  return sentOf(await write(client, { ...call, functionName: "stopVersion", args: [cluster, version] }));
}
