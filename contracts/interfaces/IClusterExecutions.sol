// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IExecutionErrors} from "./IExecutionErrors.sol";

/// @title IClusterExecutions
/// @notice Runs of published clusters: the money, the completions and the responses.
///
/// | from | to | who, when |
/// |---|---|---|
/// | – | Running | whom the cluster admits by `execute` (or the router in its name by `executeFor`), paying exactly the quote |
/// | Running | Running | whoever is admitted, by an accepted completion that is not the last, or a failure report below the limit |
/// | Running | Succeeded | whoever is admitted, by the last completion |
/// | Running | Failed | an admitted node by `reportFailure`, when the reports about one task reach their limit |
/// | Running | Cancelled | the requester by `cancel`, from `cancellableAt` on |
/// | Running | Expired | anybody by `expire`, once the time is past the deadline |
///
/// An end is final, and gives every unspent unit back to the requester's credit. `deliver` changes no state.
///
/// @dev Safety rests on: the registries that this contract was made with, which are as immutable as it is; on
/// keccak256, secp256k1, and on nobody finding two addresses that share their low 96 bits with a requester's. A run in
/// an ERC-20 currency rests on that token besides: one that lies, shrinks or stops takes from those who are paid in
/// it, and from nobody else. `executeFor` rests on the router for one thing: that the requester wants what it asks for.
/// It can take nobody's money: whoever calls pays.
/// Liveness rests on: admitted submitters for each task within the deadline; else `cancel` and `expire` give the
/// escrow back.
///
/// An integrator must not assume
///
/// - that a response is true: it is what the accepted keys signed, and of a quorum's task what that many keys of
///   different owners signed alike. That different owners are different people is not known;
/// - that a window belongs to a task: a run has one *ready* time, and every accepted completion renews the windows of **all**
///   ready tasks. Where tasks stand beside each other, answers to one keep the second node of another waiting;
/// - that a run that is paid for is safe from its requester: from `cancellableAt` on, whoever sees an answer on its way may
///   read it and cancel first. Where a ready task's model had too few nodes that is so from the beginning, so an owner that
///   answers for a model without nodes shows its answer before it is paid;
/// - that an event of this contract is final before its block is.
///
/// Amounts are in the smallest unit of the run's currency, also where a name says wei; times are unix seconds.
interface IClusterExecutions is IExecutionErrors {
    /// @notice Where an execution is. `None`: never created.
    enum ExecutionState {
        None,
        Running,
        Succeeded,
        Failed,
        Cancelled,
        Expired
    }

    /// @notice In which role a task was answered.
    enum Role {
        Node,
        ModelOwner,
        ClusterOwner
    }

    /// @notice To whom a credit belongs: to whoever owns that node, model or cluster, or to an account.
    enum CreditKind {
        Node,
        Model,
        Cluster,
        Account
    }

    /// @notice Why an item of a batch was not accepted.
    enum SkipReason {
        None,
        ExecutionUnknown,
        ExecutionEnded,
        DeadlinePassed,
        TaskUnknown,
        TaskCompleted,
        TaskNotReady,
        ContextStale,
        OutputInvalid,
        NotEligible,
        TooEarly,
        SignatureInvalid,
        TipTooHigh,
        QuorumNeeded,
        QuorumMissing,
        QuorumOwnerTwice
    }

    /// @notice The answer to one task, as it is signed (EIP-712; this type is final).
    struct Completion {
        uint256 execution;
        /// Index of the task in its version, from 0.
        uint16 task;
        /// What the answer is bound to: see `contextHashOf`.
        bytes32 contextHash;
        /// keccak256 of the output's bytes.
        bytes32 outputDigest;
        /// keccak256 of evidence that the signer keeps, or zero; in the event only.
        bytes32 evidenceDigest;
        /// The node that signs; 0 where the model's or the cluster's owner answers.
        uint256 node;
        /// What the signer gives from its own share to whoever sends the completion, in the execution's currency.
        uint256 tip;
    }

