import { managerError } from "../errors.ts";
import type { Fleet } from "../fleet.ts";
import { PLAN_EXPIRES_MS, SENTENCE_CHARS_MAX, STEPS_PER_PLAN_MAX } from "../limits.ts";
import type { Plan, PlannedStep } from "../plans.ts";
import type { Hands } from "../ports.ts";
import type { ManagerCapability, ManagerPolicy } from "../settings.ts";
import { basisOf } from "./basis.ts";
import { promised } from "./carryOut.ts";
import type { PlanRecords } from "./planBook.ts";
import type { PlanDraft } from "./planner.ts";
import { checkDay, checkForbidden, consentFor } from "./policy.ts";
import { NEW_PROGRESS, type PlanRecord } from "./records.ts";
import type { Spending } from "./spending.ts";

export interface ProposerModules {
  readonly records: PlanRecords;
  readonly spending: Spending;
  readonly hands: Hands;
  readonly policy: () => ManagerPolicy;
  readonly now: () => number;
}

/**
 * Makes a plan of a draft: prices each step, asks the policy, and keeps it, `approved` where it may go unasked and else `proposed`.
 *
 * @param planner Whose draft it is.
 * @throws PleiadError POLICY_FORBIDS, BUDGET_EXCEEDED for one that no day has the money for, PLANS_FULL; what `Hands.estimate` throws
 */
export async function propose(
  draft: PlanDraft,
  fleet: Fleet,
  planner: ManagerCapability,
  { records, spending, hands, policy, now }: ProposerModules,
): Promise<PlanRecord> {
  if (draft.steps.length === 0 || draft.steps.length > STEPS_PER_PLAN_MAX) {
    throw managerError(
      "PLAN_TOO_LONG",
      `the plan would have ${draft.steps.length} steps, expected 1 to ${STEPS_PER_PLAN_MAX}`,
      { hint: "Ask for a part of it first", details: { steps: draft.steps.length } },
    );
  }
  const acts = draft.steps.map(({ step }) => step);
  checkForbidden(acts, policy());
  const steps: PlannedStep[] = [];
  for (const { step, why } of draft.steps) {
    steps.push({ step, why: sentence(why), cost: await hands.estimate(step) });
  }
  checkDay(steps, policy(), 0n);
  // What the day has left is looked at and promised in one, or two plans would be promised the same money.
  return spending.deciding(async () => {
    const nowMs = now();
    const spent = (await spending.ofDay(nowMs)) + (await promised(records));
    const consent = consentFor(steps, policy(), spent) ?? personFor(steps, hands);
    const plan: Plan = {
      id: await records.newId(nowMs),
      kind: draft.kind,
      cluster: draft.cluster,
      title: sentence(draft.title),
      steps,
      basis: basisOf(fleet, acts),
      madeAtMs: nowMs,
      expiresAtMs: nowMs + PLAN_EXPIRES_MS,
      state: consent === undefined ? "approved" : "proposed",
      consent,
      done: 0,
      outcomes: steps.map(() => undefined),
      problem: undefined,
    };
    const isUnasked = consent === undefined;
    const by = isUnasked ? "policy" : undefined;
    const record = { plan, progress: { ...NEW_PROGRESS, planner, before: draft.before, isUnasked, by } };
    await records.write(record);
    return record;
  });
}

/** A step that only a person can do is one that a person knows of before the plan begins. */
function personFor(steps: readonly PlannedStep[], hands: Hands): string | undefined {
  for (const [index, { step }] of steps.entries()) {
    const lacking = hands.lacks(step);
    if (lacking !== undefined) return sentence(`Step ${index} needs a person: ${lacking}.`);
  }
  return undefined;
}

function sentence(text: string): string {
  const whole = text.toWellFormed();
  return whole.length <= SENTENCE_CHARS_MAX
    ? whole
    : `${whole.slice(0, SENTENCE_CHARS_MAX - 1).toWellFormed()}…`;
}
