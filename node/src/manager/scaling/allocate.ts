import type { Fleet } from "../fleet.ts";
import { SHARE_CHANGE_MIN } from "../limits.ts";
import type { DraftStep } from "../planning/planner.ts";
import type { ManagerSettings } from "../settings.ts";
import { type NodeDemand, type PlaceNode, usableNodes } from "./demand.ts";
import { fairShares, type PlaceClaim } from "./shares.ts";

export type Demands = ReadonlyMap<bigint, ReadonlyMap<bigint, NodeDemand>>;

/** A step of a node, and the cluster for whose sake it is done: a plan is one cluster's. */
export interface NodeStep extends DraftStep {
  readonly cluster: bigint;
}

/**
 * Shares of the places of nodes on which more is wanted than there is. Where there is enough for all, no share counts, and none is set.
 *
 * Nodes are filled one after the other; who got less of those before has the odd place of the next, so that equal clusters end up equal over all
 * their nodes. A node's shares are set anew, all of them, when one is missing or off by `SHARE_CHANGE_MIN`: between two looks demands
 * move more than fairness does. Where a node has fewer places than clusters with work, each share is at least 1, and the node's own order decides
 * who is next: a share of 0 would be none.
 *
 * @param demands the highest of late, so that a pause lets no share go
 */
export function shareSteps(fleet: Fleet, settings: ManagerSettings, demands: Demands): readonly NodeStep[] {
  const elsewhere = new Map<bigint, number>();
  const steps: NodeStep[] = [];
  for (const node of usableNodes(fleet)) {
    const claims = claimsOn(fleet, demands.get(node.node) ?? new Map(), elsewhere, node.places.total);
    const wanted = claims.reduce((sum, claim) => sum + claim.wanted, 0);
    if (claims.length < 2 || wanted <= node.places.total) continue;
    const { placesFloor, ownerShareMax } = settings.policy;
    const shares = fairShares(claims, { places: node.places.total, floor: placesFloor, ownerShareMax });
    for (const [cluster, share] of shares) elsewhere.set(cluster, (elsewhere.get(cluster) ?? 0) + share);
    steps.push(...stepsOf(node, shares));
  }
  return steps;
}

function claimsOn(
  fleet: Fleet,
  demands: ReadonlyMap<bigint, NodeDemand>,
  elsewhere: ReadonlyMap<bigint, number>,
  places: number,
): readonly PlaceClaim[] {
  return [...demands].flatMap(([id, { demand }]) => {
    const cluster = fleet.clusters.get(id);
    if (cluster === undefined || demand <= 0) return [];
    // More than there is nobody can have, whatever waits.
    const wanted = Math.min(places, Math.ceil(demand));
    return [
      {
        cluster: id,
        owner: cluster.owner,
        weight: cluster.weight,
        wanted,
        elsewhere: elsewhere.get(id) ?? 0,
      },
    ];
  });
}

function stepsOf(node: PlaceNode, shares: ReadonlyMap<bigint, number>): readonly NodeStep[] {
  const changes = [...shares].map(([cluster, share]) => ({
    cluster,
    from: node.shares?.get(cluster),
    to: Math.max(1, share),
  }));
  const isOff = changes.some(
    ({ from, to }) =>
      from === undefined || Math.abs(from - to) >= Math.max(1, Math.ceil(to * SHARE_CHANGE_MIN)),
  );
  if (!isOff) return [];
  return changes.flatMap(({ cluster, from, to }) =>
    from === to
      ? []
      : [
          {
            cluster,
            step: { act: "set-share", node: node.node, cluster, from, to },
            why: `Cluster ${cluster}'s fair share of the ${node.places.total} places of node ${node.node} is ${to}, as more are wanted than there are.`,
          },
        ],
  );
}
