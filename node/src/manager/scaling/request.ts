import { PleiadError } from "@pleiad/sdk/errors";
import type { ScalingRequest } from "../face.ts";
import type { Fleet, FleetCluster } from "../fleet.ts";
import type { DraftStep } from "../planning/planner.ts";
import type { ManagerSettings } from "../settings.ts";
import { demandOf, type PlaceNode, placeNodesOf } from "./demand.ts";
import { fairShares } from "./shares.ts";

/**
 * What has to be done so that a cluster has so many places on the own nodes: each of its nodes gives it an even part, as far as the policy lets
 * the node grow, and keeps what it has for the others.
 *
 * @returns nothing where it has them already, or where the manager finds no need
 * @throws PleiadError CLUSTER_UNKNOWN; POLICY_FORBIDS where its nodes cannot have so many places
 */
export function placesRequest(
  request: ScalingRequest,
  fleet: Fleet,
  settings: ManagerSettings,
): readonly DraftStep[] {
  const cluster = fleet.clusters.get(request.cluster);
  if (cluster === undefined) {
    throw new PleiadError(`this manager has no cluster ${request.cluster}`, {
      code: "CLUSTER_UNKNOWN",
      hint: "name one of its own: `pleiad manager status` lists them",
      details: { cluster: request.cluster },
    });
  }
  const nodes = placeNodesOf(fleet, cluster);
  const wanted = request.places ?? demandOf(cluster);
  const rooms = nodes.map((node) => ({ node, kept: keptForOthers(fleet, cluster, node) }));
  const claims = rooms.map(({ node, kept }) => ({
    cluster: node.node,
    owner: cluster.owner,
    weight: 1,
    wanted: Math.max(0, settings.policy.placesMax - kept),
  }));
  const most = claims.reduce((sum, claim) => sum + claim.wanted, 0);
  if (wanted > most) {
    throw new PleiadError(`${cluster.slug} cannot have ${wanted} places: ${roomText(nodes.length, most)}`, {
      code: "POLICY_FORBIDS",
      hint:
        nodes.length === 0
          ? "let a node of this manager serve its models: pleiad model serve MODEL NODE"
          : "raise policy.places_max, or let more own nodes serve its models",
      details: { cluster: cluster.cluster, wanted, most },
    });
  }
  // The nodes take the clusters' part here: so many places are divided among them as evenly as their rooms allow.
  const parts = fairShares(claims, { places: wanted, floor: 0, ownerShareMax: 1 });
  return rooms.flatMap(({ node, kept }) =>
    stepsFor(cluster, node, kept, parts.get(node.node) ?? 0, request.places),
  );
}

function stepsFor(
  cluster: FleetCluster,
  { node, places, shares }: PlaceNode,
  kept: number,
  part: number,
  asked: number | undefined,
): readonly DraftStep[] {
  const steps: DraftStep[] = [];
  const why =
    asked === undefined
      ? `${demandOf(cluster)} tasks of ${cluster.slug} are there`
      : `${asked} places were asked for ${cluster.slug}`;
  const total = Math.max(1, kept + part);
  // Without a number asked for, nobody loses a place.
  if (asked === undefined ? total > places.total : total !== places.total)
    steps.push({ step: { act: "set-places", node, from: places.total, to: total }, why: `${why}.` });
  const from = shares?.get(cluster.cluster);
  if (asked !== undefined && part > 0 && from !== part)
    steps.push({
      step: { act: "set-share", node, cluster: cluster.cluster, from, to: part },
      why: `${why}.`,
    });
  return steps;
}

/** What others have of a node: their shares; where they have none, the places that are taken, but for this cluster's part of what runs. */
function keptForOthers(fleet: Fleet, cluster: FleetCluster, node: PlaceNode): number {
  const others = [...(node.shares ?? [])].filter(([id]) => id !== cluster.cluster);
  if (others.length > 0) return others.reduce((sum, [, share]) => sum + share, 0);
  const own = cluster.queue.running / Math.max(1, placeNodesOf(fleet, cluster).length);
  const isShared = [...fleet.clusters.values()].some(
    (one) =>
      one.cluster !== cluster.cluster && placeNodesOf(fleet, one).some((other) => other.node === node.node),
  );
  return isShared ? Math.max(0, Math.round(node.places.taken - own)) : 0;
}

function roomText(nodes: number, most: number): string {
  if (nodes === 0) return "no node of this manager serves its models";
  return `its own ${nodes === 1 ? "node has" : `${nodes} nodes have`} room for ${most}`;
}
