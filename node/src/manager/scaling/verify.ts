import type { Fleet } from "../fleet.ts";
import {
  ENDED_TO_JUDGE_MIN,
  LATENCY_GROWTH_MAX,
  LOAD_CHANGE_FACTOR_MIN,
  SCORE_DROP_MAX,
  SUCCESS_DROP_MAX,
} from "../limits.ts";
import type { PlanMeasure, Verdict } from "../planning/planner.ts";
import type { Plan } from "../plans.ts";
import type { ManagerSettings } from "../settings.ts";
import { stabilityScore } from "../stability/score.ts";
import { demandOf } from "./demand.ts";

/** What is compared later of a cluster that is to be changed. What is not known is left out. */
export function measureOf(fleet: Fleet, cluster: bigint, settings: ManagerSettings): PlanMeasure {
  const seen = fleet.clusters.get(cluster);
  if (seen === undefined) return {};
  const { window } = seen;
  const { score } = stabilityScore({
    members: seen.members,
    window,
    latencyThresholdMs: settings.alertThresholds.communicationLatencyMs,
  });
  return {
    score,
    demand: demandOf(seen),
    waiting: seen.queue.waiting,
    ended: window.ended,
    ...(window.ended === 0 ? {} : { success: window.succeeded / window.ended }),
    ...(window.latencyMs === undefined ? {} : { latencyMs: window.latencyMs }),
  };
}

/**
 * Whether a change of scale was good: whether nothing got worse that the load does not explain.
 *
 * Worse is: success fell by more than `SUCCESS_DROP_MAX`; the latency grew by more than `LATENCY_GROWTH_MAX` while the demand did not by
 * `LOAD_CHANGE_FACTOR_MIN`; the stability score fell by more than `SCORE_DROP_MAX`; a node that was given places, or a model, has its resources in use
 * above the threshold. Latency counts only where nothing waited when the change was made: what waited then comes late, whatever was done. Success and latency count only where `ENDED_TO_JUDGE_MIN` tasks ended both times.
 */
export function judgeScaling(
  plan: Plan,
  before: PlanMeasure,
  fleet: Fleet,
  settings: ManagerSettings,
): Verdict {
  const now = measureOf(fleet, plan.cluster, settings);
  const worse = [...worseOf(before, now), ...tooHot(plan, fleet, settings)];
  if (worse.length > 0) return { isGood: false, why: `${worse.join("; ")}.` };
  return { isGood: true, why: "Success, latency and stability are no worse than before." };
}

function worseOf(before: PlanMeasure, now: PlanMeasure): readonly string[] {
  const worse: string[] = [];
  const isEnough = Math.min(before.ended ?? 0, now.ended ?? 0) >= ENDED_TO_JUDGE_MIN;
  if (isEnough && before.success !== undefined && now.success !== undefined)
    if (now.success < before.success - SUCCESS_DROP_MAX)
      worse.push(`success fell from ${percent(before.success)} to ${percent(now.success)}`);
  if (isEnough && before.latencyMs !== undefined && now.latencyMs !== undefined) {
    const isMoreLoad = (now.demand ?? 0) >= Math.max(1, before.demand ?? 0) * LOAD_CHANGE_FACTOR_MIN;
    const hadWaited = (before.waiting ?? 0) > 0;
    if (!isMoreLoad && !hadWaited && now.latencyMs > before.latencyMs * LATENCY_GROWTH_MAX)
      worse.push(`latency grew from ${Math.round(before.latencyMs)} to ${Math.round(now.latencyMs)} ms`);
  }
  if (before.score !== undefined && now.score !== undefined && now.score < before.score - SCORE_DROP_MAX)
    worse.push(`stability fell from ${before.score.toFixed(2)} to ${now.score.toFixed(2)}`);
  return worse;
}

/** A node whose places were taken away may be as hot as it likes: that is why they were. */
function tooHot(plan: Plan, fleet: Fleet, settings: ManagerSettings): readonly string[] {
  const threshold = settings.alertThresholds.resourceUsage;
  const loaded = plan.steps.flatMap(({ step }) =>
    (step.act === "set-places" && step.to > step.from) || step.act === "serve-model" ? [step.node] : [],
  );
  return [...new Set(loaded)].flatMap((node) => {
    const share = fleet.nodes.get(node)?.resourceShare;
    return share !== undefined && share > threshold
      ? [`resources of node ${node} are in use to ${percent(share)}, above ${percent(threshold)}`]
      : [];
  });
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
