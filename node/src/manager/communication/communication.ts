import type { Fleet } from "../fleet.ts";
import type { DraftStep, PlanDraft, Planner } from "../planning/planner.ts";
import type { FleetNews } from "../ports.ts";
import type { GatewaySides } from "./gateways.ts";
import { messageSteps } from "./messages.ts";
import { createPairStatistics } from "./pairs.ts";
import { createRoutingTable, type RouteChange, type RoutingTable } from "./routes.ts";

/** The planner of communication, and its table. */
export interface Communication extends Planner {
  readonly routes: Pick<RoutingTable, "of" | "route" | "unanswering">;
  /** Between two looks. */
  news(news: FleetNews): readonly RouteChange[];
  /** What came of a message or a probe: the round trip; undefined where there was no answer in time. */
  heard(node: bigint, roundTripMs: number | undefined): readonly RouteChange[];
}

/**
 * Keeps routes to members, and plans what is told to them.
 *
 * @param options.self the manager's own node
 * @param modules.nowMs Unix milliseconds
 */
export function createCommunication(
  options: { readonly self: bigint },
  modules: { readonly nowMs: () => number; readonly sides: GatewaySides },
): Communication {
  const routes = createRoutingTable(options, { nowMs: modules.nowMs, pairs: createPairStatistics(modules) });
  /** What was asked to be set, by cluster and member: counts as set until the fleet says what is. */
  const asked = new Map<string, readonly bigint[]>();

  function routeSteps(fleet: Fleet, cluster: bigint): readonly DraftStep[] {
    const members = fleet.clusters.get(cluster)?.members ?? [];
    return members.flatMap((member): readonly DraftStep[] => {
      const key = `${cluster}/${member.name}`;
      const to = routes.route(cluster, member.name)?.nodes ?? [];
      const from = member.route ?? asked.get(key) ?? [];
      // An empty route sends nothing anywhere; the one that was is left until there is another.
      if (to.length === 0 || isSame(from, to)) return [];
      asked.set(key, to);
      return [
        {
          step: { act: "set-route", cluster, member: member.name, from, to },
          why: `${member.name} is reached ${wayText(from, to)}.`,
        },
      ];
    });
  }

  return {
    capability: "communication",
    routes,
    news: (news) => routes.news(news),
    heard: (node, roundTripMs) =>
      roundTripMs === undefined ? routes.missed(node) : routes.answered(node, roundTripMs),
    plan(fleet) {
      routes.update(fleet);
      const drafts: PlanDraft[] = [];
      for (const { cluster, slug } of fleet.clusters.values()) {
        const steps = routeSteps(fleet, cluster);
        if (steps.length > 0)
          drafts.push({
            kind: "COMMUNICATION",
            cluster,
            title: `Send to members of ${slug} where they are.`,
            steps,
          });
      }
      for (const key of asked.keys())
        if (!fleet.clusters.has(BigInt(key.split("/")[0] as string))) asked.delete(key);
      return drafts;
    },
    answer(request, fleet, settings) {
      if (request.kind !== "COMMUNICATION") return undefined;
      const steps = messageSteps(request, fleet, settings.relationships, { routes, sides: modules.sides });
      return { kind: "COMMUNICATION", cluster: request.cluster, title: steps[0]?.why ?? "", steps };
    },
  };
}

function isSame(one: readonly bigint[], other: readonly bigint[]): boolean {
  return one.length === other.length && one.every((node, at) => node === other[at]);
}

/** What changes about a way: where a member is asked for first, or only what stands behind that. */
function wayText([before]: readonly bigint[], [first, ...others]: readonly bigint[]): string {
  if (before === undefined) return `at node ${first}`;
  if (before !== first) return `at node ${first} first, no longer at node ${before}`;
  return `at node ${first} first, as before, then ${others.length === 0 ? "nowhere" : `at ${others.join(", ")}`}`;
}
