import type { Completion } from "@pleiad/sdk/types/completion";
import type { Address, Hex } from "viem";

/**
 * The journal: the durable truth about what this node promised to do, signed and sent. The chain decides what
 * happened; the journal decides what this node does next after it was killed at any instant.
 *
 * This file declares what the layers above need; `store` keeps it on disk. Every method that changes something does
 * the whole change or nothing, and what it answered outlives the process from then on. All but two answer only after
 * the change is flushed, so that it outlives the machine, too (see "What is flushed"). Repeating a call with the same
 * values changes nothing, so a caller that does not know whether its call landed may call again.
 *
 * ## A job: one task of one execution
 *
 * | from | to | call | condition |
 * |---|---|---|---|
 * | –, leased, running | leased | `lease` | nobody of this session holds it; the attempts are not used up |
 * | any but final | leased | `lease` | for another context hash: the old answer, and a lease still held, are void |
 * | dropped | leased | `lease` | also for the same context hash, when it has no output to revive |
 * | leased | running | `recordRunning` | the lease is held |
 * | as for leased | running | `lease` | `isReady`: the agent is started at once |
 * | running | running | `recordOutput` | the lease is held; from here on the answer is safe from a crash |
 * | leased, running | leased | `recordAttemptFailed`, `releaseLease` | the lease is held; it is given up |
 * | running | signed | `recordSigned` | output recorded and its digest in `signings` |
 * | signed | sent | `transactions.recordSent` | a transaction that carries the completion was broadcast |
 * | sent | signed | `transactions.recordReplaced`, `recordCancelled`, `recordFinal` (reverted), `recordUnsent` | that transaction cannot settle it |
 * | signed, sent | mined | `recordMined` | accepted in a canonical block, whoever sent it |
 * | mined | sent, signed | `recordUnmined` | a reorg removed the block |
 * | mined | final | `recordFinal` | the block is canonical at the policy's depth; nothing follows |
 * | leased, running, signed, sent | failed | `recordFailed` | attempts used up, deadline past, signing refused |
 * | leased, running, signed, sent, mined | dropped | `recordDropped` | ended, accepted from another node, or gone by a reorg |
 * | dropped | sent, signed, running | `revive` | a reorg brought the task back and the answer for its context is here |
 *
 * ## A transaction: one nonce of one account
 *
 * | from | to | call | condition |
 * |---|---|---|---|
 * | – | intended | `recordIntended` | signed bytes written and flushed before anyone else sees them (N2) |
 * | cancelled, nothing mined | intended | `recordIntended` | as a replacement: its earlier bytes may still be about |
 * | intended | sent | `recordSent` | a provider took, or may have taken, the newest attempt |
 * | intended, sent | intended | `recordAttempt` | same nonce, both fees raised by at least 15 % (N3), or a cancel |
 * | intended, sent | mined | `recordMined` | one of its attempts is in a canonical block (a send that timed out may land) |
 * | cancelled, nothing mined | mined | `recordMined` | bytes that were given up landed after all |
 * | mined | sent | `recordUnmined` | a reorg removed the block |
 * | mined | final | `recordFinal` | at the policy's depth, the attempt was a settlement |
 * | mined | cancelled | `recordFinal` | at the policy's depth, the attempt was a cancel |
 * | intended, sent | cancelled | `recordCancelled` | not worth sending any more; its nonce is free again |
 * | intended, sent, mined | replaced | `recordReplaced` | at the policy's depth another transaction owns the nonce |
 *
 * `final`, `replaced` and `cancelled` are ends. A nonce keeps every attempt ever signed for it, so that none of them
 * is taken for a stranger's when it lands late.
 *
 * ## The order that makes a crash harmless
 *
 * `recordOutput` (with the tip) → `signings.checkAndRecordSigning` → sign → `recordSigned` → `recordIntended` → broadcast →
 * `recordSent`. A node that restarts between two of these does the next one again with the same bytes.
 *
 * ## What is flushed
 *
 * Everything, before it answers, but two steps that wait for the next flush, which takes them along: `recordRunning`,
 * as the lease before it has counted the attempt already, and `recordSigned`, as the output and the only digest that
 * may be signed for it were flushed before the signer was asked: after a power cut the same is signed again.
 * `recordIntended` comes after both, so nothing is broadcast before they are on the disk.
 */
