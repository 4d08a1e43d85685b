import type { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Address, Hex } from "viem";
import type { FollowedBlock } from "./agreement.ts";
import type { Clock } from "./clock.ts";
import type { CanonicalChain } from "./followerTypes.ts";
import type {
  CarriedCompletion,
  JobFailure,
  TransactionInclusion,
  TransactionJournal,
  TransactionRecord,
} from "./journal.ts";
import type { Rpc } from "./rpc.ts";
import type { Signer } from "./signer.ts";
import type { SpendingFile } from "./spendingMemory.ts";

/** Transactions that are on their way at once. More would only queue up behind the first that is stuck (N1). */
export const IN_FLIGHT_MAX = 4;
/** Requests that wait for their turn: an hour of them on a slow chain. */
export const SUBMISSIONS_WAITING_MAX = 256;
/** Replacements with higher fees, after which the nonce is used up by a cancel; and again so many of that one. */
export const RAISES_MAX = 3;
/** How long a transaction may wait to be mined before it is raised. Milliseconds. */
export const RAISE_AFTER_MS_DEFAULT = 30_000;
/** And so many blocks must have come without it: raising helps nothing while the chain stands still. */
export const RAISE_AFTER_BLOCKS_DEFAULT = 2;
/** How often what is on its way is looked after, blocks or no blocks. Milliseconds. */
export const SUBMITTER_TICK_MS = 1_000;
/** How often the endpoint is asked whether it still has a transaction that is not mined. Milliseconds. */
export const LOOK_INTERVAL_MS = 3_000;
/** How often a nonce must be found used, and none of our transactions mined, before it counts as somebody else's. */
export const FOREIGN_LOOKS_MAX = 3;
/** How long one of two endpoints must have been alone to answer before its word makes a transaction final. Milliseconds. */
export const FINAL_ALONE_MS = 120_000;
/** How often endpoints may refuse the same bytes for good before they are given up. */
export const REFUSALS_MAX = 3;
/** Gas limit over the estimate: what is settled between estimate and block changes what a batch costs. Percent. */
export const GAS_LIMIT_PERCENT = 130n;
/** What a plain transfer costs (yellow paper): what a cancel needs at least. Gas. */
export const CANCEL_GAS_LIMIT = 21_000n;
/** A balance below so many times the cost of the transaction at hand is worth a warning. */
export const BALANCE_WARNING_FACTOR = 10n;
/** Ended transactions that the journal keeps. */
export const ENDED_TRANSACTIONS_KEPT = 1_000;
/** Ended transactions between two prunings of the journal. */
export const PRUNE_INTERVAL_TRANSACTIONS = 100;

/** A transaction to be sent. The daemon's move no value: what they cost is their gas. */
export interface SubmissionRequest {
  readonly to: Address;
  readonly data: Hex;
  /** What it is for, in one word, for logs. */
  readonly purpose: string;
  /** The completions it carries: their jobs follow it in the journal. @default none */
  readonly completions?: readonly CarriedCompletion[];
  /** When `submit` answers: once it is in a canonical block, or once that block is final. @default "final" */
  readonly until?: "mined" | "final";
}

/**
 * What came of a request.
 *
 * | outcome | meaning |
 * |---|---|
 * | `accepted` | mined, and it succeeded |
 * | `reverted` | mined, and it reverted: somebody else was faster |
 * | `moot` | never sent: what it wanted is so already, or can never be |
 * | `givenUp` | its nonce was used up by a cancel, or belongs to another transaction |
 */
export type SubmissionResult =
  | {
      readonly outcome: "accepted" | "reverted";
      readonly nonce: number;
      readonly inclusion: TransactionInclusion;
    }
  | { readonly outcome: "moot"; readonly reason: PleiadError }
  | { readonly outcome: "givenUp"; readonly nonce: number; readonly reason: JobFailure };

export interface SubmitterStatus {
  readonly account: Address;
  readonly state: "starting" | "running" | "stopped";
  /** Transactions that were signed and are not mined. */
  readonly inFlight: number;
  /** Requests that wait for their turn. */
  readonly waiting: number;
  /** As of the last transaction that was prepared, in wei. */
  readonly balanceWei: bigint | undefined;
  /** What transactions begun in the last day of the chain cost, or may cost at most, in wei. */
  readonly spentWei: bigint;
  /** What they may cost together, in wei; undefined where there is no limit. */
  readonly spendingLimitWei: bigint | undefined;
  /** What keeps transactions from being mined now: no money, fees above the ceiling, the day's limit, a refusing endpoint. */
  readonly alert: PleiadError | undefined;
}

/** The only one who sends transactions of its account. */
export interface Submitter {
  /**
   * Takes up what the journal says was on its way, before anything new is sent. The follower has begun.
   *
   * @throws PleiadError NONCE_FOREIGN; what is retryable is retried until `stop`
   */
  start(): Promise<void>;
  /** Ends; what is on its way is taken up at the next start. */
  stop(): Promise<void>;
  /**
   * Simulates, signs, journals and sends a transaction, after those that were submitted before.
   *
   * @throws PleiadError SUBMISSION_NOT_YET (retryable), SUBMISSION_REFUSED, INSUFFICIENT_FUNDS (retryable),
   * FEE_ABOVE_CEILING (retryable), SPENDING_LIMIT_REACHED (retryable), SUBMITTER_BUSY (retryable): nothing was sent; NONCE_FOREIGN, SUBMITTER_STOPPED:
   * the journal knows; SIGNER_MISMATCH; the errors of `Rpc` (nothing was sent), of the signer and of the journal
   */
  submit(request: SubmissionRequest): Promise<SubmissionResult>;
  /** Hears each change of a transaction's record, own or taken up. The answer ends it. */
  onChange(listener: (record: TransactionRecord) => void): () => void;
  status(): SubmitterStatus;
  /** Resolves when it was stopped; rejects with what stopped it. Whoever starts a submitter awaits this. */
  readonly ended: Promise<void>;
}

export interface SubmitterOptions {
  readonly chainId: number;
  /** No attempt offers more per gas, in gwei. */
  readonly feeGweiMax: number;
  /** Priority fee of a first attempt, in gwei. @default 1 */
  readonly priorityFeeGwei?: number;
  /**
   * Most that transactions begun within a day of the chain may cost together, in wei. Cancels are counted and never
   * refused. @default none
   */
  readonly spendingLimitWei?: bigint | undefined;
  /** How much of that may go into transactions without completions, in percent. @default OTHER_PERCENT_DEFAULT */
  readonly otherPercentMax?: number | undefined;
  /** Blocks on top with which a block is final; the follower's. */
  readonly finalDepth: number;
  /** @default RAISE_AFTER_MS_DEFAULT */
  readonly raiseAfterMs?: number;
  /** @default RAISE_AFTER_BLOCKS_DEFAULT */
  readonly raiseAfterBlocks?: number;
  /**
   * What to do, at the start, about transactions of the account that this daemon did not make. `adopt` is an
   * operator's word that nobody else uses the account any more.
   * @default "stop"
   */
  readonly foreignNonces?: "stop" | "adopt";
}

export interface SubmitterModules {
  readonly rpc: Rpc;
  readonly signer: Signer;
  readonly journal: TransactionJournal;
  /** Where what was spent is kept beside the journal. @default nowhere */
  readonly spendingFile?: SpendingFile | undefined;
  readonly chain: CanonicalChain;
  /** Whether the node may act on a block that is `finalDepth` deep: what is mined in another one waits. @default always */
  readonly isSettled?: ((block: FollowedBlock) => boolean) | undefined;
  readonly logger: Logger;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** From 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number;
}
