import { PleiadError } from "@pleiad/sdk/errors";
import { backoffMs } from "../../chain/backoff.ts";
import { BACK_ATTEMPTS_MAX, STEP_RETRY_MAX_MS, STEP_RETRY_MIN_MS } from "../limits.ts";
import type { Plan, Step } from "../plans.ts";
import type { Hands } from "../ports.ts";
import type { ManagerPolicy } from "../settings.ts";
import { attempted } from "./attempted.ts";
import { costOf } from "./policy.ts";
import type { PlanProgress, PlanRecord, TakingBack } from "./records.ts";
import type { Spending } from "./spending.ts";
import { backKey, resolvedStep } from "./steps.ts";

/**
 * Takes back what a plan did, the last step first. What has no inverse, is forbidden, needs a person or does not succeed, is named, and
 * the others are taken back all the same. Money is counted, but no limit holds it up: half a plan costs more than its gas.
 */
export interface BackOptions {
  readonly hands: Hands;
  readonly spending: Spending;
  readonly policy: ManagerPolicy;
  readonly nowMs: number;
  readonly random: () => number;
}

type Write = (
  plan: Partial<Plan>,
  progress: Partial<PlanProgress>,
  entries?: readonly (readonly [string, unknown])[],
) => Promise<PlanRecord>;

/** What a record says when its first `steps` steps are to be taken back. */
export function begunBack(
  to: TakingBack["to"],
  why: TakingBack["why"],
  steps: number,
): Partial<PlanProgress> {
  return { back: { to, why, next: steps, stays: [] }, begun: undefined, attempts: 0, nextTryAtMs: 0 };
}

export async function takeBackNext(
  record: PlanRecord,
  options: BackOptions,
  write: Write,
): Promise<{ readonly next: PlanRecord; readonly goesOn: boolean }> {
  const { plan, progress } = record;
  const { back } = progress;
  if (back === undefined) throw new Error(`plan ${plan.id} is not being taken back`);
  const { hands, spending, nowMs, random } = options;
  if (back.next === 0) {
    const problem = { code: back.why.code, message: whole(plan, back) };
    const next = await write({ state: back.to, problem }, { endedStepsAtMs: nowMs });
    return { next, goesOn: false };
  }
  const index = back.next - 1;
  const stays = async (why: string) => ({
    next: await write(
      {},
      {
        back: { ...back, next: index, stays: [...back.stays, `step ${index} stays: ${why}`] },
        begun: undefined,
        attempts: 0,
        nextTryAtMs: 0,
      },
    ),
    goesOn: true,
  });
  const failed = async (error: PleiadError) => {
    const attempts = progress.attempts + 1;
    if (!error.retryable || attempts >= BACK_ATTEMPTS_MAX) return stays(error.message);
    const waitMs = backoffMs(attempts, { baseMs: STEP_RETRY_MIN_MS, maxMs: STEP_RETRY_MAX_MS, random });
    const next = await write({}, { attempts, nextTryAtMs: Math.round(nowMs + waitMs) });
    return { next, goesOn: false };
  };
  const inverse = await attempted(() => hands.inverse(resolvedStep(plan, index)));
  if (inverse instanceof PleiadError) return failed(inverse);
  const obstacle = obstacleOf(inverse, options);
  if (inverse === undefined || obstacle !== undefined) return stays(obstacle ?? "nothing takes it back");
  if (progress.begun !== index) {
    const cost = await attempted(() => hands.estimate(inverse));
    if (cost instanceof PleiadError) return failed(cost);
    const { wei } = costOf([{ cost }]);
    let next = record;
    await spending.charge({ wei, nowMs }, async (entries) => {
      next = await write({}, { begun: index, chargedWei: progress.chargedWei + wei }, entries);
    });
    return { next, goesOn: true };
  }
  const outcome = await attempted(() => hands.carryOut(inverse, backKey(plan.id, index)));
  if (outcome instanceof PleiadError) return failed(outcome);
  const next = await write(
    {},
    { back: { ...back, next: index }, begun: undefined, attempts: 0, nextTryAtMs: 0 },
  );
  return { next, goesOn: true };
}

/** Why a step cannot be taken back by the manager. */
function obstacleOf(inverse: Step | undefined, { hands, policy }: BackOptions): string | undefined {
  if (inverse === undefined) return undefined;
  if (policy.forbidden.includes(inverse.act)) return `the policy forbids "${inverse.act}"`;
  return hands.lacks(inverse);
}

function whole({ done }: Plan, { why, stays }: TakingBack): string {
  if (done === 0 && stays.length === 0) return why.message;
  if (stays.length === 0) return `${why.message} (what was done before is taken back)`;
  return `${why.message} (taken back as far as it can be; ${stays.join("; ")})`;
}
