import type { PleiadError } from "@pleiad/sdk/errors";
import type { Address } from "viem";
import { chainFailure } from "./errors.ts";
import { ENDED_TRANSACTIONS_READ_MAX, type TransactionJournal, type TransactionRecord } from "./journal.ts";
import { createSpendingMemory, type SpendingFile } from "./spendingMemory.ts";
import { transactionCostWei } from "./transactionCost.ts";

/** What counts against the limit: transactions begun within so long before the last block followed. Seconds. */
export const SPENDING_PERIOD_SECONDS = 86_400;
/** What of the day's limit may go into transactions that settle nothing, where the configuration says nothing else. Percent. */
export const OTHER_PERCENT_DEFAULT = 50;
const HOUR_SECONDS = 3_600;

/** A transaction that is to be sent, or raised. */
export interface Expense {
  /** The most that it may cost. Wei. */
  readonly costWei: bigint;
  /** Whether it brings completions: those are what a node is paid for. */
  readonly isSettlement: boolean;
  /** The transaction that it would replace: one of the two will be mined. @default none */
  readonly nonce?: number;
}

/** What an account's transactions cost, over the last day of the chain. */
export interface Spending {
  /** Reads what the journal and the file know, before anything is sent. */
  takeUp(): Promise<void>;
  /** A transaction has changed, or is new. */
  saw(record: TransactionRecord): void;
  /** What was spent in the last day, and what those on their way may cost at most. Wei. */
  spentWei(): bigint;
  /**
   * Why an expense is not to be made now; undefined where there is no limit or room for it. Then it is written down, before
   * anybody can see its bytes.
   *
   * @throws the file's own errors: nothing is to be sent
   */
  refusal(expense: Expense): Promise<PleiadError | undefined>;
  /** Answers when nothing is being written any more. */
  stop(): Promise<void>;
}

/** What was spent at one time, and what of it on transactions that settle nothing. */
export interface Spent {
  /** Unix seconds of the chain. */
  readonly atSeconds: number;
  /** Where it was some time within so long after that. @default 0 */
  readonly spanSeconds?: number;
  readonly costWei: bigint;
  readonly otherWei: bigint;
}

/**
 * @param options.limitWei Undefined for none
 * @param options.otherPercent What of it may go into transactions that settle nothing: a flood of those starves no settlement
 * @param modules.file Survives the journal. @default the day begins anew with a new journal
 * @param modules.nowSeconds Timestamp of the last block followed, Unix seconds; undefined while there is none
 */
