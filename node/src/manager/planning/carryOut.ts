import { PleiadError } from "@pleiad/sdk/errors";
import { backoffMs } from "../../chain/backoff.ts";
import { type Alone, createMutex } from "../../chain/mutex.ts";
import { managerError, problemOf } from "../errors.ts";
import type { Speaker } from "../face.ts";
import {
  COST_GROWTH_PERCENT_MAX,
  RESERVED_STEP_MS,
  STEP_RETRY_MAX_MS,
  STEP_RETRY_MIN_MS,
} from "../limits.ts";
import type { Plan, PlanState, StepCost } from "../plans.ts";
import type { FleetView, Hands } from "../ports.ts";
import type { ManagerPolicy } from "../settings.ts";
import { attempted } from "./attempted.ts";
import { basisOf } from "./basis.ts";
import type { PlanRecords } from "./planBook.ts";
import { amount, checkDay, checkForbidden, costOf } from "./policy.ts";
import { isOver, type PlanProgress, type PlanRecord, type Reservation } from "./records.ts";
import type { Spending } from "./spending.ts";
import { checkOutcome, resolvedStep, stepAt, stepKey } from "./steps.ts";
import { type BackOptions, begunBack, takeBackNext } from "./takeBack.ts";

/**
 * Carries plans out, step by step. What a plan's record says is durable before and after each step, so that after a crash at any
 * instant `advance` goes on where it was: a step that was begun is asked for again by its key, and answers what the first time led to.
 *
 * | from | to | when |
 * |---|---|---|
 * | proposed | approved | somebody says yes, or the policy; nothing is forbidden, and the day has the money left |
 * | proposed, approved | refused | somebody says no; at its turn the policy forbids it |
 * | proposed, approved | expired | its time is over before its first step |
 * | proposed, approved | stale | what it rests on has changed, looked at before its first step |
 * | approved | applying | its first step is begun, or taken up by a person; its cost is counted in the same write |
 * | applying | applying | a step is done, waits for a person, for money, or for an error to pass |
 * | applying | applied | the last step is done |
 * | applying | failed | an error that does not pass, its time over, or cancelled: the steps before it are taken back, the last first |
 * | applied | verified, reverted | as the judge finds; the latter after all is taken back |
 */
export interface Carrier {
  /**
   * Says yes.
   *
   * @param by Undefined for the policy.
   * @throws PleiadError PLAN_UNKNOWN, PLAN_OVER, PLAN_STALE, POLICY_FORBIDS, BUDGET_EXCEEDED
   */
  approve(id: string, by: Speaker | undefined): Promise<Plan>;
  /** Takes it as far as it goes now. @throws PleiadError PLAN_UNKNOWN */
  advance(id: string): Promise<Plan>;
  /**
   * Says no: nothing of it is done, or what is done is taken back, after the step that is just being done.
   *
   * @throws PleiadError PLAN_UNKNOWN, PLAN_OVER
   */
  cancel(id: string, by: Speaker): Promise<Plan>;
  /**
   * Takes up the next step for a person who is about to do it: what the plan rests on, its time and the policy are looked at, and what
   * the step costs at most is counted, once. Asked again before the outcome is told, it answers the same.
   *
   * @throws PleiadError PLAN_UNKNOWN, PLAN_OVER, PLAN_NOT_APPROVED, PLAN_STALE, STEP_NOT_NEXT, POLICY_FORBIDS; COST_RISEN and
   * BUDGET_EXCEEDED, retryable; what `Hands.estimate` throws
   */
  take(id: string, step: number, by: Speaker): Promise<TakenStep>;
  /**
   * Takes down what a person's step led to. One that was taken up is not looked at again, and is taken down even where the plan is over.
   *
   * @throws PleiadError PLAN_UNKNOWN, PLAN_OVER, PLAN_NOT_APPROVED, PLAN_STALE, STEP_NOT_NEXT, OUTCOME_INVALID
   */
  carriedOut(id: string, step: number, outcome: string, by: Speaker): Promise<Plan>;
  /** What the judge found of one that is applied. */
  judged(id: string, verdict: { readonly isGood: boolean; readonly why: string }): Promise<Plan>;
  /** Lets steps that are being done end, and begins no other. */
  stop(): Promise<void>;
}

