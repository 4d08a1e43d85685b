import { PleiadError } from "@pleiad/sdk/errors";
import type { Address } from "viem";
import type { TransactionKey, TransactionRecord, TransactionState } from "../chain/journal.ts";
import { decodeRecord, encodeRecord, transactionSchema } from "./codec.ts";
import type { Draft, Records } from "./records.ts";

/** Live and ended transactions lie apart, like jobs. */
export const LIVE_TRANSACTIONS = "tx/live/";
export const ENDED_TRANSACTIONS = "tx/ended/";

/** Beyond any safe integer, so that keys of one length sort like the nonces. */
const NONCE_DIGITS = 14;

const LIVE_STATES: readonly TransactionState[] = ["intended", "sent", "mined"];

/** Prefix of an account's transactions below `LIVE_TRANSACTIONS` or `ENDED_TRANSACTIONS`. */
export function accountPath(account: Address): string {
  return `${account.toLowerCase()}/`;
}

/** A transaction's path below `LIVE_TRANSACTIONS` or `ENDED_TRANSACTIONS`. */
export function transactionPathOf({ account, nonce }: TransactionKey): string {
  return accountPath(account) + nonce.toString(16).padStart(NONCE_DIGITS, "0");
}

/** Reads a transaction wherever it lies. */
export async function readTransaction(
  reader: Draft | Records,
  key: TransactionKey,
): Promise<TransactionRecord | undefined> {
  for (const prefix of [LIVE_TRANSACTIONS, ENDED_TRANSACTIONS]) {
    const path = prefix + transactionPathOf(key);
    const payload = await reader.get(path);
    if (payload !== undefined) return decodeRecord(path, transactionSchema, payload);
  }
  return undefined;
}

/** Whether a transaction may still settle what it carries. */
export async function isLiveTransaction(reader: Draft | Records, key: TransactionKey): Promise<boolean> {
  return (await reader.get(LIVE_TRANSACTIONS + transactionPathOf(key))) !== undefined;
}

/** Writes a transaction where its state belongs. @returns the transaction as it will be read back */
export function putTransaction(draft: Draft, transaction: TransactionRecord): TransactionRecord {
  const path = transactionPathOf(transaction);
  const isLive = LIVE_STATES.includes(transaction.state);
  const [here, other] = isLive
    ? [LIVE_TRANSACTIONS, ENDED_TRANSACTIONS]
    : [ENDED_TRANSACTIONS, LIVE_TRANSACTIONS];
  const payload = encodeRecord(transactionSchema, transaction);
  draft.delete(other + path);
  draft.put(here + path, payload);
  return decodeRecord(here + path, transactionSchema, payload);
}

export function transactionError(
  code: string,
  key: TransactionKey,
  sentence: string,
  details: Readonly<Record<string, unknown>> = {},
): PleiadError {
  const { account, nonce } = key;
  return new PleiadError(`transaction ${nonce} of ${account} ${sentence}`, {
    code,
    hint: "look the nonce up in the journal, and on chain, before anything else is sent for it",
    details: { account, nonce, ...details },
  });
}
