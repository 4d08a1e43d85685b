import type { Address } from "viem";
import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { newestVersion } from "../internal/newestVersion.ts";
import { read } from "../internal/read.ts";
import type { ReadOptions } from "../types/blockAt.ts";
import type { ReadClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";

export interface QuoteParameters extends ReadOptions {
  readonly deployment: Deployment;
  readonly cluster: bigint;
  /** @default the newest */
  readonly version?: bigint | undefined;
}

export interface QuoteResult {
  /** What a run costs, exactly; gas comes on top. */
  readonly totalWei: bigint;
  /** Zero is the chain's own currency. */
  readonly currency: Address;
  /** Whether new executions are accepted now: neither the cluster nor the version is stopped. */
  readonly accepting: boolean;
  readonly version: bigint;
}

/**
 * What a run of a version costs, and whether it may be had now. Prices are pinned by the version, so they never change.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_VERSION_UNKNOWN`; PleiadError `CLUSTER_UNPUBLISHED`.
 */
export async function quote(client: ReadClient, parameters: QuoteParameters): Promise<QuoteResult> {
  const { deployment, cluster, at } = parameters;
  const version = parameters.version ?? (await newestVersion(client, parameters));
  const [totalWei, currency, accepting] = await read(client, {
    deployment,
    address: deployment.clusterExecutions,
    abi: clusterExecutionsAbi,
    functionName: "quote",
    args: [cluster, version],
    at,
  });
  return { totalWei, currency, accepting, version };
}
