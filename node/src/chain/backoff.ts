/** How waits grow from one failure to the next. */
export interface Backoff {
  /** Wait after the first failure, in milliseconds. */
  readonly baseMs: number;
  /** Longest wait, in milliseconds. */
  readonly maxMs: number;
  /** From 0 (included) to 1 (excluded). */
  readonly random: () => number;
}

/** Doubling beyond this changes nothing for any sensible pair of waits, and 2^32 ms is still an exact number. */
const DOUBLINGS_MAX = 32;

/**
 * The wait before the next try: it doubles with each failure up to the longest one, and is drawn between half of
 * that and all of it, so that many daemons that failed together do not come back together.
 *
 * @param failures How often it failed in a row, from 1.
 * @returns milliseconds
 */
export function backoffMs(failures: number, { baseMs, maxMs, random }: Backoff): number {
  const wholeMs = Math.min(maxMs, baseMs * 2 ** Math.min(Math.max(failures - 1, 0), DOUBLINGS_MAX));
  return wholeMs / 2 + (wholeMs / 2) * random();
}