    /// @notice A completion with its output and signature, as anybody may send it.
    struct SignedCompletion {
        Completion completion;
        /// The output's bytes, 1 to 8,192, which hash to `outputDigest`; or, if the requester allowed outputs by reference, the
        /// seven bytes `pleiad:` (ask any peer for the digest). No other URI: none is signed, and whoever sends the item would
        /// choose it. Empty where an item before of the same quorum has it.
        bytes output;
        /// 64 (EIP-2098) or 65 bytes; anything that an ERC-1271 owner takes.
        bytes signature;
    }

    /// @notice What a requester chooses.
    struct ExecuteParams {
        /// Completions are accepted up to and at this time, unix seconds.
        uint40 deadline;
        /// The conversation this run belongs to, or zero.
        bytes32 thread;
        /// Whether the cluster's owner may answer in place of a silent model.
        bool ownerMayAnswer;
        /// Whether an output may be given as its digest alone, with a URI where its bytes may be had. Warning: by its submitter,
        /// which may leave the bytes out; of a signed completion by whoever sends it.
        bool outputsByReference;
        /// keccak256 of the input where it is not inline, else zero.
        bytes32 inputDigest;
        /// Where an input that is not inline may be had, at most 256 bytes, else empty.
        string inputURI;
        /// Who is told of the end (`IClusterConsumer`), or zero for nobody.
        address consumer;
        /// With exactly how much gas it is called, 1 to 2,000,000; 0 without a consumer.
        uint32 callbackGas;
        /// What whoever delivers the call earns, in the chain's own currency; 0 without a consumer.
        uint64 callbackBudgetWei;
    }

    /// @notice What is known of an execution.
    struct ExecutionView {
        ExecutionState state;
        address requester;
        uint256 cluster;
        uint256 version;
        bytes32 versionDigest;
        /// Unix seconds.
        uint256 createdAt;
        uint256 deadline;
        /// When its last completion was accepted, or it was created; windows count from here.
        uint256 readyAt;
        /// Bit i: task i is completed.
        uint256 completedTasks;
        bool ownerMayAnswer;
        bool outputsByReference;
        /// While it runs, the input's digest; once ended, the run's digest over version, input and all outputs.
        bytes32 digest;
        /// What is still in escrow for tasks and fee, in units of the currency.
        uint256 escrowWei;
        /// What the run is paid in; zero is the chain's own currency.
        address currency;
        /// What was asked for as a callback, until it is delivered; zeros for none.
        address consumer;
        uint32 callbackGas;
        uint64 callbackBudgetWei;
    }

