// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "./IClusterExecutions.sol";

/// @title IExecutionErrors
/// @notice Every way in which `IClusterExecutions` refuses a call.
/// @dev Times are unix seconds, amounts units of the currency in question. Beside these, errors of the registries come
/// through as they are: whoever decodes reverts of `execute` and `withdraw` needs `IClusterRegistry`'s,
/// `IPermissionRegistry`'s and ERC-721's, too.
interface IExecutionErrors {
    /// @notice Thrown when the execution was never created.
    error ExecutionUnknown(uint256 execution);
    /// @notice Thrown when the execution has ended already.
    error ExecutionHasEnded(uint256 execution, IClusterExecutions.ExecutionState state);
    /// @notice Thrown when a completion comes after the deadline.
    error ExecutionDeadlinePassed(uint256 execution, uint256 deadline);
    /// @notice Thrown when `expire` comes before the deadline is over.
    error ExecutionNotExpired(uint256 execution, uint256 deadline);
    /// @notice Thrown when `execute` is sent another value than what the run costs in the chain's own currency: the
    /// quote of a version that is paid in it, and the callback's budget.
    error ExecutionValueMismatch(uint256 valueWei, uint256 quoteWei);
    /// @notice Thrown when the currency did not let `payer` pay: its balance or its allowance for this contract is too
    /// low, or the token refuses.
    error ExecutionPaymentFailed(address currency, address payer, uint256 quote);
    /// @notice Thrown when a payment brought another amount than the quote: the token takes a fee.
    error ExecutionCurrencyTookFee(address currency, uint256 received, uint256 quote);
    /// @notice Thrown when this contract holds less of a currency than it owes: the token shrank.
    error ExecutionCurrencyShort(address currency, uint256 balance, uint256 owed);
    /// @notice Thrown when this contract would owe more of one currency than it can count.
    error ExecutionCurrencyFull(address currency, uint256 owed, uint256 owedMax);
    /// @notice Thrown when the caller of `executeFor` is neither the requester nor the router, or the requester is zero.
    error ExecutionNotForCaller(address requester, address caller);
    /// @notice Thrown when a callback has no or too much gas, or gas or a budget without a consumer.
    error ExecutionCallbackInvalid(address consumer, uint256 callbackGas, uint256 callbackBudgetWei);
    /// @notice Thrown when the caller is not the execution's requester.
    error ExecutionNotYours(uint256 execution, address caller);
    /// @notice Thrown when `cancel` comes before `opensAt`, unix seconds.
    error ExecutionNotCancellable(uint256 execution, uint256 opensAt);
    /// @notice Thrown when `deliver` comes before the end.
    error ExecutionIsRunning(uint256 execution);
    /// @notice Thrown when a deadline is in the past, leaves less time than the windows of the longest path, or is too
    /// far away.
    error ExecutionDeadlineOutOfRange(uint256 deadline, uint256 deadlineMin, uint256 deadlineMax);
    /// @notice Thrown when there is neither an inline input nor a digest, or both.
    error ExecutionInputInvalid(uint256 length, bytes32 inputDigest);
    /// @notice Thrown when an inline input is longer than `lengthMax` bytes.
    error ExecutionInputTooLarge(uint256 length, uint256 lengthMax);
    /// @notice Thrown when a URI is longer than `lengthMax` bytes.
    error ExecutionURITooLong(uint256 length, uint256 lengthMax);
    /// @notice Thrown when another account has the requester's low 96 bits; see `docs/limits`.
    error ExecutionAccountTaken(address holder);
    /// @notice Thrown when the version has no such task.
    error TaskUnknown(uint256 execution, uint256 task);
    /// @notice Thrown when the task has been answered already.
    error TaskAlreadyCompleted(uint256 execution, uint256 task);
    /// @notice Thrown when tasks it depends on have not been answered; `missing` is their mask.
    error TaskNotReady(uint256 execution, uint256 task, uint256 missing);
    /// @notice Thrown when a completion is bound to something else than what was accepted.
    error CompletionContextStale(uint256 execution, uint256 task, bytes32 contextHash, bytes32 expected);
    /// @notice Thrown when an output is empty, too large, not what its digest says, or given by reference where the
    /// requester did not allow it.
    error CompletionOutputInvalid(uint256 execution, uint256 task, uint256 length);
    /// @notice Thrown when the submitter may never answer this task.
    error CompletionNotEligible(uint256 execution, uint256 task, address submitter);
    /// @notice Thrown when the submitter may answer only from `opensAt` on, unix seconds.
    error CompletionTooEarly(uint256 execution, uint256 task, uint256 opensAt);
    /// @notice Thrown when a task is answered by one, on which `quorum` nodes must agree in `submitCompletions`.
    error CompletionQuorumNeeded(uint256 execution, uint256 task, uint256 quorum);
    /// @notice Thrown when a tip is more than the signer's own share; a direct call has no tip.
    error CompletionTipTooHigh(uint256 tipWei, uint256 tipMaxWei);
    /// @notice Thrown when a batch has no or more than `countMax` items.
    error BatchSizeOutOfRange(uint256 count, uint256 countMax);
    /// @notice Thrown when not one item of a batch was accepted; `reason` is the first item's.
    error BatchNothingAccepted(IClusterExecutions.SkipReason reason);
    /// @notice Thrown when the node reported a failure of the task before.
    error FailureAlreadyReported(uint256 execution, uint256 task, uint256 node);
    /// @notice Thrown when no callback was asked for, or it was delivered already.
    error CallbackUnknown(uint256 execution);
    /// @notice Thrown when input and outputs are not what the run's digest was made of.
    error CallbackFoldMismatch(uint256 execution, bytes32 runDigest, bytes32 expected);
    /// @notice Thrown when a response is not what the last output's digest says, or empty where it must not be.
    error CallbackResponseInvalid(uint256 execution, bytes32 responseDigest, uint256 length);
    /// @notice Thrown when so little gas is left that the consumer would get less than it was promised.
    error CallbackGasTooLow(uint256 gasLeft, uint256 gasMin);
    /// @notice Thrown when the caller does not own the token whose credit it wants, nor is a delegate with the role
    /// withdraw, nor is the account.
    error CreditNotYours(IClusterExecutions.CreditKind kind, uint256 id, address caller);
    /// @notice Thrown when there is nothing to withdraw.
    error CreditEmpty(IClusterExecutions.CreditKind kind, uint256 id, address currency);
    /// @notice Thrown when a credit is to go to nobody, or to this contract.
    error CreditReceiverInvalid(address to);
    /// @notice Thrown when the receiver did not take the money, or the token did not move it.
    error CreditTransferFailed(address to, uint256 amountWei);
}
