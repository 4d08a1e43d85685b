import { CHANGES_KEPT_MAX, FAILED_PAUSE_MS, PAUSES_MAX, REFUSED_PAUSE_MS } from "../limits.ts";
import type { Plan, PlanKind, PlannedStep, Step } from "../plans.ts";
import { type Canonical, digestOf } from "./digest.ts";
import type { PlanHistory } from "./planner.ts";
import type { PlanRecord } from "./records.ts";
import { formedCluster } from "./steps.ts";

/** What plans of late tell the next ones: when a cluster was changed last, and what need not be asked again yet. */
export interface Past extends PlanHistory {
  /** Takes what a plan came to. */
  learn(record: PlanRecord, nowMs: number): void;
  /** Whether the same, whatever its figures, was refused or failed so lately that it is not tried again. */
  isPaused(plan: Asked, nowMs: number): boolean;
}

/** What is asked for, of a draft or a plan. */
type Asked = Pick<Plan, "kind"> & { readonly steps: readonly Pick<PlannedStep, "step">[] };

export function createPast(): Past {
  const changes = new Map<string, number>();
  const pauses = new Map<string, number>();

  function changed(kind: PlanKind, cluster: bigint | undefined, atMs: number): void {
    const key = keyOf(kind, cluster);
    if ((changes.get(key) ?? 0) >= atMs) return;
    // Put last, so that the oldest is the first.
    changes.delete(key);
    changes.set(key, atMs);
    for (const oldest of changes.keys()) {
      if (changes.size <= CHANGES_KEPT_MAX) break;
      changes.delete(oldest);
    }
  }

  return {
    lastChangeMs: (kind, cluster) => changes.get(keyOf(kind, cluster)),
    learn({ plan, progress }, nowMs) {
      const { kind, cluster, state } = plan;
      if (progress.endedStepsAtMs !== undefined && plan.done > 0) {
        changed(kind, undefined, progress.endedStepsAtMs);
        changed(kind, cluster === 0n ? formedCluster(plan) : cluster, progress.endedStepsAtMs);
      }
      const pauseMs = pauseOf(state);
      if (pauseMs === 0) return;
      const untilMs = Math.max(plan.madeAtMs, progress.endedStepsAtMs ?? 0) + pauseMs;
      if (untilMs > nowMs) pauses.set(askedKey(plan), untilMs);
      for (const oldest of pauses.keys()) {
        if (pauses.size <= PAUSES_MAX) break;
        pauses.delete(oldest);
      }
    },
    isPaused(plan, nowMs) {
      if (pauses.size === 0) return false;
      const key = askedKey(plan);
      const untilMs = pauses.get(key);
      if (untilMs === undefined) return false;
      if (untilMs > nowMs) return true;
      pauses.delete(key);
      return false;
    },
  };
}

function pauseOf(state: PlanRecord["plan"]["state"]): number {
  if (state === "refused") return REFUSED_PAUSE_MS;
  return state === "failed" || state === "reverted" ? FAILED_PAUSE_MS : 0;
}

function keyOf(kind: PlanKind, cluster: bigint | undefined): string {
  return `${kind}/${cluster ?? "any"}`;
}

function askedKey({ kind, steps }: Asked): string {
  return digestOf([kind, ...steps.map(({ step }) => subjectOf(step))]);
}

/** What a step is about and which way it goes. Its figures are left out: they move with every look, and a no is not to a figure. */
function subjectOf(step: Step): Canonical {
  switch (step.act) {
    case "publish":
      return [step.act, step.slug];
    case "set-places":
      return [step.act, step.node, Math.sign(step.to - step.from)];
    case "set-share":
      return [
        step.act,
        step.node,
        step.cluster,
        Math.sign((step.to ?? Number.POSITIVE_INFINITY) - (step.from ?? 0)),
      ];
    case "set-route":
      return [step.act, step.cluster, step.member, [...step.to]];
    case "serve-model":
    case "leave-model":
    case "start-helper":
    case "stop-helper":
    case "restart-member":
    case "drain-node":
    case "resume-node":
    case "connect":
    case "write-rules":
    case "write-context":
    case "broadcast":
      return step as Canonical;
    default:
      return step satisfies never;
  }
}
