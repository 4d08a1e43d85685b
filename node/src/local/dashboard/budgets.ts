import type { Budgets } from "../../agents/money/ledger.ts";
import type { KeptStop, Stops } from "../../agents/money/stops.ts";
import { SUM_KINDS, type UsageStore, type UsageSum } from "../../agents/money/types.ts";
import type { DaemonStatus, StartingStatus } from "../daemonStatus.ts";
import { BUDGET_KINDS, type BudgetsAnswer } from "./consentSchemas.ts";
import { BUDGET_DAYS_MAX, BUDGET_ROWS_MAX } from "./limits.ts";

/** A day of UTC, by which a day's budget counts. Milliseconds. */
const DAY_MS = 86_400_000;

export interface BudgetsModules {
  readonly budgets: Budgets;
  readonly usage: Pick<UsageStore, "sums">;
  readonly stops: Pick<Stops, "list">;
  readonly status: () => Promise<DaemonStatus | StartingStatus>;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** What may be spent, what is used of it, and what was kept from being run. */
export async function budgetsOf({
  budgets,
  usage,
  stops,
  status,
  now,
}: BudgetsModules): Promise<BudgetsAnswer> {
  const [read, ...sums] = await Promise.all([status(), ...SUM_KINDS.map((kind) => usage.sums(kind))]);
  const used = sums
    .flatMap((all) => (all[0]?.kind === "day" ? all.slice(-BUDGET_DAYS_MAX) : all))
    .map((sum) => usedRow(sum, budgets))
    .sort(nearestFirst);
  const dayMs = Math.floor(now() / DAY_MS) * DAY_MS;
  return {
    currency: budgets.currency,
    limits: BUDGET_KINDS.map((kind) => ({ kind, limitMicros: digitsOf(budgets[kind]) })),
    used: used.slice(0, BUDGET_ROWS_MAX),
    usedLeftOut: Math.max(0, used.length - BUDGET_ROWS_MAX),
    day: new Date(dayMs).toISOString().slice(0, "2026-01-31".length),
    dayEndsAtMs: dayMs + DAY_MS,
    stops: stops.list().map(stopRow),
    startedAtMs: read.startedAtMs,
    gas:
      "account" in read
        ? {
            spentWei: String(read.account.spentWei),
            limitWei: digitsOf(read.account.spendingLimitWei),
            balanceWei: digitsOf(read.account.balanceWei),
            alert: read.account.alert,
          }
        : null,
  };
}

function usedRow(sum: UsageSum, budgets: Budgets): BudgetsAnswer["used"][number] {
  const { kind, key, turns, unknownTurns, inputTokens, outputTokens, cachedTokens, micros, updatedAtMs } =
    sum;
  const { [budgets.currency]: counted = 0n, ...others } = micros;
  return {
    kind,
    key,
    limitMicros: digitsOf(budgets[kind]),
    usedMicros: String(counted),
    otherMicros: Object.fromEntries(Object.entries(others).map(([name, amount]) => [name, String(amount)])),
    turns,
    unknownTurns,
    tokens: inputTokens + outputTokens + cachedTokens,
    updatedAtMs,
  };
}

/** By the share of the limit that is used, then by what was used last. */
function nearestFirst(a: BudgetsAnswer["used"][number], b: BudgetsAnswer["used"][number]): number {
  return shareOf(b) - shareOf(a) || b.updatedAtMs - a.updatedAtMs;
}

function shareOf({ limitMicros, usedMicros }: BudgetsAnswer["used"][number]): number {
  if (limitMicros === null) return -1;
  return limitMicros === "0" ? 1 : Number(usedMicros) / Number(limitMicros);
}

function stopRow({
  user: _user,
  task,
  cluster,
  kind,
  key,
  ...stop
}: KeptStop): BudgetsAnswer["stops"][number] {
  return {
    ...stop,
    kind: kind ?? null,
    key: key ?? null,
    cluster: cluster === undefined ? null : String(cluster),
    job: task === undefined ? null : `${task.execution}.${task.index}`,
  };
}

function digitsOf(value: bigint | null | undefined): string | null {
  return value === undefined || value === null ? null : String(value);
}
