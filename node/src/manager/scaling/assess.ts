import type { Fleet, FleetCluster } from "../fleet.ts";
import { PLACES_USED_MAX, PLACES_USED_MIN } from "../limits.ts";
import { demandOf, placeNodesOf } from "./demand.ts";
import { type Series, trendPerMinute } from "./series.ts";

/** `starved`: it has work and no place; `short`: what comes next waits; `idle`: it uses less than half of what it could. */
export type Pressure = "starved" | "short" | "well" | "idle";

/** How a cluster fares. */
export interface Assessment {
  readonly cluster: bigint;
  /** Tasks that run or wait, and what that grows by in a minute. */
  readonly demand: number;
  readonly demandPerMinute: number;
  readonly waiting: number;
  readonly oldestMs: number;
  /** Of own nodes that can take its work: its shares where it was given such, else all of theirs. */
  readonly places: number;
  readonly pressure: Pressure;
  /** Share of tasks of late that succeeded; undefined of none. */
  readonly successShare: number | undefined;
  readonly latencyMs: number | undefined;
  /** What a task that succeeded cost; undefined of none. */
  readonly taskWei: bigint | undefined;
}

/** @param demands its demand over time, this look included */
export function assess(fleet: Fleet, cluster: FleetCluster, demands: Series): Assessment {
  const { queue, window } = cluster;
  const demand = demandOf(cluster);
  const places = placeNodesOf(fleet, cluster).reduce(
    (sum, node) => sum + (node.shares?.get(cluster.cluster) ?? node.places.total),
    0,
  );
  return {
    cluster: cluster.cluster,
    demand,
    demandPerMinute: trendPerMinute(demands),
    waiting: queue.waiting,
    oldestMs: queue.oldestMs,
    places,
    pressure: pressureOf(demand, places),
    successShare: window.ended === 0 ? undefined : window.succeeded / window.ended,
    latencyMs: window.latencyMs,
    taskWei: window.succeeded === 0 ? undefined : window.costWei / BigInt(window.succeeded),
  };
}

function pressureOf(demand: number, places: number): Pressure {
  if (demand > 0 && places === 0) return "starved";
  if (demand > places * PLACES_USED_MAX) return "short";
  return demand < places * PLACES_USED_MIN ? "idle" : "well";
}
