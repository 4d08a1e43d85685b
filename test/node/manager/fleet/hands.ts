import { zeroAddress } from "viem";
import type { Step } from "../../../../node/src/manager/plans.ts";
import type { Hands, VersionWriter } from "../../../../node/src/manager/ports.ts";
import { memberOf, type SimCluster, type SimNode, turn, type World } from "./world.ts";

/** What was done, in its order. */
export interface Deed {
  readonly atMs: number;
  readonly step: Step;
}

const RESTART_MIN_MS = 1_000;
const RESTART_MAX_MS = 2_000;

/** Hands that change the simulated fleet, each act once for each key. */
export function createHands(world: World): Hands & { readonly deeds: readonly Deed[] } {
  const deeds: Deed[] = [];
  const done = new Map<string, string | undefined>();
  return {
    deeds,
    estimate: async () => ({ gas: 0n, gasWei: 0n, feesWei: 0n, currency: zeroAddress }),
    lacks: () => undefined,
    async carryOut(step, key) {
      if (done.has(key)) return done.get(key);
      const outcome = carryOut(world, step);
      deeds.push({ atMs: world.nowMs, step });
      done.set(key, outcome);
      return outcome;
    },
    inverse,
  };
}

function inverse(step: Step): Step | undefined {
  switch (step.act) {
    case "set-places":
      return { ...step, from: step.to, to: step.from };
    case "set-share":
      return { ...step, from: step.to, to: step.from };
    case "serve-model":
      return { ...step, act: "leave-model" };
    case "leave-model":
      return { ...step, act: "serve-model" };
    case "start-helper":
      return { ...step, act: "stop-helper" };
    case "stop-helper":
      return { ...step, act: "start-helper" };
    case "drain-node":
      return { ...step, act: "resume-node" };
    case "resume-node":
      return { ...step, act: "drain-node" };
    default:
      return undefined;
  }
}

/** A version is written as the JSON of its members. */
export function createVersionWriter(world: World): VersionWriter {
  return {
    next(id, { add, replace }) {
      const members = world.clusters.get(id)?.members.filter(({ agent }) => agent !== undefined) ?? [];
      const agents = members.map(({ name, agent }) => String(replace.get(name) ?? agent));
      return JSON.stringify([...agents, ...add.map(({ agent }) => String(agent))]);
    },
  };
}

function carryOut(world: World, step: Step): string | undefined {
  switch (step.act) {
    case "set-places":
      nodeOf(world, step.node).places = step.to;
      return undefined;
    case "set-share":
      if (step.to === undefined) nodeOf(world, step.node).shares.delete(step.cluster);
      else nodeOf(world, step.node).shares.set(step.cluster, step.to);
      return undefined;
    case "serve-model":
      world.models.get(step.model)?.push(step.node);
      return undefined;
    case "leave-model": {
      const nodes = world.models.get(step.model) ?? [];
      if (nodes.includes(step.node)) nodes.splice(nodes.indexOf(step.node), 1);
      return undefined;
    }
    case "start-helper": {
      const cluster = clusterOf(world, step.cluster);
      const sibling = cluster.members.find(({ service }) => service === step.service);
      cluster.members.push({
        ...memberOf(step.name, undefined, 0n, step.service, sibling?.host),
        stateAtMs: world.nowMs,
      });
      return undefined;
    }
    case "stop-helper": {
      const cluster = clusterOf(world, step.cluster);
      cluster.members = cluster.members.filter(({ name }) => name !== step.name);
      return undefined;
    }
    case "restart-member": {
      const cluster = clusterOf(world, step.cluster);
      const member = cluster.members.find(({ name }) => name === step.name);
      if (member === undefined || member.state !== "lost") return undefined;
      turn(world, cluster, member, "spawning");
      member.readyAtMs = world.nowMs + world.rng.int(RESTART_MIN_MS, RESTART_MAX_MS);
      member.restartsMs.push(world.nowMs);
      cluster.restartsMs.push(world.nowMs);
      return undefined;
    }
    case "drain-node":
      nodeOf(world, step.node).isDraining = true;
      return undefined;
    case "resume-node":
      nodeOf(world, step.node).isDraining = false;
      return undefined;
    case "publish":
      return publish(world, step);
    default:
      return undefined;
  }
}

function publish(world: World, { slug, yaml }: Extract<Step, { act: "publish" }>): string {
  const cluster = [...world.clusters.values()].find((one) => one.slug === slug) as SimCluster;
  const agents = (JSON.parse(yaml) as string[]).map(BigInt);
  for (const { agent } of cluster.members) if (agent !== undefined) agentOf(world, agent).cluster = 0n;
  const helpers = cluster.members.filter(({ agent }) => agent === undefined);
  cluster.members = [
    ...agents.map((agent) => {
      agentOf(world, agent).cluster = cluster.id;
      const kept = cluster.members.find((member) => member.agent === agent);
      return (
        kept ?? {
          ...memberOf(`agent-${agent}`, agent, agentOf(world, agent).model, undefined, undefined),
          stateAtMs: world.nowMs,
        }
      );
    }),
    ...helpers,
  ];
  cluster.version += 1;
  return String(cluster.version);
}

function agentOf(world: World, id: bigint) {
  const agent = world.agents.get(id);
  if (agent === undefined) throw new Error(`there is no agent ${id}`);
  return agent;
}

function nodeOf(world: World, id: bigint): SimNode {
  const node = world.nodes.get(id);
  if (node?.isOwn !== true) throw new Error(`node ${id} is not to be changed`);
  return node;
}

function clusterOf(world: World, id: bigint): SimCluster {
  const cluster = world.clusters.get(id);
  if (cluster === undefined) throw new Error(`there is no cluster ${id}`);
  return cluster;
}
