import type { Fleet, FleetCluster, FleetNode } from "../fleet.ts";
import { isLive } from "../stability/health.ts";

/** An own node with places. */
export type PlaceNode = FleetNode & { readonly places: { readonly total: number; readonly taken: number } };

/** Own nodes that can take work of a cluster now, in the order of their ids. */
export function placeNodesOf(fleet: Fleet, cluster: FleetCluster): readonly PlaceNode[] {
  const nodes = new Set(cluster.members.flatMap((member) => member.nodes));
  return usableNodes(fleet).filter(({ node }) => nodes.has(node));
}

/** A fleet never changes, so what was found of one holds as long as there is one. */
const usable = new WeakMap<Fleet, readonly PlaceNode[]>();

/** Own nodes that live and take work, in the order of their ids. */
export function usableNodes(fleet: Fleet): readonly PlaceNode[] {
  const known = usable.get(fleet);
  if (known !== undefined) return known;
  const found = [...fleet.nodes.values()]
    .filter((node): node is PlaceNode => node.isOwn && node.places !== undefined && isUsable(node))
    .sort((a, b) => (a.node < b.node ? -1 : 1));
  usable.set(fleet, found);
  return found;
}

function isUsable(node: FleetNode): boolean {
  return !node.isDraining && node.status === "Active" && isLive(node);
}

/** Tasks of a cluster that run or wait. */
export function demandOf({ queue }: FleetCluster): number {
  return queue.waiting + queue.running;
}

/** What a cluster could use of one node's places. */
export interface NodeDemand {
  /** In proportion to the node's places. */
  readonly demand: number;
  /** As if all its nodes were equal: what changes with the load alone, and not with places. */
  readonly load: number;
}

/**
 * What each cluster could use of each own node's places: its demand, spread over the nodes that can take it. Where a task will go is not
 * known, as nodes take what is theirs themselves.
 */
export function demandByNode(fleet: Fleet): ReadonlyMap<bigint, ReadonlyMap<bigint, NodeDemand>> {
  const demands = new Map<bigint, Map<bigint, NodeDemand>>(
    usableNodes(fleet).map(({ node }) => [node, new Map()]),
  );
  for (const cluster of fleet.clusters.values()) {
    const all = demandOf(cluster);
    if (all === 0) continue;
    const nodes = placeNodesOf(fleet, cluster);
    const places = nodes.reduce((sum, { places }) => sum + places.total, 0);
    for (const { node, places: own } of nodes) {
      const load = all / nodes.length;
      demands
        .get(node)
        ?.set(cluster.cluster, { load, demand: places === 0 ? load : (all * own.total) / places });
    }
  }
  return demands;
}
