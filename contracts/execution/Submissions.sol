// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ECDSA} from "solady/src/utils/ECDSA.sol";
import {DynamicArrayLib} from "solady/src/utils/DynamicArrayLib.sol";
import {EIP712} from "solady/src/utils/EIP712.sol";
import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";
import {OwnerSignature} from "../libraries/OwnerSignature.sol";
import {SignedItems} from "../libraries/SignedItems.sol";
import {VersionCode} from "../libraries/VersionCode.sol";
import {ViewCall} from "../libraries/ViewCall.sol";
import {Acceptance} from "./Acceptance.sol";

/// @title Submissions
/// @notice The ways in for completions: three direct calls, in which the sender answers for itself, and the batch of
/// signed ones that anybody may send.
/// @dev A direct call reverts with what is wrong; a batch skips it, as one item's sender is not another's. Both ask the same.
/// Safety of the batch rests on each item standing for itself: it is signed for one execution, task, context, output, node
/// and tip on one chain and contract, and once its task is answered it is worth nothing. So nothing is kept of signatures:
/// whoever sends somebody's item first earns the tip, and its signer the pay; whoever sends it again earns nothing.
///
/// What a hostile sender can do is to leave items out, to send them late, and to order them so that they are skipped: all of it
/// leaves the items good for the next sender. It cannot change one: the signature covers every field, and the output hashes to
/// a signed digest, or is `pleiad:` where the requester allowed outputs by reference. Warning: there whoever sends an item first
/// chooses which of the two it is; it cannot say where the bytes are.
///
/// What a hostile wallet can do is to answer wrongly about itself. It is asked by a static call, so it can change nothing; what
/// it can read in the middle of a batch is behind (credits wait in memory), and nothing can be done with that before the batch
/// is over.
abstract contract Submissions is Acceptance, EIP712 {
    using DynamicArrayLib for uint256[];
    using SignedItems for SignedCompletion;
    using SignedItems for SignedCompletion[];

    /// @dev A quorum while its items are looked at.
    struct Quorum {
        uint256 task;
        uint256 needed;
        /// What one node answers and earns; its node and tip are those of the first item.
        Answer answer;
        /// How many of `members` are filled; the task is accepted when it reaches `needed`.
        uint256 count;
        /// The good items: where each stands in calldata, in the low 64 bits, and above that its node's owner's mark.
        uint256[] members;
        /// Where the output stands in calldata, and its length; 0 while no item has it.
        uint256 outputOffset;
        uint256 outputLength;
    }

    /// @dev 64 completions with small outputs stay below 4 million gas. With the largest outputs the calldata alone is more than
    /// a transaction may have: senders have to count bytes, too.
    uint256 private constant ITEMS_MAX = 64;

    // EIP-712's encodeType of `Completion`. The members stand here in the order of the struct, which is how they stand in
    // calldata: `_structHash` copies them from there as they are.
    bytes32 private constant COMPLETION_TYPEHASH = keccak256(
        "Completion(uint256 execution,uint16 task,bytes32 contextHash,bytes32 outputDigest,bytes32 evidenceDigest,uint256 node,uint256 tip)"
    );

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
        // No deadline, nonce or list of senders: what an item is worth does not depend on who brings it, or on what came
        // before.
        if (items.length == 0 || items.length > ITEMS_MAX) revert BatchSizeOutOfRange(items.length, ITEMS_MAX);
        Run memory run;
        // One for the whole batch. What it holds of a version serves the next execution of the same; the credits that wait in
        // it are amounts that left some escrow in this call, whichever execution that was.
        // Why the first item was not accepted: what the revert tells, where none was.
        SkipReason first;
        uint256 i;
        // Ends: every round takes at least one item, a quorum's as many as it looked at. Each item is looked at once, so a
        // batch costs as much as its items whatever their order.
        while (i < items.length) {
            SignedCompletion calldata item = items.at(i);
            // The books of one execution at a time. Items that come back to one later find it stored. The first is loaded
            // whatever its number: a new `run` has number 0, which an item may name, too, though no execution has it.
            if (i == 0 || item.completion.execution != run.id) {
                if (run.fresh != 0) _store(run);
                _load(run, item.completion.execution);
            }
            (uint256 next, uint256 good, SkipReason reason) = _tryItems(run, items, i, item);
            if (i == 0) first = reason;
            // Cannot overflow: at most 64 items.
            unchecked {
                accepted += good;
            }
            i = next;
        }
        // Nothing done: cheaper told by a revert, which a simulation shows to the sender before it pays.
        // The events of the skipped items go with it: the reason of the first is all that is left of them.
        if (accepted == 0) revert BatchNothingAccepted(first);
        // An execution of which no item was accepted is not written: it is as it was.
        if (run.fresh != 0) _store(run);
        // Last of all: until here nothing has read the slots that wait to be written. `_store` credits at most a cluster, and
        // kinds have slots of their own.
        _flush(run.nodes);
        _flush(run.models);
    }

    /// @dev A direct call: every refusal has its typed error.
    /// No signature is asked for: the chain has checked the sender's. What is said is refused before who says it, so a stranger
    /// learns that its answer would have been stale, which the log tells it anyway.
    function _submit(Role role, Completion calldata completion, bytes calldata output) private {
        // Not `_running`: an ended or unknown execution has its typed error below, like every other refusal.
        Run memory run;
        _load(run, completion.execution);
        uint256 task = completion.task;
        SkipReason reason = _checkContent(run, task, completion.contextHash);
        if (reason != SkipReason.None) _revertContent(run, completion, reason);
        if (!_isOutputValid(run.word, completion.outputDigest, output, false)) {
            revert CompletionOutputInvalid(run.id, task, output.length);
        }
        uint256 quorum = VersionCode.quorumAt(run.pins, task);
        if (quorum > 1) revert CompletionQuorumNeeded(run.id, task, quorum);
        // One answer of several would have to be kept for the others to read and copy: see `_tryQuorum`.
        // The sender answers for itself: there is nobody to tip.
        if (completion.tip != 0) revert CompletionTipTooHigh(completion.tip, 0);
        Answer memory answer = _answerOf(run, completion, task, role, 1);
        bool mayAnswer;
        // Only the right to speak for a node or a token. Whether that node serves the model is `_window`'s to say; the owners
        // are those of the task's own model and cluster, which the version pinned.
        if (role == Role.Node) mayAnswer = _speaksForNode(completion.node);
        // An owner's answer names no node: else its share would be that node's.
        else if (completion.node == 0) mayAnswer = _speaksForOwner(run, role, answer.model);
        uint256 opensAt;
        if (mayAnswer) (mayAnswer, opensAt) = _window(run, task, answer);
        if (!mayAnswer) revert CompletionNotEligible(run.id, task, msg.sender);
        if (block.timestamp < opensAt) revert CompletionTooEarly(run.id, task, opensAt);
        // From here on nothing can be refused any more, and nobody is called.
        _accept(run, completion, task, answer, output);
        _store(run);
        _flush(run.nodes);
        _flush(run.models);
    }

    /// @dev The item at `at`, or the quorum that begins there: accepts it, or says why not.
    /// @return next The item that follows.
    /// @return good How many were accepted.
    /// @return reason Why the item at `at` was not.
    function _tryItems(
        Run memory run,
        SignedCompletion[] calldata items,
        uint256 at,
        SignedCompletion calldata item
    ) private returns (uint256 next, uint256 good, SkipReason reason) {
        uint256 task = item.completion.task;
        reason = _checkContent(run, task, item.completion.contextHash);
        if (reason == SkipReason.None) {
            uint256 quorum = VersionCode.quorumAt(run.pins, task);
            // What was checked here holds for the whole group, whose items say the same.
            // The batch's first item of a group speaks for it: a group with a stale context is skipped item by item, each by
            // itself.
            if (quorum > 1) return _tryQuorum(run, items, at, item.completion, task, quorum);
            reason = _tryLone(run, item, task);
        }
        // Cannot overflow: at most 64 items.
        unchecked {
            next = at + 1;
        }
        if (reason == SkipReason.None) good = 1;
        else _tellSkipped(item.completion, reason);
    }

    /// @dev A completion that is enough by itself. The signature is checked before the window, as who signed says which.
    /// The output comes before the signature, as hashing it mostly costs less than a recovery, let alone a wallet's answer.
    function _tryLone(Run memory run, SignedCompletion calldata item, uint256 task) private returns (SkipReason) {
        Completion calldata completion = item.completion;
        bytes calldata output = item.outputOf();
        if (!_isOutputValid(run.word, completion.outputDigest, output, true)) return SkipReason.OutputInvalid;
        Answer memory answer = _answerOf(run, completion, task, Role.Node, 1);
        if (!_checkSigner(run, completion, item.signatureOf(), answer)) return SkipReason.SignatureInvalid;
        // The role is known from here on, and with it the window and the share.
        (bool eligible, uint256 opensAt) = _window(run, task, answer);
        if (!eligible) return SkipReason.NotEligible;
        if (block.timestamp < opensAt) return SkipReason.TooEarly;
        // In the run's currency. Zero for a cluster's owner, whose share is none: such an item tips nobody.
        if (answer.tipWei > answer.shareWei) return SkipReason.TipTooHigh;
        _accept(run, completion, task, answer, output);
        return SkipReason.None;
    }

    /// @dev The items from `at` on that say the same of a quorum's task: accepts them as soon as `needed` are good, or
    /// none. Execution, task and context were checked, and all have the same. All or none, as half a quorum kept in storage
    /// would let the slowest node see the others' answers and sign them unread, and would cost a slot for each.
    ///
    /// That the nodes did not copy from one another before is not known: items travel in the open. What a quorum adds is that
    /// so many keys of different owners stand for the same bytes, each with a signature that can be held against it
    /// (`NodeBonds`).
    function _tryQuorum(
        Run memory run,
        SignedCompletion[] calldata items,
        uint256 at,
        Completion calldata first,
        uint256 task,
        uint256 needed
    ) private returns (uint256 next, uint256 good, SkipReason reason) {
        Quorum memory quorum = Quorum({
            task: task,
            needed: needed,
            answer: _answerOf(run, first, task, Role.Node, needed),
            count: 0,
            members: DynamicArrayLib.malloc(needed),
            outputOffset: 0,
            outputLength: 0
        });
        // Cannot overflow: at most 64 items.
        unchecked {
            // What stands behind the last that was needed is left for the next round, which finds the task completed.
            for (next = at; next < items.length && quorum.count < needed; ++next) {
                SignedCompletion calldata item = items.at(next);
                // A group ends with the first item that says something else.
                if (!_isSame(first, item.completion)) break;
                // A bad item does not end the group: else whoever slips one in would make the good ones worthless.
                SkipReason found = _tryMember(run, quorum, item);
                if (next == at) reason = found;
                if (found != SkipReason.None) _tellSkipped(item.completion, found);
            }
        }
        if (quorum.count == needed) {
            _acceptQuorum(run, quorum);
            return (next, needed, reason);
        }
        for (uint256 i; i < quorum.count; ++i) _tellSkipped(_memberAt(quorum, i), SkipReason.QuorumMissing);
        // The first was good by itself, and came to nothing.
        // Only the first item's reason is answered; those of the others are in the events.
        if (reason == SkipReason.None) reason = SkipReason.QuorumMissing;
    }

    /// @dev Whether two completions belong to one quorum: execution, task, context and output are their first four words.
    /// Evidence, node and tip may differ. Whole words are compared: one whose `task` has bits above 16 equals none that is good.
    /// A `Completion` has static members alone, so `a` and `b` are where its seven words stand in calldata.
    function _isSame(Completion calldata a, Completion calldata b) private pure returns (bool same) {
        assembly ("memory-safe") {
            let differ := xor(calldataload(a), calldataload(b))
            differ := or(differ, xor(calldataload(add(a, 32)), calldataload(add(b, 32))))
            differ := or(differ, xor(calldataload(add(a, 64)), calldataload(add(b, 64))))
            differ := or(differ, xor(calldataload(add(a, 96)), calldataload(add(b, 96))))
            same := iszero(differ)
        }
    }

    /// @dev Adds an item to a quorum that begins at `at`, or says why not.
    /// An output that is given must hold even where the quorum has one already: no item is better for the company it is in.
    function _tryMember(Run memory run, Quorum memory quorum, SignedCompletion calldata item)
        private
        view
        returns (SkipReason)
    {
        Completion calldata completion = item.completion;
        bytes calldata output = item.outputOf();
        if (output.length != 0 || quorum.outputLength == 0) {
            if (!_isOutputValid(run.word, completion.outputDigest, output, true)) return SkipReason.OutputInvalid;
            // The output holds, whoever it was that signed: what follows may go without.
            if (quorum.outputLength == 0) {
                uint256 outputOffset;
                assembly ("memory-safe") {
                    outputOffset := output.offset
                }
                (quorum.outputOffset, quorum.outputLength) = (outputOffset, output.length);
            }
        }
        if (completion.node == 0) return SkipReason.QuorumNeeded;
        // By the node's key alone: an owner that is a wallet contract has no part in a quorum.
        // Seven wallets with bounded gas each would still be 700,000 gas that a sender pays for on their word.
        address recovered = ECDSA.tryRecoverCalldata(_hashTypedData(_structHash(completion)), item.signatureOf());
        (address key, uint256 ownerMark) = ViewCall.twoWords(_NODES.keyAndMarkOf, completion.node);
        // A suspended node has key zero here, which is also what a bad signature recovers to: hence both.
        if (recovered == address(0) || recovered != key) return SkipReason.SignatureInvalid;
        uint256 count = quorum.count;
        // Cannot overflow: at most 7 members.
        unchecked {
            // Equal owners have equal marks: no owner counts twice.
            // The other way round two owners may share a mark, found by 2^44 tries or more: then one of them is refused.
            for (uint256 i; i < count; ++i) {
                if (quorum.members.get(i) >> 64 == ownerMark) return SkipReason.QuorumOwnerTwice;
            }
            // Joined after the execution began, left before, or never served this model.
            (bool eligible, uint256 opensAt,,) =
                _nodeWindow(run, quorum.task, quorum.answer.model, completion.node, quorum.needed);
            if (!eligible) return SkipReason.NotEligible;
            if (block.timestamp < opensAt) return SkipReason.TooEarly;
            // Each gives from its own part: nobody's tip makes another's smaller.
            if (completion.tip > quorum.answer.shareWei) return SkipReason.TipTooHigh;
            uint256 member = ownerMark << 64;
            // Only where the item stands is kept: a place in calldata is far below 2^64, and 88 bits of mark fit above it.
            assembly ("memory-safe") {
                member := or(member, completion)
            }
            quorum.members.set(count, member);
            quorum.count = count + 1;
        }
        return SkipReason.None;
    }

    /// @dev The completion of a quorum's good item, which was checked where it was noted.
    function _memberAt(Quorum memory quorum, uint256 i) private pure returns (Completion calldata completion) {
        uint256 member = quorum.members.get(i);
        assembly ("memory-safe") {
            completion := and(member, 0xffffffffffffffff)
        }
    }

    /// @dev Accepts a task once for all of a quorum: each node has its part, the model what is left of the price. The first good
    /// item is the one that `CompletionAccepted` names, whichever of them brought the output.
    /// What does not divide among the members goes to the model, so price = model's part + `needed` shares to the last unit.
    function _acceptQuorum(Run memory run, Quorum memory quorum) private {
        uint256 task = quorum.task;
        Answer memory answer = quorum.answer;
        // Cannot over- or underflow: at most 7 members, and all their parts together are at most the price.
        unchecked {
            uint256 modelWei = answer.priceWei - answer.shareWei * quorum.needed;
            _creditLater(run.models, run.currency, CreditKind.Model, answer.model, modelWei);
            for (uint256 i; i < quorum.needed; ++i) {
                Completion calldata completion = _memberAt(quorum, i);
                answer.node = completion.node;
                answer.tipWei = completion.tip;
                // The tip of each goes to the one sender; `_paySigner` may set it to zero, and the event tells what was paid.
                _paySigner(run, answer);
                if (i == 0) {
                    _mark(run, task, completion.outputDigest);
                    (uint256 outputOffset, uint256 outputLength) = (quorum.outputOffset, quorum.outputLength);
                    bytes calldata output;
                    assembly ("memory-safe") {
                        output.offset := outputOffset
                        output.length := outputLength
                    }
                    _tellAccepted(run, completion, task, Role.Node, answer.tipWei, output);
                } else {
                    emit CompletionSeconded(run.id, answer.node, task, completion.evidenceDigest);
                }
            }
        }
    }

    /// @dev Checks the signature and sets the role in which its signer answers. An item without a node is tried for the model's
    /// owner and then for the cluster's: who owns both answers in the role that comes first and earns.
    ///
    /// Delegates are not asked, which would be one more call and one more address for each item: they answer by direct calls.
    /// Two wallets may be asked, with `OwnerSignature.ERC1271_GAS_MAX` gas each. `ownerOf` does not revert here: what a version
    /// pinned was registered, and neither registry burns tokens.
    function _checkSigner(
        Run memory run,
        Completion calldata completion,
        bytes calldata signature,
        Answer memory answer
    ) private view returns (bool) {
        bytes32 hash = _hashTypedData(_structHash(completion));
        address recovered = ECDSA.tryRecoverCalldata(hash, signature);
        if (completion.node != 0) {
            (address key,) = ViewCall.twoWords(_NODES.keyAndMarkOf, completion.node);
            return recovered != address(0) && recovered == key;
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
            // Behind the free memory, which is not moved: 8 words that the next allocation may write over.
            let at := mload(0x40)
            mstore(at, typeHash)
            calldatacopy(add(at, 32), completion, 224)
            hash := keccak256(at, 256)
        }
    }

    /// @dev All that is left of an item that was not accepted.
    /// Its output is not told: a log entry of 8,192 bytes would make skipping as dear as accepting.
    function _tellSkipped(Completion calldata completion, SkipReason reason) private {
        emit CompletionSkipped(completion.execution, completion.task, reason);
    }

    /// @dev Domain of completions. Final, with the type: signatures and proofs of equivocation outlive every version of the
    /// software. `NodeBonds` has the same words.
    /// EIP-712: the separator also holds chain id and this address, recomputed where the chain id changes after a fork.
    function _domainNameAndVersion() internal pure override returns (string memory name, string memory version) {
        return ("Pleiad ClusterExecutions", "1");
    }
}
