import type { ContractErrorTable } from "../catalogEntry.ts";

/** Errors of `ClusterExecutions`. */
export const EXECUTION_ERRORS: ContractErrorTable = {
  ExecutionUnknown: {
    message: "execution {execution} does not exist",
    title: "The execution does not exist",
    cause: "No execution was ever created under this id.",
    whatToDo: "Check the id; executions count from 1.",
    retryable: false,
  },
  ExecutionHasEnded: {
    message: "execution {execution} has ended: {state}",
    title: "The execution has ended",
    cause: "An end is final: nothing is accepted after it.",
    whatToDo: "Nothing for this execution; execute the cluster again for another run.",
    retryable: false,
  },
  ExecutionDeadlinePassed: {
    message: "the deadline of execution {execution} was {deadline}",
    title: "The deadline has passed",
    cause: "Completions are accepted up to and at the deadline.",
    whatToDo: "Call expire, which gives the unspent escrow back; execute again with more time.",
    retryable: false,
  },
  ExecutionNotExpired: {
    message: "execution {execution} may run until {deadline}",
    title: "The deadline is not over",
    cause: "An execution can only be expired after its deadline.",
    whatToDo: "Wait until the deadline has passed.",
    retryable: true,
  },
  ExecutionValueMismatch: {
    message: "the call sends {valueWei}, the quote is {quoteWei}",
    title: "The value is not the quote",
    cause:
      "An execution is paid with exactly the version's quote, which never changes, and the callback's budget; for a version in an ERC-20 token the value is the budget alone.",
    whatToDo: "Send what quote answers for this cluster and version, and the budget if there is one.",
    retryable: false,
  },
  ExecutionPaymentFailed: {
    message: "{currency} did not let {payer} pay {quote}",
    title: "The payment failed",
    cause:
      "The payer's balance of the token or its allowance for ClusterExecutions is too low, or the token refuses.",
    whatToDo: "Get enough of the token, call approveCurrency with the quote's amount, then execute again.",
    retryable: false,
  },
  ExecutionCurrencyTookFee: {
    message: "of {quote} of {currency} only {received} arrived",
    title: "The token takes a fee",
    cause:
      "What arrives must be exactly the quote; a token that keeps a part of each transfer cannot pay executions.",
    whatToDo: "Ask the cluster's owner for a version in another currency.",
    retryable: false,
  },
  ExecutionCurrencyShort: {
    message: "ClusterExecutions holds {balance} of {currency} and owes {owed}",
    title: "The token has shrunk",
    cause: "The contract holds less of the token than it owes, so new executions in it are refused.",
    whatToDo: "Ask the cluster's owner for a version in another currency.",
    retryable: false,
  },
  ExecutionCurrencyFull: {
    message: "ClusterExecutions would owe {owed} of {currency}, the most is {owedMax}",
    title: "Too much of the token is owed",
    cause: "The books of one currency hold 128 bits; a token with so many units is hardly a currency.",
    whatToDo: "Ask the cluster's owner for a version in another currency.",
    retryable: false,
  },
  ExecutionNotForCaller: {
    message: "{caller} may not execute for {requester}",
    title: "The caller may not execute for somebody else",
    cause: "Only the router, which checks the requester's signature, and the requester itself may.",
    whatToDo: "Call execute, or send the requester's signed request through the router.",
    retryable: false,
  },
  ExecutionCallbackInvalid: {
    message:
      "a callback to {consumer} with {callbackGas} gas and a budget of {callbackBudgetWei} is not acceptable",
    title: "The callback is not acceptable",
    cause:
      "A callback has a consumer and 1 to 2,000,000 gas; without a consumer there is neither gas nor a budget.",
    whatToDo: "Give both a consumer and its gas, or leave the callback out.",
    retryable: false,
  },
  ExecutionNotYours: {
    message: "execution {execution} is not {caller}'s",
    title: "The execution belongs to somebody else",
    cause: "Only the requester cancels.",
    whatToDo: "Send the transaction from the account that requested the execution.",
    retryable: false,
  },
  ExecutionNotCancellable: {
    message: "execution {execution} can be cancelled from {opensAt} on",
    title: "The execution cannot be cancelled yet",
    cause: "The nodes of its ready tasks have their windows first, up to eight of each.",
    whatToDo: "Wait until then; a completion in between moves the time on.",
    retryable: true,
  },
  ExecutionIsRunning: {
    message: "execution {execution} is still running",
    title: "The execution has not ended",
    cause: "A callback tells of an end.",
    whatToDo: "Deliver it once the execution has ended.",
    retryable: true,
  },
  ExecutionDeadlineOutOfRange: {
    message: "the deadline {deadline} is not between {deadlineMin} and {deadlineMax}",
    title: "The deadline is out of range",
    cause:
      "A deadline leaves one window for each task on the longest path, and is at most 30 days away, counted in chain time.",
    whatToDo: "Choose a deadline within the range, or leave it out.",
    retryable: false,
  },
  ExecutionInputInvalid: {
    message: "an inline input of {length} bytes and the input digest {inputDigest} do not go together",
    title: "There is no input, or there are two",
    cause: "An execution has either an inline input or the digest of one that is elsewhere.",
    whatToDo: "Give a non-empty input, or an input digest with its URI, but not both.",
    retryable: false,
  },
  ExecutionInputTooLarge: {
    message: "the input has {length} bytes, the most inline is {lengthMax}",
    title: "The input is too large to be inline",
    cause: "An inline input stands in the log and has a limit.",
    whatToDo: "Put the input where the nodes can fetch it, and give its digest and URI.",
    retryable: false,
  },
  ExecutionURITooLong: {
    message: "the URI has {length} bytes, the most is {lengthMax}",
    title: "The URI is too long",
    cause: "A URI stands in the log and has a limit.",
    whatToDo: "Put the bytes somewhere with a shorter address.",
    retryable: false,
  },
  ExecutionAccountTaken: {
    message: "{holder} shares the low 96 bits of your address",
    title: "The account's short form is taken",
    cause:
      "Accounts are told apart by the low 96 bits of their addresses; another account has the same ones.",
    whatToDo: "Send the transaction from another account.",
    retryable: false,
  },
  TaskUnknown: {
    message: "execution {execution} has no task {task}",
    title: "The task does not exist",
    cause: "The execution's version has fewer tasks.",
    whatToDo: "Check the index; tasks count from 0.",
    retryable: false,
  },
  TaskAlreadyCompleted: {
    message: "task {task} of execution {execution} was answered already",
    title: "The task was answered already",
    cause: "Each task takes one completion, which never changes.",
    whatToDo: "Nothing: somebody else was admitted and came first, or this completion was mined before.",
    retryable: false,
  },
  TaskNotReady: {
    message: "task {task} of execution {execution} waits for {missing}",
    title: "The task is not ready",
    cause: "Tasks that it depends on have not been answered.",
    whatToDo: "Wait for them, or settle their completions in the same batch, before this one.",
    retryable: true,
  },
  CompletionContextStale: {
    message:
      "the completion of task {task} of execution {execution} is bound to {contextHash}, accepted would be {expected}",
    title: "The completion is bound to another context",
    cause:
      "A completion is bound to the version, the input and the outputs it depends on; another output was accepted.",
    whatToDo: "Answer the task again on the outputs that were accepted, and sign for the new context hash.",
    retryable: false,
  },
  CompletionOutputInvalid: {
    message: "the output of {length} bytes for task {task} of execution {execution} is not acceptable",
    title: "The output is not acceptable",
    cause:
      "An output has 1 to 8,192 bytes and the digest that the completion names; by digest and URI it counts only where the requester allowed that.",
    whatToDo: "Check size and digest; give a URI only if the execution takes outputs by reference.",
    retryable: false,
  },
  CompletionNotEligible: {
    message: "{submitter} may not answer task {task} of execution {execution}",
    title: "The submitter may not answer this task",
    cause:
      "A task is answered by an active node that served its model before the execution began, by the model's owner, or, if the requester allowed it, by the cluster's owner.",
    whatToDo: "Send it from the node's key, its owner or its submit delegate, in the role that fits.",
    retryable: false,
  },
  CompletionTooEarly: {
    message: "task {task} of execution {execution} opens to this submitter at {opensAt}",
    title: "The submitter's window is not open",
    cause:
      "Nodes take turns: each window admits one more of them, then the model's owner, then the cluster's.",
    whatToDo: "Send it again when the window has opened, if nobody else has answered by then.",
    retryable: true,
  },
  CompletionQuorumNeeded: {
    message: "on task {task} of execution {execution} {quorum} nodes must agree",
    title: "The task needs a quorum",
    cause:
      "So many nodes of different owners must answer it alike, in one batch; no direct call and no owner may.",
    whatToDo: "Sign the completion and settle it with submitCompletions, next to the others.",
    retryable: false,
  },
  FailureAlreadyReported: {
    message: "node {node} reported task {task} of execution {execution} before",
    title: "The failure was reported before",
    cause: "A node reports a task once.",
    whatToDo: "Nothing: the report counts.",
    retryable: false,
  },
  CallbackUnknown: {
    message: "execution {execution} has no callback to deliver",
    title: "There is no callback",
    cause: "None was asked for, or somebody delivered it before.",
    whatToDo: "Nothing.",
    retryable: false,
  },
  CallbackFoldMismatch: {
    message: "input and outputs of execution {execution} fold to {runDigest}, not to {expected}",
    title: "Input and outputs are not the run's",
    cause: "What is delivered must be what the run's digest was made of.",
    whatToDo: "Take the digests from the execution's log, zero for a task that nobody answered.",
    retryable: false,
  },
  CallbackResponseInvalid: {
    message: "{length} bytes are not the response {responseDigest} of execution {execution}",
    title: "The response is not the last output",
    cause:
      "The bytes must hash to the last output's digest. They may be missing only where the run did not succeed, or its requester allowed outputs by reference.",
    whatToDo: "Take the response from the execution's log.",
    retryable: false,
  },
  CallbackGasTooLow: {
    message: "{gasLeft} gas is left, {gasMin} is needed",
    title: "Too little gas for the consumer",
    cause: "The consumer gets exactly the gas that was asked for, or nobody calls it.",
    whatToDo: "Send the transaction with more gas.",
    retryable: true,
  },
  CreditReceiverInvalid: {
    message: "a credit cannot be paid to {to}",
    title: "The receiver cannot be paid",
    cause: "The zero address and ClusterExecutions itself are nobody's accounts.",
    whatToDo: "Name an account of yours.",
    retryable: false,
  },
  CompletionTipTooHigh: {
    message: "a tip of {tipWei} is more than {tipMaxWei}",
    title: "The tip is too high",
    cause: "A tip comes out of the signer's own share; a direct call has none.",
    whatToDo: "Sign with a lower tip; for a direct call with a tip of 0.",
    retryable: false,
  },
  BatchSizeOutOfRange: {
    message: "a batch of {count} completions is not 1 to {countMax}",
    title: "The batch is empty or too large",
    cause: "A batch has at least one and a bounded number of completions.",
    whatToDo: "Split the batch.",
    retryable: false,
  },
  BatchNothingAccepted: {
    message: "no completion of the batch was accepted; the first: {reason}",
    title: "Nothing of the batch was accepted",
    cause: "Every item would have been skipped, most often since somebody else had settled them before.",
    whatToDo: "Read the executions' states; send again what is still open.",
    retryable: false,
  },
  CreditNotYours: {
    message: "the credit of {kind} {id} does not belong to {caller}",
    title: "The credit belongs to somebody else",
    cause:
      "A credit is taken by the owner of the node, model or cluster, by its delegate with the role withdraw, or by the account itself.",
    whatToDo: "Send the transaction from the account that owns it, or ask its owner to name a delegate.",
    retryable: false,
  },
  CreditEmpty: {
    message: "{kind} {id} has no credit in {currency}",
    title: "There is nothing to withdraw",
    cause: "Nothing was earned or refunded in this currency since the last withdrawal.",
    whatToDo: "Nothing; earnings in another currency are withdrawn by naming it.",
    retryable: false,
  },
  CreditTransferFailed: {
    message: "{to} did not take {amountWei}",
    title: "The receiver did not take the money",
    cause: "The receiver is a contract that refuses plain transfers, or the currency's token does not move.",
    whatToDo: "Withdraw to an account that takes money.",
    retryable: false,
  },
};