    /// @notice An execution began. `input` is empty where the input is not inline.
    event ClusterExecutionCreated(
        uint256 indexed execution,
        uint256 indexed cluster,
        address indexed requester,
        uint256 version,
        uint256 deadline,
        bytes32 thread,
        bool ownerMayAnswer,
        bool outputsByReference,
        bytes32 inputDigest,
        bytes input,
        string inputURI
    );
    /// @notice A task was answered: by `node`, or by an owner (`node` 0). `output` holds the bytes themselves if they
    /// hash to `outputDigest`, else the URI where they may be had.
    event CompletionAccepted(
        uint256 indexed execution,
        uint256 indexed node,
        uint256 task,
        Role role,
        bytes32 outputDigest,
        bytes32 evidenceDigest,
        uint256 tipWei,
        bytes output
    );
    /// @notice `node` agreed to the answer of a quorum's task that was accepted last. Its tip, if there was one, stands in the
    /// `TipCredited` right before.
    event CompletionSeconded(
        uint256 indexed execution, uint256 indexed node, uint256 task, bytes32 evidenceDigest
    );
    /// @notice The completion that is accepted, or seconded, next came with a tip, credited to `to`, who sent it.
    /// @dev Whom a tip went to is not in `CompletionAccepted`, and a sender that is a contract is in no transaction.
    event TipCredited(uint256 indexed execution, address indexed to, uint256 amountWei);
    /// @notice All that the task depends on is there, and its window 0 began.
    event TaskReady(uint256 indexed execution, uint256 task);
    /// @notice An item of a batch was not accepted, and why.
    event CompletionSkipped(uint256 indexed execution, uint256 task, SkipReason reason);
    /// @notice The run succeeded. `responseDigest` is the digest of its last task's output, `runDigest` the digest over
    /// version, input and all outputs (`keccak256(abi.encode(versionDigest, inputDigest, outputDigests))`).
    event ClusterResponse(
        uint256 indexed execution,
        uint256 indexed cluster,
        uint256 version,
        bytes32 responseDigest,
        bytes32 runDigest
    );
    /// @notice The run ended in another way; `refundWei` went back to the requester's credit.
    event ClusterExecutionEnded(
        uint256 indexed execution, ExecutionState state, uint256 refundWei, bytes32 runDigest
    );
    /// @notice A node says that it cannot answer a task, for a reason that it keeps (`reasonDigest` is its keccak256, or
    /// zero). At `reportsMax` reports the run fails.
    event FailureReported(
        uint256 indexed execution,
        uint256 indexed node,
        uint256 task,
        bytes32 reasonDigest,
        uint256 reports,
        uint256 reportsMax
    );
    /// @notice `consumer` is to be told of the end, with `callbackGas` gas, by whoever wants `callbackBudgetWei` for it.
    event CallbackRequested(
        uint256 indexed execution, address indexed consumer, uint256 callbackGas, uint256 callbackBudgetWei
    );
    /// @notice The consumer was told, by `deliverer`, who earned the budget; `success` is false where the consumer
    /// reverted, ran out of its gas or has no code.
    event CallbackDelivered(uint256 indexed execution, address indexed deliverer, bool success);
    /// @notice A credit was paid out to `to`.
    event CreditWithdrawn(
        CreditKind indexed kind, uint256 indexed id, address indexed to, address currency, uint256 amountWei
    );

    /// @notice Begins a run of a published version, paying exactly its quote: the chain's own currency as the call's
    /// value, another by an allowance of the caller's for this contract. A callback's budget comes on top, as value.
    /// Where the cluster is restricted, anybody but its owner needs a grant, of which one use is taken. Nobody pays more than
    /// it sends: a version's quote never changes, and any other value is refused (`ExecutionValueMismatch`).
    /// Reverts also with `ClusterIsClosed`, `ClusterVersionStopped`, `ClusterVersionUnknown` and `GrantMissing`, of the
    /// registries that are asked.
    /// Of its own: `ExecutionInputTooLarge`, `ExecutionInputInvalid`, `ExecutionURITooLong`, `ExecutionDeadlineOutOfRange`,
    /// `ExecutionCallbackInvalid`, `ExecutionAccountTaken`; in an ERC-20 also `ExecutionPaymentFailed`,
    /// `ExecutionCurrencyTookFee`, `ExecutionCurrencyShort`, `ExecutionCurrencyFull`.
    /// Warning: an allowance for this contract is for `execute` by its holder alone; still give no more than the quote.
    /// @param input The input's bytes, at most 8,192, or empty where `params.inputDigest` names it. Public for ever.
    /// @return execution Ids count from 1.
    function execute(uint256 cluster, uint256 version, bytes calldata input, ExecuteParams calldata params)
        external
        payable
        returns (uint256 execution);

    /// @notice The same in the name of `requester`, who gets what comes back and may cancel; the caller pays. Only the
    /// router, which checks that the requester signed for it, and the requester itself.
    /// Anybody else gets `ExecutionNotForCaller`. A grant that is needed is the requester's; the money, and an allowance, the
    /// caller's.
    function executeFor(
        address requester,
        uint256 cluster,
        uint256 version,
        bytes calldata input,
        ExecuteParams calldata params
    ) external payable returns (uint256 execution);

