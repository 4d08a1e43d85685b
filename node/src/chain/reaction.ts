import type { PleiadError } from "@pleiad/sdk/errors";
import { ContractError } from "@pleiad/sdk/errors/contractError";
import type { SkipReason } from "@pleiad/sdk/types/states";

/**
 * What to do about a call that would revert. `done`: what it wanted is so already, or can never be: forget it.
 * `later`: the same call may succeed later. `alert`: it should not have come to this; somebody has to look.
 */
export type Reaction = "done" | "later" | "alert";

/** Custom errors of the calls that a daemon makes. All others are a matter for a person. */
const REACTIONS: Readonly<Record<string, Reaction>> = {
  // The execution is not there (yet): the endpoint lags, or a reorganisation removed it and may bring it back.
  ExecutionUnknown: "later",
  ExecutionHasEnded: "done",
  ExecutionDeadlinePassed: "done",
  ExecutionNotExpired: "later",
  TaskAlreadyCompleted: "done",
  TaskNotReady: "later",
  // Another output was accepted upstream: these bytes will never do; the work layer answers anew.
  CompletionContextStale: "done",
  CompletionTooEarly: "later",
  CompletionOutputInvalid: "alert",
  CompletionNotEligible: "alert",
  CompletionTipTooHigh: "alert",
  BatchSizeOutOfRange: "alert",
  CompletionQuorumNeeded: "alert",
  FailureAlreadyReported: "done",
  ExecutionNotCancellable: "later",
  ExecutionNotYours: "alert",
  ExecutionIsRunning: "later",
  CallbackUnknown: "done",
  CallbackFoldMismatch: "alert",
  CallbackResponseInvalid: "alert",
  CallbackGasTooLow: "alert",
  // Somebody else brought the proof.
  EquivocationKnown: "done",
  // A bond may come later.
  EquivocationNothingBonded: "later",
  EquivocationContextsDiffer: "alert",
  EquivocationOutputsSame: "alert",
  EquivocationSignerWrong: "alert",
  EquivocationKeyRetired: "alert",
  CreditEmpty: "done",
  CreditNotYours: "alert",
  CreditTransferFailed: "alert",
};

/** The same for a batch of which nothing would be accepted; the reason is its first item's. */
const SKIP_REACTIONS: Readonly<Record<SkipReason, Reaction>> = {
  None: "alert",
  ExecutionUnknown: "later",
  ExecutionEnded: "done",
  DeadlinePassed: "done",
  TaskUnknown: "alert",
  TaskCompleted: "done",
  TaskNotReady: "later",
  ContextStale: "done",
  OutputInvalid: "alert",
  NotEligible: "alert",
  TooEarly: "later",
  SignatureInvalid: "alert",
  TipTooHigh: "alert",
  // Whoever made the batch put too few together: others may follow.
  QuorumMissing: "later",
  QuorumNeeded: "alert",
  QuorumOwnerTwice: "alert",
};

/**
 * What to do about a revert.
 *
 * @param error What `decodeRevert` made of it.
 */
export function reactionTo(error: PleiadError): Reaction {
  if (!(error instanceof ContractError)) return "alert";
  if (error.errorName === "BatchNothingAccepted") {
    const reason = String(error.args.reason);
    return Object.hasOwn(SKIP_REACTIONS, reason) ? SKIP_REACTIONS[reason as SkipReason] : "alert";
  }
  return REACTIONS[error.errorName] ?? "alert";
}
