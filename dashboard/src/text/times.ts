const STEPS = [
  [60, "s", 1],
  [3_600, "min", 60],
  [86_400, "h", 3_600],
  [Number.POSITIVE_INFINITY, "d", 86_400],
] as const;

/** A span in its largest unit: `42 s`, `3 min`, `5 h`, `12 d`. */
export function spanText(seconds: number): string {
  const length = Math.abs(seconds);
  const [, unit, divisor] = STEPS.find(([below]) => length < below) ?? STEPS[3];
  return `${Math.floor(length / divisor)} ${unit}`;
}

/** `now`, `3 min ago`, `in 42 s`. */
export function relativeText(atMs: number, nowMs: number): string {
  const seconds = Math.round((atMs - nowMs) / 1_000);
  if (Math.abs(seconds) < 2) return "now";
  return seconds < 0 ? `${spanText(seconds)} ago` : `in ${spanText(seconds)}`;
}

/** In the reader's zone, to the second. */
export function exactText(atMs: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const at = new Date(atMs);
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${date} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** Unix seconds, as the chain has them, in milliseconds. */
export function chainMs(seconds: string): number {
  return Number(seconds) * 1_000;
}

/** How long something took or has left, in its largest units: `840 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function lengthText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}