export interface TakenStep {
  readonly plan: Plan;
  /** What one gas may cost, in wei; undefined for a step that takes none. */
  readonly weiPerGasMax: bigint | undefined;
}

export interface CarrierModules {
  readonly records: PlanRecords;
  readonly spending: Spending;
  readonly hands: Hands;
  readonly view: Pick<FleetView, "observe">;
  /** As of now: the policy may be replaced at any time. */
  readonly policy: () => ManagerPolicy;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Told after each change of a plan. */
  readonly onChange: () => void;
}

/** What one turn of a plan came to: its record as it is now, and whether another turn may follow at once. */
interface Turn {
  readonly record: PlanRecord;
  readonly goesOn: boolean;
}

export function createCarrier(modules: CarrierModules): Carrier {
  const { records, spending, hands, view, policy, now, random } = modules;
  /** One at a time for each plan. */
  const queues = new Map<string, { readonly alone: Alone; users: number }>();
  const cancelled = new Map<string, Speaker>();
  let isStopping = false;

  async function inTurn<T>(id: string, task: () => Promise<T>): Promise<T> {
    const queue = queues.get(id) ?? { alone: createMutex(), users: 0 };
    queues.set(id, queue);
    queue.users += 1;
    try {
      return await queue.alone(task);
    } finally {
      queue.users -= 1;
      if (queue.users === 0) queues.delete(id);
    }
  }

  async function known(id: string): Promise<PlanRecord> {
    const record = await records.record(id);
    if (record !== undefined) return record;
    throw managerError("PLAN_UNKNOWN", `there is no plan ${JSON.stringify(id.slice(0, 40))}`, {
      hint: "See the ids of plans with: pleiad manager plan",
      details: { plan: id },
    });
  }

  async function open(id: string): Promise<PlanRecord> {
    const record = await known(id);
    if (!isOver(record.plan)) return record;
    throw managerError("PLAN_OVER", `plan ${id} is over: it is ${record.plan.state}`, {
      hint: "Ask anew; a new plan is made from what is seen now",
      details: { plan: id, state: record.plan.state },
    });
  }

  async function write(
    record: PlanRecord,
    plan: Partial<Plan>,
    progress: Partial<PlanProgress> = {},
    others: readonly (readonly [string, unknown])[] = [],
  ): Promise<PlanRecord> {
    const next = {
      plan: { ...record.plan, ...plan },
      progress: { ...record.progress, ...progress },
    };
    await records.write(next, others);
    if (isOver(next.plan)) cancelled.delete(next.plan.id);
    modules.onChange();
    return next;
  }

  const ended = async (record: PlanRecord, state: PlanState, error?: PleiadError): Promise<Turn> => ({
    record: await write(record, { state, problem: error === undefined ? undefined : problemOf(error) }),
    goesOn: false,
  });

  /** Looks whether it may begin: what it rests on, the policy, its time. The answer is an end, or undefined. */
  async function endBeforeBegin(record: PlanRecord): Promise<Turn | undefined> {
    const { plan, progress } = record;
    if (now() >= plan.expiresAtMs) return ended(record, "expired", expired(plan));
    const refusal = forbidden(plan, policy());
    if (refusal !== undefined) return ended(record, "refused", refusal);
    const acts = plan.steps.map(({ step }) => step);
    if (progress.isUnasked && acts.some(({ act }) => !policy().unasked.includes(act))) {
      return ended(record, "stale", stale(plan, "the policy is another one"));
    }
    const basis = basisOf(await view.observe(), acts);
    return basis === plan.basis ? undefined : ended(record, "stale", stale(plan, "what it rests on"));
  }

  async function turn(record: PlanRecord): Promise<Turn> {
    const { plan, progress } = record;
    if (plan.state === "proposed") {
      if (now() < plan.expiresAtMs) return { record, goesOn: false };
      return ended(record, "expired", expired(plan));
    }
    if (progress.back !== undefined) return turnBack(record);
    if (plan.state === "applied") return { record, goesOn: false };
    if (plan.state === "approved") {
      const end = await endBeforeBegin(record);
      if (end !== undefined) return end;
    }
    return forward(record);
  }

  async function forward(record: PlanRecord): Promise<Turn> {
    const { plan, progress } = record;
    if (plan.done === plan.steps.length) {
      const state = { state: "applied", problem: undefined } as const;
      return { record: await write(record, state, { endedStepsAtMs: now() }), goesOn: false };
    }
    const reserved = reservedStep(record);
    if (reserved !== undefined) {
      // Whether the person did it nobody knows: what comes of giving up names it.
      const isLate = now() >= Math.max(plan.expiresAtMs, reserved.atMs + RESERVED_STEP_MS);
      return isLate ? back(record, expired(plan), plan.done + 1) : { record, goesOn: false };
    }
    if (now() < progress.nextTryAtMs) return { record, goesOn: false };
    if (progress.begun === plan.done) return carry(record);
    if (cancelled.has(plan.id)) return back(record, cancelledBy(plan, cancelled.get(plan.id)));
    if (now() >= plan.expiresAtMs) return back(record, expired(plan));
    const refusal = forbidden(plan, policy());
    if (refusal !== undefined) return back(record, refusal);
    return begin(record);
  }

  /** Prices the next step, counts it, and writes down that it is begun; or says why it waits. */
  async function begin(record: PlanRecord): Promise<Turn> {
    const { plan, progress } = record;
    const priced = await attempted(async () => {
      const step = resolvedStep(plan, plan.done);
      const lacking = hands.lacks(step);
      if (lacking !== undefined) return lacking;
      return priceOf(record, await hands.estimate(step), policy());
    });
    if (priced instanceof PleiadError) return priced.retryable ? later(record, priced) : back(record, priced);
    if (typeof priced === "string") return waits(record, lacksError(plan, priced));
    let next = record;
    const charge = { wei: priced, nowMs: now(), dayWeiMax: policy().dayWeiMax };
    const left = await spending.charge(charge, async (entries) => {
      next = await write(
        record,
        { state: "applying", problem: undefined },
        { begun: plan.done, attempts: 0, nextTryAtMs: 0, chargedWei: progress.chargedWei + priced },
        entries,
      );
    });
    return left === undefined ? { record: next, goesOn: true } : later(record, left);
  }

  /** Writes down that a person does the next step, once it is priced and counted. */
  async function reserve(record: PlanRecord, by: Speaker): Promise<PlanRecord> {
    const { plan, progress } = record;
    const cost = await hands.estimate(resolvedStep(plan, plan.done));
    const wei = priceOf(record, cost, policy());
    // Gas rises between two blocks, so room is counted for that, as far as what was said yes to goes.
    const roomy = wei + (wei * COST_GROWTH_PERCENT_MAX) / 100n;
    const most = mostOf(record, policy()) - progress.chargedWei;
    const counted = wei === 0n || roomy <= most ? roomy : most;
    const weiPerGasMax = cost.gas === 0n ? undefined : (cost.gasWei + counted - wei) / cost.gas;
    let next = record;
    const charge = { wei: counted, nowMs: now(), dayWeiMax: policy().dayWeiMax };
    const left = await spending.charge(charge, async (entries) => {
      next = await write(
        record,
        { state: "applying", problem: undefined },
        {
          begun: plan.done,
          attempts: 0,
          nextTryAtMs: 0,
          chargedWei: progress.chargedWei + counted,
          reserved: { step: plan.done, by, atMs: now(), weiPerGasMax },
        },
        entries,
      );
    });
    if (left !== undefined) throw left;
    return next;
  }

  /** Takes down what a person's step of a plan led to that goes no further. */
  async function tooLate(record: PlanRecord, step: number, outcome: string): Promise<Plan> {
    const outcomes = record.plan.steps.map((_, index) =>
      index === step ? outcome : record.plan.outcomes[index],
    );
    return (await write(record, { outcomes })).plan;
  }

  async function carry(record: PlanRecord): Promise<Turn> {
    const { plan } = record;
    const outcome = await attempted(() =>
      hands.carryOut(resolvedStep(plan, plan.done), stepKey(plan.id, plan.done)),
    );
    // What cannot be written down is no failure of the step: it is asked for again by its key.
    if (!(outcome instanceof PleiadError)) return { record: await done(record, outcome), goesOn: true };
    if (!outcome.retryable) return back(record, outcome);
    // Whether it was done nobody knows: what comes of giving up has to take it back, too.
    const isUp = now() >= plan.expiresAtMs || cancelled.has(plan.id);
    return isUp ? back(record, outcome, plan.done + 1) : later(record, outcome);
  }

  function done(record: PlanRecord, outcome: string | undefined): Promise<PlanRecord> {
    const { plan } = record;
    const outcomes = plan.steps.map((_, index) => (index === plan.done ? outcome : plan.outcomes[index]));
    return write(
      record,
      { state: "applying", done: plan.done + 1, outcomes, problem: undefined },
      { begun: undefined, attempts: 0, nextTryAtMs: 0 },
    );
  }

  async function waits(record: PlanRecord, error: PleiadError): Promise<Turn> {
    const problem = problemOf(error);
    if (record.plan.problem?.message === problem.message) return { record, goesOn: false };
    return { record: await write(record, { problem }), goesOn: false };
  }

  async function later(record: PlanRecord, error: PleiadError): Promise<Turn> {
    const attempts = record.progress.attempts + 1;
    const waitMs = backoffMs(attempts, { baseMs: STEP_RETRY_MIN_MS, maxMs: STEP_RETRY_MAX_MS, random });
    const nextTryAtMs = Math.round(now() + waitMs);
    const next = await write(record, { problem: problemOf(error) }, { attempts, nextTryAtMs });
    return { record: next, goesOn: false };
  }

  /** Gives up going forward. Where nothing is done, that is the end; else the steps before are taken back. */
  async function back(record: PlanRecord, error: PleiadError, steps = record.plan.done): Promise<Turn> {
    const { plan } = record;
    const state = endStateOf(error);
    if (steps === 0 && plan.state === "approved" && state !== undefined) return ended(record, state, error);
    const begun = begunBack("failed", problemOf(error), steps);
    const next = await write(record, { state: "applying", problem: problemOf(error) }, begun);
    return { record: next, goesOn: true };
  }

  async function turnBack(record: PlanRecord): Promise<Turn> {
    if (now() < record.progress.nextTryAtMs) return { record, goesOn: false };
    const options: BackOptions = { hands, spending, policy: policy(), nowMs: now(), random };
    const { next, goesOn } = await takeBackNext(record, options, (plan, progress, entries) =>
      write(record, plan, progress, entries),
    );
    return { record: next, goesOn };
  }

  async function run(record: PlanRecord): Promise<Plan> {
    let current: Turn = { record, goesOn: true };
    while (current.goesOn && !isStopping && !isOver(current.record.plan))
      current = await turn(current.record);
    return current.record.plan;
  }

  return {
    approve: (id, by) =>
      inTurn(id, async () => {
        const record = await open(id);
        const { plan } = record;
        if (plan.state !== "proposed") return plan;
        checkForbidden(
          plan.steps.map(({ step }) => step),
          policy(),
        );
        const end = await endBeforeBegin(record);
        if (end !== undefined) throw errorOf(end.record.plan);
        // What the day has left is looked at and promised in one, or two plans would be promised the same money.
        return spending.deciding(async () => {
          checkDay(plan.steps, policy(), (await spending.ofDay(now())) + (await promised(records)));
          const said = { by: by ?? "policy", isUnasked: by === undefined };
          return (await write(record, { state: "approved" }, said)).plan;
        });
      }),
    advance: (id) => inTurn(id, async () => run(await known(id))),
    async cancel(id, by) {
      const { plan } = await open(id);
      // Told at once, so that what is being carried out begins no further step.
      if (plan.state !== "proposed") cancelled.set(id, by);
      return inTurn(id, async () => {
        const record = await open(id);
        const error = cancelledBy(record.plan, by);
        if (record.plan.state === "proposed" || record.plan.state === "approved") {
          return (await ended(record, "refused", error)).record.plan;
        }
        if (record.progress.back !== undefined) return run(record);
        if (record.plan.state === "applied") {
          const begun = begunBack("reverted", problemOf(error), record.plan.done);
          return run(await write(record, { problem: problemOf(error) }, begun));
        }
        const isUnsure = record.progress.begun === record.plan.done;
        return run((await back(record, error, record.plan.done + (isUnsure ? 1 : 0))).record);
      });
    },
    take: (id, step, by) =>
      inTurn(id, async () => {
        let record = await open(id);
        if (reservedStep(record) !== undefined) {
          // What was taken up too long ago is given up here.
          const plan = await run(record);
          if (isOver(plan)) throw errorOf(plan);
          record = await open(id);
        }
        checkNext(record, step);
        const refusal = forbidden(record.plan, policy());
        const reserved = reservedStep(record);
        if (reserved !== undefined) {
          if (refusal !== undefined) throw refusal;
          return { plan: record.plan, weiPerGasMax: reserved.weiPerGasMax };
        }
        if (record.plan.state === "approved") {
          const end = await endBeforeBegin(record);
          if (end !== undefined) throw errorOf(end.record.plan);
        } else if (refusal !== undefined || now() >= record.plan.expiresAtMs) {
          await run((await back(record, refusal ?? expired(record.plan))).record);
          throw refusal ?? expired(record.plan);
        }
        record = await reserve(record, by);
        return { plan: record.plan, weiPerGasMax: record.progress.reserved?.weiPerGasMax };
      }),
    carriedOut: (id, step, outcome, by) =>
      inTurn(id, async () => {
        let record = await known(id);
        // Said once more, as the first answer may have been lost.
        if (record.plan.outcomes[step] === outcome) return record.plan;
        const reserved = record.progress.reserved?.step === step && record.plan.outcomes[step] === undefined;
        if (reserved) checkOutcome(record.plan, step, outcome);
        if (reserved && (isOver(record.plan) || record.progress.back !== undefined))
          return tooLate(record, step, outcome);
        record = await open(id);
        const { plan } = record;
        checkNext(record, step);
        checkOutcome(plan, step, outcome);
        if (reserved) return run(await done(record, outcome));
        if (plan.state === "approved") {
          const end = await endBeforeBegin(record);
          if (end !== undefined) throw errorOf(end.record.plan);
        }
        const { wei } = costOf([stepAt(plan, step)]);
        // Whoever did it has paid for it; it is counted all the same, as it is money of the day.
        await spending.charge({ wei, nowMs: now() }, async (entries) => {
          const outcomes = plan.steps.map((_, index) => (index === step ? outcome : plan.outcomes[index]));
          record = await write(
            record,
            { state: "applying", done: step + 1, outcomes, problem: undefined },
            { by, begun: undefined, attempts: 0, nextTryAtMs: 0 },
            entries,
          );
        });
        return run(record);
      }),
    judged: (id, { isGood, why }) =>
      inTurn(id, async () => {
        const record = await known(id);
        if (record.plan.state !== "applied" || record.progress.back !== undefined) return run(record);
        if (isGood) return (await ended(record, "verified")).record.plan;
        const problem = { code: "PLAN_MADE_WORSE", message: why };
        return run(await write(record, { problem }, begunBack("reverted", problem, record.plan.done)));
      }),
    async stop() {
      isStopping = true;
      await Promise.all([...queues.values()].map(({ alone }) => alone(() => Promise.resolve())));
    },
  };
}

