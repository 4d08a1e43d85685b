import type { Address } from "viem";
import type { FleetNews } from "../../../../node/src/manager/ports.ts";
import type { Rng } from "../../../sim/rng.ts";

/** How long a tick of the simulated fleet is. */
export const TICK_MS = 1_000;
const BEAT_MS = 10_000;
const PROBE_MS = 10_000;
const DEAD_AFTER_MS = 60_000;
const METRICS_MS = 300_000;
const TASK_MS = 10_000;
const PROBES_KEPT = 6;
/** Tasks of a cluster that a node looks through for one that it can do. */
const LOOKED_THROUGH = 40;

export interface SimNode {
  readonly id: bigint;
  readonly owner: Address;
  readonly isOwn: boolean;
  places: number;
  readonly shares: Map<bigint, number>;
  /** `lying`: beats, and answers nothing; `cut`: lives behind a split network. */
  state: "well" | "dead" | "lying" | "cut";
  /** Tasks take so many times as long. */
  slowness: number;
  isDraining: boolean;
  beatAtMs: number;
  /** As the network says it; follows the beats after `DEAD_AFTER_MS`, and an end that is seen at once. */
  isUp: boolean;
  /** Answers to probes, the oldest first. */
  readonly probes: boolean[];
  readonly roundTripMs: number;
  readonly tasks: SimTask[];
}

export interface SimMember {
  readonly name: string;
  agent: bigint | undefined;
  readonly service: string | undefined;
  model: bigint;
  /** Of a helper. */
  readonly host: bigint | undefined;
  state: "ready" | "spawning" | "lost";
  stateAtMs: number;
  restartsMs: number[];
  readyAtMs: number;
  /** Ends so soon after each start. */
  endsAfterMs: number | undefined;
}

export interface SimTask {
  readonly cluster: bigint;
  readonly member: string;
  readonly sinceMs: number;
  endsAtMs: number;
}

export interface SimCluster {
  readonly id: bigint;
  readonly slug: string;
  readonly owner: Address;
  version: number;
  members: SimMember[];
  waiting: SimTask[];
  running: number;
  weight: number;
  /** Tasks a second. */
  rate: number;
  ended: { readonly atMs: number; readonly isGood: boolean; readonly tookMs: number }[];
  missedMs: number[];
  restartsMs: number[];
}

export interface SimAgent {
  readonly id: bigint;
  readonly owner: Address;
  readonly model: bigint;
  cluster: bigint;
  readonly capabilities: readonly string[];
}

export interface WorldOptions {
  readonly nodes: number;
  readonly own: number;
  readonly clusters: number;
  readonly agents: number;
  readonly models: number;
  /** Nodes that serve each model, the first half of them own ones; all own nodes serve all models with "all". */
  readonly nodesPerModel: number | "all";
  readonly owners: number;
  readonly membersMin: number;
  readonly membersMax: number;
  readonly places: number;
  /** Resources that a node's place costs when it is taken. */
  readonly placeShare: number;
}

export interface World {
  readonly rng: Rng;
  nowMs: number;
  readonly nodes: ReadonlyMap<bigint, SimNode>;
  readonly agents: ReadonlyMap<bigint, SimAgent>;
  readonly clusters: ReadonlyMap<bigint, SimCluster>;
  readonly models: ReadonlyMap<bigint, bigint[]>;
  /** Told of what happens, as it happens. */
  onNews: ((news: FleetNews) => void) | undefined;
  /** Tasks that were done. */
  done: number;
  readonly restartWindowMs: number;
}

export const addressOf = (index: number): Address => `0x${(index + 1).toString(16).padStart(40, "0")}`;

export function createWorld(options: WorldOptions, rng: Rng): World {
  const nodes = new Map<bigint, SimNode>();
  for (let index = 1; index <= options.nodes; index++) {
    const id = BigInt(index);
    const isOwn = index <= options.own;
    nodes.set(id, {
      id,
      owner: isOwn ? addressOf(0) : addressOf(100 + index),
      isOwn,
      places: options.places,
      shares: new Map(),
      state: "well",
      slowness: 1,
      isDraining: false,
      beatAtMs: -rng.int(0, BEAT_MS),
      isUp: true,
      probes: [],
      roundTripMs: rng.int(5, 120),
      tasks: [],
    });
  }
  const own = [...nodes.values()].filter(({ isOwn }) => isOwn).map(({ id }) => id);
  const foreign = [...nodes.values()].filter(({ isOwn }) => !isOwn).map(({ id }) => id);
  const models = new Map<bigint, bigint[]>();
  for (let index = 0; index < options.models; index++) {
    const serving = new Set<bigint>();
    if (options.nodesPerModel === "all") for (const id of own) serving.add(id);
    else {
      // Dealt round, so that every node serves some model, and drawn, so that neighbours differ.
      const ownCount = Math.ceil(options.nodesPerModel / 2) + 1;
      for (let at = 0; at < ownCount; at++) serving.add(own[(index * ownCount + at) % own.length] as bigint);
      while (serving.size < options.nodesPerModel && foreign.length > 0) serving.add(rng.pick(foreign));
    }
    models.set(BigInt(index + 1), [...serving]);
  }
  const agents = new Map<bigint, SimAgent>();
  for (let index = 0; index < options.agents; index++) {
    agents.set(BigInt(index), {
      id: BigInt(index),
      owner: addressOf(200 + (index % options.owners)),
      model: BigInt((index % options.models) + 1),
      cluster: 0n,
      capabilities: [`skill-${index % 5}`],
    });
  }
  const world: World = {
    rng,
    nowMs: 0,
    nodes,
    agents,
    clusters: new Map(),
    models,
    onNews: undefined,
    done: 0,
    restartWindowMs: 600_000,
  };
  for (let index = 0; index < options.clusters; index++) addCluster(world, options, index);
  return world;
}

