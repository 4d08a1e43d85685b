import type { PlannedStep } from "../plans.ts";
import type { PlanRecord } from "./records.ts";
import { formedCluster } from "./steps.ts";

/**
 * Acts that keep a cluster going as it is: they change nothing that a plan is judged by, and waiting with them harms. A draft of these
 * alone waits for what is just being carried out, not for a plan that waits (for a person, a node, money) or is watched.
 */
const UPKEEP: ReadonlySet<PlannedStep["step"]["act"]> = new Set(["restart-member", "set-route", "broadcast"]);

export function isUpkeep(steps: readonly Pick<PlannedStep, "step">[]): boolean {
  return steps.every(({ step }) => UPKEEP.has(step.act));
}

/** What a plan changes, as `cluster/7`, `node/3`, `slug/brief`: of each, one change at a time. */
export function subjectsOf(
  cluster: bigint,
  steps: readonly Pick<PlannedStep, "step">[],
): ReadonlySet<string> {
  const subjects = new Set<string>();
  if (cluster !== 0n) subjects.add(`cluster/${cluster}`);
  for (const { step } of steps) {
    if (step.act === "publish") subjects.add(`slug/${step.slug}`);
    if ("cluster" in step && step.cluster !== 0n) subjects.add(`cluster/${step.cluster}`);
    if ("node" in step) subjects.add(`node/${step.node}`);
  }
  return subjects;
}

/** What stands in the way of a draft. */
export interface Blocks {
  /** The plan that a draft has to wait for; undefined where it need not. */
  blockedBy(cluster: bigint, steps: readonly Pick<PlannedStep, "step">[]): string | undefined;
  add(record: PlanRecord): void;
}

/** @param open Plans that are not over. */
export function createBlocks(open: readonly PlanRecord[]): Blocks {
  /** By subject: the plans that change it. */
  const shape = new Map<string, string>();
  const underWay = new Map<string, string>();
  const upkeep = new Map<string, string>();

  function add({ plan, progress }: PlanRecord): void {
    const subjects = new Set(subjectsOf(plan.cluster, plan.steps));
    const formed = formedCluster(plan);
    if (formed !== 0n) subjects.add(`cluster/${formed}`);
    // A step that failed in a way that may pass is waited for, and that may take until the plan's time is over.
    const isUnderWay = progress.begun !== undefined && progress.attempts === 0;
    for (const subject of subjects) {
      if (isUpkeep(plan.steps)) upkeep.set(`${subject} ${actsOf(plan.steps)}`, plan.id);
      else shape.set(subject, plan.id);
      if (isUnderWay && !isUpkeep(plan.steps)) underWay.set(subject, plan.id);
    }
  }

  for (const record of open) add(record);
  return {
    add,
    blockedBy(cluster, steps) {
      for (const subject of subjectsOf(cluster, steps)) {
        const found = isUpkeep(steps)
          ? (underWay.get(subject) ?? upkeep.get(`${subject} ${actsOf(steps)}`))
          : shape.get(subject);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** So that a message does not wait for a route. */
function actsOf(steps: readonly Pick<PlannedStep, "step">[]): string {
  return [...new Set(steps.map(({ step }) => step.act))].sort().join();
}
