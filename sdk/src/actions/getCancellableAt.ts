import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";

export interface GetCancellableAtParameters extends ReadOptions {
  readonly deployment: Deployment;
  readonly execution: bigint;
}

/**
 * From when on the requester may `cancel` a running execution, in unix seconds, should nothing else happen before.
 *
 * @throws ContractError `EXECUTION_UNKNOWN`, `EXECUTION_HAS_ENDED`.
 */
export function getCancellableAt(
  client: ReadClient,
  parameters: GetCancellableAtParameters,
): Promise<bigint> {
  const { deployment, execution, at } = parameters;
  return read(client, {
    deployment,
    address: deployment.clusterExecutions,
    abi: clusterExecutionsAbi,
    functionName: "cancellableAt",
    args: [execution],
    at,
  });
}
