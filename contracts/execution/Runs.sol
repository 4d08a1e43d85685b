// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {LibRLP} from "solady/src/utils/LibRLP.sol";
import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";
import {IClusterRegistry} from "../interfaces/IClusterRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IPermissionRegistry} from "../interfaces/IPermissionRegistry.sol";
import {ExecutionWord} from "../libraries/ExecutionWord.sol";
import {VersionCode} from "../libraries/VersionCode.sol";
import {Credits} from "./Credits.sol";

/// @title Runs
/// @notice An execution in storage, the same in memory, and the ways from one to the other.
/// @dev The life of an execution in slots: two are written by `execute` and never freed; one for each output that later tasks
/// may build on, freed at the end. Nothing else is kept: who answered, and what, is in the log.
///
/// A call loads an execution into memory (`Run`), changes it there, and stores what came of it once: a run that
/// is settled whole in one call never writes a digest that the end would erase. One function for each way out of
/// Running: `_succeed` for Succeeded, `_endUnspent` for the others.
///
/// Warning: while a `Run` is in memory, storage is behind it. Whoever changes one stores it before another is loaded
/// over it, and calls nothing foreign in between.
///
/// Trust: the version's code is read by its address and never compared with anything, as only the registry can have made it
/// there; the digests in storage are those that `_store` wrote; the rest is the word, whose fields nobody writes but
/// `ExecutionWords`.
abstract contract Runs is IClusterExecutions, Credits {
    /// @dev Two slots for as long as the chain lives.
    struct Execution {
        /// While it runs the input's digest, once ended the run's.
        /// Never zero for an execution that there is.
        bytes32 digest;
        ExecutionWord word;
    }

    /// @dev An execution in memory while completions are accepted.
    struct Run {
        uint256 id;
        bytes32 digest;
        ExecutionWord word;
        /// Header and tasks of the version, as `VersionCode.load` reads them.
        bytes pins;
        bytes32 versionDigest;
        uint256 taskCount;
        address currency;
        /// Digests of tasks completed in this call, or read from storage in it; zero where not read yet.
        bytes32[] digests;
        /// Bit i: task i was completed in this call.
        uint256 fresh;
        /// Credits of this call that are not written yet.
        Pending nodes;
        Pending models;
    }

    /// @dev Immutable, as the registries themselves are: nobody can put another in their place. Trusted wholly: what they
    /// answer is not checked again.
    INodeRegistry internal immutable _NODES;
    IModelRegistry internal immutable _MODELS;
    IClusterRegistry internal immutable _CLUSTERS;
    IPermissionRegistry internal immutable _PERMISSIONS;

    mapping(uint256 execution => Execution) internal _executions;
    /// @dev Outputs that tasks of a running execution may build on. Not written for what is settled together with the end.
    mapping(uint256 execution => mapping(uint256 task => bytes32 digest)) internal _outputDigests;

    constructor(
        INodeRegistry nodes,
        IModelRegistry models,
        IClusterRegistry clusters,
        IPermissionRegistry permissions
    ) {
        _NODES = nodes;
        _MODELS = models;
        _CLUSTERS = clusters;
        _PERMISSIONS = permissions;
    }

    /// @dev Reads an execution into `run`; its state is None if there is none. The version that `run` holds already
    /// is not read again: a batch is mostly of one.
    function _load(Run memory run, uint256 id) internal view {
        Execution storage execution = _executions[id];
        ExecutionWord word = execution.word;
        uint32 loaded = run.word.versionPointer();
        run.id = id;
        run.word = word;
        run.fresh = 0;
        // So what a batch completed before is stored, or was of another execution: `submitCompletions` stores it first.
        if (word.isNone()) return;
        run.digest = execution.digest;
        // No version has number 0, which a new `run` and one of no execution have. A code never changes, so what was read of
        // it in this call is still so.
        if (word.versionPointer() != loaded) {
            address code = _codeAddress(word.versionPointer());
            run.pins = VersionCode.load(code);
            run.versionDigest = code.codehash;
            run.taskCount = VersionCode.taskCount(run.pins);
            run.currency = VersionCode.currency(run.pins);
        }
        run.digests = new bytes32[](run.taskCount);
        // Anew for each: what was read of another execution must not be taken for this one's.
    }

    function _known(uint256 id) internal view returns (Run memory run) {
        // For the views and the ends; a batch uses `_load`, as one unknown item must not make the others fail.
        _load(run, id);
        if (run.word.isNone()) revert ExecutionUnknown(id);
    }

    function _running(uint256 id) internal view returns (Run memory run) {
        run = _known(id);
        if (!run.word.isRunning()) revert ExecutionHasEnded(id, run.word.state());
    }

    /// @dev Stores what this call's completions came to: the end if they were the last, else their digests. `TaskReady` is told
    /// once for each task, by the call that answered the last of what it depends on.
    /// The word is written whole: no other call can have changed it since it was read.
    function _store(Run memory run) internal {
        uint256 completed = run.word.completedTasks();
        // All of them: whichever came last, which need not be the last in order.
        // A version has 1 to 32 tasks, so the mask is neither empty nor too wide.
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

    /// @dev Running to Succeeded. The fee goes to whoever owns the cluster when it is withdrawn. Every task's price was paid or
    /// went back as it was answered; the fee is left, and with it the escrow is zero.
    function _succeed(Run memory run) private {
        uint256 cluster = VersionCode.cluster(run.pins);
        _creditToken(run.currency, CreditKind.Cluster, cluster, VersionCode.feeWei(run.pins));
        bytes32 runDigest = _end(run, ExecutionState.Succeeded);
        // After the credit, before the event; none of the three can fail.
        emit ClusterResponse(run.id, cluster, VersionCode.version(run.pins), run.digests[run.taskCount - 1], runDigest);
    }

    /// @dev Running to Failed, Cancelled or Expired: what is unspent goes back, as a credit. The fee with it: a cluster's owner
    /// earns from runs that succeed.
    /// To an account, not to an address: nothing is sent, so a requester that takes no money cannot keep its run from ending.
    function _endUnspent(Run memory run, ExecutionState state) internal {
        uint256 refundWei = _escrowWei(run);
        _creditRef(run.currency, run.word.requesterRef(), refundWei);
        bytes32 runDigest = _end(run, state);
        emit ClusterExecutionEnded(run.id, state, refundWei, runDigest);
    }

    /// @dev Folds all outputs into one digest, which takes the input digest's place, and erases them one by one: a part of
    /// their gas comes back, and the log proves every output against the fold. A task without an answer counts as zero in it.
    /// What was completed in this call was never stored, and is not erased (`stored` leaves it out).
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
        // As `ClusterResponse` documents it: anybody can compute it from the log, and prove one output by the others' digests.
        runDigest = keccak256(abi.encode(run.versionDigest, run.digest, run.digests));
        Execution storage execution = _executions[run.id];
        execution.digest = runDigest;
        execution.word = run.word.to(state);
    }

    /// @dev What is left in escrow: the prices of the tasks that nobody has answered, and the fee.
    function _escrowWei(Run memory run) internal pure returns (uint256 escrowWei) {
        // Not stored: it follows from what the version pinned and which tasks are completed, so it cannot drift.
        // Adds up to at most the quote, which `publish` keeps below 2^96.
        escrowWei = VersionCode.feeWei(run.pins);
        for (uint256 task; task < run.taskCount; ++task) {
            if ((run.word.completedTasks() >> task) & 1 == 0) escrowWei += VersionCode.priceAt(run.pins, task);
        }
    }

    /// @dev What a completion is bound to: see `IClusterExecutions.contextHashOf`. The tasks in `dependsOn` are completed.
    function _contextHash(Run memory run, uint256 task, uint256 dependsOn) internal view returns (bytes32 hash) {
        bytes32 versionDigest = run.versionDigest;
        bytes32 inputDigest = run.digest;
        // Of a running execution, for which alone this is asked: at the end the run's digest takes its place.
        bytes32[] memory digests = run.digests;
        // Cannot overflow: at most 32 tasks.
        unchecked {
            for (uint256 i; dependsOn >> i != 0; ++i) {
                if ((dependsOn >> i) & 1 == 1) _digestOf(run, i);
            }
        }
        // abi.encode(versionDigest, task, inputDigest, dependencies) is written behind the free memory by hand, as the
        // dependencies stand apart from one another.
        // 128 is where the list's length stands, counted from the first word, as ABI encoding has it for a dynamic member.
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

    /// @dev Digest of a completed task's output, read from storage at most once in a call. No output has the digest zero.
    function _digestOf(Run memory run, uint256 task) private view returns (bytes32 digest) {
        digest = run.digests[task];
        // Filled by `_mark` for what was completed in this call, and by this for what is read.
        if (digest != 0) return digest;
        digest = _outputDigests[run.id][task];
        run.digests[task] = digest;
    }

    /// @dev Whether a task waits for an answer and for nothing else.
    function _isReady(Run memory run, uint256 task) internal pure returns (bool) {
        uint256 completed = run.word.completedTasks();
        return (completed >> task) & 1 == 0 && VersionCode.dependsOnAt(run.pins, task) & ~completed == 0;
    }

    /// @dev The address of a version's code follows from the registry and the number of the code: CREATE's rule, the
    /// hash of the RLP of maker and nonce (EIP-161). 32 bits in the execution's slot name a code without a read.
    function _codeAddress(uint32 pointer) internal view returns (address) {
        return LibRLP.computeAddress(address(_CLUSTERS), pointer);
    }
}