/** What plans that were said yes to may still cost, less what is counted already. */
export async function promised(records: PlanRecords): Promise<bigint> {
  let wei = 0n;
  for (const { plan, progress } of await records.openRecords()) {
    if (plan.state !== "approved" && plan.state !== "applying") continue;
    const left = costOf(plan.steps).wei - progress.chargedWei;
    if (left > 0n) wei += left;
  }
  return wei;
}

/** What a step costs at the price of the moment. @throws PleiadError COST_RISEN, retryable, where that is more than was said yes to */
function priceOf({ plan, progress }: PlanRecord, cost: StepCost, policy: ManagerPolicy): bigint {
  const { wei } = costOf([{ cost }]);
  const most = mostOf({ plan, progress }, policy);
  if (wei === 0n || progress.chargedWei + wei <= most) return wei;
  throw managerError(
    "COST_RISEN",
    `the next step costs up to ${amount(wei)} now, and with it plan ${plan.id} more than the ${amount(most)} that it may`,
    {
      hint: "It goes on when gas is cheaper, and ends when its time is over; refuse it and ask anew to see the new price",
      retryable: true,
      details: { plan: plan.id, costWei: wei, mostWei: most },
    },
  );
}

/** What all of a plan may cost at most. */
function mostOf({ plan, progress }: PlanRecord, policy: ManagerPolicy): bigint {
  const planned = costOf(plan.steps).wei;
  return progress.isUnasked ? policy.planWeiMax : planned + (planned * COST_GROWTH_PERCENT_MAX) / 100n;
}

