import { managerError } from "../errors.ts";
import { OUTCOME_CHARS_MAX } from "../limits.ts";
import type { Plan, Step } from "../plans.ts";

/** Key of one step of a plan, by which carrying it out again after a crash does it no second time. */
export function stepKey(plan: string, index: number): string {
  return `${plan}/${index}`;
}

/** Key of taking that step back. */
export function backKey(plan: string, index: number): string {
  return `${plan}/${index}/back`;
}

const DECIMAL = /^(0|[1-9][0-9]{0,77})$/;

/** The cluster that the plan's own `publish` made, as soon as that is done; 0 before. */
export function formedCluster(plan: Pick<Plan, "steps" | "outcomes">, before = plan.steps.length): bigint {
  for (let index = before - 1; index >= 0; index--) {
    const outcome = plan.outcomes[index];
    if (plan.steps[index]?.step.act !== "publish" || outcome === undefined) continue;
    return DECIMAL.test(outcome) ? BigInt(outcome) : 0n;
  }
  return 0n;
}

/**
 * A step as it is carried out: 0 in the place of a cluster is the one that an earlier step made.
 *
 * @throws PleiadError OUTCOME_INVALID where no earlier step says which
 */
export function resolvedStep(plan: Plan, index: number): Step {
  const { step } = stepAt(plan, index);
  if (!("cluster" in step) || step.cluster !== 0n) return step;
  const cluster = formedCluster(plan, index);
  if (cluster !== 0n) return { ...step, cluster };
  throw managerError(
    "OUTCOME_INVALID",
    `step ${index} of plan ${plan.id} is for the cluster that the plan publishes, and no step before it says its id`,
    { hint: "Publish by hand, and ask anew", details: { plan: plan.id, step: index } },
  );
}

export function stepAt(plan: Plan, index: number) {
  const found = plan.steps[index];
  if (found === undefined) throw new Error(`plan ${plan.id} has no step ${index}`);
  return found;
}

/** @throws PleiadError OUTCOME_INVALID where a person's word on a step is not what later steps need */
export function checkOutcome(plan: Plan, index: number, outcome: string): void {
  const isNeeded =
    stepAt(plan, index).step.act === "publish" &&
    plan.steps.slice(index + 1).some(({ step }) => "cluster" in step && step.cluster === 0n);
  const isWrong =
    outcome.length > OUTCOME_CHARS_MAX || (isNeeded && (!DECIMAL.test(outcome) || outcome === "0"));
  if (!isWrong) return;
  throw managerError("OUTCOME_INVALID", `"${outcome.slice(0, 80)}" does not say what step ${index} led to`, {
    hint: isNeeded
      ? "Give the id of the cluster that was published, in digits"
      : `Give a transaction's hash or an id, in at most ${OUTCOME_CHARS_MAX} characters`,
    details: { plan: plan.id, step: index },
  });
}
