import type { Address, Hex } from "viem";
import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { termsStruct } from "../internal/blueprintStructs.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { PublishTerms } from "../types/cluster.ts";
import type { Deployment } from "../types/deployment.ts";
import type { Sent, WriteOptions } from "../types/sent.ts";

export interface PublishParameters extends WriteOptions, PublishTerms {
  readonly deployment: Deployment;
  readonly cluster: bigint;
}

export interface PublishResult extends Sent {
  /** Versions count from 1. */
  readonly version: bigint;
  readonly digest: Hex;
  /** The contract whose code is the version. */
  readonly code: Address;
}

/**
 * Freezes the draft of a cluster of the client's account as its next version, with the models, prices and node shares
 * of now.
 *
 * @throws ContractError `CLUSTER_UNKNOWN`, `CLUSTER_NOT_OWNED`, `CLUSTER_WITHOUT_TASKS`, `CLUSTER_WINDOW_OUT_OF_RANGE`,
 * `CLUSTER_AGENT_WITHOUT_MODEL`, `CLUSTER_MODEL_NOT_OPEN`, `CLUSTER_CURRENCIES_DIFFER`, `CLUSTER_PRICE_TOO_HIGH`,
 * `CLUSTER_VERSION_TOO_LARGE`.
 */
export async function publish(client: WriteClient, parameters: PublishParameters): Promise<PublishResult> {
  const { deployment, cluster, timeoutMs } = parameters;
  const registry = { address: deployment.clusterRegistry, abi: clusterRegistryAbi };
  const receipt = await write(client, {
    ...registry,
    deployment,
    functionName: "publish",
    args: [cluster, termsStruct(parameters)],
    timeoutMs,
  });
  const { version, digest, code } = eventOf(receipt, { ...registry, eventName: "VersionPublished" }).args;
  return { ...sentOf(receipt), version, digest, code };
}
