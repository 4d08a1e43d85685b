import type { Cluster } from "@pleiad/sdk/types/cluster";
import type { Version, VersionAgent, VersionTask } from "@pleiad/sdk/types/version";

/** A model that tasks of a version are on. */
export interface ModelFacts {
  readonly model: bigint;
  readonly name: string;
  /** Ids of the nodes that serve it now, ascending. */
  readonly nodes: readonly bigint[];
}

/** A cluster and one of its versions for a program: ids as numbers, amounts in wei as decimal strings. */
export function clusterJson(cluster: Cluster, version: Version, models: readonly ModelFacts[]) {
  return {
    ...clusterHead(cluster),
    version: Number(version.version),
    versionDigest: version.digest,
    inputs: version.inputs,
    windowSeconds: version.windowSeconds,
    attempts: version.attempts,
    quoteWei: version.quoteWei,
    feeWei: version.feeWei,
    currency: version.currency,
    agents: version.agents.map(agentJson),
    tasks: version.tasks.map((task) => taskJson(version, task)),
    models: models.map(({ model, name, nodes }) => ({
      model: Number(model),
      name,
      nodes: nodes.map(Number),
    })),
  };
}

/** A cluster without a version. */
export function clusterHead({ cluster, slug, name, description, owner, versions }: Cluster) {
  return { clusterId: Number(cluster), slug, name, description, owner, versions: Number(versions) };
}

export function agentJson({ agent, name, role, goal, backstory, tokensMax, temperature }: VersionAgent) {
  return {
    agent: Number(agent),
    name,
    role,
    goal,
    backstory,
    tokensMax: tokensMax ?? null,
    temperature: temperature ?? null,
  };
}

export function taskJson(version: Version, task: VersionTask) {
  const { name, prompt, tool, toolArguments, model, priceWei, nodeShareBps, dependsOn, quorum } = task;
  return {
    task: task.task,
    name,
    agent: version.agents[task.agentIndex]?.name ?? null,
    model: Number(model),
    priceWei,
    nodeShareBps,
    dependsOn,
    quorum,
    tool,
    toolArguments,
    prompt,
  };
}