export interface Journal {
  readonly jobs: JobJournal;
  readonly transactions: TransactionJournal;
  readonly signings: SigningJournal;
}

// ------------------------------------------------------------------------------------------------------- jobs

/** States of a job that still may need work, in the order in which they are reached. */
export const LIVE_JOB_STATES = ["leased", "running", "signed", "sent", "mined"] as const;
/** States in which a job ends. `dropped` and `failed` may be left again after a reorg, `final` never. */
export const ENDED_JOB_STATES = ["final", "failed", "dropped"] as const;

export type LiveJobState = (typeof LIVE_JOB_STATES)[number];
export type EndedJobState = (typeof ENDED_JOB_STATES)[number];
export type JobState = LiveJobState | EndedJobState;

/** What a job is keyed by: one task of one execution. */
export interface JobKey {
  readonly execution: bigint;
  /** Index of the task in its version, from 0. */
  readonly task: number;
}

/** Who works on a job. A lease of another session is void: its process, and its agents with it, are gone. */
export interface JobLease {
  /** Names this very lease, never another: what its holder shows with every step. */
  readonly id: string;
  /** Counts from 1 for each context hash. */
  readonly attempt: number;
  /** The opening of the store under which the lease was taken, see `Store.session`. */
  readonly session: string;
  /**
   * Unix milliseconds of the wall clock, for people who read the journal. Nothing decides by it: a clock may jump.
   * The loop that runs the job measures its time by the monotonic clock.
   */
  readonly untilMs: number;
  /** True when nobody works any more: the attempt failed, was given back, or led to a signature or an end. */
  readonly released: boolean;
}

/** The answer's bytes, or their digest when a blob holds them. */
export interface JobOutput {
  /** keccak256 of the bytes. */
  readonly digest: Hex;
  /** The bytes, at most `OUTPUT_INLINE_BYTES_MAX`; null when the blob store holds them under `digest`. */
  readonly bytes: Uint8Array | null;
  /**
   * What the node gives of its share to whoever sends the completion, in units of the run's currency. It is decided with
   * the output, as signing again must say the same. @default 0n
   */
  readonly tipWei?: bigint | undefined;
  /**
   * keccak256 of what the node says of how the answer came, a blob. Decided with the output, as the tip. @default none: zero is signed
   */
  readonly evidenceDigest?: Hex | undefined;
}

/** A completion with its signature: the right to be paid, ready to travel or to be sent by anyone. */
export interface SignedCompletion {
  readonly completion: Completion;
  readonly signature: Hex;
}

/** Where on chain something is. */
export interface Inclusion {
  readonly transactionHash: Hex;
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
}

/** One nonce of one account: what a transaction is keyed by. Replacements share it. */
export interface TransactionKey {
  readonly account: Address;
  readonly nonce: number;
}

/** Why an attempt or a job came to nothing. `code` is a stable name, `message` a sentence without secrets. */
export interface JobFailure {
  readonly code: string;
  /** Longer text is cut at `FAILURE_MESSAGE_CHARS_MAX`. */
  readonly message: string;
}

/** A failure with its attempt and its time (Unix milliseconds). */
export interface RecordedFailure extends JobFailure {
  readonly attempt: number;
  readonly atMs: number;
}

export interface JobRecord extends JobKey {
  readonly state: JobState;
  /** What the answer is bound to; another context makes another answer. */
  readonly contextHash: Hex;
  readonly lease: JobLease;
  readonly output: JobOutput | null;
  readonly signed: SignedCompletion | null;
  /** The transaction of this node that carries the completion; null when none does. */
  readonly transaction: TransactionKey | null;
  /** Where the completion was accepted; set in `mined` and `final`. */
  readonly inclusion: Inclusion | null;
  /** Failed attempts for this context, oldest first, at most `JOB_FAILURES_MAX`. */
  readonly failures: readonly RecordedFailure[];
  /** Why it ended; set in `failed` and `dropped`. */
  readonly end: JobFailure | null;
  /** Unix milliseconds of the last change. */
  readonly updatedAtMs: number;
}

