// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {HandlerBooks} from "./HandlerBooks.sol";

/// @title CompletionMaker
/// @notice Completions as they come by: mostly of a task and by a node that may answer, now and then wrong in one thing; who sends
/// them; and what the model makes of one that was accepted.
abstract contract CompletionMaker is HandlerBooks {
    /// @dev An answer that is often right: to a task that is ready, by some node, bound to what was accepted.
    function _completion(uint256 seed)
        internal
        view
        returns (IClusterExecutions.Completion memory completion, bytes memory output)
    {
        uint256 id = _bound(_draw(seed, 0), 1, executionRecords.length - 1);
        // Mostly one that runs: look on from a random one.
        for (uint256 i; i < executionRecords.length - 1; ++i) {
            uint256 next = 1 + (id + i) % (executionRecords.length - 1);
            if (executionRecords[next].state == IClusterExecutions.ExecutionState.Running) {
                id = next;
                break;
            }
        }
        ExecutionRecord storage execution = executionRecords[id];
        VersionRecord storage version = _version(execution);
        uint256 task = _draw(seed, 1) % version.modelOf.length;
        if (_draw(seed, 2) % 8 != 0) {
            while (task != 0 && version.dependsOn[task] & ~execution.completedTasks != 0) --task;
            while (task + 1 < version.modelOf.length && (execution.completedTasks >> task) & 1 == 1) ++task;
        }
        output = abi.encode(seed);
        completion = IClusterExecutions.Completion({
            execution: id,
            task: uint16(task),
            contextHash: _contextOf(id, task),
            outputDigest: keccak256(output),
            evidenceDigest: bytes32(seed),
            node: _bound(_draw(seed, 3), 1, nodes.nodeCount()),
            tip: 0
        });
        if (_draw(seed, 4) % 4 != 0) completion.node = _openNode(id, task, completion.node);
    }

    /// @dev The first node from the `from`-th on, in a ring, that may answer now; if none may, that one.
    function _openNode(uint256 id, uint256 task, uint256 from) private view returns (uint256) {
        uint256 count = nodes.nodeCount();
        from %= count;
        for (uint256 i; i < count; ++i) {
            uint256 node = 1 + (from + i) % count;
            (bool eligible, uint256 opensAt) = _window(id, task, node, IClusterExecutions.Role.Node);
            if (eligible && block.timestamp >= opensAt && keyRecords[node] != address(0)) return node;
        }
        return 1 + from;
    }

    /// @dev A signed item, and whom its signature recovers to: nobody where it is for another domain.
    function _item(uint256 seed)
        internal
        view
        returns (IClusterExecutions.SignedCompletion memory item, address signer)
    {
        (item.completion, item.output) = _completion(seed);
        IClusterExecutions.Completion memory completion = item.completion;
        signer = VM.addr(_nodeKeys[completion.node]);
        if (_draw(seed, 60) % 4 == 0) completion.tip = _draw(seed, 61) % 0.4 ether;
        uint256 twist = _draw(seed, 62) % 24;
        if (twist == 0) completion.contextHash = bytes32(seed);
        if (twist == 1) item.output = "other bytes";
        if (twist == 2) completion.tip = type(uint256).max;
        if (twist == 3) completion.execution = executionRecords.length;
        if (twist == 4) completion.task = 77;
        if (twist == 5) signer = _actors[_draw(seed, 63) % ACTORS];
        if (twist >= 6 && twist < 9) {
            completion.node = 0;
            signer = _ownerOf(address(models), _modelOfTask(completion));
        }
        if (twist >= 9 && twist < 12) {
            completion.node = 0;
            completion.tip = 0;
            signer = _ownerOf(address(clusters), executionRecords[completion.execution].cluster);
        }
        bytes32 hash = _completionHash(completion);
        if (twist == 12) hash = _typed(_domain("Pleiad ClusterExecutions", 1, address(executions)), _structHash(completion));
        if (twist == 13) hash = _typed(_domain("Pleiad ClusterExecutions", block.chainid, address(nodes)), _structHash(completion));
        uint256 privateKey = _keyOfSigner[signer];
        item.signature = seed % 2 == 0 ? _sign64(privateKey, hash) : _sign65(privateKey, hash);
        if (twist == 12 || twist == 13) signer = address(0);
        if (twist == 14) {
            completion.evidenceDigest = ~completion.evidenceDigest;
            signer = address(0);
        }
    }

    /// @dev Another node's agreement to an item, sometimes with a fault.
    function _second(IClusterExecutions.SignedCompletion memory item, uint256 seed, uint256 step)
        internal
        view
        returns (IClusterExecutions.SignedCompletion memory other, address signer)
    {
        IClusterExecutions.Completion memory completion = item.completion;
        other.completion = IClusterExecutions.Completion({
            execution: completion.execution,
            task: completion.task,
            contextHash: completion.contextHash,
            outputDigest: completion.outputDigest,
            evidenceDigest: bytes32(seed),
            node: _openNode(completion.execution, completion.task, completion.node + step),
            tip: _draw(seed, 1) % 3 == 0 ? _draw(seed, 2) % 0.2 ether : 0
        });
        if (_draw(seed, 3) % 2 == 0) other.output = item.output;
        signer = VM.addr(_nodeKeys[other.completion.node]);
        uint256 twist = _draw(seed, 4) % 24;
        if (twist == 0) other.output = "other bytes";
        if (twist == 1) other.completion.node = completion.node;
        if (twist == 2) other.completion.outputDigest = keccak256("other bytes");
        if (twist == 3) other.completion.node = 0;
        if (twist == 4) other.completion.tip = type(uint256).max;
        uint256 privateKey = _keyOfSigner[signer];
        other.signature = _sign64(privateKey, _completionHash(other.completion));
    }

    function _modelOfTask(IClusterExecutions.Completion memory completion) internal view returns (uint256) {
        return _version(executionRecords[completion.execution]).modelOf[completion.task];
    }

    /// @dev Mostly whoever may send it directly, else anybody.
    function _senderFor(IClusterExecutions.Completion memory completion, IClusterExecutions.Role role, uint256 seed)
        internal
        view
        returns (address)
    {
        if (seed % 5 == 0) return _actors[_draw(seed, 0) % ACTORS];
        (address registry, uint256 token) = (address(nodes), completion.node);
        if (role == IClusterExecutions.Role.ModelOwner) (registry, token) = (address(models), _modelOfTask(completion));
        if (role == IClusterExecutions.Role.ClusterOwner) {
            (registry, token) = (address(clusters), executionRecords[completion.execution].cluster);
        }
        if (seed % 5 < 3) return _delegateOf(registry, token, 2);
        bool byKey = role == IClusterExecutions.Role.Node && seed % 2 == 0;
        return byKey ? VM.addr(_nodeKeys[completion.node]) : _ownerOf(registry, token);
    }

    function _accepted(
        IClusterExecutions.Completion memory completion,
        bytes memory output,
        IClusterExecutions.Role role,
        address sender
    ) internal {
        _answer(completion, role, sender);
        ++acceptances[completion.execution][completion.task];
        if (role == IClusterExecutions.Role.Node) ++_tally.nodeAnswers;
        if (role == IClusterExecutions.Role.ModelOwner) ++_tally.modelOwnerAnswers;
        if (role == IClusterExecutions.Role.ClusterOwner) ++_tally.clusterOwnerAnswers;
        if (completion.tip != 0) ++_tally.tips;
        _noteAnswer(completion, output);
    }
}
