// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {World} from "./World.sol";

/// @title Model
/// @notice The protocol once more, in the plainest words: what the contracts hold is compared with it.
/// @dev It takes nothing from `ClusterExecutions`; owners it reads from the registries' `ownerOf`.
abstract contract Model is World {
    struct ServingRecord {
        /// Place plus 1; 0 for a node that never served.
        uint256 placePlusOne;
        uint256 joinedAt;
        uint256 leftAt;
        bool active;
    }

    struct VersionRecord {
        uint256[] modelOf;
        uint256[] priceWei;
        uint256[] nodeShareBps;
        /// Masks.
        uint256[] dependsOn;
        uint256 feeWei;
        uint256 windowSeconds;
        uint256 pathLength;
        bytes32 digest;
    }

    struct ExecutionRecord {
        uint256 cluster;
        uint256 version;
        address requester;
        uint256 createdAt;
        uint256 deadline;
        uint256 readyAt;
        uint256 completedTasks;
        bool ownerMayAnswer;
        IClusterExecutions.ExecutionState state;
        bytes32 inputDigest;
        bytes32[] outputDigests;
        uint256 fundedWei;
        uint256 paidWei;
        uint256 refundedWei;
        uint256 feePaidWei;
    }

    /// @notice What an answer comes to.
    struct Verdict {
        IClusterExecutions.SkipReason reason;
        IClusterExecutions.Role role;
        uint256 opensAt;
    }

    uint256[] internal clusterOfAgentRecord;
    mapping(uint256 cluster => uint256[] agents) internal membersRecord;
    mapping(uint256 cluster => VersionRecord[]) internal versionRecords;
    mapping(uint256 model => mapping(uint256 node => ServingRecord)) internal servingRecords;
    mapping(uint256 model => uint256[] joinedAt) internal placeRecords;
    mapping(uint256 model => uint256[] nodes) internal placeNodes;
    mapping(uint256 node => address key) internal keyRecords;
    /// @dev The first is no execution: ids count from 1.
    ExecutionRecord[] internal executionRecords;
    mapping(uint8 kind => mapping(uint256 id => uint256 amountWei)) internal creditRecords;
    /// @dev Everything ever paid in less everything paid out.
    uint256 internal heldWei;

    function _version(ExecutionRecord storage execution) internal view returns (VersionRecord storage) {
        return versionRecords[execution.cluster][execution.version - 1];
    }

    /// @dev keccak256(abi.encode(versionDigest, task, inputDigest, dependencyOutputDigests)).
    function _contextOf(uint256 id, uint256 task) internal view returns (bytes32) {
        ExecutionRecord storage execution = executionRecords[id];
        VersionRecord storage version = _version(execution);
        uint256 count;
        for (uint256 i; i < version.modelOf.length; ++i) {
            if ((version.dependsOn[task] >> i) & 1 == 1) ++count;
        }
        bytes32[] memory digests = new bytes32[](count);
        count = 0;
        for (uint256 i; i < version.modelOf.length; ++i) {
            if ((version.dependsOn[task] >> i) & 1 == 1) digests[count++] = execution.outputDigests[i];
        }
        return keccak256(abi.encode(version.digest, task, execution.inputDigest, digests));
    }

    /// @dev What becomes of a signed completion whose signature is `signer`'s.
    function _judge(IClusterExecutions.Completion memory completion, bytes memory output, address signer)
        internal
        view
        returns (Verdict memory verdict)
    {
        verdict.reason = _judgeContent(completion, output);
        if (verdict.reason != IClusterExecutions.SkipReason.None) return verdict;
        ExecutionRecord storage execution = executionRecords[completion.execution];
        uint256 model = _version(execution).modelOf[completion.task];
        if (completion.node != 0) {
            if (signer == address(0) || signer != keyRecords[completion.node]) {
                verdict.reason = IClusterExecutions.SkipReason.SignatureInvalid;
                return verdict;
            }
        } else if (signer == _ownerOf(address(models), model)) {
            verdict.role = IClusterExecutions.Role.ModelOwner;
        } else if (signer == _ownerOf(address(clusters), execution.cluster)) {
            verdict.role = IClusterExecutions.Role.ClusterOwner;
        } else {
            verdict.reason = IClusterExecutions.SkipReason.SignatureInvalid;
            return verdict;
        }
        bool eligible;
        (eligible, verdict.opensAt) = _window(completion.execution, completion.task, completion.node, verdict.role);
        if (!eligible) verdict.reason = IClusterExecutions.SkipReason.NotEligible;
        else if (block.timestamp < verdict.opensAt) verdict.reason = IClusterExecutions.SkipReason.TooEarly;
        else if (completion.tip > _share(execution, completion.task, verdict.role)) {
            verdict.reason = IClusterExecutions.SkipReason.TipTooHigh;
        }
    }

    function _judgeContent(IClusterExecutions.Completion memory completion, bytes memory output)
        internal
        view
        returns (IClusterExecutions.SkipReason)
    {
        if (completion.execution == 0 || completion.execution >= executionRecords.length) {
            return IClusterExecutions.SkipReason.ExecutionUnknown;
        }
        ExecutionRecord storage execution = executionRecords[completion.execution];
        if (execution.state != IClusterExecutions.ExecutionState.Running) {
            return IClusterExecutions.SkipReason.ExecutionEnded;
        }
        if (block.timestamp > execution.deadline) return IClusterExecutions.SkipReason.DeadlinePassed;
        VersionRecord storage version = _version(execution);
        if (completion.task >= version.modelOf.length) return IClusterExecutions.SkipReason.TaskUnknown;
        if ((execution.completedTasks >> completion.task) & 1 == 1) return IClusterExecutions.SkipReason.TaskCompleted;
        for (uint256 i; i < version.modelOf.length; ++i) {
            bool needed = (version.dependsOn[completion.task] >> i) & 1 == 1;
            if (needed && (execution.completedTasks >> i) & 1 == 0) return IClusterExecutions.SkipReason.TaskNotReady;
        }
        if (completion.contextHash != _contextOf(completion.execution, completion.task)) {
            return IClusterExecutions.SkipReason.ContextStale;
        }
        if (output.length == 0 || output.length > 8_192 || keccak256(output) != completion.outputDigest) {
            return IClusterExecutions.SkipReason.OutputInvalid;
        }
        return IClusterExecutions.SkipReason.None;
    }

    function _share(ExecutionRecord storage execution, uint256 task, IClusterExecutions.Role role)
        internal
        view
        returns (uint256)
    {
        VersionRecord storage version = _version(execution);
        if (role == IClusterExecutions.Role.ModelOwner) return version.priceWei[task];
        if (role == IClusterExecutions.Role.ClusterOwner) return 0;
        return version.priceWei[task] * version.nodeShareBps[task] / 10_000;
    }

    /// @dev Whether somebody may ever answer, and from when on.
    function _window(uint256 id, uint256 task, uint256 node, IClusterExecutions.Role role)
        internal
        view
        returns (bool eligible, uint256 opensAt)
    {
        ExecutionRecord storage execution = executionRecords[id];
        VersionRecord storage version = _version(execution);
        uint256 model = version.modelOf[task];
        uint256 places = _placesBefore(model, execution.createdAt);
        if (node != 0) {
            ServingRecord storage serving = servingRecords[model][node];
            eligible = serving.placePlusOne != 0 && serving.joinedAt < execution.createdAt
                && (serving.active || serving.leftAt >= execution.createdAt);
            if (!eligible) return (false, 0);
            uint256 first = uint256(keccak256(abi.encode(id, task))) % places;
            uint256 rank = (serving.placePlusOne - 1 + places - first) % places;
            return (true, execution.readyAt + rank * version.windowSeconds);
        }
        if (!_hasNode(model, execution.createdAt)) places = 0;
        if (role == IClusterExecutions.Role.ClusterOwner) {
            if (!execution.ownerMayAnswer) return (false, 0);
            ++places;
        }
        return (true, execution.readyAt + places * version.windowSeconds);
    }

    function _placesBefore(uint256 model, uint256 time) internal view returns (uint256 count) {
        uint256[] storage joinedAt = placeRecords[model];
        for (uint256 i; i < joinedAt.length; ++i) {
            if (joinedAt[i] < time) ++count;
        }
    }

    /// @dev Whether a node serves the model, or did when an execution was created at `time`.
    function _hasNode(uint256 model, uint256 time) internal view returns (bool) {
        uint256[] storage list = placeNodes[model];
        for (uint256 i; i < list.length; ++i) {
            ServingRecord storage serving = servingRecords[model][list[i]];
            if (serving.active || serving.leftAt >= time) return true;
        }
        return false;
    }

    /// @dev An answer was accepted; `sender` brought it.
    function _answer(IClusterExecutions.Completion memory completion, IClusterExecutions.Role role, address sender)
        internal
    {
        ExecutionRecord storage execution = executionRecords[completion.execution];
        VersionRecord storage version = _version(execution);
        uint256 task = completion.task;
        execution.completedTasks |= 1 << task;
        execution.readyAt = block.timestamp;
        execution.outputDigests[task] = completion.outputDigest;
        uint256 priceWei = version.priceWei[task];
        if (role == IClusterExecutions.Role.ClusterOwner) {
            _credit(IClusterExecutions.CreditKind.Account, uint160(execution.requester), priceWei);
            execution.refundedWei += priceWei;
        } else {
            uint256 shareWei = _share(execution, task, role);
            uint256 modelWei = priceWei - shareWei;
            if (role == IClusterExecutions.Role.Node) {
                _credit(IClusterExecutions.CreditKind.Node, completion.node, shareWei - completion.tip);
            } else {
                modelWei += shareWei - completion.tip;
            }
            _credit(IClusterExecutions.CreditKind.Model, version.modelOf[task], modelWei);
            _credit(IClusterExecutions.CreditKind.Account, uint160(sender), completion.tip);
            execution.paidWei += priceWei;
        }
        if (execution.completedTasks == (1 << version.modelOf.length) - 1) {
            execution.state = IClusterExecutions.ExecutionState.Succeeded;
            _credit(IClusterExecutions.CreditKind.Cluster, execution.cluster, version.feeWei);
            execution.feePaidWei = version.feeWei;
        }
    }

    /// @dev What is left of an execution's money.
    function _escrow(ExecutionRecord storage execution) internal view returns (uint256) {
        return execution.fundedWei - execution.paidWei - execution.refundedWei - execution.feePaidWei;
    }

    function _credit(IClusterExecutions.CreditKind kind, uint256 id, uint256 amountWei) internal {
        creditRecords[uint8(kind)][id] += amountWei;
    }
}
