import { PleiadError } from "@pleiad/sdk/errors";
import type { Fleet, FleetCluster } from "../fleet.ts";
import type { ManagerRelationships } from "../settings.ts";

/** What each side says of a way: asked of the cluster's own owner, never of the one who wants to use it. */
export interface GatewaySides {
  /**
   * Topics that a cluster's owner lets pass between two clusters, from the one to the other.
   *
   * @param side the cluster whose owner is asked; one of the two
   * @returns undefined where the owner named no such way, or cannot be asked now
   */
  topics(side: bigint, way: GatewayWay): readonly string[] | undefined;
}

/** From one cluster to another, by slugs. */
export interface GatewayWay {
  readonly from: string;
  readonly to: string;
}

/** Only `checkGateway` says this. */
const AGREED = Symbol("both owners named it");

/** A way that both owners named, for one topic. There is no other way to have one than `checkGateway`. */
export interface OpenGateway extends GatewayWay {
  readonly topic: string;
  readonly toCluster: bigint;
  readonly [AGREED]: true;
}

/**
 * Whether a message on a topic may go from one cluster to another. The manager's own file has to name the way, and so has each cluster's owner, the topic
 * included: a way that one side alone named is none, and one in the other direction is another one.
 *
 * @throws PleiadError CLUSTER_UNKNOWN; GATEWAY_MISSING with the side that did not name it
 */
export function checkGateway(
  { from, to, topic }: { readonly from: bigint; readonly to: bigint; readonly topic: string },
  fleet: Fleet,
  relationships: Pick<ManagerRelationships, "gateways">,
  sides: GatewaySides,
): OpenGateway {
  const source = clusterOf(fleet, from);
  const target = clusterOf(fleet, to);
  const way = { from: source.slug, to: target.slug };
  const named = relationships.gateways.some(
    (one) => one.from === way.from && one.to === way.to && one.topics.includes(topic),
  );
  if (!named) throw missing(way, topic, "the manager's file does not name it");
  for (const side of [source, target]) {
    if (!(sides.topics(side.cluster, way) ?? []).includes(topic))
      throw missing(way, topic, `the owner of ${side.slug} did not name it`);
  }
  return { ...way, topic, toCluster: to, [AGREED]: true };
}

/** @throws PleiadError CLUSTER_UNKNOWN */
export function clusterOf(fleet: Fleet, id: bigint): FleetCluster {
  const cluster = fleet.clusters.get(id);
  if (cluster !== undefined) return cluster;
  throw new PleiadError(`this manager has no cluster ${id}`, {
    code: "CLUSTER_UNKNOWN",
    hint: "name one of its own: `pleiad manager status` lists them",
    details: { cluster: id },
  });
}

function missing({ from, to }: GatewayWay, topic: string, why: string): PleiadError {
  return new PleiadError(`no gateway leads from ${from} to ${to} for ${JSON.stringify(topic)}: ${why}`, {
    code: "GATEWAY_MISSING",
    hint: "both clusters' owners name the way, with its topics, under relationships.gateways",
    details: { from, to, topic },
  });
}
