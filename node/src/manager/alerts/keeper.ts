import { randomBytes } from "node:crypto";
import { PleiadError } from "@pleiad/sdk/errors";
import { z } from "zod";
import type { Alert, Speaker } from "../face.ts";
import { ACKNOWLEDGER_CHARS_MAX, ALERT_WRITES_MAX, ALERTS_RESOLVED_KEPT } from "../limits.ts";
import type { ManagerTable } from "../ports.ts";
import { alertOf, plainAlert, plainAlertSchema, readRow } from "./codec.ts";
import type { Delivery } from "./outbox.ts";
import type { Reading } from "./readings.ts";
import { type ActiveAlert, type AlertTiming, keyOf, stepAlerts } from "./states.ts";

const ACTIVE = "alert/active/";
const RESOLVED = "alert/resolved/";
const SEQUENCE = "alert/sequence";
/** Times and numbers in keys sort as text. */
const DIGITS = 15;

/** Deliveries are numbered on; `epoch` is of this database, so that a new one's are others. */
const sequenceSchema = z.object({ epoch: z.string(), next: z.int().nonnegative() });

/** What else is written together with a change: what waits for sinks. */
export type AlsoWritten = (
  deliveries: readonly Delivery[],
) => readonly (readonly [key: string, value: unknown])[];

export interface AlertKeeper {
  /** One look. What changed is written and told some at a time. @returns how many could not be taken up */
  observe(readings: readonly Reading[], timing: AlertTiming): Promise<{ readonly left: number }>;
  /** @throws PleiadError ALERT_UNKNOWN */
  acknowledge(id: string, by: Speaker): Promise<Alert>;
  /** Those that are not over, the newest first; then those that were over of late, the last first. */
  list(): readonly Alert[];
}

/**
 * Keeps alerts over restarts: those that fire, and the last that were over. What is only about to fire begins anew, as nobody looked
 * meanwhile; what fires goes on firing.
 *
 * @param modules.table the performance database
 * @param modules.now unix milliseconds
 */
