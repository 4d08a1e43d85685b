import { amount, costOf } from "./planning/policy.ts";
import { isOver, type PlanRecord } from "./planning/records.ts";

/** Why a plan was made, what it does, and where it stands: sentences for a person. */
export function explainPlan({ plan, progress }: PlanRecord, nowMs: number): readonly string[] {
  const { title, steps, state, done, consent, problem, expiresAtMs } = plan;
  const { wei, isInTokens } = costOf(steps);
  const cost = `It costs up to ${amount(wei)}${isInTokens ? " and fees in tokens" : ""}.`;
  const lines = steps.map(({ step, why, cost: each }, index) => {
    const outcome = plan.outcomes[index];
    const led = index < done ? ` Done${outcome === undefined ? "" : `: ${outcome}`}.` : "";
    return `Step ${index}, ${step.act}, up to ${amount(costOf([{ cost: each }]).wei)}: ${why}${led}`;
  });
  const said = progress.isUnasked ? "The policy let it go unasked." : saidBy(progress.by, consent);
  const left =
    isOver(plan) || done > 0
      ? ""
      : ` ${Math.max(0, Math.round((expiresAtMs - nowMs) / 60_000))} minutes are left for a yes.`;
  return [
    title,
    cost,
    ...lines,
    `${said} It is ${state}.${state === "proposed" ? left : ""}`,
    ...(problem === undefined ? [] : [`${problem.code}: ${problem.message}`]),
  ];
}

function saidBy(by: string | undefined, consent: string | undefined): string {
  if (by !== undefined) return `${by} said yes to it.`;
  return consent === undefined ? "Nobody said yes to it yet." : `It waits for a yes: ${consent}`;
}
