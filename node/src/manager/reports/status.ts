import type { Alert, ManagerStatus, StabilityScore } from "../face.ts";
import type { Fleet } from "../fleet.ts";
import { STATUS_ALERTS_MAX, STATUS_PLANS_MAX } from "../limits.ts";
import type { Plan } from "../plans.ts";
import type { AlertThresholds, ManagerSettings } from "../settings.ts";
import { clusterReport, type Score } from "./cluster.ts";

/** What a manager knows of itself at a moment. */
export interface ManagerFacts {
  readonly settings: ManagerSettings;
  readonly reconciled: ManagerStatus["reconciled"];
  /** Undefined before the first look. */
  readonly fleet: Fleet | undefined;
  readonly alerts: readonly Alert[];
  /** Those that are not over first. */
  readonly plans: readonly Plan[];
  /** Of the last file and of the last look; the first that there is counts. */
  readonly problems: readonly (ManagerStatus["problem"] | undefined)[];
}

/** Scores of all clusters of a fleet, for alerts and reports alike. */
export function scoresOf(
  fleet: Fleet,
  thresholds: AlertThresholds,
  score: Score,
): ReadonlyMap<bigint, StabilityScore> {
  return new Map(
    [...fleet.clusters.values()].map((cluster) => [cluster.cluster, score(cluster, fleet, thresholds)]),
  );
}

/** State, metrics and wants of a manager, for its orchestrator and for people. */
export function managerStatus(facts: ManagerFacts, modules: { readonly score: Score }): ManagerStatus {
  const { settings, reconciled, fleet, alerts, plans, problems } = facts;
  const scores = fleet === undefined ? undefined : scoresOf(fleet, settings.alertThresholds, modules.score);
  const clusters = [...(fleet?.clusters.values() ?? [])].flatMap((cluster) => {
    const score = scores?.get(cluster.cluster);
    return fleet === undefined || score === undefined ? [] : [clusterReport(fleet, cluster, score, settings)];
  });
  return {
    id: settings.id,
    name: settings.name,
    settings,
    reconciled,
    clusters,
    alerts: alerts.filter(({ state }) => state !== "resolved").slice(0, STATUS_ALERTS_MAX),
    plans: plans.slice(0, STATUS_PLANS_MAX),
    problem: problems.find((problem) => problem !== undefined),
  };
}
