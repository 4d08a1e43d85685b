import type { Address } from "viem";
import { SPENT_HOURS_KEPT, type SpentHour, type TransactionRecord } from "../chain/journal.ts";
import { transactionCostWei } from "../chain/transactionCost.ts";
import { decodeRecord, encodeRecord, spentHourSchema } from "./codec.ts";
import type { Draft, Records } from "./records.ts";
import { accountPath } from "./transactionRecords.ts";

/** What forgotten transactions cost, by account and hour. */
const SPENT_HOURS = "tx/spent/";
const HOUR_SECONDS = 3_600;
/** Beyond any date, so that keys sort like the hours. */
const HOUR_DIGITS = 10;

/** Deletes ended transactions, and adds what each cost to its hour, in one step: a crash counts none twice. */
export async function forgetTransactions(
  draft: Draft,
  account: Address,
  transactions: readonly (readonly [path: string, transaction: TransactionRecord])[],
): Promise<void> {
  for (const [path, transaction] of transactions) {
    draft.delete(path);
    const { begunAtSeconds } = transaction;
    const costWei = transactionCostWei(transaction);
    if (begunAtSeconds === null || costWei === 0n) continue;
    const key = hourPath(account, Math.floor(begunAtSeconds / HOUR_SECONDS));
    const payload = await draft.get(key);
    const before = payload === undefined ? 0n : decodeRecord(key, spentHourSchema, payload).costWei;
    draft.put(key, encodeRecord(spentHourSchema, { costWei: before + costWei }));
  }
}

/** Hours of chain time in which forgotten transactions cost something, oldest first. */
export async function readSpentHours(records: Records, account: Address): Promise<readonly SpentHour[]> {
  const hours: SpentHour[] = [];
  for await (const [key, payload] of records.entries(SPENT_HOURS + accountPath(account))) {
    const hour = Number(key.slice(-HOUR_DIGITS));
    hours.push({ fromSeconds: hour * HOUR_SECONDS, ...decodeRecord(key, spentHourSchema, payload) });
  }
  return hours;
}

/** Keeps the newest `SPENT_HOURS_KEPT` hours, counted from the newest of them. */
export async function forgetSpentHours(records: Records, account: Address): Promise<void> {
  const hours = await readSpentHours(records, account);
  const newest = hours.at(-1);
  if (newest === undefined) return;
  const oldest = newest.fromSeconds - (SPENT_HOURS_KEPT - 1) * HOUR_SECONDS;
  const old = hours.filter(({ fromSeconds }) => fromSeconds < oldest);
  if (old.length === 0) return;
  const forget = async (draft: Draft) => {
    for (const { fromSeconds } of old) draft.delete(hourPath(account, fromSeconds / HOUR_SECONDS));
  };
  await records.update(forget, { flush: false });
}

function hourPath(account: Address, hour: number): string {
  return SPENT_HOURS + accountPath(account) + String(hour).padStart(HOUR_DIGITS, "0");
}
