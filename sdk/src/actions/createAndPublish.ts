import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { agentStruct, taskStruct, termsStruct } from "../internal/blueprintStructs.ts";
import { eventOf, sentOf, write } from "../internal/write.ts";
import type { WriteClient } from "../types/client.ts";
import type { ClusterBlueprint, PublishTerms } from "../types/cluster.ts";
import type { Deployment } from "../types/deployment.ts";
import type { WriteOptions } from "../types/sent.ts";
import type { PublishResult } from "./publish.ts";

export interface CreateAndPublishParameters extends WriteOptions, PublishTerms {
  readonly deployment: Deployment;
  readonly blueprint: ClusterBlueprint;
}

export interface CreateAndPublishResult extends PublishResult {
  /** Clusters count from 1. */
  readonly cluster: bigint;
}

/**
 * Creates a cluster for the client's account, adds its agents and tasks and publishes version 1, in one transaction.
 *
 * @throws ContractError those of `createCluster`, `addAgent`, `addTask` and `publish`.
 *
 * @example
 * const { cluster } = await createAndPublish(client, {
 *   deployment,
 *   blueprint: {
 *     slug: "echo", name: "Echo", description: "",
 *     agents: [{ agent: 0n, name: "parrot" }],
 *     tasks: [{ name: "repeat", agent: 0n, prompt: "Repeat the input." }],
 *   },
 *   windowSeconds: 30,
 * });
 */
export async function createAndPublish(
  client: WriteClient,
  parameters: CreateAndPublishParameters,
): Promise<CreateAndPublishResult> {
  const { deployment, blueprint, timeoutMs } = parameters;
  const { slug, name, description } = blueprint;
  const inputs = [...(blueprint.inputs ?? [])];
  const agents = blueprint.agents.map(agentStruct);
  const tasks = blueprint.tasks.map(taskStruct);
  const registry = { address: deployment.clusterRegistry, abi: clusterRegistryAbi };
  const receipt = await write(client, {
    ...registry,
    deployment,
    functionName: "createAndPublish",
    args: [{ slug, name, description, inputs, agents, tasks }, termsStruct(parameters)],
    timeoutMs,
  });
  const { cluster, version, digest, code } = eventOf(receipt, {
    ...registry,
    eventName: "VersionPublished",
  }).args;
  return { ...sentOf(receipt), cluster, version, digest, code };
}
