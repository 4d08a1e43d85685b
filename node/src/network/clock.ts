/** Time, as the network uses it; a test puts its own in its place. */
export interface Clock {
  /** Milliseconds that only grow, whatever happens to the wall clock: for everything that waits. */
  monotonicMs(): number;
  /** Unix seconds, as certificates use them; may jump. */
  wallSeconds(): bigint;
  /** Calls `run` once, `delayMs` from now; the answer calls it off. */
  after(delayMs: number, run: () => void): () => void;
}

/** The machine's clock. */
export function systemClock(): Clock {
  return {
    monotonicMs: () => performance.now(),
    wallSeconds: () => BigInt(Math.floor(Date.now() / 1_000)),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  };
}

/** Calls `run` every `periodMs` until the answer is called. */
export function repeat(clock: Clock, periodMs: number, run: () => void): () => void {
  let cancel = clock.after(periodMs, tick);
  let ended = false;
  function tick(): void {
    run();
    if (!ended) cancel = clock.after(periodMs, tick);
  }
  return () => {
    ended = true;
    cancel();
  };
}

/** Answers after `delayMs`, or at once with false when `signal` ends the wait. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const onAbort = () => {
      cancel();
      resolve(false);
    };
    const cancel = clock.after(delayMs, () => {
      signal.removeEventListener("abort", onAbort);
      resolve(true);
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
