// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ExecutionWord, ExecutionWords} from "../libraries/ExecutionWord.sol";
import {VersionCode} from "../libraries/VersionCode.sol";
import {Windows} from "./Windows.sol";

/// @title Acceptance
/// @notice What makes a completion acceptable, and what its acceptance does: the same for every way in.
/// @dev Two halves. What is asked of a completion itself (`_checkContent`, `_isOutputValid`) does not depend on who brings it;
/// who answers and when (`_window`) does not depend on what is said. A completion passes both, or nothing is changed.
///
/// What is not checked: that an output is true, or means anything. It is bytes that somebody with the right to answer signed.
///
/// Order of effects: everything is checked, then `_mark` notes the answer, then it is paid for, then it is told. Between the
/// first check and the last write no code runs that somebody else chose, but for the static question to an owner's wallet.
abstract contract Acceptance is Windows {
    /// @dev Who answers, and for what share. In memory for one answer; amounts are in the smallest unit of the run's currency.
    struct Answer {
        Role role;
        uint256 node;
        uint256 model;
        /// Of the task, as the version pinned it; below 2^96.
        uint256 priceWei;
        /// What the signer earns, and so what a tip is bounded by: a node its share, a model's owner the whole price,
        /// a cluster's owner nothing.
        uint256 shareWei;
        /// What the signer gives of its share to the sender; zero where nobody could be credited.
        uint256 tipWei;
    }

    /// @dev The log keeps an output for 8 gas a byte; above this a digest and a URI are the better choice.
    uint256 private constant OUTPUT_BYTES_MAX = 8_192;
    uint256 private constant OUTPUT_URI_BYTES_MAX = 256;
    uint256 private constant BPS = 10_000;

    /// @dev Everything but the output, who answers and when. The order is part of the interface: it decides which reason
    /// `CompletionSkipped` tells. What is cheapest to know comes first, so that a batch of stale items stays cheap; and
    /// `TaskUnknown` comes before anything is read at the task's place, which beyond the last task is somebody else's bytes.
    /// Nothing here calls a registry: what may change from one block to the next is `_window`'s.
    function _checkContent(Run memory run, uint256 task, bytes32 contextHash)
        internal
        view
        returns (SkipReason)
    {
        ExecutionWord word = run.word;
        if (!word.isRunning()) {
            return word.isNone() ? SkipReason.ExecutionUnknown : SkipReason.ExecutionEnded;
        }
        // At the deadline itself it is still in time; `expire` works from the next second on, so never both.
        if (block.timestamp > word.deadline()) return SkipReason.DeadlinePassed;
        if (task >= run.taskCount) return SkipReason.TaskUnknown;
        uint256 completed = word.completedTasks();
        // As a mask: no shift goes beyond 31, as the task was compared with the version's count of at most 32.
        if ((completed >> task) & 1 == 1) return SkipReason.TaskCompleted;
        uint256 dependsOn = VersionCode.dependsOnAt(run.pins, task);
        if (dependsOn & ~completed != 0) return SkipReason.TaskNotReady;
        // Version, input and every output it was made from: an answer to anything else is void, though its signature is good.
        if (contextHash != _contextHash(run, task, dependsOn)) return SkipReason.ContextStale;
        return SkipReason.None;
    }

    /// @dev Whether `output` is the output itself, or a reference to it where the requester allowed one. An output that happens to
    /// read like a reference is itself where it hashes to the digest: then it was what its signer meant.
    ///
    /// The signature covers the digest and no reference. So in an item that anybody may bring (`relayed`) there is one reference
    /// alone, `pleiad:` to the letter, which says no more than the digest: ask any peer. Whoever answers for itself says where
    /// its bytes are, by a URI of which only the beginning is checked.
    /// Warning: that the bytes are there, or ever were, is not known here: a requester that allows references pays for a digest.
    function _isOutputValid(ExecutionWord word, bytes32 digest, bytes calldata output, bool relayed)
        internal
        pure
        returns (bool)
    {
        if (output.length == 0 || output.length > OUTPUT_BYTES_MAX) return false;
        bytes32 hash;
        assembly ("memory-safe") {
            // Behind the free memory, so that a batch's outputs are not all kept.
            let at := mload(0x40)
            calldatacopy(at, output.offset, output.length)
            hash := keccak256(at, output.length)
        }
        if (hash == digest) return true;
        // A digest of zero would read as "nobody answered" wherever digests are kept.
        if (!word.has(ExecutionWords.OPTION_OUTPUTS_BY_REFERENCE) || digest == 0) return false;
        // 7 bytes: `pleiad:` alone says enough, `https:` alone does not. No plain `http:`: a digest protects the bytes, not who
        // reads along.
        if (output.length < 7 || output.length > (relayed ? 7 : OUTPUT_URI_BYTES_MAX)) return false;
        return bytes7(output) == "pleiad:" || (!relayed && bytes6(output) == "https:");
    }

    /// @dev The typed error for what `_checkContent` found. Apart from it, so that a batch pays for no error's arguments.
    /// Looks at the same memory again, in which nothing has changed since; `reason` is not `None`.
    function _revertContent(Run memory run, Completion calldata completion, SkipReason reason) internal view {
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
        revert CompletionContextStale(id, task, completion.contextHash, _contextHash(run, task, dependsOn));
    }

    /// @dev What answers a task, before it is known by whom. Of a quorum's task it is one node's part, rounded down: what does
    /// not divide stays in the price and goes to the model, so that no wei of the escrow is left over.
    function _answerOf(Run memory run, Completion calldata completion, uint256 task, Role role, uint256 quorum)
        internal
        pure
        returns (Answer memory)
    {
        (uint256 model, uint256 priceWei, uint256 nodeShareBps,) = VersionCode.taskAt(run.pins, task);
        uint256 shareWei;
        // Cannot overflow: 96 and 16 bits, and 14 and 8 below the line. A quorum is at least 1, so nothing is divided by zero.
        // At most the price: `ModelRegistry` refuses a share above `BPS`, and a version pins what it found there.
        unchecked {
            if (role == Role.Node) shareWei = priceWei * nodeShareBps / (BPS * quorum);
            else if (role == Role.ModelOwner) shareWei = priceWei;
        }
        // The tip as signed, of any size: whoever accepts has compared it with the share before.
        return Answer(role, completion.node, model, priceWei, shareWei, completion.tip);
    }

    /// @dev The role in which an owner answers, and what it earns in it. A cluster's owner earns nothing by answering: it does so
    /// that its run does not stand still, and has the fee.
    function _takeRole(Answer memory answer, Role role) internal pure {
        answer.role = role;
        answer.shareWei = role == Role.ModelOwner ? answer.priceWei : 0;
    }

    /// @dev Whether a lone answer may ever come in its role, and from when on: a node in the rotation, the model's owner after
    /// the windows of all places, the cluster's owner one window later. An owner that sees a node's answer
    /// on its way may copy it, and is not paid for it before all nodes have had their windows.
    /// `answer.node` tells which of the two it is: for a node the role is not looked at.
    function _window(Run memory run, uint256 task, Answer memory answer)
        internal
        view
        returns (bool eligible, uint256 opensAt)
    {
        if (answer.node != 0) {
            (eligible, opensAt,,) = _nodeWindow(run, task, answer.model, answer.node, 1);
            // Asked with a quorum of 1: a quorum's task never comes here (`_submit` and `_tryItems` send it elsewhere).
            return (eligible, opensAt);
        }
        (, uint256 places) = _MODELS.ownerStandingOf(answer.model, run.word.createdAt());
        // All places that were taken before the run began, also of nodes that have left since; none where all had left before
        // it.
        if (answer.role == Role.ClusterOwner) {
            if (!run.word.has(ExecutionWords.OPTION_OWNER_MAY_ANSWER)) return (false, 0);
            // One window more than the model's owner has.
            ++places;
        }
        // Cannot overflow: at most 65 windows of 32 bits.
        // With no node at all `places` is 0, and the model's owner is admitted at once.
        unchecked {
            return (true, run.word.readyAt() + places * VersionCode.windowSeconds(run.pins));
        }
    }

    /// @dev Accepts a completion that passed every check: marks it, pays for it, tells it. Calls nobody: credits are numbers in
    /// this contract, so no payee can make an answer fail.
    function _accept(
        Run memory run,
        Completion calldata completion,
        uint256 task,
        Answer memory answer,
        bytes calldata output
    ) internal {
        _mark(run, task, completion.outputDigest);
        // Before the money moves, though nothing could come between: marked twice is what must never happen, and this is the
        // mark.
        if (answer.node == 0 && answer.role == Role.ClusterOwner) {
            // Back to whoever paid; the run goes on with a task that cost nothing.
            _creditRef(run.currency, run.word.requesterRef(), answer.priceWei);
        } else {
            uint256 signerWei = _paySigner(run, answer);
            // Cannot underflow: share <= price.
            unchecked {
                uint256 modelWei = answer.priceWei - answer.shareWei;
                if (answer.node == 0) modelWei += signerWei;
                _creditLater(run.models, run.currency, CreditKind.Model, answer.model, modelWei);
            }
        }
        _tellAccepted(run, completion, task, answer.role, answer.tipWei, output);
    }

    /// @dev Notes the answer in memory; `_store` writes it. Also renews *ready*, and with it the windows of all ready tasks: one
    /// time for each run fits its slot, one for each task would not.
    /// That a task is marked once follows from `_checkContent`, which every way in asks with the same `run` in memory.
    function _mark(Run memory run, uint256 task, bytes32 outputDigest) internal view {
        run.word = run.word.complete(task, block.timestamp);
        run.digests[task] = outputDigest;
        run.fresh |= 1 << task;
    }

    /// @dev Credits the tip, and a node's share less its tip; answers what the signer has. The tip becomes zero where
    /// nobody could be credited with it.
    /// So sender and signer together never have more than the share: the tip is a part of it, and lost to nobody.
    function _paySigner(Run memory run, Answer memory answer) internal returns (uint256 signerWei) {
        if (answer.tipWei != 0) {
            if (_creditAccount(run.currency, msg.sender, answer.tipWei)) {
                emit TipCredited(run.id, msg.sender, answer.tipWei);
            } else {
                // The sender's account cannot be opened (see `Credits`): the tip stays with the signer, and nothing is lost.
                answer.tipWei = 0;
            }
        }
        // Cannot underflow: tip <= share.
        unchecked {
            signerWei = answer.shareWei - answer.tipWei;
        }
        if (answer.node != 0) _creditLater(run.nodes, run.currency, CreditKind.Node, answer.node, signerWei);
        // To the node's token, not to who owns it now: it goes with the token until somebody withdraws it.
    }

    /// @dev The log is where outputs live: storage keeps no byte of them.
    function _tellAccepted(
        Run memory run,
        Completion calldata completion,
        uint256 task,
        Role role,
        uint256 tipWei,
        bytes calldata output
    ) internal {
        emit CompletionAccepted(
            run.id,
            completion.node,
            task,
            role,
            completion.outputDigest,
            completion.evidenceDigest,
            tipWei,
            output
        );
    }
}
