import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Clock } from "../chain/clock.ts";
import { retryDelayMs } from "./retries.ts";
import { createWakeTimers } from "./wakeTimers.ts";

/** Looks between two settlements at most, where looks never end. */
const FLUSH_INTERVAL_LOOKS = 64;
/** How long a stop waits for a look that hangs in a question to the chain. It does nothing any more. Milliseconds. */
const STOP_LOOK_MS = 500;
/** The journal is compared with the chain again so soon after the disk refused that. Milliseconds. */
const RECONCILE_RETRY_MS = 1_000;

export interface LooksModules {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Looks at one execution. What it throws is logged, and the look made again later, less and less often. */
  readonly look: (execution: bigint) => Promise<void>;
  /** A look at an execution has failed. */
  readonly onFailed: (execution: bigint) => void;
  /** Brings the journal in line with the chain. */
  readonly reconcile: () => Promise<void>;
  /** All looks that were asked for are made, or many. */
  readonly flush: () => void;
}

/** Makes the looks that are asked for, one after the other, each execution at most once at a time. */
export interface Looks {
  /** From here on looks are made; what was asked for before comes first. */
  open(): void;
  /** Asks for looks: now, or after so many milliseconds. */
  wake(execution: bigint, delayMs?: number): void;
  /** Asks for looks now, and for the journal to be brought in line before them. */
  wakeAll(executions: Iterable<bigint>, options?: { readonly reconcile: boolean }): void;
  /** Nothing is to be looked at for an execution any more. */
  forget(execution: bigint): void;
  /** Makes no further look; answers when none is under way, or it hangs. */
  stop(): Promise<void>;
  isStopped(): boolean;
}

export function createLooks(modules: LooksModules): Looks {
  const { clock, logger, look, onFailed, reconcile, flush } = modules;
  const timers = createWakeTimers({ clock, wake: (execution) => wakeAll([execution]) });
  /** How often in a row a look at an execution failed. */
  const failures = new Map<bigint, number>();
  const pending = new Set<bigint>();
  let looping: Promise<void> | undefined;
  let isOpen = false;
  let isStopped = false;
  let mustReconcile = false;
  let cancelReconcile: () => void = () => undefined;

  function wakeAll(executions: Iterable<bigint>, options?: { readonly reconcile: boolean }): void {
    for (const execution of executions) pending.add(execution);
    if (options?.reconcile === true) mustReconcile = true;
    start();
  }

  function start(): void {
    if (isStopped || !isOpen) return;
    looping ??= loop().finally(() => {
      looping = undefined;
      // What came while the last look ended.
      if (pending.size > 0 || mustReconcile) start();
    });
  }

  async function loop(): Promise<void> {
    for (let looks = 1; !isStopped && (pending.size > 0 || mustReconcile); looks++) {
      if (mustReconcile) await bringInLine();
      const [execution] = pending;
      if (execution === undefined) continue;
      pending.delete(execution);
      await lookOrRetry(execution);
      // What many looks found due goes into one transaction; but there may always be one more to be made.
      if (pending.size === 0 || looks % FLUSH_INTERVAL_LOOKS === 0) flush();
    }
  }

  async function bringInLine(): Promise<void> {
    mustReconcile = false;
    try {
      await reconcile();
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      logger.warn({ code: error.code, reason: error.message }, "the journal could not be brought in line");
      cancelReconcile();
      cancelReconcile = clock.after(RECONCILE_RETRY_MS, () => wakeAll([], { reconcile: true }));
    }
  }

  async function lookOrRetry(execution: bigint): Promise<void> {
    try {
      await look(execution);
      failures.delete(execution);
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      const count = (failures.get(execution) ?? 0) + 1;
      failures.set(execution, count);
      const delayMs = retryDelayMs(count);
      onFailed(execution);
      logger[count === 1 ? "warn" : "debug"](
        { execution, code: error.code, reason: error.message, delayMs, limitAs: error.code },
        "execution will be looked at again",
      );
      timers.in(execution, delayMs);
    }
  }

  return {
    open() {
      isOpen = true;
      start();
    },
    wake(execution, delayMs) {
      if (delayMs === undefined) wakeAll([execution]);
      else timers.in(execution, delayMs);
    },
    wakeAll,
    forget(execution) {
      timers.cancel(execution);
      failures.delete(execution);
    },
    isStopped: () => isStopped,
    /** Waits for the loop, but not for an endpoint that does not answer. */
    stop() {
      isStopped = true;
      cancelReconcile();
      timers.stop();
      return new Promise((resolve) => {
        const cancel = clock.after(STOP_LOOK_MS, resolve);
        void Promise.resolve(looping).finally(() => {
          cancel();
          resolve();
        });
      });
    },
  };
}
