import { keccak256 } from "viem";
import {
  type JobFailure,
  REPLACEMENT_FEE_PERCENT_MIN,
  TRANSACTION_ATTEMPTS_MAX,
  TRANSACTION_RAW_CHARS_MAX,
  type TransactionAttempt,
  type TransactionJournal,
  type TransactionKey,
  type TransactionRecord,
  type TransactionState,
} from "../chain/journal.ts";
import { decodeRecord, isSameHex, transactionSchema } from "./codec.ts";
import { boundFailure, putJob, readJob, unsendJobs } from "./jobRecords.ts";
import type { Draft, Records } from "./records.ts";
import { forgetSpentHours, forgetTransactions, readSpentHours } from "./spentHours.ts";
import {
  accountPath,
  ENDED_TRANSACTIONS,
  LIVE_TRANSACTIONS,
  putTransaction,
  readTransaction,
  transactionError,
} from "./transactionRecords.ts";

/** Transactions forgotten in one step. */
const PRUNE_BATCH = 100;

/**
 * The transactions of `chain/journal.ts`, whose table says which step is allowed when.
 *
 * @param options.now Unix milliseconds
 */
export function createTransactionJournal(
  options: { readonly now: () => number },
  modules: { readonly records: Records },
): TransactionJournal {
  const { now } = options;
  const { records } = modules;

  /** Reads the transaction, lets `change` make the next one of it, and writes that; the same back means no change. */
  function step(
    key: TransactionKey,
    change: (transaction: TransactionRecord, draft: Draft) => TransactionRecord | Promise<TransactionRecord>,
  ): Promise<TransactionRecord> {
    return records.update(
      async (draft) => {
        const transaction = await readTransaction(draft, key);
        if (transaction === undefined)
          throw transactionError("TRANSACTION_UNKNOWN", key, "is not in the journal");
        const next = await change(transaction, draft);
        return next === transaction ? next : putTransaction(draft, { ...next, updatedAtMs: now() });
      },
      { flush: true },
    );
  }

  /** Ends a transaction that settles nothing (any more) and frees its jobs, in one step. */
  function end(
    key: TransactionKey,
    to: "replaced" | "cancelled",
    from: readonly TransactionState[],
    reason: JobFailure,
  ): Promise<TransactionRecord> {
    return step(key, async (transaction, draft) => {
      if (transaction.state === to) return transaction;
      requireState(transaction, to, from);
      await unsendJobs(draft, key, carriedBy(transaction), now());
      return { ...transaction, state: to, inclusion: null, end: boundFailure(reason) };
    });
  }

  return {
    get: (key) => readTransaction(records, key),

    async live() {
      return readAll(records, LIVE_TRANSACTIONS, {});
    },

    async ended(account, limit) {
      return readAll(records, ENDED_TRANSACTIONS + accountPath(account), { reverse: true, limit });
    },

    async highestNonce(account) {
      const highest: number[] = [];
      for (const prefix of [LIVE_TRANSACTIONS, ENDED_TRANSACTIONS]) {
        const last = await readAll(records, prefix + accountPath(account), { reverse: true, limit: 1 });
        highest.push(...last.map(({ nonce }) => nonce));
      }
      return highest.length === 0 ? undefined : Math.max(...highest);
    },

    recordIntended: (key, attempt, begunAtSeconds) =>
      records.update(
        async (draft) => {
          const there = await readTransaction(draft, key);
          if (there !== undefined && isLastAttempt(there, attempt) && there.state === "intended")
            return there;
          if (there !== undefined) {
            if (there.state !== "cancelled" || there.inclusion !== null) {
              throw transactionError(
                "TRANSACTION_NONCE_TAKEN",
                key,
                `is in the journal already, ${there.state}`,
              );
            }
            return putTransaction(draft, {
              ...withAttempt(there, attempt),
              begunAtSeconds: begunAtSeconds ?? there.begunAtSeconds,
              updatedAtMs: now(),
            });
          }
          requireSoundAttempt(key, attempt);
          return putTransaction(draft, {
            ...key,
            state: "intended",
            attempts: [attempt],
            inclusion: null,
            end: null,
            begunAtSeconds: begunAtSeconds ?? null,
            createdAtMs: now(),
            updatedAtMs: now(),
          });
        },
        { flush: true },
      ),

    recordAttempt: (key, attempt) =>
      step(key, (transaction) => {
        requireState(transaction, "intended", ["intended", "sent"]);
        return isLastAttempt(transaction, attempt) ? transaction : withAttempt(transaction, attempt);
      }),

    recordSent: (key, hash) =>
      step(key, async (transaction, draft) => {
        requireState(transaction, "sent", ["intended", "sent"]);
        const attempt = attemptOf(transaction, hash);
        for (const { execution, task, outputDigest } of attempt.completions) {
          const job = await readJob(draft, { execution, task });
          // What it relays for others, and what was answered anew since, is no job of this transaction.
          if (job?.state !== "signed" || job.signed === null) continue;
          if (!isSameHex(job.signed.completion.outputDigest, outputDigest)) continue;
          putJob(draft, { ...job, state: "sent", transaction: { ...key }, updatedAtMs: now() });
        }
        const isNewest = isLastAttempt(transaction, attempt);
        return transaction.state === "sent" || !isNewest ? transaction : { ...transaction, state: "sent" };
      }),

    recordMined: (key, inclusion) =>
      step(key, (transaction) => {
        const { state } = transaction;
        const isGivenUp = state === "cancelled" && transaction.inclusion === null;
        if (!isGivenUp) requireState(transaction, "mined", ["intended", "sent", "mined"]);
        attemptOf(transaction, inclusion.transactionHash);
        const { inclusion: before } = transaction;
        const isSame =
          before !== null &&
          isSameHex(before.blockHash, inclusion.blockHash) &&
          isSameHex(before.transactionHash, inclusion.transactionHash);
        return isSame ? transaction : { ...transaction, state: "mined", inclusion, end: null };
      }),

    recordUnmined: (key) =>
      step(key, (transaction) => {
        requireState(transaction, "sent", ["mined", "sent"]);
        return transaction.state === "sent"
          ? transaction
          : { ...transaction, state: "sent", inclusion: null };
      }),

    recordFinal: (key) =>
      step(key, async (transaction, draft) => {
        const { inclusion } = transaction;
        const isEnded = transaction.state === "final" || transaction.state === "cancelled";
        if (isEnded && inclusion !== null) return transaction;
        requireState(transaction, "final", ["mined"]);
        if (inclusion === null) throw transitionError(transaction, "final", "has no inclusion");
        await unsendJobs(draft, key, carriedBy(transaction), now());
        const { purpose } = attemptOf(transaction, inclusion.transactionHash);
        if (purpose === "settle") return { ...transaction, state: "final" };
        return {
          ...transaction,
          state: "cancelled",
          end: { code: "CANCEL_MINED", message: "its cancel was mined" },
        };
      }),

    recordReplaced: (key, reason) => end(key, "replaced", ["intended", "sent", "mined"], reason),

    recordCancelled: (key, reason) => end(key, "cancelled", ["intended", "sent"], reason),

    async prune(account, keep) {
      const prefix = ENDED_TRANSACTIONS + accountPath(account);
      let skipped = 0;
      let forgotten = 0;
      let batch: [path: string, transaction: TransactionRecord][] = [];
      const forget = async () => {
        await records.update((draft) => forgetTransactions(draft, account, batch), { flush: false });
        forgotten += batch.length;
        batch = [];
      };
      for await (const [path, payload] of records.entries(prefix, { reverse: true })) {
        if (skipped < keep) skipped += 1;
        else batch.push([path, decodeRecord(path, transactionSchema, payload)]);
        if (batch.length === PRUNE_BATCH) await forget();
      }
      if (batch.length > 0) await forget();
      if (forgotten > 0) await forgetSpentHours(records, account);
      return forgotten;
    },

    spentHours: (account) => readSpentHours(records, account),
  };
}

