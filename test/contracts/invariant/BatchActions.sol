// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {IExecutionErrors} from "../../../contracts/interfaces/IExecutionErrors.sol";
import {Vm} from "./Cheats.sol";
import {CompletionMaker} from "./CompletionMaker.sol";

/// @title BatchActions
/// @notice Batches of signed completions. What has to become of each item is judged first, one by one; then the batch is sent and its
/// log compared.
abstract contract BatchActions is CompletionMaker {
    /// @notice A batch while it is made.
    struct Batch {
        uint256 count;
        uint256 accepted;
        IClusterExecutions.SkipReason first;
        address sender;
    }

    /// @notice A quorum while it comes together.
    struct Gathered {
        IClusterExecutions.Completion[] members;
        address[3] owners;
        uint256 count;
        /// Empty while no item had it.
        bytes output;
    }

    /// @dev One to six signed items, good and bad, sent by anybody.
    function submitBatch(uint256 seed) external {
        if (executionRecords.length == 1) return;
        uint256 groups = _bound(_draw(seed, 0), 1, 5);
        address sender = _actors[_draw(seed, 1) % ACTORS];
        IClusterExecutions.SignedCompletion[] memory items = new IClusterExecutions.SignedCompletion[](groups * 5);
        delete _expected;
        Batch memory batch;
        batch.sender = sender;
        // The model goes ahead group by group, and back if the whole call has to revert: nothing was accepted then.
        for (uint256 i; i < groups; ++i) {
            _addGroup(items, batch, _draw(seed, 100 + i));
        }
        assembly ("memory-safe") {
            mstore(items, mload(batch))
        }
        _sendBatch(items, batch);
        _seal();
    }

    /// @dev Items that were accepted before, once more.
    function replay(uint256 seed) external {
        if (_sent.length == 0) return;
        IClusterExecutions.SignedCompletion[] memory items = new IClusterExecutions.SignedCompletion[](1);
        items[0] = _sent[_draw(seed, 0) % _sent.length].item;
        VM.prank(_actors[_draw(seed, 1) % ACTORS]);
        try executions.submitCompletions(items) {
            revert("C17: a signature worked twice");
        } catch {
            ++_tally.replays;
        }
    }

    /// @dev One item; for a quorum's task some more that mostly say the same, by other nodes.
    function _addGroup(IClusterExecutions.SignedCompletion[] memory items, Batch memory batch, uint256 seed) private {
        address[] memory signers = new address[](5);
        uint256 count = 1;
        uint256 from = batch.count;
        (items[from], signers[0]) = _item(seed);
        IClusterExecutions.Completion memory first = items[from].completion;
        if (_judgeContent(first) == IClusterExecutions.SkipReason.None) {
            uint256 quorum = _version(executionRecords[first.execution]).quorum[first.task];
            if (quorum > 1) count = _bound(_draw(seed, 70), quorum - 1, 5);
        }
        for (uint256 i = 1; i < count; ++i) {
            (items[from + i], signers[i]) = _second(items[from], _draw(seed, 80 + i), i);
        }
        batch.count += count;
        uint256 at;
        while (at < count) {
            at = _judgeFrom(items, signers, from, at, count, batch);
        }
    }

    /// @dev Judges the item at `from + at`, or the quorum that begins there, of those that were made with it; no item of
    /// another group says the same. Answers which follows.
    function _judgeFrom(
        IClusterExecutions.SignedCompletion[] memory items,
        address[] memory signers,
        uint256 from,
        uint256 at,
        uint256 count,
        Batch memory batch
    ) private returns (uint256) {
        IClusterExecutions.SignedCompletion memory item = items[from + at];
        IClusterExecutions.SkipReason content = _judgeContent(item.completion);
        if (content == IClusterExecutions.SkipReason.None) {
            uint256 quorum = _version(executionRecords[item.completion.execution]).quorum[item.completion.task];
            if (quorum > 1) return _judgeQuorum(items, signers, from, at, count, batch);
            Verdict memory verdict = _judge(item.completion, item.output, signers[at]);
            content = verdict.reason;
            if (content == IClusterExecutions.SkipReason.None) {
                ++batch.accepted;
                _expectAccepted(item.completion, IClusterExecutions.CompletionAccepted.selector);
                _accepted(item.completion, item.output, verdict.role, batch.sender);
                _sent.push(Sent({item: item, signer: signers[at]}));
                return at + 1;
            }
        }
        if (from + at == 0) batch.first = content;
        _expectSkipped(item.completion, content);
        return at + 1;
    }

    /// @dev Looks at items as long as they say the same, until there are enough good ones.
    function _judgeQuorum(
        IClusterExecutions.SignedCompletion[] memory items,
        address[] memory signers,
        uint256 from,
        uint256 at,
        uint256 count,
        Batch memory batch
    ) private returns (uint256 next) {
        Gathered memory gathered;
        IClusterExecutions.Completion memory first = items[from + at].completion;
        gathered.members =
            new IClusterExecutions.Completion[](_version(executionRecords[first.execution]).quorum[first.task]);
        for (next = at; next < count; ++next) {
            if (gathered.count == gathered.members.length || !_saysTheSame(first, items[from + next].completion)) break;
            IClusterExecutions.SkipReason reason = _judgeMember(gathered, items[from + next], signers[next]);
            if (from + next == 0) batch.first = reason;
            if (reason != IClusterExecutions.SkipReason.None) {
                _expectSkipped(items[from + next].completion, reason);
                continue;
            }
            gathered.members[gathered.count] = items[from + next].completion;
            gathered.owners[gathered.count++] = _ownerOf(address(nodes), items[from + next].completion.node);
        }
        if (gathered.count < gathered.members.length) {
            for (uint256 i; i < gathered.count; ++i) {
                _expectSkipped(gathered.members[i], IClusterExecutions.SkipReason.QuorumMissing);
            }
            if (from + at == 0 && batch.first == IClusterExecutions.SkipReason.None) {
                batch.first = IClusterExecutions.SkipReason.QuorumMissing;
            }
            ++_tally.quorumMisses;
            return next;
        }
        batch.accepted += gathered.count;
        for (uint256 i; i < gathered.count; ++i) {
            _expectAccepted(
                gathered.members[i],
                i == 0
                    ? IClusterExecutions.CompletionAccepted.selector
                    : IClusterExecutions.CompletionSeconded.selector
            );
            if (gathered.members[i].tip != 0) ++_tally.tips;
        }
        _answerTogether(gathered.members, batch.sender);
        ++acceptances[first.execution][first.task];
        ++_tally.quorumAnswers;
        _noteAnswer(first, gathered.output);
    }

    /// @dev Why an item does not count for its quorum.
    function _judgeMember(
        Gathered memory gathered,
        IClusterExecutions.SignedCompletion memory item,
        address signer
    ) private view returns (IClusterExecutions.SkipReason) {
        IClusterExecutions.Completion memory completion = item.completion;
        if (item.output.length != 0 || gathered.output.length == 0) {
            if (!_isOutput(completion, item.output)) return IClusterExecutions.SkipReason.OutputInvalid;
            gathered.output = item.output;
        }
        if (completion.node == 0) return IClusterExecutions.SkipReason.QuorumNeeded;
        if (signer == address(0) || signer != keyRecords[completion.node]) {
            return IClusterExecutions.SkipReason.SignatureInvalid;
        }
        address owner = _ownerOf(address(nodes), completion.node);
        for (uint256 i; i < gathered.count; ++i) {
            if (gathered.owners[i] == owner) return IClusterExecutions.SkipReason.QuorumOwnerTwice;
        }
        (bool eligible, uint256 opensAt) =
            _window(completion.execution, completion.task, completion.node, IClusterExecutions.Role.Node);
        if (!eligible) return IClusterExecutions.SkipReason.NotEligible;
        if (block.timestamp < opensAt) return IClusterExecutions.SkipReason.TooEarly;
        if (completion.tip > _share(executionRecords[completion.execution], completion.task, IClusterExecutions.Role.Node))
        {
            return IClusterExecutions.SkipReason.TipTooHigh;
        }
        return IClusterExecutions.SkipReason.None;
    }

    function _saysTheSame(IClusterExecutions.Completion memory a, IClusterExecutions.Completion memory b)
        private
        pure
        returns (bool)
    {
        return a.execution == b.execution && a.task == b.task && a.contextHash == b.contextHash
            && a.outputDigest == b.outputDigest;
    }

    function _expectAccepted(IClusterExecutions.Completion memory completion, bytes32 topic) private {
        Expected storage expected = _expected.push();
        (expected.topic, expected.execution, expected.task) = (topic, completion.execution, completion.task);
        expected.node = completion.node;
    }

    function _expectSkipped(IClusterExecutions.Completion memory completion, IClusterExecutions.SkipReason reason)
        private
    {
        Expected storage expected = _expected.push();
        expected.topic = IClusterExecutions.CompletionSkipped.selector;
        (expected.execution, expected.task) = (completion.execution, completion.task);
        expected.reason = reason;
        reasonsSeen |= 1 << uint256(reason);
    }

    function _sendBatch(IClusterExecutions.SignedCompletion[] memory items, Batch memory batch) private {
        VM.recordLogs();
        VM.prank(batch.sender);
        try executions.submitCompletions(items) returns (uint256 accepted) {
            _equal(accepted, batch.accepted, "C08: accepted of a batch");
            _checkLogs();
            _tally.batchAnswers += accepted;
            _tally.batchSkips += items.length - accepted;
        } catch (bytes memory reason) {
            _equal(batch.accepted, 0, "a batch with good items was refused");
            _equal(
                keccak256(reason),
                keccak256(abi.encodeWithSelector(IExecutionErrors.BatchNothingAccepted.selector, batch.first)),
                "the reason of a refused batch"
            );
            ++_tally.batchRefusals;
        }
    }

    /// @dev Each item left one event, accepted, seconded or skipped for the reason that the model names.
    function _checkLogs() private {
        Vm.Log[] memory logs = VM.getRecordedLogs();
        uint256 next;
        for (uint256 i; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            bool skipped = topic == IClusterExecutions.CompletionSkipped.selector;
            if (
                !skipped && topic != IClusterExecutions.CompletionAccepted.selector
                    && topic != IClusterExecutions.CompletionSeconded.selector
            ) continue;
            Expected storage expected = _expected[next++];
            _equal(topic, expected.topic, "C18: kind of an event");
            _equal(uint256(logs[i].topics[1]), expected.execution, "C18: execution of an event");
            uint256 task;
            if (skipped) {
                uint256 reason;
                (task, reason) = abi.decode(logs[i].data, (uint256, uint256));
                // Within the call that answers the last task the execution has not ended yet: every task of it that
                // there is has been answered.
                bool ending = expected.reason == IClusterExecutions.SkipReason.ExecutionEnded
                    && (reason == uint256(IClusterExecutions.SkipReason.TaskCompleted)
                        || reason == uint256(IClusterExecutions.SkipReason.TaskUnknown));
                if (!ending) _equal(reason, uint256(expected.reason), "C18: reason of a skip");
            } else {
                task = abi.decode(logs[i].data, (uint256));
                _equal(uint256(logs[i].topics[2]), expected.node, "C18: node of an event");
            }
            _equal(task, expected.task, "C18: task of an event");
        }
        _equal(next, _expected.length, "C18: events of a batch");
    }
}