export interface LeaseRequest {
  readonly contextHash: Hex;
  /** Unix milliseconds, see `JobLease.untilMs`. */
  readonly untilMs: number;
  /** A lease beyond this many attempts for the context is refused. */
  readonly attemptsMax: number;
  /** All that the agent is asked with is at hand, so it is started at once: one step in place of two. @default false */
  readonly isReady?: boolean;
}

/**
 * Jobs. Errors of every method: `JOB_UNKNOWN` (no record), `JOB_TRANSITION` (the table above forbids it; details:
 * job, from, to) and the store's own (`STORE_FULL`, `STORE_DAMAGED`, …).
 */
export interface JobJournal {
  get(key: JobKey): Promise<JobRecord | undefined>;
  /** All jobs in a live state, ordered by execution, then task. */
  live(): Promise<readonly JobRecord[]>;
  /** Jobs that ended, latest execution first, at most `limit`. */
  ended(limit: number): Promise<readonly JobRecord[]>;
  /**
   * Promises to do a task. A job that another session left leased or running starts its next attempt, for a crash
   * is an attempt too; another context hash starts counting anew and forgets the old answer.
   *
   * @throws JOB_LEASED when this session holds it for this context; JOB_ATTEMPTS_USED_UP; JOB_ANSWERED when the
   * output for this context is recorded already, so that it is to be signed (or revived) rather than run again.
   */
  lease(key: JobKey, request: LeaseRequest): Promise<JobRecord>;
  /** The agent was started. @throws JOB_LEASE_LOST when the lease of this id is released or another was taken. */
  recordRunning(key: JobKey, leaseId: string): Promise<JobRecord>;
  /**
   * The agent answered. A larger output is put into the blob store before this call.
   * @throws JOB_LEASE_LOST; JOB_OUTPUT_INVALID when the bytes are too many or have another digest.
   */
  recordOutput(key: JobKey, leaseId: string, output: JobOutput): Promise<JobRecord>;
  /** The attempt failed; the lease is free for the next one. @throws JOB_LEASE_LOST */
  recordAttemptFailed(key: JobKey, leaseId: string, failure: JobFailure): Promise<JobRecord>;
  /** The attempt is given back uncounted, as at an orderly stop. @throws JOB_LEASE_LOST */
  releaseLease(key: JobKey, leaseId: string): Promise<JobRecord>;
  /**
   * The signature is there. Needs no lease: after a restart the recorded output is signed without its agent.
   * @throws JOB_SIGNATURE_MISMATCH when the completion is not about this job, context, output, evidence and tip;
   * SIGNING_UNRECORDED when `signings` does not hold this very digest.
   */
  recordSigned(key: JobKey, signed: SignedCompletion): Promise<JobRecord>;
  /** The transaction that carried it cannot settle it (it skipped this one). */
  recordUnsent(key: JobKey): Promise<JobRecord>;
  /** The completion was accepted in a canonical block. Another inclusion replaces the one before. */
  recordMined(key: JobKey, inclusion: Inclusion): Promise<JobRecord>;
  /** A reorg removed the block: back to `sent`, or to `signed` when no transaction of this node carries it. */
  recordUnmined(key: JobKey): Promise<JobRecord>;
  recordFinal(key: JobKey): Promise<JobRecord>;
  recordFailed(key: JobKey, failure: JobFailure): Promise<JobRecord>;
  recordDropped(key: JobKey, reason: JobFailure): Promise<JobRecord>;
  /**
   * Takes a dropped job up again where it stood, when a reorg brought its task back.
   * @returns the job in `sent`, `signed` or `running` (its output is recorded); undefined when there is nothing to
   * reuse for this context, so that the task is to be leased.
   */
  revive(key: JobKey, contextHash: Hex): Promise<JobRecord | undefined>;
  /** Forgets ended jobs but the `keep` of the latest executions. @returns how many it forgot. */
  prune(keep: number): Promise<number>;
}

// ----------------------------------------------------------------------------------------------- transactions

