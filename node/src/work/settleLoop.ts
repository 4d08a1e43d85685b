import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Clock } from "../chain/clock.ts";
import type { Journal } from "../chain/journal.ts";
import { companyWaitMs, patienceMs } from "./company.ts";
import type { Heard } from "./heardBook.ts";
import type { Plan } from "./plan.ts";
import type { ExecutionFacts, VersionFacts } from "./ports.ts";
import { retryDelayMs } from "./retries.ts";
import {
  batchOf,
  type DueSettlement,
  isReferred,
  nameOf,
  onTheirWay,
  type SettlementModules,
  type SettlementResult,
  settleBatch,
} from "./settlements.ts";
import { settleDelayMs } from "./settleTime.ts";
import { spreadOf } from "./spread.ts";

/** Transactions handed over at once, as many as the submitter has on the way: one that is stuck holds up no other. */
export const SETTLEMENTS_PARALLEL_MAX = 4;
/** First pause after a settlement that came to nothing; by then the chain has mostly moved. Milliseconds. */
export const SETTLE_RETRY_MS_MIN = 500;
/** Longest pause between two tries of the same completions. Milliseconds. */
export const SETTLE_RETRY_MS_MAX = 30_000;
/** A mined settlement is seen on chain by then, or the contract skipped something of it. Milliseconds. */
export const SETTLED_SEEN_MS = 5_000;

export interface SettleLoopModules extends SettlementModules {
  readonly journal: Pick<Journal, "transactions">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The contract will never accept a completion. */
  readonly refuse: (completion: Heard) => void;
  /** Asks for a look at an execution: now, or after so many milliseconds. */
  readonly wake: (execution: bigint, delayMs?: number) => void;
}

/** Sends completions when their time has come. */
export interface SettleLoop {
  /**
   * Takes what a plan wants settled, or asks for a look when it is time. Nothing is sent before `flush`.
   *
   * @param changedAtMs When the chain last said something about the execution: nobody's turn begins before that, or all
   * nodes would send at once what a reorganisation took back.
   */
  offer(facts: ExecutionFacts, version: VersionFacts, plan: Plan<Heard>, changedAtMs: number): void;
  /** Sends what is due, as one transaction where it fits. */
  flush(): void;
  forget(execution: bigint): void;
  /** Hands nothing over any more. What was handed over is the settler's to carry on or to end. */
  stop(): void;
}

/** Why an execution is not sent again at once, for as long as it offers nothing new. */
interface Hold {
  readonly names: ReadonlySet<string>;
  readonly untilMs: number;
  readonly failures: number;
  /** Sent with others it was refused: next time it goes alone, to find out whose fault that was. */
  readonly isAlone: boolean;
}