export async function openAlertKeeper(
  options: { readonly manager: string },
  modules: {
    readonly table: ManagerTable;
    readonly now: () => number;
    readonly also: AlsoWritten;
    /** Told of changes once they are on disk, before more are written. */
    readonly written: (deliveries: readonly Delivery[]) => Promise<void>;
  },
): Promise<AlertKeeper> {
  const { table, now, also, written } = modules;
  let active: ReadonlyMap<string, ActiveAlert> = await readActive(table);
  let resolved = await readResolved(table);
  let sequence = await readSequence(table);
  await tidy();
  const garbage: string[] = [];
  let lastLookMs: number | undefined;
  let last: Promise<unknown> = Promise.resolve();

  /** One change after the other. */
  function alone<T>(change: () => Promise<T>): Promise<T> {
    const run = last.then(change);
    last = run.catch(() => undefined);
    return run;
  }

  /** What a crash left half done: an alert that is over and still among those that fire. */
  async function tidy(): Promise<void> {
    const over = new Set(resolved.map(({ id }) => id));
    const left = [...active].filter(([, { alert }]) => over.has(alert.id));
    if (left.length > 0) await table.delete(left.map(([, { alert }]) => ACTIVE + alert.id));
    active = new Map([...active].filter(([, { alert }]) => !over.has(alert.id)));
  }

  /** What is over has happened, also where it cannot be cleared away now: the next change, or the next start, does. */
  async function sweep(): Promise<void> {
    if (garbage.length === 0) return;
    try {
      while (garbage.length > 0) {
        const some = garbage.slice(0, ALERT_WRITES_MAX);
        await table.delete(some);
        garbage.splice(0, some.length);
      }
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
    }
  }

  /** Writes changes, some at a time: each with what its sinks are to be told of it. What was written before one fails has happened. */
  async function write(changed: readonly ActiveAlert[], atMs: number): Promise<void> {
    for (let from = 0; from < changed.length; from += ALERT_WRITES_MAX)
      await writtenSome(changed.slice(from, from + ALERT_WRITES_MAX), atMs);
  }

  async function writtenSome(changed: readonly ActiveAlert[], atMs: number): Promise<void> {
    const deliveries = changed.map(({ alert }, index): Delivery => {
      const number = String(sequence.next + index).padStart(DIGITS, "0");
      return {
        id: `${options.manager}-${sequence.epoch}-${number}`,
        event: eventOf(alert),
        atMs,
        alert: plainAlert(alert),
      };
    });
    const next = { ...sequence, next: sequence.next + changed.length };
    await table.put([
      ...changed.map(({ alert }) => [pathOf(alert), plainAlert(alert)] as const),
      [SEQUENCE, next],
      ...also(deliveries),
    ]);
    sequence = next;
    const firing = new Map(active);
    for (const one of changed) {
      if (one.alert.state === "resolved") firing.delete(keyOf(one.alert));
      else firing.set(keyOf(one.alert), one);
    }
    active = firing;
    const over = changed.map(({ alert }) => alert).filter(({ state }) => state === "resolved");
    resolved = [...over.toReversed(), ...resolved];
    garbage.push(...over.map(({ id }) => ACTIVE + id), ...resolved.slice(ALERTS_RESOLVED_KEPT).map(pathOf));
    resolved = resolved.slice(0, ALERTS_RESOLVED_KEPT);
    await sweep();
    await written(deliveries);
  }

  return {
    observe: (readings, timing) =>
      alone(async () => {
        const nowMs = now();
        const gapMs = lastLookMs === undefined ? undefined : nowMs - lastLookMs;
        const step = stepAlerts(active, readings, timing, { nowMs, gapMs });
        // Only what was written has happened; else the next look finds it again.
        await write(
          step.changed.map((alert) => step.active.get(keyOf(alert)) ?? { alert, clearSinceMs: undefined }),
          nowMs,
        );
        active = step.active;
        lastLookMs = nowMs;
        return { left: step.left };
      }),
    acknowledge: (id, by) =>
      alone(async () => {
        const known = [...active.values()].find(({ alert }) => alert.id === id);
        const over = resolved.find((alert) => alert.id === id);
        if (over !== undefined) return over;
        if (known === undefined || known.alert.state === "pending")
          throw alertUnknown(id, known !== undefined);
        // Who said so first did.
        if (known.alert.state === "acknowledged") return known.alert;
        const acknowledgedBy = by.replace(/\p{Cc}/gu, " ").slice(0, ACKNOWLEDGER_CHARS_MAX);
        const alert: Alert = { ...known.alert, state: "acknowledged", acknowledgedBy };
        await write([{ ...known, alert }], now());
        return alert;
      }),
    list: () => [
      ...[...active.values()].map(({ alert }) => alert).sort((a, b) => b.sinceMs - a.sinceMs),
      ...resolved,
    ],
  };
}

function eventOf({ state }: Alert): Delivery["event"] {
  if (state === "acknowledged" || state === "resolved") return state;
  return "firing";
}

function pathOf(alert: Alert): string {
  if (alert.state !== "resolved") return ACTIVE + alert.id;
  return `${RESOLVED}${String(alert.resolvedAtMs ?? 0).padStart(DIGITS, "0")}/${alert.id}`;
}

async function readActive(table: ManagerTable): Promise<ReadonlyMap<string, ActiveAlert>> {
  const active = new Map<string, ActiveAlert>();
  for await (const [key, value] of table.list(ACTIVE)) {
    const alert = alertOf(readRow(key, plainAlertSchema, value));
    active.set(keyOf(alert), { alert, clearSinceMs: undefined });
  }
  return active;
}

/** The last one first. */
async function readResolved(table: ManagerTable): Promise<readonly Alert[]> {
  const found: Alert[] = [];
  for await (const [key, value] of table.list(RESOLVED, { newestFirst: true }))
    found.push(alertOf(readRow(key, plainAlertSchema, value)));
  return found;
}

async function readSequence(table: ManagerTable): Promise<z.output<typeof sequenceSchema>> {
  const value = await table.get(SEQUENCE);
  if (value !== undefined) return readRow(SEQUENCE, sequenceSchema, value);
  return { epoch: randomBytes(4).toString("hex"), next: 0 };
}

function alertUnknown(id: string, isPending: boolean): PleiadError {
  const shown = id.slice(0, ACKNOWLEDGER_CHARS_MAX);
  return new PleiadError(isPending ? `the alert ${shown} does not fire yet` : `there is no alert ${shown}`, {
    code: "ALERT_UNKNOWN",
    hint: "look at the ids: pleiad manager alerts",
    details: { id: shown },
  });
}
