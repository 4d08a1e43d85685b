// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ECDSA} from "solady/src/utils/ECDSA.sol";
import {EIP712} from "solady/src/utils/EIP712.sol";
import {LibRLP} from "solady/src/utils/LibRLP.sol";
import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";
import {IClusterRegistry} from "../interfaces/IClusterRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {ExecutionWord, ExecutionWords} from "../libraries/ExecutionWord.sol";
import {OwnerSignature} from "../libraries/OwnerSignature.sol";
import {VersionCode} from "../libraries/VersionCode.sol";
import {Credits} from "./Credits.sol";

/// @title ClusterExecutions
/// @notice See `IClusterExecutions`.
/// @dev A call loads an execution into memory (`Run`), accepts completions there, and stores what came of it once:
/// a run that is settled whole in one call never writes a digest that the end would erase.
/// No call here reaches code that somebody else chose but the gas-capped static ERC-1271 question and `withdraw`'s
/// transfer, which comes last.
contract ClusterExecutions is IClusterExecutions, Credits, EIP712 {
    /// @dev Two slots for as long as the chain lives.
    struct Execution {
        /// While it runs the input's digest, once ended the run's.
        bytes32 digest;
        ExecutionWord word;
    }

    /// @dev An execution in memory while completions are accepted.
    struct Run {
        uint256 id;
        bytes32 digest;
        ExecutionWord word;
        bytes pins;
        bytes32 versionDigest;
        uint256 taskCount;
        /// Digests of tasks completed in this call, or read from storage in it; zero where not read yet.
        bytes32[] digests;
        /// Bit i: task i was completed in this call.
        uint256 fresh;
    }

    /// @dev Who answers, and for what share.
    struct Answer {
        Role role;
        uint256 node;
        uint256 model;
        uint256 priceWei;
        /// What the signer earns, and so what a tip is bounded by: a node its share, a model's owner the whole price,
        /// a cluster's owner nothing.
        uint256 shareWei;
        uint256 tipWei;
    }

    /// @dev The log keeps an output for 8 gas a byte; above this a digest and a URI are the better choice.
    uint256 private constant OUTPUT_BYTES_MAX = 8_192;
    uint256 private constant INPUT_BYTES_MAX = 8_192;
    uint256 private constant URI_BYTES_MAX = 256;
    /// @dev Longer runs are several runs; far below the 194 days that `durationSeconds` holds.
    uint256 private constant DURATION_SECONDS_MAX = 30 days;
    /// @dev 64 completions with small outputs stay below 4 million gas.
    uint256 private constant ITEMS_MAX = 64;
    uint256 private constant BPS = 10_000;

    bytes32 private constant COMPLETION_TYPEHASH = keccak256(
        "Completion(uint256 execution,uint16 task,bytes32 contextHash,bytes32 outputDigest,bytes32 evidenceDigest,uint256 node,uint256 tip)"
    );

    INodeRegistry private immutable _NODES;
    IModelRegistry private immutable _MODELS;
    IClusterRegistry private immutable _CLUSTERS;

    /// @dev The next id. Begins at 1, so that the first execution does not pay for a slot that all share.
    uint256 private _nextExecution = 1;
    mapping(uint256 execution => Execution) private _executions;
    mapping(uint256 execution => mapping(uint256 task => bytes32 digest)) private _outputDigests;

    constructor(INodeRegistry nodes, IModelRegistry models, IClusterRegistry clusters) {
        _NODES = nodes;
        _MODELS = models;
        _CLUSTERS = clusters;
    }

    /// @inheritdoc IClusterExecutions
    function execute(uint256 cluster, uint256 version, bytes calldata input, ExecuteParams calldata params)
        external
        payable
        returns (uint256 execution)
    {
        bytes32 inputDigest = _inputDigest(input, params);
        (uint32 pointer,) = _CLUSTERS.versionFor(cluster, version);
        bytes memory pins = VersionCode.load(_codeAddress(pointer));
        uint256 quoteWei = VersionCode.quoteWei(pins);
        if (msg.value != quoteWei) revert ExecutionValueMismatch(msg.value, quoteWei);
        _checkDeadline(pins, params.deadline);
        uint96 requesterRef = _openAccount(msg.sender);
        execution = _nextExecution++;
        _executions[execution] = Execution({
            digest: inputDigest,
            word: ExecutionWords.create(
                requesterRef, pointer, block.timestamp, params.deadline - block.timestamp, _options(params)
            )
        });
        emit ClusterExecutionCreated(
            execution,
            cluster,
            msg.sender,
            version,
            params.deadline,
            params.thread,
            params.ownerMayAnswer,
            params.outputsByReference,
            inputDigest,
            input,
            params.inputURI
        );
    }

    /// @inheritdoc IClusterExecutions
    function submitCompletionAsNode(Completion calldata completion, bytes calldata output) external {
        _submit(Role.Node, completion, output);
    }

    /// @inheritdoc IClusterExecutions
    function submitCompletionAsModelOwner(Completion calldata completion, bytes calldata output) external {
        _submit(Role.ModelOwner, completion, output);
    }

    /// @inheritdoc IClusterExecutions
    function submitCompletionAsClusterOwner(Completion calldata completion, bytes calldata output) external {
        _submit(Role.ClusterOwner, completion, output);
    }

    /// @inheritdoc IClusterExecutions
    function submitCompletions(SignedCompletion[] calldata items) external returns (uint256 accepted) {
        if (items.length == 0 || items.length > ITEMS_MAX) revert BatchSizeOutOfRange(items.length, ITEMS_MAX);
        Run memory run;
        SkipReason first;
        for (uint256 i; i < items.length; ++i) {
            SignedCompletion calldata item = items[i];
            if (i == 0 || item.completion.execution != run.id) {
                if (run.fresh != 0) _store(run);
                _load(run, item.completion.execution);
            }
            SkipReason reason = _trySigned(run, item);
            if (reason == SkipReason.None) {
                ++accepted;
            } else {
                if (i == 0) first = reason;
                emit CompletionSkipped(item.completion.execution, item.completion.task, reason);
            }
        }
        if (accepted == 0) revert BatchNothingAccepted(first);
        if (run.fresh != 0) _store(run);
    }

    /// @inheritdoc IClusterExecutions
    function expire(uint256 execution) external {
        Run memory run;
        _load(run, execution);
        _checkRunning(run);
        uint256 deadline = run.word.deadline();
        if (block.timestamp <= deadline) revert ExecutionNotExpired(execution, deadline);
        uint256 refundWei = _escrowWei(run);
        _creditRef(run.word.requesterRef(), refundWei);
        bytes32 runDigest = _end(run, ExecutionState.Expired);
        emit ClusterExecutionEnded(execution, ExecutionState.Expired, refundWei, runDigest);
    }

    /// @inheritdoc IClusterExecutions
    function withdraw(CreditKind kind, uint256 id) external returns (uint256 amountWei) {
        if (_holder(kind, id) != msg.sender) revert CreditNotYours(kind, id, msg.sender);
        amountWei = kind == CreditKind.Account ? _takeAccount(msg.sender) : _takeToken(kind, id);
        if (amountWei == 0) revert CreditEmpty(kind, id);
        emit CreditWithdrawn(kind, id, msg.sender, amountWei);
        _send(msg.sender, amountWei);
    }

    /// @inheritdoc IClusterExecutions
    function quote(uint256 cluster, uint256 version) external view returns (uint256 totalWei, address currency) {
        bytes memory pins = VersionCode.load(_codeAddress(_CLUSTERS.versionPointer(cluster, version)));
        return (VersionCode.quoteWei(pins), VersionCode.currency(pins));
    }

    /// @inheritdoc IClusterExecutions
    function executionOf(uint256 execution) external view returns (ExecutionView memory) {
        Run memory run = _known(execution);
        ExecutionWord word = run.word;
        return ExecutionView({
            state: word.state(),
            requester: _accountHolder(word.requesterRef()),
            cluster: VersionCode.cluster(run.pins),
            version: VersionCode.version(run.pins),
            versionDigest: run.versionDigest,
            createdAt: word.createdAt(),
            deadline: word.deadline(),
            readyAt: word.readyAt(),
            completedTasks: word.completedTasks(),
            ownerMayAnswer: word.has(ExecutionWords.OPTION_OWNER_MAY_ANSWER),
            outputsByReference: word.has(ExecutionWords.OPTION_OUTPUTS_BY_REFERENCE),
            digest: run.digest,
            escrowWei: word.isRunning() ? _escrowWei(run) : 0
        });
    }

    /// @inheritdoc IClusterExecutions
    function outputDigestOf(uint256 execution, uint256 task) external view returns (bytes32) {
        return _outputDigests[execution][task];
    }

    /// @inheritdoc IClusterExecutions
    function contextHashOf(uint256 execution, uint256 task) external view returns (bytes32) {
        Run memory run = _known(execution);
        _checkRunning(run);
        if (task >= run.taskCount) revert TaskUnknown(execution, task);
        uint256 dependsOn = VersionCode.dependsOnAt(run.pins, task);
        uint256 missing = dependsOn & ~run.word.completedTasks();
        if (missing != 0) revert TaskNotReady(execution, task, missing);
        return _contextHash(run, task, dependsOn);
    }

    /// @inheritdoc IClusterExecutions
    function windowOf(uint256 execution, uint256 task, uint256 node)
        external
        view
        returns (bool eligible, uint256 opensAt)
    {
        Run memory run = _known(execution);
        if (task >= run.taskCount) revert TaskUnknown(execution, task);
        (address key,) = _NODES.signersOf(node);
        (uint256 model,,,) = VersionCode.taskAt(run.pins, task);
        (eligible, opensAt) = _nodeWindow(run, task, model, node);
        eligible = eligible && key != address(0);
    }

    /// @inheritdoc IClusterExecutions
    function creditOf(CreditKind kind, uint256 id) external view returns (uint256) {
        if (kind != CreditKind.Account) return _tokenCredit(kind, id);
        return id >> 160 == 0 ? _accountCredit(address(uint160(id))) : 0;
    }

    /// @inheritdoc IClusterExecutions
    function executionCount() external view returns (uint256) {
        return _nextExecution - 1;
    }

    // ---------------------------------------------------------------------------------------------- submissions

    /// @dev A direct call: the sender answers for itself, and every refusal has its typed error.
    function _submit(Role role, Completion calldata completion, bytes calldata output) private {
        Run memory run;
        _load(run, completion.execution);
        SkipReason reason = _checkContent(run, completion, output);
        if (reason != SkipReason.None) _revertContent(run, completion, output.length, reason);
        if (completion.tip != 0) revert CompletionTipTooHigh(completion.tip, 0);
        Answer memory answer = _answerOf(run, completion, role);
        bool mayAnswer;
        if (role == Role.Node) {
            (address key, address owner) = _NODES.signersOf(completion.node);
            // A suspended node's owner waits for its key's proof, as its key does.
            mayAnswer = key != address(0) && (msg.sender == key || msg.sender == owner);
        } else if (completion.node == 0) {
            mayAnswer = msg.sender == _ownerFor(run, role, answer.model);
        }
        uint256 opensAt;
        if (mayAnswer) (mayAnswer, opensAt) = _window(run, completion.task, answer);
        if (!mayAnswer) revert CompletionNotEligible(completion.execution, completion.task, msg.sender);
        if (block.timestamp < opensAt) revert CompletionTooEarly(completion.execution, completion.task, opensAt);
        _accept(run, completion, answer, output);
        _store(run);
    }

    /// @dev One item of a batch: accepts it, or says why not.
    function _trySigned(Run memory run, SignedCompletion calldata item) private returns (SkipReason reason) {
        Completion calldata completion = item.completion;
        bytes calldata output = item.output;
        reason = _checkContent(run, completion, output);
        if (reason != SkipReason.None) return reason;
        Answer memory answer = _answerOf(run, completion, Role.Node);
        if (!_checkSigner(run, completion, item.signature, answer)) return SkipReason.SignatureInvalid;
        (bool eligible, uint256 opensAt) = _window(run, completion.task, answer);
        if (!eligible) return SkipReason.NotEligible;
        if (block.timestamp < opensAt) return SkipReason.TooEarly;
        if (answer.tipWei > answer.shareWei) return SkipReason.TipTooHigh;
        _accept(run, completion, answer, output);
    }

    /// @dev Everything but who answers and when.
    function _checkContent(Run memory run, Completion calldata completion, bytes calldata output)
        private
        view
        returns (SkipReason)
    {
        ExecutionWord word = run.word;
        if (!word.isRunning()) {
            return word.isNone() ? SkipReason.ExecutionUnknown : SkipReason.ExecutionEnded;
        }
        if (block.timestamp > word.deadline()) return SkipReason.DeadlinePassed;
        uint256 task = completion.task;
        if (task >= run.taskCount) return SkipReason.TaskUnknown;
        uint256 completed = word.completedTasks();
        if ((completed >> task) & 1 == 1) return SkipReason.TaskCompleted;
        uint256 dependsOn = VersionCode.dependsOnAt(run.pins, task);
        if (dependsOn & ~completed != 0) return SkipReason.TaskNotReady;
        if (completion.contextHash != _contextHash(run, task, dependsOn)) return SkipReason.ContextStale;
        if (!_isOutputValid(word, completion.outputDigest, output)) return SkipReason.OutputInvalid;
        return SkipReason.None;
    }

    /// @dev Whether `output` is the output itself, or a URI where the requester allowed one.
    function _isOutputValid(ExecutionWord word, bytes32 digest, bytes calldata output) private pure returns (bool) {
        if (output.length == 0 || output.length > OUTPUT_BYTES_MAX) return false;
        if (keccak256(output) == digest) return true;
        if (!word.has(ExecutionWords.OPTION_OUTPUTS_BY_REFERENCE) || digest == 0) return false;
        if (output.length < 7 || output.length > URI_BYTES_MAX) return false;
        return bytes7(output) == "pleiad:" || bytes6(output) == "https:";
    }

    /// @dev The typed error for what `_checkContent` found.
    function _revertContent(Run memory run, Completion calldata completion, uint256 length, SkipReason reason)
        private
        view
    {
        uint256 id = completion.execution;
        uint256 task = completion.task;
        if (reason == SkipReason.ExecutionUnknown) revert ExecutionUnknown(id);
        if (reason == SkipReason.ExecutionEnded) revert ExecutionHasEnded(id, run.word.state());
        if (reason == SkipReason.DeadlinePassed) revert ExecutionDeadlinePassed(id, run.word.deadline());
        if (reason == SkipReason.TaskUnknown) revert TaskUnknown(id, task);
        if (reason == SkipReason.TaskCompleted) revert TaskAlreadyCompleted(id, task);
        uint256 dependsOn = VersionCode.dependsOnAt(run.pins, task);
        if (reason == SkipReason.TaskNotReady) {
            revert TaskNotReady(id, task, dependsOn & ~run.word.completedTasks());
        }
        if (reason == SkipReason.ContextStale) {
            revert CompletionContextStale(id, task, completion.contextHash, _contextHash(run, task, dependsOn));
        }
        revert CompletionOutputInvalid(id, task, length);
    }

    function _answerOf(Run memory run, Completion calldata completion, Role role)
        private
        pure
        returns (Answer memory answer)
    {
        uint256 nodeShareBps;
        answer.node = completion.node;
        answer.tipWei = completion.tip;
        (answer.model, answer.priceWei, nodeShareBps,) = VersionCode.taskAt(run.pins, completion.task);
        _takeRole(answer, role);
        // Cannot overflow: 96 and 16 bits.
        unchecked {
            if (role == Role.Node) answer.shareWei = answer.priceWei * nodeShareBps / BPS;
        }
    }

    function _takeRole(Answer memory answer, Role role) private pure {
        answer.role = role;
        answer.shareWei = role == Role.ModelOwner ? answer.priceWei : 0;
    }

    /// @dev Checks the signature and sets the role in which its signer answers.
    function _checkSigner(
        Run memory run,
        Completion calldata completion,
        bytes calldata signature,
        Answer memory answer
    ) private view returns (bool) {
        bytes32 hash = _hashTypedData(_structHash(completion));
        address recovered = ECDSA.tryRecoverCalldata(hash, signature);
        if (completion.node != 0) {
            return recovered != address(0) && recovered == _NODES.activeKeyOf(completion.node);
        }
        _takeRole(answer, Role.ModelOwner);
        if (OwnerSignature.isBy(_ownerFor(run, Role.ModelOwner, answer.model), recovered, hash, signature)) return true;
        _takeRole(answer, Role.ClusterOwner);
        return OwnerSignature.isBy(_ownerFor(run, Role.ClusterOwner, answer.model), recovered, hash, signature);
    }

    /// @dev EIP-712's hashStruct. The struct's seven words stand in calldata as they are encoded; that `task` has no
    /// more than 16 bits was checked where it was read.
    function _structHash(Completion calldata completion) private pure returns (bytes32 hash) {
        bytes32 typeHash = COMPLETION_TYPEHASH;
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, typeHash)
            calldatacopy(add(at, 32), completion, 224)
            hash := keccak256(at, 256)
        }
    }

    /// @dev The owner of the task's model or of the cluster.
    function _ownerFor(Run memory run, Role role, uint256 model) private view returns (address) {
        return role == Role.ModelOwner
            ? IERC721(address(_MODELS)).ownerOf(model)
            : IERC721(address(_CLUSTERS)).ownerOf(VersionCode.cluster(run.pins));
    }

    /// @dev Whether an answer may ever come in its role, and from when on.
    function _window(Run memory run, uint256 task, Answer memory answer)
        private
        view
        returns (bool eligible, uint256 opensAt)
    {
        if (answer.node != 0) return _nodeWindow(run, task, answer.model, answer.node);
        (, uint256 places) = _MODELS.ownerStandingOf(answer.model, run.word.createdAt());
        if (answer.role == Role.ClusterOwner) {
            if (!run.word.has(ExecutionWords.OPTION_OWNER_MAY_ANSWER)) return (false, 0);
            ++places;
        }
        return (true, run.word.readyAt() + places * VersionCode.windowSeconds(run.pins));
    }

    /// @dev The rotation: the nodes that had joined before the execution was created take turns, beginning with one
    /// that execution and task choose; each turn adds the next node to those admitted.
    function _nodeWindow(Run memory run, uint256 task, uint256 model, uint256 node)
        private
        view
        returns (bool eligible, uint256 opensAt)
    {
        ExecutionWord word = run.word;
        (uint256 place, uint256 places) = _MODELS.standingOf(model, node, word.createdAt());
        if (places == 0) return (false, 0);
        // Cannot overflow: place < places <= 64, and a window has 32 bits.
        unchecked {
            uint256 start = uint256(_hashOf(run.id, task)) % places;
            uint256 rank = (place + places - start) % places;
            return (true, word.readyAt() + rank * VersionCode.windowSeconds(run.pins));
        }
    }

    /// @dev keccak256(abi.encode(a, b)), in the scratch space.
    function _hashOf(uint256 a, uint256 b) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore(0, a)
            mstore(32, b)
            hash := keccak256(0, 64)
        }
    }

    /// @dev Accepts a completion that passed every check: marks it, pays for it, tells it.
    function _accept(Run memory run, Completion calldata completion, Answer memory answer, bytes calldata output)
        private
    {
        uint256 task = completion.task;
        bytes32 outputDigest = completion.outputDigest;
        run.word = run.word.complete(task, block.timestamp);
        run.digests[task] = outputDigest;
        run.fresh |= 1 << task;
        _pay(run, answer);
        emit CompletionAccepted(
            run.id, answer.node, task, answer.role, outputDigest, completion.evidenceDigest, answer.tipWei, output
        );
    }

    /// @dev Credits a task's price. The signer's share less its tip, the tip, and the model's part are the price.
    function _pay(Run memory run, Answer memory answer) private {
        if (answer.node == 0 && answer.role == Role.ClusterOwner) {
            _creditRef(run.word.requesterRef(), answer.priceWei);
            return;
        }
        if (answer.tipWei != 0) {
            if (_creditAccount(msg.sender, answer.tipWei)) emit TipCredited(run.id, msg.sender, answer.tipWei);
            else answer.tipWei = 0;
        }
        // Cannot underflow: tip <= share <= price.
        unchecked {
            uint256 signerWei = answer.shareWei - answer.tipWei;
            uint256 modelWei = answer.priceWei - answer.shareWei;
            if (answer.node != 0) _creditToken(CreditKind.Node, answer.node, signerWei);
            else modelWei += signerWei;
            _creditToken(CreditKind.Model, answer.model, modelWei);
        }
    }

    // ------------------------------------------------------------------------------------------------ run states

    /// @dev Reads an execution into `run`; its state is None if there is none. The version that `run` holds already
    /// is not read again: a batch is mostly of one.
    function _load(Run memory run, uint256 id) private view {
        Execution storage execution = _executions[id];
        ExecutionWord word = execution.word;
        uint32 loaded = run.word.versionPointer();
        run.id = id;
        run.word = word;
        run.fresh = 0;
        if (word.isNone()) return;
        run.digest = execution.digest;
        // No version has number 0, which a new `run` and one of no execution have.
        if (word.versionPointer() != loaded) {
            address code = _codeAddress(word.versionPointer());
            run.pins = VersionCode.load(code);
            run.versionDigest = code.codehash;
            run.taskCount = VersionCode.taskCount(run.pins);
        }
        run.digests = new bytes32[](run.taskCount);
    }

    function _known(uint256 id) private view returns (Run memory run) {
        _load(run, id);
        if (run.word.isNone()) revert ExecutionUnknown(id);
    }

    function _checkRunning(Run memory run) private pure {
        if (run.word.isNone()) revert ExecutionUnknown(run.id);
        if (!run.word.isRunning()) revert ExecutionHasEnded(run.id, run.word.state());
    }

    /// @dev Stores what this call's completions came to: the end if they were the last, else their digests.
    function _store(Run memory run) private {
        uint256 completed = run.word.completedTasks();
        if (completed == (1 << run.taskCount) - 1) {
            _succeed(run);
            return;
        }
        _executions[run.id].word = run.word;
        uint256 fresh = run.fresh;
        uint256 count = run.taskCount;
        mapping(uint256 task => bytes32) storage outputDigests = _outputDigests[run.id];
        // Cannot overflow: at most 32 tasks.
        unchecked {
            for (uint256 task; task < count; ++task) {
                if ((fresh >> task) & 1 == 1) {
                    outputDigests[task] = run.digests[task];
                } else if ((completed >> task) & 1 == 0) {
                    uint256 dependsOn = VersionCode.dependsOnAt(run.pins, task);
                    // Ready now, and not before this call.
                    if (dependsOn & ~completed == 0 && dependsOn & fresh != 0) emit TaskReady(run.id, task);
                }
            }
        }
    }

    /// @dev Running to Succeeded. Every task's price was paid or went back as it was answered; the fee is left.
    function _succeed(Run memory run) private {
        uint256 cluster = VersionCode.cluster(run.pins);
        _creditToken(CreditKind.Cluster, cluster, VersionCode.feeWei(run.pins));
        bytes32 runDigest = _end(run, ExecutionState.Succeeded);
        emit ClusterResponse(run.id, cluster, VersionCode.version(run.pins), run.digests[run.taskCount - 1], runDigest);
    }

    /// @dev Folds all outputs into one digest, which takes the input digest's place, and erases them one by one.
    function _end(Run memory run, ExecutionState state) private returns (bytes32 runDigest) {
        uint256 stored = run.word.completedTasks() & ~run.fresh;
        // Cannot overflow: at most 32 tasks.
        unchecked {
            for (uint256 task; stored != 0; ++task) {
                if (stored & 1 == 1) {
                    _digestOf(run, task);
                    delete _outputDigests[run.id][task];
                }
                stored >>= 1;
            }
        }
        runDigest = keccak256(abi.encode(run.versionDigest, run.digest, run.digests));
        Execution storage execution = _executions[run.id];
        execution.digest = runDigest;
        execution.word = run.word.to(state);
    }

    /// @dev What is left in escrow: the prices of the tasks that nobody has answered, and the fee.
    function _escrowWei(Run memory run) private pure returns (uint256 escrowWei) {
        escrowWei = VersionCode.feeWei(run.pins);
        for (uint256 task; task < run.taskCount; ++task) {
            if ((run.word.completedTasks() >> task) & 1 == 0) escrowWei += VersionCode.priceAt(run.pins, task);
        }
    }

    /// @dev What a completion is bound to: see `IClusterExecutions.contextHashOf`. The tasks in `dependsOn` are completed.
    function _contextHash(Run memory run, uint256 task, uint256 dependsOn) private view returns (bytes32 hash) {
        bytes32 versionDigest = run.versionDigest;
        bytes32 inputDigest = run.digest;
        bytes32[] memory digests = run.digests;
        // Cannot overflow: at most 32 tasks.
        unchecked {
            for (uint256 i; dependsOn >> i != 0; ++i) {
                if ((dependsOn >> i) & 1 == 1) _digestOf(run, i);
            }
        }
        // abi.encode(versionDigest, task, inputDigest, dependencies) is written behind the free memory by hand, as the
        // dependencies stand apart from one another.
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, versionDigest)
            mstore(add(at, 32), task)
            mstore(add(at, 64), inputDigest)
            mstore(add(at, 96), 128)
            let list := add(at, 160)
            let end := list
            for { let from := add(digests, 32) } dependsOn { from := add(from, 32) } {
                if and(dependsOn, 1) {
                    mstore(end, mload(from))
                    end := add(end, 32)
                }
                dependsOn := shr(1, dependsOn)
            }
            mstore(add(at, 128), shr(5, sub(end, list)))
            hash := keccak256(at, sub(end, at))
        }
    }

    /// @dev Digest of a completed task's output, read from storage at most once in a call.
    function _digestOf(Run memory run, uint256 task) private view returns (bytes32 digest) {
        digest = run.digests[task];
        if (digest != 0) return digest;
        digest = _outputDigests[run.id][task];
        run.digests[task] = digest;
    }

    // -------------------------------------------------------------------------------------------------- requests

    function _options(ExecuteParams calldata params) private pure returns (uint256) {
        return (params.ownerMayAnswer ? ExecutionWords.OPTION_OWNER_MAY_ANSWER : 0)
            | (params.outputsByReference ? ExecutionWords.OPTION_OUTPUTS_BY_REFERENCE : 0);
    }

    function _inputDigest(bytes calldata input, ExecuteParams calldata params) private pure returns (bytes32) {
        uint256 uriLength = bytes(params.inputURI).length;
        if (uriLength > URI_BYTES_MAX) revert ExecutionURITooLong(uriLength, URI_BYTES_MAX);
        if (input.length > INPUT_BYTES_MAX) revert ExecutionInputTooLarge(input.length, INPUT_BYTES_MAX);
        if ((input.length == 0) == (params.inputDigest == 0)) {
            revert ExecutionInputInvalid(input.length, params.inputDigest);
        }
        return input.length == 0 ? params.inputDigest : keccak256(input);
    }

    /// @dev There must be time for one window of each task on the longest path.
    function _checkDeadline(bytes memory pins, uint256 deadline) private view {
        uint256 deadlineMin = block.timestamp + VersionCode.pathLength(pins) * VersionCode.windowSeconds(pins);
        uint256 deadlineMax = block.timestamp + DURATION_SECONDS_MAX;
        if (deadline < deadlineMin || deadline > deadlineMax) {
            revert ExecutionDeadlineOutOfRange(deadline, deadlineMin, deadlineMax);
        }
    }

    function _holder(CreditKind kind, uint256 id) private view returns (address) {
        // An account has one number: were high bits cut off, `CreditWithdrawn` could name the same credit in many ways.
        if (kind == CreditKind.Account) return id >> 160 == 0 ? address(uint160(id)) : address(0);
        if (kind == CreditKind.Node) return IERC721(address(_NODES)).ownerOf(id);
        return IERC721(kind == CreditKind.Model ? address(_MODELS) : address(_CLUSTERS)).ownerOf(id);
    }

    /// @dev The address of a version's code follows from the registry and the number of the code.
    function _codeAddress(uint32 pointer) private view returns (address) {
        return LibRLP.computeAddress(address(_CLUSTERS), pointer);
    }

    /// @dev Domain of completions.
    function _domainNameAndVersion() internal pure override returns (string memory name, string memory version) {
        return ("Pleiad ClusterExecutions", "1");
    }
}
