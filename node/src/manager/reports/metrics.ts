import type { SinkStats } from "../alerts/outbox.ts";
import type { AlertName, ManagerStatus } from "../face.ts";
import type { PlanState } from "../plans.ts";

/** One number for Prometheus. `node/src/local/metricsTable.ts` says what each means. */
export interface ManagerSample {
  readonly name:
    | "pleiad_manager_stability_score"
    | "pleiad_manager_members"
    | "pleiad_manager_places"
    | "pleiad_manager_waiting_tasks"
    | "pleiad_manager_open_plans"
    | "pleiad_manager_firing_alerts"
    | "pleiad_manager_reconciled_age_seconds"
    | "pleiad_manager_problem_state"
    | "pleiad_manager_waiting_deliveries"
    | "pleiad_manager_failed_deliveries_total"
    | "pleiad_manager_lost_deliveries_total";
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

const ALERTS: Readonly<Record<AlertName, true>> = {
  cluster_size: true,
  communication_latency: true,
  resource_usage: true,
  stability_score: true,
};
/** A plan in another state is over. */
const OPEN_STATES: readonly PlanState[] = ["proposed", "approved", "applying", "applied"];

/**
 * A manager's numbers as of now. Those whose absence would be read as 0 are there with 0.
 *
 * @param sinks by name
 */
export function managerSamples(
  status: ManagerStatus,
  sinks: ReadonlyMap<string, SinkStats>,
  nowMs: number,
): readonly ManagerSample[] {
  const samples: ManagerSample[] = [];
  const add = (name: ManagerSample["name"], value: number, labels: ManagerSample["labels"] = {}) =>
    void samples.push({ name, value, labels });

  for (const { slug: cluster, stability, members, ready, places, waiting } of status.clusters) {
    add("pleiad_manager_stability_score", stability.score, { cluster });
    add("pleiad_manager_members", ready, { cluster, state: "ready" });
    add("pleiad_manager_members", members - ready, { cluster, state: "other" });
    add("pleiad_manager_places", places, { cluster });
    add("pleiad_manager_waiting_tasks", waiting, { cluster });
  }
  for (const state of OPEN_STATES)
    add("pleiad_manager_open_plans", status.plans.filter((plan) => plan.state === state).length, { state });
  for (const alert of Object.keys(ALERTS))
    for (const state of ["firing", "acknowledged"])
      add(
        "pleiad_manager_firing_alerts",
        status.alerts.filter((one) => one.name === alert && one.state === state).length,
        { alert, state },
      );
  if (status.reconciled !== undefined)
    add("pleiad_manager_reconciled_age_seconds", Math.max(0, nowMs - status.reconciled.atMs) / 1_000);
  if (status.problem !== undefined) add("pleiad_manager_problem_state", 1, { code: status.problem.code });
  for (const [sink, { waiting, failuresTotal, lostTotal }] of sinks) {
    add("pleiad_manager_waiting_deliveries", waiting, { sink });
    add("pleiad_manager_failed_deliveries_total", failuresTotal, { sink });
    add("pleiad_manager_lost_deliveries_total", lostTotal, { sink });
  }
  return samples;
}
