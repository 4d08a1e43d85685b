import { type Address, zeroAddress, zeroHash } from "viem";
import type {
  Fleet,
  FleetAgent,
  FleetCluster,
  FleetMember,
  FleetModel,
  FleetNode,
} from "../../../node/src/manager/fleet.ts";

/** Small fleets for tests, of parts that are well where nothing else is said. */

export const OWNER: Address = `0x${"11".repeat(20)}`;

export function nodeOf(node: bigint, change: Partial<FleetNode> = {}): FleetNode {
  return {
    node,
    owner: OWNER,
    status: "Active",
    isOwn: true,
    isUp: true,
    silentMs: 1_000,
    roundTripMs: 20,
    lossShare: 0,
    places: { total: 4, taken: 0 },
    resourceShare: 0.2,
    isDraining: false,
    ...change,
  };
}

export function agentMember(
  name: string,
  nodes: readonly bigint[],
  change: Partial<FleetMember> = {},
): FleetMember {
  return { name, agent: 1n, model: 1n, nodes, state: "ready", sinceMs: 0, restarts: 0, ...change };
}

export function clusterSeen(
  cluster: bigint,
  members: readonly FleetMember[],
  change: Partial<FleetCluster> = {},
): FleetCluster {
  return {
    cluster,
    owner: OWNER,
    slug: `cluster-${cluster}`,
    version: 1,
    members,
    weight: 1,
    queue: { waiting: 0, running: 0, oldestMs: 0 },
    window: {
      ended: 0,
      succeeded: 0,
      windowsMissed: 0,
      windows: 0,
      restarts: 0,
      latencyMs: undefined,
      messageLatencyMs: undefined,
      costWei: 0n,
    },
    ...change,
  };
}

export function fleetOf(parts: {
  readonly atMs?: number;
  readonly nodes: readonly FleetNode[];
  readonly clusters: readonly FleetCluster[];
  readonly models?: readonly Pick<FleetModel, "model" | "nodes">[];
  readonly agents?: readonly Partial<FleetAgent>[];
}): Fleet {
  return {
    block: { number: 1n, hash: zeroHash },
    atMs: parts.atMs ?? 0,
    nodes: new Map(parts.nodes.map((node) => [node.node, node])),
    models: new Map(
      (parts.models ?? []).map((model) => [
        model.model,
        { name: "m", owner: OWNER, currency: zeroAddress, priceWei: 1n, isOpen: true, ...model },
      ]),
    ),
    agents: new Map(
      (parts.agents ?? []).map((agent) => [
        agent.agent ?? 0n,
        {
          agent: 0n,
          owner: OWNER,
          name: "a",
          model: 1n,
          cluster: 0n,
          capabilities: ["write"],
          rating: undefined,
          ...agent,
        },
      ]),
    ),
    clusters: new Map(parts.clusters.map((cluster) => [cluster.cluster, cluster])),
  };
}
