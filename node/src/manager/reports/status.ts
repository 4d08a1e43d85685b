import type { Alert, ClusterReport, ManagerStatus, StabilityScore } from "../face.ts";
import type { Fleet } from "../fleet.ts";
import { STATUS_ALERTS_MAX, STATUS_PLANS_MAX } from "../limits.ts";
import type { Plan } from "../plans.ts";
import type { ManagerSettings } from "../settings.ts";
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
  settings: ManagerSettings,
  score: Score,
): ReadonlyMap<bigint, StabilityScore> {
  return new Map([...fleet.clusters.values()].map((cluster) => [cluster.cluster, score(cluster, settings)]));
}

/** What is told of each cluster; nothing before the first look. */
export function reportsOf(
  { fleet, settings }: Pick<ManagerFacts, "fleet" | "settings">,
  score: Score,
): readonly ClusterReport[] {
  if (fleet === undefined) return [];
  return [...fleet.clusters.values()].map((cluster) =>
    clusterReport(fleet, cluster, score(cluster, settings), settings),
  );
}

/** State, metrics and wants of a manager, for its orchestrator and for people. What is over is not among its alerts. */
export function managerStatus(facts: ManagerFacts, modules: { readonly score: Score }): ManagerStatus {
  const { settings, reconciled, alerts, plans, problems } = facts;
  return {
    id: settings.id,
    name: settings.name,
    settings,
    reconciled,
    clusters: reportsOf(facts, modules.score),
    alerts: alerts.filter(({ state }) => state !== "resolved").slice(0, STATUS_ALERTS_MAX),
    plans: plans.slice(0, STATUS_PLANS_MAX),
    problem: problems.find((problem) => problem !== undefined),
  };
}
