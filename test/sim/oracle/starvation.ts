import { readFileSync } from "node:fs";

const NS_PER_MS = 1_000_000;

/**
 * How long the main thread of a process has been ready to run, since it began, while the machine had no processor for it.
 *
 * @returns milliseconds; undefined where the process is gone, or the system does not tell (it is Linux that does)
 */
export function starvedMs(pid: number | "self"): number | undefined {
  try {
    const [, waitedNs] = readFileSync(`/proc/${pid}/schedstat`, "utf8").trim().split(" ");
    return Number(waitedNs) / NS_PER_MS;
  } catch {
    return undefined;
  }
}

/** Adds up, over all the processes that somebody has been, how long they were starved since this began. */
export interface StarvationMeter {
  /** To be called often: what a process was starved for after the last look before its end is not counted. */
  look(): void;
  /** Of the one that was starved longest. Milliseconds. */
  longestMs(): number;
}

/** @param whose process ids as they are now, by whose they are; undefined while there is none */
export function createStarvationMeter(
  whose: readonly (() => number | "self" | undefined)[],
): StarvationMeter {
  const meters = whose.map((pidOf) => ({ pidOf, pid: pidOf(), startMs: 0, beforeMs: 0, nowMs: 0 }));
  for (const meter of meters) meter.startMs = meter.pid === undefined ? 0 : (starvedMs(meter.pid) ?? 0);
  return {
    look() {
      for (const meter of meters) {
        const pid = meter.pidOf();
        if (pid !== meter.pid) Object.assign(meter, { pid, startMs: 0, beforeMs: meter.nowMs });
        const ms = pid === undefined ? undefined : starvedMs(pid);
        if (ms !== undefined) meter.nowMs = meter.beforeMs + ms - meter.startMs;
      }
    },
    longestMs: () => Math.max(0, ...meters.map(({ nowMs }) => nowMs)),
  };
}
