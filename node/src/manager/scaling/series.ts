import { SAMPLES_MAX } from "../limits.ts";

/** One figure over time: the oldest first, at most `SAMPLES_MAX`. */
export type Series = readonly Sample[];

export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/**
 * With one more figure, and without those older than `keepMs`. One that is not later than the last changes nothing: a look at the same fleet
 * twice counts once.
 */
export function addSample(series: Series, atMs: number, value: number, keepMs: number): Series {
  const last = series.at(-1);
  if (last !== undefined && atMs <= last.atMs) return series;
  const from = series.findIndex((one) => atMs - one.atMs <= keepMs);
  const kept: Sample[] = from === -1 ? [] : series.slice(Math.max(from, series.length + 1 - SAMPLES_MAX));
  kept.push({ atMs, value });
  return kept;
}

export function since(series: Series, fromMs: number): Series {
  return series.filter(({ atMs }) => atMs >= fromMs);
}

/** Whether figures reach back that far, so that a highest or a lowest of that time is one. */
export function reachesBack(series: Series, fromMs: number): boolean {
  return series[0] !== undefined && series[0].atMs <= fromMs;
}

export function meanOf(series: Series): number | undefined {
  if (series.length === 0) return undefined;
  return series.reduce((sum, { value }) => sum + value, 0) / series.length;
}

export function highestOf(series: Series): number | undefined {
  return series.length === 0 ? undefined : Math.max(...series.map(({ value }) => value));
}

/** The lowest of the last `count`; undefined where there are fewer. */
export function lowestOfLast(series: Series, count: number): number | undefined {
  return series.length < count ? undefined : Math.min(...series.slice(-count).map(({ value }) => value));
}

/** By how much it grows in a minute: the slope of the line of least squares. 0 of fewer than two figures. */
export function trendPerMinute(series: Series): number {
  const first = series[0];
  if (first === undefined || series.length < 2) return 0;
  const minutes = series.map(({ atMs }) => (atMs - first.atMs) / 60_000);
  const meanMinute = minutes.reduce((sum, one) => sum + one, 0) / minutes.length;
  const mean = meanOf(series) as number;
  let product = 0;
  let square = 0;
  for (const [at, { value }] of series.entries()) {
    const minute = (minutes[at] as number) - meanMinute;
    product += minute * (value - mean);
    square += minute * minute;
  }
  return product / square;
}
