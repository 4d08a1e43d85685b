import type { Version } from "@pleiad/sdk/types/version";
import type { ExecutionRecord } from "../../chain/state.ts";

/** How far back `ClusterWindow` looks, as long as the chain's memory of ended runs reaches. */
export const METRICS_WINDOW_MS = 600_000;

/** What a cluster's runs of late came to, by the chain. */
export interface RunsOfLate {
  readonly ended: number;
  readonly succeeded: number;
  readonly windows: number;
  readonly windowsMissed: number;
  readonly costWei: bigint;
}

interface Counted {
  ended: number;
  succeeded: number;
  windows: number;
  windowsMissed: number;
  costWei: bigint;
}

/** What of a version counts here; undefined for one that was not read yet: its runs count, their windows do not. */
export type KnownVersion = Pick<Version, "windowSeconds" | "tasks">;

/**
 * Counts, by cluster, runs that ended within `METRICS_WINDOW_MS` of the chain's time.
 *
 * @param ended Those that are remembered: a few hundred, so a look costs the same however long the history is.
 */
export function runsOfLate(
  ended: readonly ExecutionRecord[],
  nowSeconds: bigint,
  versionOf: (cluster: bigint, version: bigint) => KnownVersion | undefined,
): ReadonlyMap<bigint, RunsOfLate> {
  const since = nowSeconds - BigInt(METRICS_WINDOW_MS / 1_000);
  const counts = new Map<bigint, Counted>();
  for (const record of ended) {
    const { cluster, endedIn } = record;
    // Whoever cancels a run changes his mind: that is nobody's failure.
    if (endedIn === null || endedIn.timestamp < since || record.state === "Cancelled") continue;
    const of = counts.get(cluster) ?? { ended: 0, succeeded: 0, windows: 0, windowsMissed: 0, costWei: 0n };
    counts.set(cluster, of);
    of.ended += 1;
    if (record.state === "Succeeded") of.succeeded += 1;
    const version = versionOf(cluster, record.version);
    if (version === undefined) continue;
    const { given, missed } = windowsOf(record, endedIn.timestamp, version.windowSeconds);
    of.windows += given;
    of.windowsMissed += missed;
    for (const [task, { tipWei }] of record.completions)
      of.costWei += (version.tasks[task]?.priceWei ?? 0n) + tipWei;
  }
  return counts;
}

/**
 * Windows of a run, from each acceptance (or its creation) to the next: those that passed whole were missed by whoever had the turn.
 * In one that did not succeed nobody answered the last either.
 */
function windowsOf(
  { createdAt, completions, state }: ExecutionRecord,
  endedAt: bigint,
  windowSeconds: number,
): { readonly given: number; readonly missed: number } {
  let [given, missed] = [0, 0];
  let readyAt = createdAt;
  const acceptedAt = [...completions.values()]
    .map(({ place }) => place.timestamp)
    .sort((a, b) => Number(a - b));
  for (const at of acceptedAt) {
    const passed = Math.floor(Number(at - readyAt) / windowSeconds);
    missed += passed;
    given += passed + 1;
    readyAt = at;
  }
  if (state === "Succeeded") return { given, missed };
  const passed = Math.floor(Number(endedAt - readyAt) / windowSeconds);
  return { given: given + passed, missed: missed + passed };
}
