import type { Fleet } from "../fleet.ts";
import { SHARE_CHANGE_MIN } from "../limits.ts";
import type { DraftStep } from "../planning/planner.ts";
import type { ManagerSettings } from "../settings.ts";
import { type NodeDemand, type PlaceNode, usableNodes } from "./demand.ts";
import { fairShares, type PlaceClaim } from "./shares.ts";

export type Demands = ReadonlyMap<bigint, ReadonlyMap<bigint, NodeDemand>>;

/** Steps of one node, to be done together. */
export interface NodeSteps {
  readonly node: bigint;
  readonly steps: readonly DraftStep[];
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
 * @param planned places that nodes are about to have; of others, those they have
 */
export function shareSteps(
  fleet: Fleet,
  settings: ManagerSettings,
  demands: Demands,
  planned: ReadonlyMap<bigint, number>,
): readonly NodeSteps[] {
  const elsewhere = new Map<bigint, number>();
  const all: NodeSteps[] = [];
  for (const node of usableNodes(fleet)) {
    const places = planned.get(node.node) ?? node.places.total;
    const claims = claimsOn(fleet, demands.get(node.node) ?? new Map(), elsewhere, places);
    const wanted = claims.reduce((sum, claim) => sum + claim.wanted, 0);
    if (claims.length < 2 || wanted <= places) continue;
    const { placesFloor, ownerShareMax } = settings.policy;
    const shares = fairShares(claims, { places, floor: placesFloor, ownerShareMax });
    for (const [cluster, share] of shares) elsewhere.set(cluster, (elsewhere.get(cluster) ?? 0) + share);
    const steps = stepsOf(node, places, shares);
    if (steps.length > 0) all.push({ node: node.node, steps });
  }
  return all;
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

function stepsOf(node: PlaceNode, places: number, shares: ReadonlyMap<bigint, number>): readonly DraftStep[] {
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
            step: { act: "set-share", node: node.node, cluster, from, to },
            why: `Cluster ${cluster}'s fair share of the ${places} places of node ${node.node} is ${to}, as more are wanted than there are.`,
          },
        ],
  );
}
