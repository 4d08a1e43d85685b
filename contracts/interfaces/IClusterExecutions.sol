// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title IClusterExecutions
/// @notice Runs of published clusters: the money, the completions and the responses.
///
/// | from | to | who, when |
/// |---|---|---|
/// | – | Running | anybody by `execute`, paying exactly the quote |
/// | Running | Running | whoever is admitted, by an accepted completion that is not the last |
/// | Running | Succeeded | whoever is admitted, by the last completion |
/// | Running | Expired | anybody by `expire`, once the time is past the deadline |
///
/// An end is final. (Failed and Cancelled have their numbers; nothing leads to them yet.)
///
/// @dev Safety rests on: the registries that this contract was made with, which are as immutable as it is; on
/// keccak256, secp256k1, and on nobody finding two addresses that share their low 96 bits with a requester's.
/// Liveness rests on: one admitted submitter for each task within the deadline; else `expire` gives the escrow back.
/// An integrator must not assume that a response is true: it is what the accepted keys signed.
interface IClusterExecutions {
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
        TipTooHigh
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
        /// What the signer gives from its own share to whoever sends the completion, in wei.
        uint256 tip;
    }

    /// @notice A completion with its output and signature, as anybody may send it.
    struct SignedCompletion {
        Completion completion;
        /// The output's bytes, 1 to 8,192, which hash to `outputDigest`; or, if the requester allowed it, where
        /// they may be had: a URI of at most 256 bytes that begins with `pleiad:` (ask any peer for the
        /// digest; nothing need follow) or `https:`.
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
        /// Whether an output may be given as digest and URI.
        bool outputsByReference;
        /// keccak256 of the input where it is not inline, else zero.
        bytes32 inputDigest;
        /// Where an input that is not inline may be had, at most 256 bytes, else empty.
        string inputURI;
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
        /// What is still in escrow, in wei.
        uint256 escrowWei;
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
    /// @notice A credit was paid out.
    event CreditWithdrawn(CreditKind indexed kind, uint256 indexed id, address indexed to, uint256 amountWei);

    /// @notice Thrown when the execution was never created.
    error ExecutionUnknown(uint256 execution);
    /// @notice Thrown when the execution has ended already.
    error ExecutionHasEnded(uint256 execution, ExecutionState state);
    /// @notice Thrown when a completion comes after the deadline.
    error ExecutionDeadlinePassed(uint256 execution, uint256 deadline);
    /// @notice Thrown when `expire` comes before the deadline is over.
    error ExecutionNotExpired(uint256 execution, uint256 deadline);
    /// @notice Thrown when another value than the quote is sent.
    error ExecutionValueMismatch(uint256 valueWei, uint256 quoteWei);
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
    /// @notice Thrown when a tip is more than the signer's own share; a direct call has no tip.
    error CompletionTipTooHigh(uint256 tipWei, uint256 tipMaxWei);
    /// @notice Thrown when a batch has no or more than `countMax` items.
    error BatchSizeOutOfRange(uint256 count, uint256 countMax);
    /// @notice Thrown when not one item of a batch was accepted; `reason` is the first item's.
    error BatchNothingAccepted(SkipReason reason);
    /// @notice Thrown when the caller does not own the token whose credit it wants.
    error CreditNotYours(CreditKind kind, uint256 id, address caller);
    /// @notice Thrown when there is nothing to withdraw.
    error CreditEmpty(CreditKind kind, uint256 id);
    /// @notice Thrown when the receiver did not take the money.
    error CreditTransferFailed(address to, uint256 amountWei);

    /// @notice Begins a run of a published version. Anyone may; pays exactly `quote(cluster, version)`.
    /// @param input The input's bytes, at most 8,192, or empty where `params.inputDigest` names it.
    /// @return execution Ids count from 1.
    function execute(uint256 cluster, uint256 version, bytes calldata input, ExecuteParams calldata params)
        external
        payable
        returns (uint256 execution);

    /// @notice Answers a task as a node: called by its node key or its owner, in its window.
    function submitCompletionAsNode(Completion calldata completion, bytes calldata output) external;

    /// @notice Answers a task as the owner of its model: after the windows of all its nodes, at once if it has none.
    function submitCompletionAsModelOwner(Completion calldata completion, bytes calldata output) external;

    /// @notice Answers a task as the owner of the cluster, if the requester allowed it: one window after the model's
    /// owner could have. Pays nobody; the price returns to the requester.
    function submitCompletionAsClusterOwner(Completion calldata completion, bytes calldata output) external;

    /// @notice Accepts any number (1 to 64) of signed completions of any executions, sent by anyone. Items of one
    /// execution stand together, in the order of their dependencies. What cannot be accepted is skipped; reverts only
    /// if nothing was accepted. The signer is paid, never the sender, but for the tip.
    /// @return accepted How many were.
    function submitCompletions(SignedCompletion[] calldata items) external returns (uint256 accepted);

    /// @notice Ends a running execution whose deadline is over and gives the unspent escrow back. Anyone may.
    function expire(uint256 execution) external;

    /// @notice Pays a credit out to its holder: the owner of the node, model or cluster, or the account itself.
    /// @param id The token, or for an account its address as a number.
    /// @return amountWei What was paid.
    function withdraw(CreditKind kind, uint256 id) external returns (uint256 amountWei);

    /// @notice What a run of a version costs, exactly. Reverts for an unknown cluster or version.
    function quote(uint256 cluster, uint256 version) external view returns (uint256 totalWei, address currency);

    /// @notice What is known of an execution; reverts for an unknown one.
    function executionOf(uint256 execution) external view returns (ExecutionView memory);

    /// @notice Digest of a completed task's output while the execution runs; zero otherwise (then the log has it).
    function outputDigestOf(uint256 execution, uint256 task) external view returns (bytes32);

    /// @notice What a completion of a ready task must be bound to:
    /// `keccak256(abi.encode(versionDigest, task, inputDigest, dependencyOutputDigests))`, the last in task order.
    function contextHashOf(uint256 execution, uint256 task) external view returns (bytes32);

    /// @notice From when on a node may answer a task, should nothing else be accepted before; `eligible` is false for
    /// one that never may.
    function windowOf(uint256 execution, uint256 task, uint256 node)
        external
        view
        returns (bool eligible, uint256 opensAt);

    /// @notice What `withdraw` would pay.
    function creditOf(CreditKind kind, uint256 id) external view returns (uint256 amountWei);

    /// @notice How many executions were ever created; the newest id.
    function executionCount() external view returns (uint256);
}