function carriedBy(transaction: TransactionRecord): TransactionAttempt["completions"] {
  return transaction.attempts.flatMap(({ completions }) => completions);
}

function isLastAttempt(transaction: TransactionRecord, attempt: TransactionAttempt): boolean {
  const last = transaction.attempts.at(-1);
  return last !== undefined && isSameHex(last.hash, attempt.hash);
}

function attemptOf(transaction: TransactionRecord, hash: TransactionAttempt["hash"]): TransactionAttempt {
  const attempt = transaction.attempts.find((candidate) => isSameHex(candidate.hash, hash));
  if (attempt === undefined) {
    throw transactionError("TRANSACTION_HASH_UNKNOWN", transaction, `was never signed as ${hash}`, { hash });
  }
  return attempt;
}

/** The transaction with one more attempt, which must be a clear raise over the dearest one before (N3). */
function withAttempt(transaction: TransactionRecord, attempt: TransactionAttempt): TransactionRecord {
  requireSoundAttempt(transaction, attempt);
  if (transaction.attempts.length >= TRANSACTION_ATTEMPTS_MAX) {
    throw transactionError(
      "TRANSACTION_ATTEMPTS_USED_UP",
      transaction,
      `has used up its ${TRANSACTION_ATTEMPTS_MAX} attempts`,
    );
  }
  for (const field of ["maxFeePerGasWei", "maxPriorityFeePerGasWei"] as const) {
    const before = dearest(transaction.attempts.map(({ [field]: fee }) => fee));
    if (attempt[field] * 100n < before * REPLACEMENT_FEE_PERCENT_MIN) {
      throw transactionError(
        "TRANSACTION_FEES_TOO_LOW",
        transaction,
        `cannot be replaced: ${field} ${attempt[field]} is less than ${REPLACEMENT_FEE_PERCENT_MIN} % of ${before}`,
        { field, feeWei: attempt[field], beforeWei: before },
      );
    }
  }
  return { ...transaction, state: "intended", end: null, attempts: [...transaction.attempts, attempt] };
}

