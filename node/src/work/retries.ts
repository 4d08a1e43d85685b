import type { PleiadError } from "@pleiad/sdk/errors";
import type { Hex } from "viem";
import type { Clock } from "../chain/clock.ts";
import type { AnswerFailure } from "./ports.ts";

/** First pause before what failed is tried again; each further one is twice as long. Milliseconds. */
export const RETRY_DELAY_MS_MIN = 250;
/** Longest pause: an input that a peer brings late is noticed within this time. Milliseconds. */
export const RETRY_DELAY_MS_MAX = 30_000;
/** Longest pause that a server can ask for: a window is mostly shorter. Milliseconds. */
export const RETRY_AFTER_MS_MAX = 600_000;

/** Part of a pause that chance takes away, so that what failed together is not tried again together. */
export const RETRY_JITTER_PART = 0.25;

/** The pause after so many failures in a row, from 1. Milliseconds. */
export function retryDelayMs(
  failures: number,
  minMs = RETRY_DELAY_MS_MIN,
  maxMs = RETRY_DELAY_MS_MAX,
): number {
  return Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30));
}

/** When jobs that failed are tried again. A failure counts for one context: another one is another question. */
export interface Retries {
  /** Notes a failure that may pass. @returns the pause, in milliseconds */
  later(execution: bigint, task: number, contextHash: Hex, error: PleiadError): number;
  /** Notes that this context is not tried again. */
  never(execution: bigint, task: number, contextHash: Hex): void;
  /** Milliseconds until it may be tried; 0 for now, infinite for never. */
  waitMs(execution: bigint, task: number, contextHash: Hex): number;
  clear(execution: bigint, task: number): void;
  forget(execution: bigint): void;
}

interface Retry {
  readonly contextHash: Hex;
  readonly atMs: number;
  readonly failures: number;
}

export function createRetries(modules: {
  readonly clock: Clock;
  /** From 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: (() => number) | undefined;
}): Retries {
  const { clock, random = Math.random } = modules;
  const executions = new Map<bigint, Map<number, Retry>>();

  function of(execution: bigint, task: number, contextHash: Hex): Retry | undefined {
    const retry = executions.get(execution)?.get(task);
    return retry?.contextHash === contextHash ? retry : undefined;
  }

  function set(execution: bigint, task: number, retry: Retry): void {
    executions.set(execution, (executions.get(execution) ?? new Map<number, Retry>()).set(task, retry));
  }

  return {
    later(execution, task, contextHash, error) {
      const failures = (of(execution, task, contextHash)?.failures ?? 0) + 1;
      const askedMs = Math.min(RETRY_AFTER_MS_MAX, (error as AnswerFailure).retryAfterMs ?? 0);
      const pauseMs = retryDelayMs(failures) * (1 - RETRY_JITTER_PART * random());
      const delayMs = Math.max(Math.round(pauseMs), askedMs);
      set(execution, task, { contextHash, atMs: clock.monotonicMs() + delayMs, failures });
      return delayMs;
    },
    never: (execution, task, contextHash) =>
      set(execution, task, { contextHash, atMs: Number.POSITIVE_INFINITY, failures: 0 }),
    waitMs(execution, task, contextHash) {
      const retry = of(execution, task, contextHash);
      return retry === undefined ? 0 : Math.max(0, retry.atMs - clock.monotonicMs());
    },
    clear: (execution, task) => void executions.get(execution)?.delete(task),
    forget: (execution) => void executions.delete(execution),
  };
}