export function createSpending(
  options: {
    readonly account: Address;
    readonly limitWei: bigint | undefined;
    readonly otherPercent?: number | undefined;
  },
  modules: {
    readonly journal: TransactionJournal;
    readonly file?: SpendingFile | undefined;
    readonly nowSeconds: () => number | undefined;
  },
): Spending {
  const { account, limitWei, otherPercent = OTHER_PERCENT_DEFAULT } = options;
  const { journal, nowSeconds } = modules;
  // Without a limit nobody asks what was spent.
  const memory = createSpendingMemory({ account, file: limitWei === undefined ? undefined : modules.file });
  const byNonce = new Map<number, Spent>();
  let forgotten: readonly Spent[] = [];

  function saw(record: TransactionRecord): void {
    if (record.account.toLowerCase() !== account.toLowerCase()) return;
    // An older daemon did not write down when: counted from now on, rather too long than not at all.
    const atSeconds = record.begunAtSeconds ?? nowSeconds() ?? 0;
    const costWei = transactionCostWei(record);
    byNonce.set(record.nonce, { atSeconds, costWei, otherWei: isSettlement(record) ? 0n : costWei });
  }

  /** Forgets what is older than a day; keeps the memory of a busy account bounded. */
  function current(): readonly Spent[] {
    const now = nowSeconds();
    if (now === undefined) return [...forgotten, ...byNonce.values()];
    const isOver = (entry: Spent) => overAt(entry) <= now;
    for (const [nonce, entry] of byNonce) if (isOver(entry)) byNonce.delete(nonce);
    forgotten = forgotten.filter((entry) => !isOver(entry));
    return [...forgotten, ...byNonce.values()];
  }

  function refusedOf({ costWei, isSettlement: settles }: Expense, entries: readonly Spent[]) {
    if (limitWei === undefined) return undefined;
    const about = { account, costWei };
    const refused = overLimit({ ...about, limitWei, what: "" }, entries, (entry) => entry.costWei);
    if (refused !== undefined || settles) return refused;
    const othersWei = (limitWei * BigInt(otherPercent)) / 100n;
    const what = " for what settles nothing";
    return overLimit({ ...about, limitWei: othersWei, what }, entries, (entry) => entry.otherWei);
  }

  return {
    async takeUp() {
      byNonce.clear();
      const hours = await journal.spentHours(account);
      const pruned = hours.map(({ fromSeconds: atSeconds, costWei }) => ({
        atSeconds,
        spanSeconds: HOUR_SECONDS,
        costWei,
        otherWei: 0n,
      }));
      for (const record of await journal.ended(account, ENDED_TRANSACTIONS_READ_MAX)) {
        if (record.begunAtSeconds !== null) saw(record);
      }
      for (const record of await journal.live()) saw(record);
      const lost = await memory.beyond([...pruned, ...byNonce.values()]);
      forgotten = [...pruned, ...lost.map((entry) => ({ ...entry, spanSeconds: HOUR_SECONDS }))];
    },
    saw(record) {
      saw(record);
      // What it cost is less than what was reserved for it.
      if (record.state === "mined") memory.keepInBackground(current);
    },
    spentWei: () => sum(current(), (entry) => entry.costWei),
    async refusal(expense) {
      const { costWei, isSettlement: settles, nonce } = expense;
      const all = current();
      const replaced = nonce === undefined ? undefined : byNonce.get(nonce);
      const entries = all.filter((entry) => entry !== replaced);
      const refused = refusedOf(expense, entries);
      if (refused !== undefined) return refused;
      const atSeconds = replaced?.atSeconds ?? nowSeconds() ?? 0;
      await memory.keep([...entries, { atSeconds, costWei, otherWei: settles ? 0n : costWei }]);
      return undefined;
    },
    stop: () => memory.stop(),
  };
}

/** When it is a day old, to its last second. Unix seconds. */
function overAt({ atSeconds, spanSeconds = 0 }: Spent): number {
  return atSeconds + spanSeconds + SPENDING_PERIOD_SECONDS;
}

function isSettlement({ attempts }: TransactionRecord): boolean {
  return attempts.some(({ completions }) => completions.length > 0);
}

function overLimit(
  about: {
    readonly account: Address;
    readonly limitWei: bigint;
    readonly costWei: bigint;
    readonly what: string;
  },
  entries: readonly Spent[],
  weiOf: (entry: Spent) => bigint,
): PleiadError | undefined {
  const { account, limitWei, costWei, what } = about;
  const spentWei = sum(entries, weiOf);
  if (spentWei + costWei <= limitWei) return undefined;
  const roomAtSeconds = roomAt(entries, limitWei - costWei, weiOf);
  const message =
    `${account} has spent, or may spend, ${spentWei} wei of the ${limitWei} wei that a day allows${what}; ` +
    `the next transaction may cost ${costWei}`;
  return chainFailure("SPENDING_LIMIT_REACHED", message, {
    details: { account, limitWei, spentWei, costWei, roomAtSeconds },
  });
}

/** When so much has become a day old that no more than `leftWei` is left; undefined where that never suffices. */
function roomAt(
  entries: readonly Spent[],
  leftWei: bigint,
  weiOf: (entry: Spent) => bigint,
): number | undefined {
  if (leftWei < 0n) return undefined;
  let spentWei = sum(entries, weiOf);
  for (const entry of [...entries].sort((a, b) => overAt(a) - overAt(b))) {
    spentWei -= weiOf(entry);
    if (spentWei <= leftWei) return overAt(entry);
  }
  return undefined;
}

function sum(entries: readonly Spent[], weiOf: (entry: Spent) => bigint): bigint {
  return entries.reduce((total, entry) => total + weiOf(entry), 0n);
}