export function createSettleLoop(options: { readonly node: bigint }, modules: SettleLoopModules): SettleLoop {
  const { blobs, gossip, journal, clock, logger, refuse, wake } = modules;
  const due = new Map<bigint, DueSettlement & { readonly patienceMs: number }>();
  /** Since when executions have been due without a break, by the monotonic clock. */
  const dueSinceMs = new Map<bigint, number>();
  const inFlight = new Set<bigint>();
  const holds = new Map<bigint, Hold>();
  let sending = 0;
  let stopped = false;

  /** Milliseconds until it is this node's turn, see `settleDelayMs`. */
  function scheduledMs(
    id: bigint,
    version: VersionFacts,
    { settle, completes }: Plan<Heard>,
    changedAtMs: number,
  ): number {
    const delayMs = settleDelayMs({
      windowMs: windowMsOf(version),
      completes,
      lastSigner: isLastSigner(settle),
      spread: spreadOf(id, options.node),
    });
    // What is settled counts, not what else was heard: nobody can put it off by talking.
    const sinceMs = Math.max(changedAtMs, ...settle.map(({ heardAtMs }) => heardAtMs));
    return sinceMs + delayMs - clock.monotonicMs();
  }

  const isLastSigner = (settle: readonly Heard[]) => settle.at(-1)?.node === options.node;

  function heldMs(id: bigint, settle: readonly Heard[]): number {
    const hold = holds.get(id);
    if (hold === undefined || !settle.every((heard) => hold.names.has(nameOf(heard)))) return 0;
    return hold.untilMs - clock.monotonicMs();
  }

  function hold(id: bigint, completions: readonly Heard[], change: Partial<Hold> = {}): void {
    const failures = (holds.get(id)?.failures ?? 0) + 1;
    const delayMs = retryDelayMs(failures, SETTLE_RETRY_MS_MIN, SETTLE_RETRY_MS_MAX);
    const untilMs = clock.monotonicMs() + delayMs;
    const names = new Set(completions.map(nameOf));
    holds.set(id, { names, untilMs, failures, isAlone: holds.get(id)?.isAlone ?? false, ...change });
  }

  function forgetDue(id: bigint): void {
    due.delete(id);
    dueSinceMs.delete(id);
  }

  /** Whether what is due is to be sent now; where it waits for company, it is looked at again when that ends. */
  function isTimeToSend(): boolean {
    const nowMs = clock.monotonicMs();
    const sets = [...due.values()].map(({ facts, plan, patienceMs: most }) => {
      return { items: plan.settle.length, sinceMs: dueSinceMs.get(facts.id) ?? nowMs, patienceMs: most };
    });
    const waitMs = companyWaitMs(sets, sending, nowMs);
    const [first] = due.keys();
    if (waitMs > 0 && first !== undefined) wake(first, waitMs);
    return waitMs === 0;
  }

  /** What goes into the next transaction: one that was refused among others goes alone. */
  function nextDue(): readonly DueSettlement[] {
    const all = [...due.values()];
    const alone = all.find(({ facts }) => holds.get(facts.id)?.isAlone === true);
    const batch = alone === undefined ? all : [alone];
    for (const { facts } of batch) forgetDue(facts.id);
    return batch;
  }

  async function send(batch: readonly DueSettlement[]): Promise<void> {
    const ready = await readyOf(batch);
    const made = await batchOf(ready, modules);
    const result = made.items.length === 0 || stopped ? undefined : await settleBatch(made, modules);
    if (stopped) return;
    if (result !== undefined) tell(made.items.length, result);
    for (const { facts, plan } of ready) {
      const carried = made.carried.get(facts.id);
      // It found no room beside the others: the next transaction is its.
      if (carried === undefined && made.items.length > 0) continue;
      settle(facts.id, carried ?? plan.settle, made.carried.size, result);
    }
  }

  /** Draws the consequences of a transaction for one execution that it carried. */
  function settle(
    id: bigint,
    carried: readonly Heard[],
    executions: number,
    result?: SettlementResult,
  ): void {
    const isRefused = result?.kind === "failed" && result.error.code === "SUBMISSION_REFUSED";
    const [first] = carried;
    if (result?.kind === "mined") {
      hold(id, carried, { untilMs: clock.monotonicMs() + SETTLED_SEEN_MS, failures: 0, isAlone: false });
    } else if (isRefused && executions === 1 && first !== undefined) {
      // All of one execution in its order: the first is at fault, for of what depends on it nothing is said.
      refuse(first);
      holds.delete(id);
    } else if (isRefused) hold(id, carried, { isAlone: true });
    else hold(id, carried);
  }

  /**
   * Those of which nothing is on its way already, and whose outputs are kept: what is settled by reference has to be
   * here, or nobody could read it later.
   */
  async function readyOf(batch: readonly DueSettlement[]): Promise<readonly DueSettlement[]> {
    const ready: DueSettlement[] = [];
    try {
      const flying = await onTheirWay(journal.transactions);
      for (const one of batch) {
        const { facts, plan } = one;
        if (plan.settle.every((heard) => flying.has(nameOf(heard)))) {
          hold(facts.id, plan.settle);
          continue;
        }
        for (const heard of plan.settle) {
          const { output } = heard.message;
          if (output !== undefined && heard.node !== options.node && isReferred(heard, facts, gossip)) {
            await blobs.put(output);
          }
        }
        ready.push(one);
      }
    } catch (error) {
      // The disk. What it cannot keep is not sent.
      if (!(error instanceof PleiadError)) throw error;
      tell(0, { kind: "failed", error });
      for (const { facts, plan } of batch) hold(facts.id, plan.settle);
      return [];
    }
    return ready;
  }

  function tell(items: number, result: SettlementResult): void {
    if (result.kind === "mined") {
      logger.info({ items, transaction: result.transactionHash }, "completions settled");
    } else if (result.kind === "unneeded") {
      logger.info({ items, reason: result.reason }, "settlement not needed");
    } else {
      const { code, message: reason } = result.error;
      logger[isRetryable(result.error) ? "warn" : "error"]({ items, code, reason }, "settlement failed");
    }
  }

  function flush(): void {
    while (!stopped && due.size > 0 && sending < SETTLEMENTS_PARALLEL_MAX && isTimeToSend()) {
      const batch = nextDue();
      sending += 1;
      for (const { facts } of batch) inFlight.add(facts.id);
      void send(batch).finally(() => {
        sending -= 1;
        for (const { facts } of batch) inFlight.delete(facts.id);
        // What waited for a place, and what came meanwhile, is planned anew: the chain has moved.
        for (const id of [...batch.map(({ facts }) => facts.id), ...due.keys()]) wake(id);
      });
    }
  }

  return {
    offer(facts, version, plan, changedAtMs) {
      due.delete(facts.id);
      const sinceMs = dueSinceMs.get(facts.id);
      dueSinceMs.delete(facts.id);
      // Nothing is sent for what a reorganisation may still take back (N6); a block wakes it.
      if (stopped || plan.settle.length === 0 || !facts.settled || inFlight.has(facts.id)) return;
      const waitMs = Math.max(
        scheduledMs(facts.id, version, plan, changedAtMs),
        heldMs(facts.id, plan.settle),
      );
      if (waitMs > 0) return wake(facts.id, waitMs);
      const patience = patienceMs({ windowMs: windowMsOf(version), lastSigner: isLastSigner(plan.settle) });
      due.set(facts.id, { facts, plan, turn: holds.get(facts.id)?.failures ?? 0, patienceMs: patience });
      dueSinceMs.set(facts.id, sinceMs ?? clock.monotonicMs());
    },
    flush,
    forget(execution) {
      forgetDue(execution);
      holds.delete(execution);
    },
    stop() {
      stopped = true;
      due.clear();
      dueSinceMs.clear();
    },
  };
}

function windowMsOf({ windowSeconds }: VersionFacts): number {
  return Number(windowSeconds) * 1_000;
}
