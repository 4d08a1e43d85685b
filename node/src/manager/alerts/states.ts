import type { Alert } from "../face.ts";
import { ALERT_GAP_MS_MAX, ALERTS_ACTIVE_MAX } from "../limits.ts";
import type { Reading } from "./readings.ts";

/** How long something has to hold before it counts. */
export interface AlertTiming {
  readonly fireAfterMs: number;
  readonly resolveAfterMs: number;
}

/** An alert that is not over, and since when nothing is wrong any more. */
export interface ActiveAlert {
  readonly alert: Alert;
  readonly clearSinceMs: number | undefined;
}

/** By `keyOf`: one for each threshold of each subject. */
export type ActiveAlerts = ReadonlyMap<string, ActiveAlert>;

export interface AlertsStep {
  readonly active: ActiveAlerts;
  /** Those that began to fire, or are over, with this look; in the order of their keys. */
  readonly changed: readonly Alert[];
  /** Thresholds that were crossed and not taken up, as there were too many. */
  readonly left: number;
}

export function keyOf({ name, subject }: Pick<Reading, "name" | "subject">): string {
  return `${name} ${subject}`;
}

/**
 * One look at all readings.
 *
 * | from | to | when |
 * |---|---|---|
 * | none | pending | crossed |
 * | pending | none | not crossed, or no reading |
 * | pending | firing | crossed at every look for `fireAfterMs` |
 * | firing, acknowledged | resolved | clear, or without a reading, at every look for `resolveAfterMs` |
 *
 * Between crossed and clear nothing ends and nothing begins. So one subject's alert can fire again no sooner than `fireAfterMs` and
 * `resolveAfterMs` after it fired. Where the last look was too long ago, or the clock was set back, both times begin anew.
 *
 * @param before what the last look left
 * @param at.gapMs time since the last look; undefined for the first
 */
export function stepAlerts(
  before: ActiveAlerts,
  readings: readonly Reading[],
  timing: AlertTiming,
  at: { readonly nowMs: number; readonly gapMs: number | undefined },
): AlertsStep {
  const { nowMs, gapMs } = at;
  const isBlind = gapMs === undefined || gapMs < 0 || gapMs > ALERT_GAP_MS_MAX;
  const byKey = new Map(readings.map((reading) => [keyOf(reading), reading]));
  const active = new Map<string, ActiveAlert>();
  const changed: Alert[] = [];

  for (const [key, { alert, clearSinceMs }] of before) {
    const reading = byKey.get(key);
    const clearSince = isBlind ? undefined : clearSinceMs;
    const next =
      alert.state === "pending"
        ? pendingNext(alert, reading, timing, nowMs, isBlind)
        : firingNext(alert, reading, timing, nowMs, clearSince);
    if (next === undefined) continue;
    if (next.alert.state !== alert.state) changed.push(next.alert);
    if (next.alert.state !== "resolved") active.set(key, next);
  }
  let left = 0;
  for (const [key, reading] of byKey) {
    if (!reading.isCrossed || before.has(key)) continue;
    if (active.size >= ALERTS_ACTIVE_MAX) {
      left += 1;
      continue;
    }
    const alert = begun(reading, timing, nowMs);
    if (alert.state === "firing") changed.push(alert);
    active.set(key, { alert, clearSinceMs: undefined });
  }
  return { active, changed, left };
}

function begun(reading: Reading, { fireAfterMs }: AlertTiming, nowMs: number): Alert {
  const { name, subject } = reading;
  const fires = fireAfterMs === 0;
  return {
    id: `${name}.${subject.replace("/", "-")}.${nowMs.toString(36)}`,
    name,
    subject,
    ...figuresOf(reading),
    state: fires ? "firing" : "pending",
    sinceMs: nowMs,
    firedAtMs: fires ? nowMs : undefined,
    resolvedAtMs: undefined,
    acknowledgedBy: undefined,
  };
}

function figuresOf({ value, threshold, summary }: Reading) {
  return { value, threshold, summary };
}

function pendingNext(
  alert: Alert,
  reading: Reading | undefined,
  { fireAfterMs }: AlertTiming,
  nowMs: number,
  isBlind: boolean,
): ActiveAlert | undefined {
  if (reading === undefined || !reading.isCrossed) return undefined;
  const now = { ...alert, ...figuresOf(reading), sinceMs: isBlind ? nowMs : alert.sinceMs };
  const fires = nowMs - now.sinceMs >= fireAfterMs;
  return {
    alert: fires ? { ...now, state: "firing", firedAtMs: nowMs } : now,
    clearSinceMs: undefined,
  };
}

function firingNext(
  alert: Alert,
  reading: Reading | undefined,
  { resolveAfterMs }: AlertTiming,
  nowMs: number,
  clearSinceMs: number | undefined,
): ActiveAlert {
  // The threshold stays the one that was crossed, and so does the sentence, until another value crosses it or all is over.
  const now =
    reading === undefined
      ? alert
      : { ...alert, value: reading.value, ...(reading.isCrossed ? figuresOf(reading) : {}) };
  if (reading !== undefined && !reading.isClear) return { alert: now, clearSinceMs: undefined };
  const since = clearSinceMs ?? nowMs;
  if (nowMs - since < resolveAfterMs) return { alert: now, clearSinceMs: since };
  const summary = reading?.summary ?? `nothing is measured any more of ${alert.subject.replace("/", " ")}`;
  // A clock that was set back must not let it end before it began.
  const resolvedAtMs = Math.max(nowMs, alert.firedAtMs ?? nowMs);
  return { alert: { ...now, summary, state: "resolved", resolvedAtMs }, clearSinceMs: since };
}
