import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface CreateClusterParameters extends WriteOptions {
  readonly deployment: Deployment;
  /** 3 to 31 characters of `[a-z0-9-]`; unique for ever. */
  readonly slug: string;
  /** At most 64 bytes. */
  readonly name: string;
  /** At most 1,024 bytes. @default "" */
  readonly description?: string | undefined;
}

export interface CreateClusterResult extends Sent {
  /** Clusters count from 1. */
  readonly cluster: bigint;
}

/**
 * Creates an empty cluster for the client's account. `createAndPublish` builds a whole one in one transaction.
 *
 * @throws ContractError `CLUSTER_SLUG_INVALID`, `CLUSTER_SLUG_TAKEN`, `CLUSTER_TEXT_LENGTH`.
 */
export async function createCluster(
  client: WriteClient,
  parameters: CreateClusterParameters,
): Promise<CreateClusterResult> {
  const { deployment, slug, name, description = "", timeoutMs } = parameters;
  const registry = { address: deployment.clusterRegistry, abi: clusterRegistryAbi };
  const receipt = await write(client, {
    ...registry,
    deployment,
    functionName: "create",
    args: [slug, name, description],
    timeoutMs,
  });
  return {
    ...sentOf(receipt),
    cluster: eventOf(receipt, { ...registry, eventName: "ClusterCreated" }).args.cluster,
  };
}
