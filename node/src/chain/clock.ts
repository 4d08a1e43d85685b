/** Time for everything that waits. It only grows, whatever happens to the wall clock; a test puts its own in its place. */
export interface Clock {
  /** Milliseconds since an arbitrary moment. */
  monotonicMs(): number;
  /** Calls `run` once, `delayMs` from now; the answer calls it off. */
  after(delayMs: number, run: () => void): () => void;
}

/** The machine's clock. */
export function systemClock(): Clock {
  return {
    monotonicMs: () => performance.now(),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  };
}

/**
 * Waits.
 *
 * @param delayMs How long, in milliseconds.
 * @param signal Ends the wait early.
 * @returns true when the time was over, false when `signal` ended the wait
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted === true) return Promise.resolve(false);
  return new Promise((resolve) => {
    const onAbort = () => {
      cancel();
      resolve(false);
    };
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve(true);
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
