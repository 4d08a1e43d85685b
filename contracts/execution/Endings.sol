// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";
import {VersionCode} from "../libraries/VersionCode.sol";
import {Windows} from "./Windows.sol";

/// @title Endings
/// @notice From Running to Failed, Cancelled and Expired: reports of failure, the requester's change of mind, the end of
/// time. Each gives the unspent escrow back.
/// @dev Liveness of the requester's money rests here and on nobody else's good will: `expire` is for anybody, needs no
/// registry to answer anything, and cannot be refused once the deadline is over. What was paid for accepted answers is
/// never taken back: they were delivered.
///
/// Ends exclude one another without a lock: each asks `_running` first and leaves another state behind, and none calls foreign
/// code. After the deadline `cancel` and `expire` are both open, and come to the same money.
abstract contract Endings is Windows {
    /// @dev The nodes whose windows a requester waits for before it may cancel: one that has paid for work waits for some
    /// workers, not for all 64 that a model may have.
    uint256 private constant CANCEL_NODES_MAX = 8;

    /// @dev Bit i: the node at place i of the model's list reported that it cannot answer. A list has 64 places.
    /// Kept after the end, for `failureReportsOf`: one slot for each task that was reported, paid by its first reporter.
    mapping(uint256 execution => mapping(uint256 task => uint256 places)) private _reports;

    /// @inheritdoc IClusterExecutions
    function reportFailure(uint256 execution, uint256 task, uint256 node, bytes32 reasonDigest) external {
        Run memory run = _running(execution);
        uint256 deadline = run.word.deadline();
        if (block.timestamp > deadline) revert ExecutionDeadlinePassed(execution, deadline);
        _checkOpen(run, task);
        (uint256 place, uint256 places) = _checkAdmitted(run, task, node);
        // By place, not by node: a node has one place in a list for ever, also if it leaves and comes back.
        // The reason behind `reasonDigest` is the node's own affair; no reason is checked, and none makes a report count for
        // more.
        uint256 mask = _reports[execution][task];
        if ((mask >> place) & 1 == 1) revert FailureAlreadyReported(execution, task, node);
        mask |= 1 << place;
        _reports[execution][task] = mask;
        uint256 reports = _countOf(mask);
        uint256 reportsMax = _reportsMax(run, task, places);
        emit FailureReported(execution, node, task, reasonDigest, reports, reportsMax);
        // After its event: who reads the log finds the last report before the end that it brought.
        if (reports >= reportsMax) _endUnspent(run, ExecutionState.Failed);
    }

    /// @inheritdoc IClusterExecutions
    function cancel(uint256 execution) external {
        // No deadline is asked: a run that nobody expired may be cancelled by its requester, too.
        Run memory run = _running(execution);
        // The whole address, not its 96 bits.
        if (_accountHolder(run.word.requesterRef()) != msg.sender) revert ExecutionNotYours(execution, msg.sender);
        uint256 opensAt = _cancellableAt(run);
        if (block.timestamp < opensAt) revert ExecutionNotCancellable(execution, opensAt);
        _endUnspent(run, ExecutionState.Cancelled);
    }

    /// @inheritdoc IClusterExecutions
    function expire(uint256 execution) external {
        // Strictly after the deadline, at which completions are accepted still: one block time never admits both.
        Run memory run = _running(execution);
        uint256 deadline = run.word.deadline();
        if (block.timestamp <= deadline) revert ExecutionNotExpired(execution, deadline);
        _endUnspent(run, ExecutionState.Expired);
    }

    /// @inheritdoc IClusterExecutions
    function cancellableAt(uint256 execution) external view returns (uint256) {
        return _cancellableAt(_running(execution));
    }

    /// @inheritdoc IClusterExecutions
    function failureReportsOf(uint256 execution, uint256 task) external view returns (uint256) {
        return _reports[execution][task];
    }

    /// @dev The task must wait for an answer and for nothing else: a report about one that cannot be answered yet would say
    /// nothing, and one about a task that was answered could fail a run that goes well.
    function _checkOpen(Run memory run, uint256 task) private pure {
        if (task >= run.taskCount) revert TaskUnknown(run.id, task);
        uint256 completed = run.word.completedTasks();
        if ((completed >> task) & 1 == 1) revert TaskAlreadyCompleted(run.id, task);
        uint256 missing = VersionCode.dependsOnAt(run.pins, task) & ~completed;
        if (missing != 0) revert TaskNotReady(run.id, task, missing);
    }

    /// @dev Only who could answer now may say that it cannot: else nodes that are not their turn's could fail a run before the
    /// ones whose turn it is have begun.
    function _checkAdmitted(Run memory run, uint256 task, uint256 node)
        private
        view
        returns (uint256 place, uint256 places)
    {
        bool eligible = _speaksForNode(node);
        uint256 opensAt;
        if (eligible) {
            (uint256 model,,,) = VersionCode.taskAt(run.pins, task);
            uint256 quorum = VersionCode.quorumAt(run.pins, task);
            (eligible, opensAt, place, places) = _nodeWindow(run, task, model, node, quorum);
            // A delegate or owner may report for its node as it may answer for it: a wallet whose key is lost is not held up.
        }
        if (!eligible) revert CompletionNotEligible(run.id, task, msg.sender);
        if (block.timestamp < opensAt) revert CompletionTooEarly(run.id, task, opensAt);
    }

    /// @dev So many reports fail the run: where a quorum of m is short of one node, it may still find another. Never more than
    /// there are places, or a run of few nodes could not fail before its deadline. Warning: whoever owns as many places as
    /// this fails every run of the model at will; the requester has its unspent money back, and has lost time.
    function _reportsMax(Run memory run, uint256 task, uint256 places) private pure returns (uint256 reportsMax) {
        // Cannot over- or underflow: 8 bits each, and both are at least 1.
        unchecked {
            reportsMax = VersionCode.attempts(run.pins) + VersionCode.quorumAt(run.pins, task) - 1;
        }
        if (reportsMax > places) reportsMax = places;
    }

    /// @dev The longest wait among the ready tasks: one that is at work on any of them is not cheated of its window. Loops over
    /// at most 32 tasks, each a call to the registry.
    /// The longest of all, not the shortest: the requester cannot take back the one task that is slow without all others with
    /// it.
    ///
    /// Warning: from then on an answer that is seen on its way can be read and the run cancelled before it is mined. Where a
    /// ready task's model has too few nodes that is so from the beginning: see `IClusterExecutions.cancel`.
    function _cancellableAt(Run memory run) private view returns (uint256 opensAt) {
        opensAt = run.word.readyAt();
        uint256 windows;
        for (uint256 task; task < run.taskCount; ++task) {
            if (!_isReady(run, task)) continue;
            (uint256 model,,,) = VersionCode.taskAt(run.pins, task);
            (, uint256 places) = _MODELS.ownerStandingOf(model, run.word.createdAt());
            uint256 quorum = VersionCode.quorumAt(run.pins, task);
            // Nobody can complete the task but an owner, and a quorum's task not even an owner.
            if (places < quorum) return opensAt;
            uint256 nodes = places < CANCEL_NODES_MAX ? places : CANCEL_NODES_MAX;
            // The first `quorum` nodes have the first window together, each further node one of its own.
            nodes = nodes > quorum ? nodes + 1 - quorum : 1;
            if (nodes > windows) windows = nodes;
        }
        // Cannot overflow: 64 windows of 32 bits.
        unchecked {
            return opensAt + windows * VersionCode.windowSeconds(run.pins);
        }
    }

    /// @dev How many bits are set.
    function _countOf(uint256 mask) private pure returns (uint256 count) {
        // Cannot overflow: at most 64 bits.
        unchecked {
            for (; mask != 0; mask &= mask - 1) ++count;
        }
    }
}