/** The next step, where a person is doing it. */
function reservedStep({ plan, progress }: PlanRecord): Reservation | undefined {
  const { back, begun, reserved } = progress;
  return back === undefined && begun === plan.done && reserved?.step === begun ? reserved : undefined;
}

function checkNext({ plan, progress }: PlanRecord, step: number): void {
  if (plan.state === "proposed") {
    throw managerError("PLAN_NOT_APPROVED", `nobody said yes to plan ${plan.id} yet`, {
      hint: `Say yes to it first: pleiad manager apply ${plan.id}`,
      details: { plan: plan.id },
    });
  }
  const isForward = plan.state !== "applied" && progress.back === undefined;
  const isFree = progress.begun === undefined || reservedStep({ plan, progress }) !== undefined;
  if (isForward && step === plan.done && isFree) return;
  const why = !isForward
    ? "none is to be done any more"
    : isFree
      ? `step ${plan.done} is the next`
      : `step ${plan.done} is being done by the manager itself`;
  throw managerError("STEP_NOT_NEXT", `step ${step} of plan ${plan.id} is not to be done: ${why}`, {
    hint: `See how far it is: pleiad manager plan ${plan.id}`,
    details: { plan: plan.id, step, next: plan.done },
  });
}

function forbidden(plan: Plan, policy: ManagerPolicy): PleiadError | undefined {
  try {
    checkForbidden(
      plan.steps.slice(plan.done).map(({ step }) => step),
      policy,
    );
    return undefined;
  } catch (error) {
    if (error instanceof PleiadError) return error;
    throw error;
  }
}

