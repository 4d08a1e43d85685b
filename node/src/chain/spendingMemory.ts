import type { Address } from "viem";
import { SPENT_HOURS_KEPT } from "./journal.ts";
import type { Spent } from "./spending.ts";

const HOUR_SECONDS = 3_600;

/** What transactions begun in one hour of the chain cost, or may cost. */
export interface SpendingHour {
  /** Unix seconds. */
  readonly fromSeconds: number;
  readonly costWei: bigint;
  /** What of it went into transactions that settle nothing. */
  readonly otherWei: bigint;
}

/** A small file beside the database, which is there still when that was restored, rebuilt or set aside. */
export interface SpendingFile {
  /** Nothing where it is not there, is damaged, or is another account's. */
  read(account: Address): Promise<readonly SpendingHour[]>;
  /** Writes it anew, flushed. */
  write(account: Address, hours: readonly SpendingHour[]): Promise<void>;
}

/** Keeps the file up to date: one write at a time, and none that would change nothing. */
export interface SpendingMemory {
  /** What the file knows beyond what the journal does, by the hour. */
  beyond(known: readonly Spent[]): Promise<readonly Spent[]>;
  /** Writes down, flushed, what was spent. */
  keep(spent: readonly Spent[]): Promise<void>;
  /** The same, soon; a failure is for the next `keep` to tell. */
  keepInBackground(spent: () => readonly Spent[]): void;
  stop(): Promise<void>;
}

export function createSpendingMemory(options: {
  readonly account: Address;
  readonly file: SpendingFile | undefined;
}): SpendingMemory {
  const { account, file } = options;
  let written = "";
  let writing: Promise<void> = Promise.resolve();

  async function write(spent: readonly Spent[]): Promise<void> {
    const hours = byHour(spent).slice(-SPENT_HOURS_KEPT);
    const text = textOf(hours);
    if (file === undefined || text === written) return;
    await file.write(account, hours);
    written = text;
  }

  /** After the write that is under way, whatever became of that. */
  function queue(spent: readonly Spent[]): Promise<void> {
    const next = writing.then(() => write(spent));
    writing = next.catch(() => undefined);
    return next;
  }

  return {
    async beyond(known) {
      if (file === undefined) return [];
      const hours = await file.read(account);
      written = textOf(hours);
      const knownHours = new Map(byHour(known).map((hour) => [hour.fromSeconds, hour]));
      return hours.flatMap(({ fromSeconds, costWei, otherWei }) => {
        const there = knownHours.get(fromSeconds);
        const lost = {
          atSeconds: fromSeconds,
          costWei: beyondOf(costWei, there?.costWei),
          otherWei: beyondOf(otherWei, there?.otherWei),
        };
        return lost.costWei > 0n || lost.otherWei > 0n ? [lost] : [];
      });
    },
    keep: queue,
    keepInBackground(spent) {
      if (file !== undefined) void queue(spent()).catch(() => undefined);
    },
    stop: () => writing,
  };
}

function byHour(spent: readonly Spent[]): readonly SpendingHour[] {
  const hours = new Map<number, SpendingHour>();
  for (const { atSeconds, costWei, otherWei } of spent) {
    const fromSeconds = Math.floor(atSeconds / HOUR_SECONDS) * HOUR_SECONDS;
    const before = hours.get(fromSeconds) ?? { fromSeconds, costWei: 0n, otherWei: 0n };
    hours.set(fromSeconds, {
      fromSeconds,
      costWei: before.costWei + costWei,
      otherWei: before.otherWei + otherWei,
    });
  }
  return [...hours.values()]
    .filter(({ costWei }) => costWei > 0n)
    .sort((a, b) => a.fromSeconds - b.fromSeconds);
}

function beyondOf(wei: bigint, knownWei = 0n): bigint {
  return wei > knownWei ? wei - knownWei : 0n;
}

function textOf(hours: readonly SpendingHour[]): string {
  return hours.map(({ fromSeconds, costWei, otherWei }) => `${fromSeconds} ${costWei} ${otherWei}`).join();
}
