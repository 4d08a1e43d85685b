import type { SinkStats } from "../manager/alerts/outbox.ts";
import type { ManagerStatus } from "../manager/face.ts";
import { managerSamples } from "../manager/reports/metrics.ts";
import type { SetMetric } from "./daemonMetrics.ts";

/** What is read of a manager when somebody scrapes the metrics. `pleiad_manager_reconcile_seconds` is noted by whoever runs it. */
export function setManager(
  set: SetMetric,
  status: ManagerStatus,
  sinks: ReadonlyMap<string, SinkStats>,
  nowMs: number,
): void {
  for (const { name, value, labels } of managerSamples(status, sinks, nowMs)) set(name, value, labels);
}
