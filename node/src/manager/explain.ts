import { amount, costOf } from "./planning/policy.ts";
import { isOver, type PlanRecord, type Reservation } from "./planning/records.ts";
import type { Plan } from "./plans.ts";

/** Why a plan was made, what it does, and where it stands: sentences for a person. */
export function explainPlan({ plan, progress }: PlanRecord, nowMs: number): readonly string[] {
  const { title, steps, state, done, problem, expiresAtMs } = plan;
  const { wei, isInTokens } = costOf(steps);
  const cost =
    wei === 0n && !isInTokens
      ? "It costs nothing."
      : `It costs up to ${amount(wei)}${isInTokens ? " and fees in tokens" : ""}.`;
  const lines = steps.map(({ step, why, cost: each }, index) => {
    const outcome = plan.outcomes[index];
    const isDone = index < done || outcome !== undefined;
    const led = isDone
      ? ` Done${outcome === undefined ? "" : `: ${outcome}`}.`
      : takenUp(progress.reserved, index);
    const stepWei = costOf([{ cost: each }]).wei;
    return `Step ${index}, ${step.act}${stepWei === 0n ? "" : `, up to ${amount(stepWei)}`}: ${why}${led}`;
  });
  const said = progress.isUnasked ? "The policy let it go unasked." : saidBy(plan, progress.by);
  const left = isOver(plan) || done > 0 ? "" : ` ${leftText(expiresAtMs - nowMs)} for a yes.`;
  return [
    title,
    cost,
    ...lines,
    `${said} It is ${state}.${state === "proposed" ? left : ""}`,
    ...(problem === undefined ? [] : [`${problem.code}: ${problem.message}`]),
  ];
}

/** The time that is left, as "23 hours are left"; below two hours in minutes. */
function leftText(leftMs: number): string {
  const minutes = Math.max(0, Math.round(leftMs / 60_000));
  const [count, unit] = minutes < 120 ? [minutes, "minute"] : [Math.round(minutes / 60), "hour"];
  return count === 1 ? `1 ${unit} is left` : `${count} ${unit}s are left`;
}

/** Whoever took it up may have sent it, also where the plan is over. */
function takenUp(reserved: Reservation | undefined, index: number): string {
  if (reserved?.step !== index) return "";
  return ` ${reserved.by} took it up at ${new Date(reserved.atMs).toISOString()} and has not told what it led to.`;
}

function saidBy({ state, consent }: Plan, by: string | undefined): string {
  if (by !== undefined) return `${by === "operator" ? "The operator" : by} said yes to it.`;
  if (state !== "proposed") return "Nobody said yes to it.";
  return consent === undefined ? "Nobody said yes to it yet." : `It waits for a yes: ${consent}`;
}