function addCluster(world: World, options: WorldOptions, index: number): void {
  const id = BigInt(index + 1);
  const owner = addressOf(200 + (index % options.owners));
  const size = world.rng.int(options.membersMin, options.membersMax);
  const free = [...world.agents.values()].filter((agent) => agent.owner === owner && agent.cluster === 0n);
  const members: SimMember[] = free.slice(0, size).map((agent) => {
    agent.cluster = id;
    return memberOf(`agent-${agent.id}`, agent.id, agent.model, undefined, undefined);
  });
  const own = [...world.nodes.values()].filter(({ isOwn }) => isOwn);
  if (index % 4 === 0) members.push(memberOf("coder", undefined, 0n, "coder", world.rng.pick(own).id));
  (world.clusters as Map<bigint, SimCluster>).set(id, {
    id,
    slug: `cluster-${id}`,
    owner,
    version: 1,
    members,
    waiting: [],
    running: 0,
    weight: 1,
    rate: 0.3,
    ended: [],
    missedMs: [],
    restartsMs: [],
  });
}

export function memberOf(
  name: string,
  agent: bigint | undefined,
  model: bigint,
  service: string | undefined,
  host: bigint | undefined,
): SimMember {
  return {
    name,
    agent,
    service,
    model,
    host,
    state: "ready",
    stateAtMs: 0,
    restartsMs: [],
    readyAtMs: 0,
    endsAfterMs: undefined,
  };
}

/** Nodes that can run a member, by the chain or by where its helper runs. */
export function nodesOf(world: World, member: SimMember): readonly bigint[] {
  return member.host === undefined ? (world.models.get(member.model) ?? []) : [member.host];
}

/** Whether a node really does what it is asked: what nobody in the fleet can know for sure. */
export function isSound(node: SimNode | undefined): boolean {
  return node?.state === "well";
}

/** One second. */
export function tick(world: World): void {
  world.nowMs += TICK_MS;
  beat(world);
  for (const cluster of world.clusters.values()) {
    arrive(world, cluster);
    turnMembers(world, cluster);
    forget(world, cluster);
  }
  finish(world);
  pull(world);
}

function beat(world: World): void {
  for (const node of world.nodes.values()) {
    const isHeard = node.state === "well" || node.state === "lying";
    if (isHeard && world.nowMs - node.beatAtMs >= BEAT_MS) {
      node.beatAtMs = world.nowMs;
      if (!node.isUp) {
        node.isUp = true;
        world.onNews?.({ kind: "node", node: node.id, isUp: true });
      }
    }
    if (node.isUp && world.nowMs - node.beatAtMs >= DEAD_AFTER_MS) markDown(world, node);
    if ((world.nowMs + Number(node.id) * TICK_MS) % PROBE_MS === 0) {
      node.probes.push(isSound(node));
      if (node.probes.length > PROBES_KEPT) node.probes.shift();
    }
  }
}

export function markDown(world: World, node: SimNode): void {
  node.isUp = false;
  world.onNews?.({ kind: "node", node: node.id, isUp: false });
}

/** By Knuth's way, for the small rates of a second. */
function poisson(rng: Rng, mean: number): number {
  const limit = Math.exp(-mean);
  let product = 1;
  for (let count = 0; ; count++) {
    product *= rng.int(0, 1_000_000) / 1_000_000;
    if (product <= limit) return count;
  }
}

function arrive(world: World, cluster: SimCluster): void {
  const agents = cluster.members;
  if (agents.length === 0) return;
  for (let left = poisson(world.rng, cluster.rate); left > 0; left--) {
    const { name } = world.rng.pick(agents);
    cluster.waiting.push({ cluster: cluster.id, member: name, sinceMs: world.nowMs, endsAtMs: 0 });
  }
}

