import { zeroAddress } from "viem";
import type { Fleet, FleetCluster, FleetMember, FleetNode } from "../../../../node/src/manager/fleet.ts";
import type { FleetNews, FleetView } from "../../../../node/src/manager/ports.ts";
import { nodesOf, type SimCluster, type SimMember, type SimNode, type World } from "./world.ts";

const DEAD_AFTER_MS = 60_000;
/** The last ones show how it is, and are quicker to sort. */
const LATENCIES_KEPT = 100;

/** What can be seen of the simulated fleet: no more than a real manager sees. */
export function createEyes(world: World, placeShare: number): FleetView {
  const handlers = new Set<(news: FleetNews) => void>();
  world.onNews = (news) => {
    for (const handler of handlers) handler(news);
  };
  return {
    observe: async () => see(world, placeShare),
    onNews(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
  };
}

export function resourceShareOf(node: SimNode, placeShare: number): number {
  return Math.min(1, 0.1 + node.tasks.length * placeShare);
}

export function see(world: World, placeShare: number): Fleet {
  const busy = busyOf(world);
  return {
    block: { number: BigInt(Math.floor(world.nowMs / 1_000)), hash: `0x${"00".repeat(32)}` },
    atMs: world.nowMs,
    nodes: new Map([...world.nodes.values()].map((node) => [node.id, nodeSeen(world, node, placeShare)])),
    models: new Map(
      [...world.models].map(([model, nodes]) => [
        model,
        {
          model,
          name: `model-${model}`,
          owner: zeroAddress,
          currency: zeroAddress,
          priceWei: 1n,
          isOpen: true,
          nodes: [...nodes],
        },
      ]),
    ),
    agents: new Map(
      [...world.agents.values()].map((agent) => [
        agent.id,
        { ...agent, agent: agent.id, name: `agent-${agent.id}`, rating: undefined },
      ]),
    ),
    clusters: new Map(
      [...world.clusters.values()].map((cluster) => [cluster.id, clusterSeen(world, cluster, busy)]),
    ),
  };
}

function nodeSeen(world: World, node: SimNode, placeShare: number): FleetNode {
  const silentMs = world.nowMs - node.beatAtMs;
  const answered = node.probes.filter((one) => one).length;
  return {
    node: node.id,
    owner: node.owner,
    status: "Active",
    isOwn: node.isOwn,
    isUp: node.isUp,
    silentMs,
    roundTripMs: answered === 0 ? undefined : node.roundTripMs * node.slowness,
    lossShare: node.probes.length === 0 ? undefined : 1 - answered / node.probes.length,
    places: node.isOwn ? { total: node.places, taken: node.tasks.length } : undefined,
    resourceShare: node.isOwn ? resourceShareOf(node, placeShare) : undefined,
    shares: node.isOwn ? new Map(node.shares) : undefined,
    isDraining: node.isDraining,
  };
}

function memberSeen(
  world: World,
  cluster: SimCluster,
  member: SimMember,
  busy: ReadonlySet<string>,
): FleetMember {
  const nodes = nodesOf(world, member);
  const quietMs = Math.min(...nodes.map((node) => silenceOf(world, node)));
  const isSilent = nodes.length > 0 && quietMs >= DEAD_AFTER_MS;
  const isRunning = busy.has(`${cluster.id}/${member.name}`);
  const state =
    member.state !== "ready" ? member.state : isSilent ? "silent" : isRunning ? "running" : "ready";
  return {
    name: member.name,
    agent: member.agent,
    model: member.model,
    nodes: [...nodes],
    state,
    sinceMs: state === "silent" ? quietMs - DEAD_AFTER_MS : world.nowMs - member.stateAtMs,
    service: member.service,
    restarts: member.restartsMs.length,
  };
}

function silenceOf(world: World, id: bigint): number {
  const node = world.nodes.get(id);
  if (node === undefined) return Number.POSITIVE_INFINITY;
  // An end that was seen needs no silence.
  return node.isUp ? world.nowMs - node.beatAtMs : Math.max(DEAD_AFTER_MS, world.nowMs - node.beatAtMs);
}

/** Members that have a task under way, by cluster and name. */
function busyOf(world: World): ReadonlySet<string> {
  const busy = new Set<string>();
  for (const { tasks } of world.nodes.values())
    for (const { cluster, member } of tasks) busy.add(`${cluster}/${member}`);
  return busy;
}

function clusterSeen(world: World, cluster: SimCluster, busy: ReadonlySet<string>): FleetCluster {
  const bad = cluster.missedMs.length;
  const took = cluster.ended
    .slice(-LATENCIES_KEPT)
    .filter(({ isGood }) => isGood)
    .map(({ tookMs }) => tookMs)
    .sort((a, b) => a - b);
  const first = cluster.waiting[0];
  return {
    cluster: cluster.id,
    owner: cluster.owner,
    slug: cluster.slug,
    version: cluster.version,
    members: cluster.members.map((member) => memberSeen(world, cluster, member, busy)),
    weight: cluster.weight,
    queue: {
      waiting: cluster.waiting.length,
      running: cluster.running,
      oldestMs: first === undefined ? 0 : world.nowMs - first.sinceMs,
    },
    window: {
      ended: cluster.ended.length,
      // What fails is what was under way on a node that ended: one window missed each.
      succeeded: cluster.ended.length - bad,
      windowsMissed: cluster.missedMs.length,
      windows: cluster.ended.length,
      restarts: cluster.restartsMs.length,
      latencyMs: took[Math.floor(took.length * 0.95)],
      messageLatencyMs: undefined,
      costWei: BigInt(cluster.ended.length),
    },
  };
}