    /// @notice Answers a task as a node: called by its node key, its owner or a delegate with the role submit, from its window
    /// on (`CompletionTooEarly`), until somebody else has (`TaskAlreadyCompleted`). Not for a quorum's task.
    /// `CompletionNotEligible` for a caller that may not speak for the node, or a node that has no place in the run; what else
    /// is asked of a completion is the same in all three roles: `ExecutionUnknown`, `ExecutionHasEnded`,
    /// `ExecutionDeadlinePassed`, `TaskUnknown`, `TaskNotReady`, `CompletionContextStale`, `CompletionOutputInvalid`,
    /// `CompletionQuorumNeeded`, `CompletionTipTooHigh`.
    /// @param completion Its `tip` must be 0: the sender answers for itself.
    /// @param output The bytes, 1 to 8,192, which hash to `outputDigest`; or, if the requester allowed it, where they may be
    /// had: a URI of at most 256 bytes that begins with `pleiad:` (ask any peer for the digest; nothing need follow) or `https:`.
    function submitCompletionAsNode(Completion calldata completion, bytes calldata output) external;

    /// @notice Answers a task as the owner of its model, or its delegate with the role submit: after the windows of all
    /// its nodes, at once if it has none. Not for a quorum's task.
    function submitCompletionAsModelOwner(Completion calldata completion, bytes calldata output) external;

    /// @notice Answers a task as the owner of the cluster, or its delegate with the role submit, if the requester allowed
    /// it: one window after the model's owner could have. Pays nobody; the price returns to the requester. Not for a
    /// quorum's task.
    function submitCompletionAsClusterOwner(Completion calldata completion, bytes calldata output) external;

    /// @notice Accepts any number (1 to 64) of signed completions of any executions, sent by anyone. Items of one
    /// execution stand together, in the order of their dependencies. What cannot be accepted is skipped; reverts only
    /// if nothing was accepted (`BatchNothingAccepted`), for a size out of range, and for bytes that do not decode. The signer
    /// is paid, never the sender, but for the tip. A transaction that succeeds says that at least one item was accepted, not
    /// which: read the events.
    ///
    /// A task with a quorum of m is completed by m items of nodes of m owners that stand together and say the same:
    /// execution, task, context and output. They share the node's part equally; what does not divide goes to the
    /// model. The first has the output; the others may leave it empty. It says that m keys agree, and nothing more.
    /// @return accepted How many items were.
    function submitCompletions(SignedCompletion[] calldata items) external returns (uint256 accepted);

    /// @notice Says that a node cannot answer a ready task: by its key, its owner or a delegate with the role submit, while
    /// the node is admitted, once. The run fails, and the unspent escrow goes back, when the reports reach
    /// min(places of the model's list, attempts + quorum - 1).
    /// `CompletionNotEligible`, `CompletionTooEarly`, `FailureAlreadyReported`, and for the run and the task as for a
    /// completion.
    /// @param reasonDigest keccak256 of a reason that the node keeps, or zero.
    function reportFailure(uint256 execution, uint256 task, uint256 node, bytes32 reasonDigest) external;

    /// @notice Ends the caller's running execution from `cancellableAt` on and gives the unspent escrow back. Only the
    /// requester (`ExecutionNotYours`). What was paid for accepted answers stays paid.
    /// Warning to whoever answers: a requester that may cancel can wait for an answer to come by and cancel before it is mined.
    /// Before `cancellableAt` it cannot: answer in your window, and let nodes serve a model whose answers are worth that.
    function cancel(uint256 execution) external;

    /// @notice Ends a running execution whose deadline is over and gives the unspent escrow back, as the requester's credit.
    /// Anyone may; nothing is paid for it. Nothing but the deadline (`ExecutionNotExpired`) and an earlier end
    /// (`ExecutionHasEnded`) refuses it.
    function expire(uint256 execution) external;