function turnMembers(world: World, cluster: SimCluster): void {
  for (const member of cluster.members) {
    if (member.state === "spawning" && world.nowMs >= member.readyAtMs) {
      if (!nodesOf(world, member).some((node) => isSound(world.nodes.get(node)))) continue;
      turn(world, cluster, member, "ready");
    }
    const { endsAfterMs } = member;
    if (
      member.state === "ready" &&
      endsAfterMs !== undefined &&
      world.nowMs - member.stateAtMs >= endsAfterMs
    )
      turn(world, cluster, member, "lost");
  }
}

export function turn(world: World, cluster: SimCluster, member: SimMember, state: SimMember["state"]): void {
  member.state = state;
  member.stateAtMs = world.nowMs;
  if (state !== "spawning") world.onNews?.({ kind: "member", cluster: cluster.id, name: member.name, state });
}

function forget(world: World, cluster: SimCluster): void {
  const sinceMs = world.nowMs - METRICS_MS;
  while (cluster.ended[0] !== undefined && cluster.ended[0].atMs < sinceMs) cluster.ended.shift();
  while (cluster.missedMs[0] !== undefined && cluster.missedMs[0] < sinceMs) cluster.missedMs.shift();
  while (cluster.restartsMs[0] !== undefined && cluster.restartsMs[0] < sinceMs) cluster.restartsMs.shift();
  for (const member of cluster.members)
    member.restartsMs = member.restartsMs.filter((atMs) => world.nowMs - atMs < world.restartWindowMs);
}

function finish(world: World): void {
  for (const node of world.nodes.values()) {
    if (node.tasks.length === 0) continue;
    if (!isSound(node)) {
      // Others step in for what was under way: it waits again, first of all.
      for (const task of node.tasks.splice(0)) {
        const cluster = world.clusters.get(task.cluster) as SimCluster;
        cluster.running -= 1;
        cluster.missedMs.push(world.nowMs);
        cluster.ended.push({ atMs: world.nowMs, isGood: false, tookMs: world.nowMs - task.sinceMs });
        cluster.waiting.unshift(task);
      }
      continue;
    }
    for (const task of node.tasks.filter(({ endsAtMs }) => endsAtMs <= world.nowMs)) {
      const cluster = world.clusters.get(task.cluster) as SimCluster;
      cluster.running -= 1;
      cluster.ended.push({ atMs: world.nowMs, isGood: true, tookMs: world.nowMs - task.sinceMs });
      world.done += 1;
      node.tasks.splice(node.tasks.indexOf(task), 1);
    }
  }
}

/**
 * Nodes take what they can: first of clusters that have less than their share there, those that have the least of it first; then what waits longest,
 * whosever it is. So a share binds nobody where others want nothing, and without shares who asks for more has more.
 */
function pull(world: World): void {
  for (const node of world.nodes.values()) {
    if (!node.isOwn || node.isDraining || !isSound(node)) continue;
    const running = new Map<bigint, number>();
    for (const { cluster } of node.tasks) running.set(cluster, (running.get(cluster) ?? 0) + 1);
    const exhausted = new Set<bigint>();
    while (node.tasks.length < node.places) {
      const next = nextOf(world, node, running, exhausted);
      if (next === undefined) break;
      const at = next.waiting.slice(0, LOOKED_THROUGH).findIndex((task) => canRun(world, node, next, task));
      if (at === -1) {
        exhausted.add(next.id);
        continue;
      }
      const task = next.waiting.splice(at, 1)[0] as SimTask;
      task.endsAtMs = world.nowMs + Math.round((TASK_MS / 2 + world.rng.int(0, TASK_MS)) * node.slowness);
      node.tasks.push(task);
      next.running += 1;
      running.set(next.id, (running.get(next.id) ?? 0) + 1);
    }
  }
}

function nextOf(
  world: World,
  node: SimNode,
  running: ReadonlyMap<bigint, number>,
  exhausted: ReadonlySet<bigint>,
): SimCluster | undefined {
  let next: SimCluster | undefined;
  let best: readonly [number, number] = [Number.POSITIVE_INFINITY, 0];
  for (const cluster of world.clusters.values()) {
    const first = cluster.waiting[0];
    if (first === undefined || exhausted.has(cluster.id)) continue;
    const share = node.shares.get(cluster.id) ?? 0;
    const level = share === 0 ? 1 : (running.get(cluster.id) ?? 0) / share;
    const rank = [Math.min(level, 1), first.sinceMs] as const;
    if (rank[0] < best[0] || (rank[0] === best[0] && rank[1] < best[1])) {
      next = cluster;
      best = rank;
    }
  }
  return next;
}

function canRun(world: World, node: SimNode, cluster: SimCluster, task: SimTask): boolean {
  const member = cluster.members.find(({ name }) => name === task.member) ?? cluster.members[0];
  return member !== undefined && member.state === "ready" && nodesOf(world, member).includes(node.id);
}
