import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Clock } from "../chain/clock.ts";
import type { CallbackChain, CallbackDeliverer } from "./ports.ts";
import { retryDelayMs } from "./retries.ts";
import { spreadOf } from "./spread.ts";

/**
 * All who deliver see an end at once, and the first to deliver earns: each waits a part of a window of the run, by its place in
 * the schedule; of so much where the window is longer, or not at hand. Milliseconds.
 */
export const DELIVER_SPREAD_MS_MAX = 60_000;
/** First pause before a callback is looked at again; by then the chain mostly shows what was sent. Milliseconds. */
export const DELIVER_RETRY_MS_MIN = 10_000;
/** Longest pause: gas may become cheap enough at any time. Milliseconds. */
export const DELIVER_RETRY_MS_MAX = 600_000;
/** Deliveries handed over at once: the submitter's places are for settlements first. */
export const DELIVERIES_PARALLEL_MAX = 2;

export interface DeliveriesModules {
  readonly chain: CallbackChain;
  readonly deliverer: CallbackDeliverer;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Tells the consumers of ended executions, for the budget that the requester put up. It holds nothing that matters: what
 * is to be delivered, and what was, is the chain's to say.
 */
export interface Deliveries {
  start(): void;
  /** Hands nothing over any more. What was handed over is the submitter's to carry on. */
  stop(): void;
}

interface Attempt {
  readonly atMs: number;
  readonly failures: number;
}

export function createDeliveries(
  options: { /** This node. */ readonly node: bigint },
  modules: DeliveriesModules,
): Deliveries {
  const { chain, deliverer, clock, logger } = modules;
  /** Of callbacks that the chain shows as undelivered, and so as many as it remembers. */
  const attempts = new Map<bigint, Attempt>();
  const inFlight = new Set<bigint>();
  let cancel: () => void = () => undefined;
  let end: () => void = () => undefined;
  let stopped = false;

  function look(): void {
    if (stopped) return;
    cancel();
    const undelivered = chain.undelivered();
    for (const execution of attempts.keys()) if (!undelivered.includes(execution)) attempts.delete(execution);
    const waits: number[] = [];
    for (const execution of undelivered) {
      const callback = chain.callback(execution);
      // Nothing is sent for what a reorganisation may still take back (N6); a block wakes it.
      if (inFlight.has(execution) || callback?.settled !== true) continue;
      const waitMs = attemptOf(execution, callback.windowMs).atMs - clock.monotonicMs();
      if (waitMs > 0) waits.push(waitMs);
      else if (inFlight.size < DELIVERIES_PARALLEL_MAX) void deliver(execution);
    }
    if (waits.length > 0) cancel = clock.after(Math.min(...waits), look);
  }

  function attemptOf(execution: bigint, windowMs = DELIVER_SPREAD_MS_MAX): Attempt {
    const known = attempts.get(execution);
    if (known !== undefined) return known;
    const delayMs = spreadOf(execution, options.node) * Math.min(windowMs, DELIVER_SPREAD_MS_MAX);
    const first = { atMs: clock.monotonicMs() + delayMs, failures: 0 };
    attempts.set(execution, first);
    return first;
  }

  function pause(execution: bigint): void {
    const failures = attemptOf(execution).failures + 1;
    const delayMs = retryDelayMs(failures, DELIVER_RETRY_MS_MIN, DELIVER_RETRY_MS_MAX);
    attempts.set(execution, { atMs: clock.monotonicMs() + delayMs, failures });
  }

  async function deliver(execution: bigint): Promise<void> {
    inFlight.add(execution);
    try {
      const sent = await deliverer.deliver(execution);
      if (stopped) return;
      if ("reason" in sent) logger.info({ execution, reason: sent.reason }, "delivery not needed");
      else logger.info({ execution, transaction: sent.transactionHash }, "callback delivered");
      pause(execution);
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      if (stopped) return;
      const { code, message: reason } = error;
      const isCommon = code === "DELIVERY_NOT_WORTH";
      if (isCommon) logger.debug({ execution, reason }, "a callback is not worth its gas");
      else if (isRetryable(error))
        logger.warn({ execution, code, reason }, "callback could not be delivered");
      else logger.error({ execution, code, reason }, "callback could not be delivered");
      if (isRetryable(error)) pause(execution);
      // The contract will never take it from here.
      else attempts.set(execution, { atMs: Number.POSITIVE_INFINITY, failures: 0 });
    } finally {
      inFlight.delete(execution);
      look();
    }
  }

  return {
    start() {
      end = chain.onChange(look);
      look();
    },
    stop() {
      stopped = true;
      cancel();
      end();
    },
  };
}