/** How a plan ends of which no step is done yet, by the error that ends it; undefined for a failure of its first step. */
function endStateOf({ code }: PleiadError): PlanState | undefined {
  if (code === "PLAN_EXPIRED") return "expired";
  return code === "POLICY_FORBIDS" || code === "PLAN_CANCELLED" ? "refused" : undefined;
}

function errorOf({ id, problem, state }: Plan): PleiadError {
  const { code, message } = problem ?? { code: "PLAN_OVER", message: `plan ${id} is ${state}` };
  return managerError(code === "PLAN_EXPIRED" ? "PLAN_OVER" : code, message, {
    hint: "Ask anew; a new plan is made from what is seen now",
    details: { plan: id },
  });
}

function stale({ id }: Plan, what: string): PleiadError {
  return managerError("PLAN_STALE", `plan ${id} is stale: ${what} has changed since it was made`, {
    hint: "Nothing of it was done; the next look makes a new plan where one is still needed",
    details: { plan: id },
  });
}

function expired({ id, expiresAtMs, done }: Plan): PleiadError {
  const what = done === 0 ? "before anything of it was done" : `after ${done} of its steps`;
  return managerError(
    "PLAN_EXPIRED",
    `the time of plan ${id} was over at ${new Date(expiresAtMs).toISOString()}, ${what}`,
    { hint: "Ask anew, and say yes within its time", details: { plan: id } },
  );
}

function cancelledBy({ id }: Plan, by: Speaker | undefined): PleiadError {
  return managerError("PLAN_CANCELLED", `plan ${id} was refused by ${by ?? "somebody"}`, {
    hint: "Ask anew where it is wanted after all",
    details: { plan: id, by },
  });
}

function lacksError({ id, done }: Plan, lacking: string): PleiadError {
  return managerError("STEP_WAITS_FOR_PERSON", `step ${done} of plan ${id} needs a person: ${lacking}`, {
    hint: `Bring it with: pleiad manager apply ${id}`,
    details: { plan: id, step: done },
  });
}
