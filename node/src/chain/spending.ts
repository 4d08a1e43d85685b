import type { PleiadError } from "@pleiad/sdk/errors";
import type { Address } from "viem";
import { chainFailure } from "./errors.ts";
import { ENDED_TRANSACTIONS_READ_MAX, type TransactionJournal, type TransactionRecord } from "./journal.ts";
import { transactionCostWei } from "./transactionCost.ts";

/** What counts against the limit: transactions begun within so long before the last block followed. Seconds. */
export const SPENDING_PERIOD_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;

/** What an account's transactions cost, over the last day of the chain. */
export interface Spending {
  /** Reads what the journal knows, before anything is sent. */
  takeUp(): Promise<void>;
  /** A transaction has changed, or is new. */
  saw(record: TransactionRecord): void;
  /** What was spent in the last day, and what those on their way may cost at most. Wei. */
  spentWei(): bigint;
  /**
   * Why a transaction that may cost so much is not to be sent now, or undefined where there is no limit or room for it.
   *
   * @param nonce The transaction that it would replace: one of the two will be mined
   */
  refusal(costWei: bigint, nonce?: number): PleiadError | undefined;
}

interface Entry {
  readonly atSeconds: number;
  readonly costWei: bigint;
}

/**
 * @param options.limitWei Undefined for none
 * @param modules.nowSeconds Timestamp of the last block followed, Unix seconds; undefined while there is none
 */
export function createSpending(
  options: { readonly account: Address; readonly limitWei: bigint | undefined },
  modules: { readonly journal: TransactionJournal; readonly nowSeconds: () => number | undefined },
): Spending {
  const { account, limitWei } = options;
  const { journal, nowSeconds } = modules;
  const byNonce = new Map<number, Entry>();
  let forgotten: readonly Entry[] = [];

  function saw(record: TransactionRecord): void {
    if (record.account.toLowerCase() !== account.toLowerCase()) return;
    // An older daemon did not write down when: counted from now on, rather too long than not at all.
    const atSeconds = record.begunAtSeconds ?? nowSeconds() ?? 0;
    byNonce.set(record.nonce, { atSeconds, costWei: transactionCostWei(record) });
  }

  /** Forgets what is older than a day; keeps the memory of a busy account bounded. */
  function current(): readonly Entry[] {
    const now = nowSeconds();
    if (now === undefined) return [...forgotten, ...byNonce.values()];
    const isOver = ({ atSeconds }: Entry) => atSeconds + SPENDING_PERIOD_SECONDS <= now;
    for (const [nonce, entry] of byNonce) if (isOver(entry)) byNonce.delete(nonce);
    forgotten = forgotten.filter((entry) => !isOver(entry));
    return [...forgotten, ...byNonce.values()];
  }

  return {
    async takeUp() {
      byNonce.clear();
      const hours = await journal.spentHours(account);
      // An hour counts until its last second is a day old.
      forgotten = hours.map(({ fromSeconds, costWei }) => ({
        atSeconds: fromSeconds + HOUR_SECONDS,
        costWei,
      }));
      for (const record of await journal.ended(account, ENDED_TRANSACTIONS_READ_MAX)) {
        if (record.begunAtSeconds !== null) saw(record);
      }
      for (const record of await journal.live()) saw(record);
    },
    saw,
    spentWei: () => sum(current()),
    refusal(costWei, nonce) {
      if (limitWei === undefined) return undefined;
      const entries = current();
      const replacedWei = nonce === undefined ? 0n : (byNonce.get(nonce)?.costWei ?? 0n);
      const spentWei = sum(entries) - replacedWei;
      if (spentWei + costWei <= limitWei) return undefined;
      return limitReached({
        account,
        limitWei,
        spentWei,
        costWei,
        roomAtSeconds: roomAt(entries, limitWei - costWei),
      });
    },
  };
}

/** When so much has become a day old that no more than `leftWei` is left; undefined where that never suffices. */
function roomAt(entries: readonly Entry[], leftWei: bigint): number | undefined {
  if (leftWei < 0n) return undefined;
  let spentWei = sum(entries);
  for (const { atSeconds, costWei } of [...entries].sort((a, b) => a.atSeconds - b.atSeconds)) {
    spentWei -= costWei;
    if (spentWei <= leftWei) return atSeconds + SPENDING_PERIOD_SECONDS;
  }
  return undefined;
}

function limitReached(details: {
  readonly account: Address;
  readonly limitWei: bigint;
  readonly spentWei: bigint;
  readonly costWei: bigint;
  readonly roomAtSeconds: number | undefined;
}): PleiadError {
  const { account, limitWei, spentWei, costWei } = details;
  const what =
    `${account} has spent, or may spend, ${spentWei} wei of the ${limitWei} wei that a day allows; ` +
    `the next transaction may cost ${costWei}`;
  return chainFailure("SPENDING_LIMIT_REACHED", what, { details });
}

function sum(entries: readonly Entry[]): bigint {
  return entries.reduce((total, { costWei }) => total + costWei, 0n);
}
