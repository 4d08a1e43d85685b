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
        /// How many nodes must agree.
        uint256[] quorum;
        uint256 attempts;
        /// Zero is the chain's own.
        address currency;
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
        /// Who is to be told of the end; zero for nobody, and once it was told.
        address consumer;
        uint256 callbackGas;
        uint256 budgetWei;
    }

    /// @notice What an account may do with a token, during one tenure.
    struct DelegateRecord {
        uint8 roles;
        uint256 expiresAt;
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
    mapping(address currency => mapping(uint8 kind => mapping(uint256 id => uint256 amountWei))) internal creditRecords;
    /// @dev Everything ever paid in less everything paid out.
    mapping(address currency => uint256 amountWei) internal heldWei;
    /// @dev How often a token went to another owner: what its owner allowed others ends with it.
    mapping(address registry => mapping(uint256 token => uint256)) internal tenureRecords;
    /// @dev By registry, token, tenure and account.
    mapping(bytes32 place => DelegateRecord) internal delegateRecords;
    /// @dev Uses left of grants for a cluster: by cluster, tenure and account.
    mapping(bytes32 place => uint256 uses) internal grantRecords;
    mapping(uint256 cluster => bool) internal closedRecords;
    mapping(uint256 cluster => bool) internal restrictedRecords;
    mapping(uint256 cluster => mapping(uint256 version => bool)) internal stoppedRecords;
    /// @dev Bit i: the node at place i reported a failure.
    mapping(uint256 execution => mapping(uint256 task => uint256 places)) internal reportRecords;

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
        verdict.reason = _judgeContent(completion);
        if (verdict.reason != IClusterExecutions.SkipReason.None) return verdict;
        if (!_isOutput(completion, output)) {
            verdict.reason = IClusterExecutions.SkipReason.OutputInvalid;
            return verdict;
        }
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

    /// @dev All of it but the output, the signer and the time.
    function _judgeContent(IClusterExecutions.Completion memory completion)
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
        return IClusterExecutions.SkipReason.None;
    }

    function _isOutput(IClusterExecutions.Completion memory completion, bytes memory output)
        internal
        pure
        returns (bool)
    {
        return output.length != 0 && output.length <= 8_192 && keccak256(output) == completion.outputDigest;
    }

    function _share(ExecutionRecord storage execution, uint256 task, IClusterExecutions.Role role)
        internal
        view
        returns (uint256)
    {
        VersionRecord storage version = _version(execution);
        if (role == IClusterExecutions.Role.ModelOwner) return version.priceWei[task];
        if (role == IClusterExecutions.Role.ClusterOwner) return 0;
        return version.priceWei[task] * version.nodeShareBps[task] / (10_000 * version.quorum[task]);
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
            // The first nodes of a quorum come together, each further one a window later.
            uint256 quorum = version.quorum[task];
            rank = rank < quorum ? 0 : rank - quorum + 1;
            return (true, execution.readyAt + rank * version.windowSeconds);
        }
        places = _ownerPlaces(model, execution.createdAt);
        if (role == IClusterExecutions.Role.ClusterOwner) {
            if (!execution.ownerMayAnswer) return (false, 0);
            ++places;
        }
        return (true, execution.readyAt + places * version.windowSeconds);
    }

    /// @dev How many windows an owner waits for: none where every node had left before.
    function _ownerPlaces(uint256 model, uint256 time) internal view returns (uint256) {
        return _hasNode(model, time) ? _placesBefore(model, time) : 0;
    }

    /// @dev From when on a requester may cancel a running execution.
    function _cancellableFrom(ExecutionRecord storage execution) internal view returns (uint256) {
        VersionRecord storage version = _version(execution);
        uint256 most;
        for (uint256 task; task < version.modelOf.length; ++task) {
            if (!_isOpen(execution, task)) continue;
            uint256 places = _ownerPlaces(version.modelOf[task], execution.createdAt);
            uint256 quorum = version.quorum[task];
            if (places < quorum) return execution.readyAt;
            if (places > 8) places = 8;
            uint256 windows = places <= quorum ? 1 : places - quorum + 1;
            if (windows > most) most = windows;
        }
        return execution.readyAt + most * version.windowSeconds;
    }

    /// @dev Whether a task waits for an answer and for nothing else.
    function _isOpen(ExecutionRecord storage execution, uint256 task) internal view returns (bool) {
        VersionRecord storage version = _version(execution);
        if (task >= version.modelOf.length || (execution.completedTasks >> task) & 1 == 1) return false;
        return version.dependsOn[task] & ~execution.completedTasks == 0;
    }

    /// @dev Whether an account is a token's owner, or has one of the roles.
    function _acts(address registry, uint256 token, address account, uint8 role) internal view returns (bool) {
        if (account == _ownerOf(registry, token)) return true;
        DelegateRecord storage record = delegateRecords[_delegatePlace(registry, token, account)];
        return record.roles & role != 0 && (record.expiresAt == 0 || block.timestamp <= record.expiresAt);
    }

    function _delegatePlace(address registry, uint256 token, address account) internal view returns (bytes32) {
        return keccak256(abi.encode(registry, token, tenureRecords[registry][token], account));
    }

    function _grantPlace(uint256 cluster, address account) internal view returns (bytes32) {
        return keccak256(abi.encode(cluster, tenureRecords[address(clusters)][cluster], account));
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
            _credit(version.currency, IClusterExecutions.CreditKind.Account, uint160(execution.requester), priceWei);
            execution.refundedWei += priceWei;
        } else {
            uint256 shareWei = _share(execution, task, role);
            uint256 modelWei = priceWei - shareWei;
            if (role == IClusterExecutions.Role.Node) {
                _credit(
                    version.currency, IClusterExecutions.CreditKind.Node, completion.node, shareWei - completion.tip
                );
            } else {
                modelWei += shareWei - completion.tip;
            }
            _credit(version.currency, IClusterExecutions.CreditKind.Model, version.modelOf[task], modelWei);
            _credit(version.currency, IClusterExecutions.CreditKind.Account, uint160(sender), completion.tip);
            execution.paidWei += priceWei;
        }
        _succeedIfLast(execution, version);
    }

    /// @dev As many answers as a task needs were accepted together.
    function _answerTogether(IClusterExecutions.Completion[] memory members, address sender) internal {
        ExecutionRecord storage execution = executionRecords[members[0].execution];
        VersionRecord storage version = _version(execution);
        uint256 task = members[0].task;
        execution.completedTasks |= 1 << task;
        execution.readyAt = block.timestamp;
        execution.outputDigests[task] = members[0].outputDigest;
        uint256 priceWei = version.priceWei[task];
        uint256 shareWei = _share(execution, task, IClusterExecutions.Role.Node);
        for (uint256 i; i < members.length; ++i) {
            uint256 tip = members[i].tip;
            _credit(version.currency, IClusterExecutions.CreditKind.Node, members[i].node, shareWei - tip);
            _credit(version.currency, IClusterExecutions.CreditKind.Account, uint160(sender), tip);
        }
        uint256 restWei = priceWei - shareWei * members.length;
        _credit(version.currency, IClusterExecutions.CreditKind.Model, version.modelOf[task], restWei);
        execution.paidWei += priceWei;
        _succeedIfLast(execution, version);
    }

    function _succeedIfLast(ExecutionRecord storage execution, VersionRecord storage version) private {
        if (execution.completedTasks == (1 << version.modelOf.length) - 1) {
            execution.state = IClusterExecutions.ExecutionState.Succeeded;
            _credit(version.currency, IClusterExecutions.CreditKind.Cluster, execution.cluster, version.feeWei);
            execution.feePaidWei = version.feeWei;
        }
    }

    /// @dev What is left of an execution's money.
    function _escrow(ExecutionRecord storage execution) internal view returns (uint256) {
        return execution.fundedWei - execution.paidWei - execution.refundedWei - execution.feePaidWei;
    }

    function _credit(address currency, IClusterExecutions.CreditKind kind, uint256 id, uint256 amountWei) internal {
        creditRecords[currency][uint8(kind)][id] += amountWei;
    }
}
