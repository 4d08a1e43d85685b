import type { Clock } from "../../../node/src/chain/clock.ts";

/** A clock that a test moves; what is due runs in the order of its time, and what it starts has run before the next. */
export interface ManualClock extends Clock {
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>;
}

export function manualClock(): ManualClock {
  let nowMs = 0;
  let next = 0;
  const timers = new Map<number, { readonly atMs: number; readonly run: () => void }>();
  return {
    monotonicMs: () => nowMs,
    after(delayMs, run) {
      const id = next++;
      timers.set(id, { atMs: nowMs + delayMs, run });
      return () => void timers.delete(id);
    },
    async pass(ms) {
      const endMs = nowMs + ms;
      for (;;) {
        await settled();
        const due = [...timers]
          .filter(([, { atMs }]) => atMs <= endMs)
          .sort((a, b) => a[1].atMs - b[1].atMs)[0];
        if (due === undefined) break;
        timers.delete(due[0]);
        nowMs = Math.max(nowMs, due[1].atMs);
        due[1].run();
      }
      nowMs = endMs;
    },
  };
}

/** Turns of the event loop in which promises of memory, not of a disk or network, come to their end. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