export type LiveTransactionState = "intended" | "sent" | "mined";
export type EndedTransactionState = "final" | "replaced" | "cancelled";
export type TransactionState = LiveTransactionState | EndedTransactionState;

/** What one completion of a batch was, by name: this node's own or one it relays. */
export interface CarriedCompletion extends JobKey {
  readonly node: bigint;
  readonly outputDigest: Hex;
}

/** One signed transaction for a nonce. All attempts of a nonce exclude each other. */
export interface TransactionAttempt {
  readonly hash: Hex;
  /** The signed bytes: a retry sends exactly these. */
  readonly raw: Hex;
  /** `settle` carries completions; `cancel` only uses the nonce up. */
  readonly purpose: "settle" | "cancel";
  readonly completions: readonly CarriedCompletion[];
  readonly gasLimit: bigint;
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
}

/** Where a transaction was mined, and what became of it. */
export interface TransactionInclusion extends Inclusion {
  readonly status: "success" | "reverted";
  readonly gasUsed: bigint;
  readonly effectiveGasPriceWei: bigint;
}

export interface TransactionRecord extends TransactionKey {
  readonly state: TransactionState;
  /** Oldest first; the last one is the one to send. At most `TRANSACTION_ATTEMPTS_MAX`. */
  readonly attempts: readonly TransactionAttempt[];
  /** Set in `mined`, `final` and, when a cancel was mined, `cancelled`. */
  readonly inclusion: TransactionInclusion | null;
  /** Why it ended without settling; set in `replaced` and in `cancelled`. */
  readonly end: JobFailure | null;
  /** Timestamp of the last block followed when its nonce was taken, Unix seconds; null in records of older daemons. */
  readonly begunAtSeconds: number | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** What transactions that the journal has forgotten cost in one hour of chain time. */
export interface SpentHour {
  /** Unix seconds. */
  readonly fromSeconds: number;
  readonly costWei: bigint;
}

/**
 * Transactions. Errors of every method: `TRANSACTION_UNKNOWN`, `TRANSACTION_TRANSITION` and the store's own. The
 * nonce belongs to the submitter; the journal does not forbid gaps, for an operator may use the account by hand.
 */
export interface TransactionJournal {
  get(key: TransactionKey): Promise<TransactionRecord | undefined>;
  /** All transactions that have not ended, of all accounts, ordered by account and nonce. */
  live(): Promise<readonly TransactionRecord[]>;
  /** Transactions of an account that ended, highest nonce first, at most `limit`. */
  ended(account: Address, limit: number): Promise<readonly TransactionRecord[]>;
  /** The highest nonce of an account in the journal, live or ended; undefined when there is none. */
  highestNonce(account: Address): Promise<number | undefined>;
  /**
   * Writes the first attempt for a nonce, before anyone else sees its bytes. A nonce that was cancelled with
   * nothing mined may be used again, under the rules of `recordAttempt`.
   *
   * @param begunAtSeconds Timestamp of the last block followed, Unix seconds. @default null: none is known
   * @throws TRANSACTION_NONCE_TAKEN when the nonce has any other record; the errors of `recordAttempt`.
   */
  recordIntended(
    key: TransactionKey,
    attempt: TransactionAttempt,
    begunAtSeconds?: number,
  ): Promise<TransactionRecord>;
  /**
   * Writes a replacement for the same nonce.
   * @throws TRANSACTION_FEES_TOO_LOW unless both fees are at least `REPLACEMENT_FEE_PERCENT_MIN` of the attempt
   * before; TRANSACTION_ATTEMPTS_USED_UP; TRANSACTION_ATTEMPT_INVALID (bytes too many, or not what `hash` says).
   */
  recordAttempt(key: TransactionKey, attempt: TransactionAttempt): Promise<TransactionRecord>;
  /**
   * The attempt was broadcast. Moves the signed jobs that it carries to `sent` in the same step.
   * @throws TRANSACTION_HASH_UNKNOWN when no attempt has this hash.
   */
  recordSent(key: TransactionKey, hash: Hex): Promise<TransactionRecord>;
  /**
   * An attempt is in a canonical block. The jobs follow the accepted completions, not this.
   * @throws TRANSACTION_HASH_UNKNOWN when no attempt has this hash.
   */
  recordMined(key: TransactionKey, inclusion: TransactionInclusion): Promise<TransactionRecord>;
  recordUnmined(key: TransactionKey): Promise<TransactionRecord>;
  /** Final, or `cancelled` when a cancel was mined. Jobs it carried that are still `sent` go back to `signed`. */
  recordFinal(key: TransactionKey): Promise<TransactionRecord>;
  /** Another transaction owns the nonce for good. Jobs still `sent` by this one go back to `signed`. */
  recordReplaced(key: TransactionKey, reason: JobFailure): Promise<TransactionRecord>;
  /** Given up with its nonce free again. Jobs still `sent` by this one go back to `signed`. */
  recordCancelled(key: TransactionKey, reason: JobFailure): Promise<TransactionRecord>;
  /**
   * Forgets ended transactions of an account but the `keep` highest nonces; what they cost stays, by the hour, for
   * `SPENT_HOURS_KEPT`.
   * @returns how many it forgot
   */
  prune(account: Address, keep: number): Promise<number>;
  /** What forgotten transactions of an account cost, by the hour, oldest first. */
  spentHours(account: Address): Promise<readonly SpentHour[]>;
}

// --------------------------------------------------------------------------------------------------- signings

/** What a node is about to sign for one context: at most one output digest, ever (N4). */
export interface Signing {
  readonly chainId: number;
  /** The `ClusterExecutions` contract. */
  readonly contract: Address;
  readonly execution: bigint;
  readonly task: number;
  readonly contextHash: Hex;
  readonly outputDigest: Hex;
  /** Block time of the execution's creation, unix seconds. @default it counts as of before a gap in the node's memory */
  readonly createdAt?: bigint;
}

/**
 * What a gap in the node's memory (a restored backup, a database made anew) forbids for one execution: nothing;
 * whatever is not on record already; or everything. It holds until the execution has ended.
 */
export type SigningBarrier = "none" | "unrecorded" | "everything";

/**
 * The record that keeps a node from equivocating. It is the last thing before the signer, and the only one that a
 * damaged database does not take with it.
 */
export interface SigningJournal {
  /**
   * Records the digest in one flushed step, or finds the same one there. Only after it has answered may the signer
   * be asked.
   *
   * @throws SIGNING_CONFLICT (not retryable; details: recorded, outputDigest) when another digest is there;
   * SIGNING_BARRED when an earlier life may have signed for the execution what this one does not know.
   */
  checkAndRecordSigning(signing: Signing): Promise<void>;
  /** What may be signed for an execution. */
  barrierOf(execution: Pick<Signing, "execution" | "createdAt">): Promise<SigningBarrier>;
  /** The digest on record for a context; undefined when nothing was signed for it. */
  digestOf(signing: Omit<Signing, "outputDigest">): Promise<Hex | undefined>;
}

// ----------------------------------------------------------------------------------------------------- limits

/** An output up to this size is logged on chain, so it is small enough to stand in its job's record. Bytes. */
export const OUTPUT_INLINE_BYTES_MAX = 8_192;
/** More attempts than any sensible configuration, so that a record stays small. */
export const JOB_FAILURES_MAX = 16;
/** Enough for a sentence and a program's last line; the rest of it is in the log. Characters. */
export const FAILURE_MESSAGE_CHARS_MAX = 500;
/** The first, three bumps, a cancel and three bumps of that one. */
export const TRANSACTION_ATTEMPTS_MAX = 8;
/** A day, and the hour that was begun when it began. Hours. */
export const SPENT_HOURS_KEPT = 25;
/** Ended transactions that are read at once: those that the journal keeps, and those that wait to be forgotten. */
export const ENDED_TRANSACTIONS_READ_MAX = 1_200;
/** Nodes take a replacement only for a clear raise; 15 % passes the rule of every common client. Percent. */
export const REPLACEMENT_FEE_PERCENT_MIN = 115n;
/** 32 completions of 8 KiB with signatures, as hex, with room to spare; larger bytes are no settlement. Characters. */
export const TRANSACTION_RAW_CHARS_MAX = 1_048_576;
