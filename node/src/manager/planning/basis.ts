import type { Blueprint } from "@pleiad/sdk/blueprint/blueprint";
import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Hex } from "viem";
import type { Fleet, FleetAgent, FleetCluster, FleetModel } from "../fleet.ts";
import type { Step } from "../plans.ts";
import { type Canonical, digestOf } from "./digest.ts";

/**
 * Digest of the facts that a plan's steps rest on, and of nothing else: a new block, another cluster or a figure that nobody asked about
 * changes it not. It follows from the steps and the fleet alone, so it is found again after a restart.
 *
 * | step | rests on |
 * |---|---|
 * | `publish` | what is published under the slug; of each agent of its file owner, model, cluster and whom its owner gave leave, of each model price, currency and whether it is open |
 * | `serve-model`, `leave-model` | whether the node may be changed, its status, whether it serves the model, the model's terms |
 * | `set-places` | whether the node may be changed, its status, its places |
 * | `set-share` | the same, the cluster's share of them, and its weight |
 * | `start-helper`, `stop-helper` | whether the cluster is there, and has a member of that name |
 * | `restart-member` | the member's state and restarts |
 * | `drain-node`, `resume-node` | whether the node may be changed, its status, whether it is drained |
 * | `set-route` | the member's route, which nodes can run it, and which of them are up |
 * | `connect` | which of the nodes are there at all |
 * | `write-rules`, `write-context`, `broadcast` | whether the cluster, and the member that alone is told, are there |
 *
 * What a plan's own `publish` makes is no fact of before.
 */
export function basisOf(fleet: Fleet, steps: readonly Step[]): Hex {
  return digestOf(steps.map((step) => [step.act, factsOf(fleet, step)]));
}

function factsOf(fleet: Fleet, step: Step): Canonical {
  switch (step.act) {
    case "publish":
      return publishFacts(fleet, step);
    case "serve-model":
    case "leave-model":
      return [nodeFacts(fleet, step.node), servingFacts(fleet, step)];
    case "set-places":
      return [nodeFacts(fleet, step.node), fleet.nodes.get(step.node)?.places?.total];
    case "set-share":
      return [
        nodeFacts(fleet, step.node),
        fleet.nodes.get(step.node)?.places?.total,
        fleet.nodes.get(step.node)?.shares?.get(step.cluster),
        fleet.clusters.get(step.cluster)?.weight,
      ];
    case "start-helper":
    case "stop-helper":
      return [clusterFacts(fleet, step.cluster), memberOf(fleet, step.cluster, step.name) !== undefined];
    case "restart-member": {
      const member = memberOf(fleet, step.cluster, step.name);
      return [clusterFacts(fleet, step.cluster), member?.state, member?.restarts];
    }
    case "drain-node":
    case "resume-node":
      // Whether it is up is no fact of it: of a node of others a person sees to it, and it may be away meanwhile.
      return [nodeFacts(fleet, step.node), fleet.nodes.get(step.node)?.isDraining];
    case "set-route": {
      const { nodes = [], route } = memberOf(fleet, step.cluster, step.member) ?? {};
      return [clusterFacts(fleet, step.cluster), route, ...nodes.map((node) => [node, isUp(fleet, node)])];
    }
    case "connect":
      return [
        clusterFacts(fleet, step.cluster),
        ...step.nodes.map((node) => [node, fleet.nodes.get(node)?.status]),
      ];
    case "broadcast":
      if (step.to === undefined) return clusterFacts(fleet, step.cluster);
      return [clusterFacts(fleet, step.cluster), memberOf(fleet, step.cluster, step.to) !== undefined];
    case "write-rules":
    case "write-context":
      return clusterFacts(fleet, step.cluster);
    default:
      return unknownStep(step);
  }
}

/** What a `cluster.yaml` names that is on the chain already; nothing where it cannot be read, which carrying it out will say. */
export function blueprintOf(yaml: string): Blueprint | undefined {
  try {
    return parseBlueprint(yaml);
  } catch (error) {
    if (error instanceof PleiadError) return undefined;
    throw error;
  }
}

function publishFacts(fleet: Fleet, step: Extract<Step, { act: "publish" }>): Canonical {
  const there = clusterOfSlug(fleet, step.slug);
  const blueprint = blueprintOf(step.yaml);
  const agents = (blueprint?.agents ?? []).flatMap(({ id }) => (id === undefined ? [] : [id]));
  const own = new Set(agents);
  const ofFile = (blueprint?.models ?? []).flatMap(({ id }) => (id === undefined ? [] : [id]));
  const ofAgents = [...own].map((id) => fleet.agents.get(id)?.model ?? 0n);
  const models = [...new Set([...ofFile, ...ofAgents])].filter((id) => id !== 0n).sort(ascending);
  return {
    there: there === undefined ? fleet.slugs?.get(step.slug) : [there.cluster, there.version],
    agents: [...own].sort(ascending).map((id) => [id, agentFacts(fleet.agents.get(id))]),
    models: models.map((id) => [id, modelFacts(fleet.models.get(id))]),
  };
}

function clusterOfSlug(fleet: Fleet, slug: string): FleetCluster | undefined {
  for (const cluster of fleet.clusters.values()) if (cluster.slug === slug) return cluster;
  return undefined;
}

function agentFacts(agent: FleetAgent | undefined): Canonical {
  if (agent === undefined) return undefined;
  const { owner, model, cluster, grantees = [] } = agent;
  return [owner.toLowerCase(), model, cluster, ...grantees.map((grantee) => grantee.toLowerCase()).sort()];
}

/** Whether one of its nodes is up is no fact of it: a publication waits for a person, and nodes come and go meanwhile; `connect` waits for them. */
function modelFacts(model: FleetModel | undefined): Canonical {
  if (model === undefined) return undefined;
  const { priceWei, currency, isOpen } = model;
  return [priceWei, currency.toLowerCase(), isOpen];
}

function servingFacts(fleet: Fleet, { node, model: id }: { node: bigint; model: bigint }): Canonical {
  const model = fleet.models.get(id);
  return model === undefined
    ? undefined
    : [model.priceWei, model.currency.toLowerCase(), model.isOpen, model.nodes.includes(node)];
}

function nodeFacts(fleet: Fleet, id: bigint): Canonical {
  const node = fleet.nodes.get(id);
  return node === undefined ? undefined : [node.isOwn, node.status];
}

function clusterFacts(fleet: Fleet, cluster: bigint): Canonical {
  return cluster === 0n ? "to be formed" : fleet.clusters.has(cluster);
}

function memberOf(fleet: Fleet, cluster: bigint, name: string) {
  return fleet.clusters.get(cluster)?.members.find((member) => member.name === name);
}

function isUp(fleet: Fleet, node: bigint): boolean {
  return fleet.nodes.get(node)?.isUp === true;
}

function ascending(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function unknownStep(step: never): never {
  throw new Error(`no such step: ${JSON.stringify(step)}`);
}