function dearest(fees: readonly bigint[]): bigint {
  let highest = 0n;
  for (const fee of fees) if (fee > highest) highest = fee;
  return highest;
}

function requireSoundAttempt(key: TransactionKey, { raw, hash }: TransactionAttempt): void {
  if (raw.length > TRANSACTION_RAW_CHARS_MAX) {
    throw transactionError(
      "TRANSACTION_ATTEMPT_INVALID",
      key,
      `has ${raw.length} characters of signed bytes`,
      {
        transactionRawCharsMax: TRANSACTION_RAW_CHARS_MAX,
      },
    );
  }
  const found = keccak256(raw);
  if (!isSameHex(found, hash)) {
    throw transactionError(
      "TRANSACTION_ATTEMPT_INVALID",
      key,
      `has signed bytes of hash ${found}, not ${hash}`,
    );
  }
}

function requireState(
  transaction: TransactionRecord,
  to: TransactionState,
  from: readonly TransactionState[],
): void {
  if (!from.includes(transaction.state)) throw transitionError(transaction, to, `is ${transaction.state}`);
}

function transitionError(transaction: TransactionRecord, to: TransactionState, because: string): Error {
  return transactionError("TRANSACTION_TRANSITION", transaction, `${because}; it cannot become ${to}`, {
    from: transaction.state,
    to,
  });
}

async function readAll(
  records: Records,
  prefix: string,
  options: { readonly reverse?: boolean; readonly limit?: number },
): Promise<readonly TransactionRecord[]> {
  const transactions: TransactionRecord[] = [];
  for await (const [key, payload] of records.entries(prefix, options)) {
    transactions.push(decodeRecord(key, transactionSchema, payload));
  }
  return transactions;
}
