import type { Clock } from "../chain/clock.ts";

/**
 * Longest sleep, in milliseconds. Timers of Node.js hold 31 bits and fire at once for what is longer, and a window may
 * have weeks; a look in between costs nothing.
 */
export const WAKE_DELAY_MS_MAX = 3_600_000;

/** One timer for each execution. The earliest wish counts, as every look makes its wishes anew. */
export interface WakeTimers {
  in(execution: bigint, delayMs: number): void;
  cancel(execution: bigint): void;
  /** Ends all, and takes no wish any more. */
  stop(): void;
}

export function createWakeTimers(modules: {
  readonly clock: Clock;
  readonly wake: (execution: bigint) => void;
}): WakeTimers {
  const { clock, wake } = modules;
  const timers = new Map<bigint, { readonly atMs: number; readonly cancel: () => void }>();
  let stopped = false;

  return {
    in(execution, delayMs) {
      if (stopped) return;
      const waitMs = Math.min(WAKE_DELAY_MS_MAX, delayMs);
      const atMs = clock.monotonicMs() + waitMs;
      const known = timers.get(execution);
      if (known !== undefined && known.atMs <= atMs) return;
      known?.cancel();
      const cancel = clock.after(waitMs, () => {
        timers.delete(execution);
        wake(execution);
      });
      timers.set(execution, { atMs, cancel });
    },
    cancel(execution) {
      timers.get(execution)?.cancel();
      timers.delete(execution);
    },
    stop() {
      stopped = true;
      for (const { cancel } of timers.values()) cancel();
      timers.clear();
    },
  };
}
