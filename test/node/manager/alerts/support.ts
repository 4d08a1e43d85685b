import type { Alert, StabilityScore } from "../../../../node/src/manager/face.ts";
import type { Fleet, FleetCluster, FleetMember, FleetNode } from "../../../../node/src/manager/fleet.ts";
import type { ManagerTable } from "../../../../node/src/manager/ports.ts";
import type { AlertThresholds } from "../../../../node/src/manager/settings.ts";
import { createMemoryManagerDatabases } from "../../../../node/src/store/managerDatabases.ts";

export const THRESHOLDS: AlertThresholds = {
  clusterSize: { min: 3, max: 10 },
  communicationLatencyMs: 1_000,
  resourceUsage: 0.8,
  stabilityScore: 0.9,
};
const OWNER = `0x${"11".repeat(20)}` as const;

/** The performance database of a manager, in memory. */
export async function performanceTable(): Promise<ManagerTable> {
  const databases = await createMemoryManagerDatabases();
  return (await databases.open("main", { clusters: "a", communication: "b", performance: "c" })).performance;
}

export function members(states: readonly FleetMember["state"][]): readonly FleetMember[] {
  return states.map((state, index) => ({
    name: `m${index}`,
    agent: BigInt(index),
    model: 1n,
    nodes: [1n],
    state,
    sinceMs: 0,
    restarts: 0,
  }));
}

export function clusterWith(
  changes: Partial<FleetCluster> & { readonly messageLatencyMs?: number } = {},
): FleetCluster {
  const { messageLatencyMs, ...rest } = changes;
  return {
    cluster: 7n,
    owner: OWNER,
    slug: "alpha-one",
    version: 1,
    members: members(["ready", "ready", "running"]),
    weight: 1,
    queue: { waiting: 0, running: 0, oldestMs: 0 },
    window: {
      ended: 0,
      succeeded: 0,
      windowsMissed: 0,
      windows: 0,
      restarts: 0,
      latencyMs: undefined,
      messageLatencyMs,
      costWei: 0n,
    },
    ...rest,
  };
}

export function nodeWith(changes: Partial<FleetNode> = {}): FleetNode {
  return {
    node: 3n,
    owner: OWNER,
    status: "active",
    isOwn: true,
    isUp: true,
    silentMs: 0,
    roundTripMs: undefined,
    lossShare: undefined,
    places: { total: 4, taken: 0 },
    resourceShare: 0.5,
    isDraining: false,
    ...changes,
  } as FleetNode;
}

export function fleetOf(clusters: readonly FleetCluster[], nodes: readonly FleetNode[] = []): Fleet {
  return {
    block: { number: 1n, hash: `0x${"00".repeat(32)}` },
    atMs: 0,
    nodes: new Map(nodes.map((node) => [node.node, node])),
    models: new Map(),
    agents: new Map(),
    clusters: new Map(clusters.map((cluster) => [cluster.cluster, cluster])),
  };
}

export function score(value: number, changes: Partial<StabilityScore["parts"]> = {}): StabilityScore {
  const parts = { availability: 1, success: 1, punctuality: 1, steadiness: 1, latency: 1, ...changes };
  return { score: value, parts };
}

export function alertWith(changes: Partial<Alert> = {}): Alert {
  return {
    id: "resource_usage.node-3.a",
    name: "resource_usage",
    subject: "node/3",
    state: "firing",
    value: 0.93,
    threshold: 0.8,
    summary: "node 3 is busy",
    sinceMs: 1_000,
    firedAtMs: 2_000,
    resolvedAtMs: undefined,
    acknowledgedBy: undefined,
    ...changes,
  };
}