    /// @notice Tells the consumer of an ended execution, once; anyone may, and earns the callback's budget as a credit of
    /// its account. Needs enough gas for the consumer to get exactly what it was promised; whatever the consumer does
    /// with it, the call succeeds.
    /// Before the end (`ExecutionIsRunning`), without a callback or a second time (`CallbackUnknown`) it reverts.
    /// Also for digests that are not the run's (`CallbackFoldMismatch`), bytes that are not the last output's
    /// (`CallbackResponseInvalid`) and too little gas (`CallbackGasTooLow`).
    /// @param inputDigest The input's digest, as `ClusterExecutionCreated` has it.
    /// @param outputDigests Of all tasks; zero for one that nobody answered.
    /// @param response The last task's output, which is checked against its digest. May be empty where the run did not succeed,
    /// and where the requester allowed outputs by reference.
    function deliver(
        uint256 execution,
        bytes32 inputDigest,
        bytes32[] calldata outputDigests,
        bytes calldata response
    ) external;

    /// @notice Pays a whole credit out: to be called by the owner of the node, model or cluster, a delegate with the role
    /// withdraw, or the account itself (`CreditNotYours`). The books are done before the receiver is called.
    /// `CreditReceiverInvalid`, `CreditEmpty`, `CreditTransferFailed`; for a token that is not there ERC-721's own error.
    /// Warning: credits follow the token. Whoever sells a node, model or cluster sells what it has earned and not withdrawn,
    /// and whoever buys one may find that it was withdrawn a block before.
    /// @param id The token, or for an account its address as a number.
    /// @param currency Zero is the chain's own.
    /// @param to Who gets it: anybody but zero and this contract.
    /// @return amountWei What was paid.
    function withdraw(CreditKind kind, uint256 id, address currency, address to)
        external
        returns (uint256 amountWei);

    /// @notice What a run of a version costs, exactly. Reverts for an unknown cluster or version only.
    /// @return totalWei All prices and the fee.
    /// @return currency Zero is the chain's own.
    /// @return accepting Whether new executions are accepted now: neither the cluster nor the version is stopped.
    function quote(uint256 cluster, uint256 version)
        external
        view
        returns (uint256 totalWei, address currency, bool accepting);

    /// @notice What is known of an execution; reverts for an unknown one (`ExecutionUnknown`). Meant for readers outside, and
    /// for contracts that need the requester or the state: it reads a code and up to four slots.
    function executionOf(uint256 execution) external view returns (ExecutionView memory);

    /// @notice Digest of a completed task's output while the execution runs; zero otherwise (then the log has it).
    function outputDigestOf(uint256 execution, uint256 task) external view returns (bytes32);

    /// @notice What a completion of a ready task must be bound to:
    /// `keccak256(abi.encode(versionDigest, task, inputDigest, dependencyOutputDigests))`, the last in task order.
    function contextHashOf(uint256 execution, uint256 task) external view returns (bytes32);

    /// @notice From when on a node may answer a task, should nothing else be accepted before: any completion of the run, of
    /// whichever task, moves it. `eligible` is false for one that never may. Says nothing of whether the task is ready.
    function windowOf(uint256 execution, uint256 task, uint256 node)
        external
        view
        returns (bool eligible, uint256 opensAt);

    /// @notice From when on the requester may cancel a running execution, should nothing else happen before: when each
    /// ready task has had the windows of min(places, 8) nodes; at once, which is its creation or last completion, where
    /// a ready task's model had fewer nodes than must agree on it. Reverts unless it runs.
    function cancellableAt(uint256 execution) external view returns (uint256 opensAt);

    /// @notice Which places of its model's list reported a failure of a task: bit i, place i. Stays readable after the end.
    function failureReportsOf(uint256 execution, uint256 task) external view returns (uint256 places);

    /// @notice What `withdraw` would pay, in the currency's smallest unit; 0 for what does not exist.
    function creditOf(CreditKind kind, uint256 id, address currency) external view returns (uint256 amountWei);

    /// @notice How much of an ERC-20 currency is owed in all: the escrow of running executions and all credits.
    function owedOf(address currency) external view returns (uint256);

    /// @notice How many executions were ever created; the newest id.
    function executionCount() external view returns (uint256);
}
