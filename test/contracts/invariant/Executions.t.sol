// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {IExecutionErrors} from "../../../contracts/interfaces/IExecutionErrors.sol";
import {World} from "./World.sol";

/// @title ExecutionsTest
/// @notice Properties of `ClusterExecutions` over all inputs of one call.
contract ExecutionsTest is World {
    uint256 private constant TASKS = 8;
    uint256 private constant WINDOW_SECONDS = 10;
    uint256 private constant KEY = 7;

    address private _operator = VM.addr(1);
    address private _requester = VM.addr(2);
    address private _relayer = VM.addr(3);
    uint256 private _node;
    uint256 private _slugs;
    uint256 private _here;

    function setUp() public {
        VM.warp(1_800_000_000);
        _deployAll();
        _node = _registerNode(_operator, KEY);
        VM.deal(_requester, type(uint128).max);
    }

    /// @dev A cluster of tasks on one model, which the node serves.
    function _cluster(uint96 priceWei, uint16 nodeShareBps, uint96 feeWei, uint32[] memory dependsOn)
        private
        returns (uint256)
    {
        uint256 model = _registerModel(_operator, priceWei, nodeShareBps);
        _serve(model, _node);
        VM.warp(block.timestamp + 1);
        uint256[] memory modelOf = new uint256[](dependsOn.length);
        for (uint256 i; i < modelOf.length; ++i) {
            modelOf[i] = model;
        }
        string memory slug = string.concat("cluster-", _decimal(_slugs++));
        return _publish(_operator, slug, modelOf, dependsOn, feeWei, uint32(WINDOW_SECONDS));
    }

    function _execute(uint256 cluster) private returns (uint256) {
        (uint256 quoteWei,,) = executions.quote(cluster, 1);
        VM.prank(_requester);
        return executions.execute{value: quoteWei}(cluster, 1, "input", _params(block.timestamp + 1_000));
    }

    /// @dev A signed answer of the node's, with output and everything derived from a seed.
    function _item(uint256 id, uint256 task, uint256 seed)
        private
        view
        returns (IClusterExecutions.SignedCompletion memory item)
    {
        item.output = abi.encode(id, task, seed);
        item.completion = IClusterExecutions.Completion({
            execution: id,
            task: uint16(task),
            contextHash: executions.contextHashOf(id, task),
            outputDigest: keccak256(item.output),
            evidenceDigest: bytes32(seed),
            node: _node,
            tip: 0
        });
        item.signature = _sign64(KEY, _completionHash(item.completion));
    }

    function _send(IClusterExecutions.SignedCompletion memory item) private returns (bool accepted) {
        IClusterExecutions.SignedCompletion[] memory items = new IClusterExecutions.SignedCompletion[](1);
        items[0] = item;
        VM.prank(_relayer);
        try executions.submitCompletions(items) {
            return true;
        } catch {
            return false;
        }
    }

    /// @dev C02: whatever price, share, fee and tip: every wei has exactly one owner.
    function testFuzz_submitCompletions_sharesOfAnyPrice_succeeds(
        uint96 priceWei,
        uint16 nodeShareBps,
        uint96 feeWei,
        uint256 tipSeed
    ) public {
        nodeShareBps = uint16(_bound(nodeShareBps, 0, 10_000));
        feeWei = uint96(_bound(feeWei, 0, type(uint96).max - priceWei));
        uint256 cluster = _cluster(priceWei, nodeShareBps, feeWei, new uint32[](1));
        uint256 id = _execute(cluster);
        uint256 shareWei = uint256(priceWei) * nodeShareBps / 10_000;
        IClusterExecutions.SignedCompletion memory item = _item(id, 0, tipSeed);
        item.completion.tip = shareWei + 1;
        item.signature = _sign64(KEY, _completionHash(item.completion));
        require(!_send(item), "a tip above the share was accepted");
        uint256 tipWei = _bound(tipSeed, 0, shareWei);
        item.completion.tip = tipWei;
        item.signature = _sign64(KEY, _completionHash(item.completion));
        require(_send(item), "refused");
        _equal(executions.creditOf(IClusterExecutions.CreditKind.Node, _node, address(0)), shareWei - tipWei, "node");
        _equal(executions.creditOf(IClusterExecutions.CreditKind.Model, models.modelCount(), address(0)), priceWei - shareWei, "model");
        _equal(executions.creditOf(IClusterExecutions.CreditKind.Cluster, cluster, address(0)), feeWei, "cluster");
        _equal(executions.creditOf(IClusterExecutions.CreditKind.Account, uint160(_relayer), address(0)), tipWei, "relayer");
        _equal(address(executions).balance, uint256(priceWei) + feeWei, "balance");
    }

    /// @dev C06 and C07: for any graph and any order of answers the context is what the interface says, and the end
    /// has one digest over all.
    function testFuzz_submitCompletions_anyGraphInAnyOrder_succeeds(uint256 seed) public {
        uint32[] memory dependsOn = new uint32[](TASKS);
        uint256[] memory masks = new uint256[](TASKS);
        for (uint256 i; i < TASKS; ++i) {
            masks[i] = _draw(seed, i) & ((1 << i) - 1);
            dependsOn[i] = masks[i] == 0 ? uint32(1 << 31) : uint32(masks[i]);
        }
        dependsOn[0] = 0;
        uint256 id = _execute(_cluster(1 ether, 5_000, 0, dependsOn));
        bytes32 versionDigest = executions.executionOf(id).versionDigest;
        bytes32[] memory digests = new bytes32[](TASKS);
        uint256 completed;
        for (uint256 step; step < TASKS; ++step) {
            uint256 task = _draw(seed, 100 + step) % TASKS;
            while ((completed >> task) & 1 == 1 || masks[task] & ~completed != 0) task = (task + 1) % TASKS;
            IClusterExecutions.SignedCompletion memory item = _item(id, task, seed);
            bytes32 context =
                keccak256(abi.encode(versionDigest, task, keccak256("input"), _selected(digests, masks[task])));
            _equal(item.completion.contextHash, context, "context");
            require(_send(item), "refused");
            digests[task] = item.completion.outputDigest;
            completed |= 1 << task;
            _checkStored(id, completed, digests);
        }
        bytes32 runDigest = keccak256(abi.encode(versionDigest, keccak256("input"), digests));
        _equal(executions.executionOf(id).digest, runDigest, "run digest");
    }

    function _selected(bytes32[] memory digests, uint256 mask) private pure returns (bytes32[] memory selected) {
        uint256 count;
        for (uint256 i; i < TASKS; ++i) {
            count += (mask >> i) & 1;
        }
        selected = new bytes32[](count);
        count = 0;
        for (uint256 i; i < TASKS; ++i) {
            if ((mask >> i) & 1 == 1) selected[count++] = digests[i];
        }
    }

    function _checkStored(uint256 id, uint256 completed, bytes32[] memory digests) private view {
        bool ended = completed == (1 << TASKS) - 1;
        for (uint256 i; i < TASKS; ++i) {
            bytes32 expected = ended || (completed >> i) & 1 == 0 ? bytes32(0) : digests[i];
            _equal(executions.outputDigestOf(id, i), expected, "stored digest");
        }
    }

    /// @dev C17: a signature stands for its seven fields, on this chain and for this contract.
    function testFuzz_submitCompletions_signatureForSomethingElse_isRefused(uint256 seed, uint256 flip, uint8 field)
        public
    {
        uint256 id = _execute(_cluster(1 ether, 5_000, 0, new uint32[](1)));
        uint256 other = _execute(1);
        VM.assume(flip != 0);
        IClusterExecutions.SignedCompletion memory item = _item(id, 0, seed);
        IClusterExecutions.Completion memory signed = item.completion;
        IClusterExecutions.Completion memory changed = IClusterExecutions.Completion({
            execution: signed.execution,
            task: signed.task,
            contextHash: signed.contextHash,
            outputDigest: signed.outputDigest,
            evidenceDigest: signed.evidenceDigest,
            node: signed.node,
            tip: signed.tip
        });
        field = field % 9;
        uint256 chainId = block.chainid;
        address verifier = address(executions);
        if (field == 0) changed.execution = other;
        if (field == 1) changed.task = uint16(_bound(flip, 1, type(uint16).max));
        if (field == 2) changed.contextHash ^= bytes32(flip);
        if (field == 3) changed.outputDigest ^= bytes32(flip);
        if (field == 4) changed.evidenceDigest ^= bytes32(flip);
        if (field == 5) changed.node ^= flip;
        if (field == 6) changed.tip = _bound(flip, 1, 0.5 ether);
        if (field == 7) chainId = _bound(flip, 1, type(uint64).max);
        if (field == 8) verifier = address(uint160(flip));
        VM.assume(chainId != block.chainid || verifier != address(executions) || field < 7);
        // What was signed is sent as it is, or what is sent was signed for elsewhere.
        item.signature =
            _sign65(KEY, _typed(_domain("Pleiad ClusterExecutions", chainId, verifier), _structHash(changed)));
        require(!_send(item), "accepted for something else");
        item.signature = _sign65(KEY, _completionHash(signed));
        require(_send(item), "refused as it was signed");
        require(!_send(item), "accepted twice");
    }

    /// @dev On a fork of the chain with another id a signature is worth nothing, and worth everything again back here.
    function testFuzz_submitCompletions_onAFork_isRefused(uint64 chainId, uint256 seed) public {
        VM.assume(chainId != 0 && chainId != block.chainid);
        uint256 id = _execute(_cluster(1 ether, 5_000, 0, new uint32[](1)));
        IClusterExecutions.SignedCompletion memory item = _item(id, 0, seed);
        // In storage: the compiler takes `block.chainid` for the same wherever it stands.
        _here = block.chainid;
        VM.chainId(chainId);
        require(!_send(item), "accepted on a fork");
        VM.chainId(_here);
        require(_send(item), "refused here");
    }

    /// @dev Random bytes are nobody's signature.
    function testFuzz_submitCompletions_anyBytesAsSignature_isRefused(bytes calldata signature, uint256 seed) public {
        uint256 id = _execute(_cluster(1 ether, 5_000, 0, new uint32[](1)));
        IClusterExecutions.SignedCompletion memory item = _item(id, 0, seed);
        item.signature = signature;
        require(!_send(item), "accepted");
    }

    /// @dev Accepted if and only if there is time for the windows of the longest path and it is no more than 30 days.
    function testFuzz_execute_anyDeadline_isAcceptedInItsRange(uint40 deadline, uint8 tasks, bool near) public {
        uint256 count = _bound(tasks, 1, 32);
        uint256 cluster = _cluster(1 ether, 5_000, 0, new uint32[](count));
        uint256 low = block.timestamp + count * WINDOW_SECONDS;
        uint256 high = block.timestamp + 30 days;
        // Half of the draws close to a bound.
        if (near) deadline = uint40(_bound(deadline, 0, 6) + (deadline % 2 == 0 ? low : high) - 3);
        bool expected = deadline >= low && deadline <= high;
        (uint256 quoteWei,,) = executions.quote(cluster, 1);
        VM.prank(_requester);
        try executions.execute{value: quoteWei}(cluster, 1, "input", _params(deadline)) returns (uint256 id) {
            require(expected, "accepted");
            _equal(executions.executionOf(id).deadline, deadline, "deadline");
        } catch (bytes memory reason) {
            require(!expected, "refused");
            bytes4 selector = IExecutionErrors.ExecutionDeadlineOutOfRange.selector;
            _equal(keccak256(reason), keccak256(abi.encodeWithSelector(selector, deadline, low, high)), "error");
        }
    }

    /// @dev C14: no other value than the quote.
    function testFuzz_execute_anyValue_isAcceptedIfTheQuote(uint128 valueWei, uint96 priceWei) public {
        uint256 cluster = _cluster(priceWei, 5_000, 0, new uint32[](1));
        VM.deal(_requester, type(uint256).max / 2);
        VM.prank(_requester);
        try executions.execute{value: valueWei}(cluster, 1, "input", _params(block.timestamp + 1_000)) {
            _equal(valueWei, priceWei, "accepted");
        } catch {
            require(valueWei != priceWei, "refused");
        }
    }

    /// @dev An output counts if it is 1 to 8,192 bytes that hash to the digest.
    function testFuzz_submitCompletions_anyOutput_isAcceptedByItsLength(uint256 seed, uint16 length, bool near) public {
        uint256 id = _execute(_cluster(1 ether, 5_000, 0, new uint32[](1)));
        IClusterExecutions.SignedCompletion memory item = _item(id, 0, seed);
        uint256 bytesCount = near ? _bound(length, 8_190, 8_194) : _bound(length, 0, 10_000);
        item.output = new bytes(bytesCount);
        item.completion.outputDigest = keccak256(item.output);
        item.signature = _sign64(KEY, _completionHash(item.completion));
        require(_send(item) == (bytesCount != 0 && bytesCount <= 8_192), "by its length");
    }

    /// @dev C08: no account but the node's key and its owner answers for it.
    function testFuzz_submitCompletionAsNode_byAnybody_isRefused(address sender, uint256 seed) public {
        VM.assume(sender != _operator && sender != VM.addr(KEY));
        uint256 id = _execute(_cluster(1 ether, 5_000, 0, new uint32[](1)));
        IClusterExecutions.SignedCompletion memory item = _item(id, 0, seed);
        VM.prank(sender);
        try executions.submitCompletionAsNode(item.completion, item.output) {
            revert("accepted");
        } catch (bytes memory reason) {
            bytes4 selector = IExecutionErrors.CompletionNotEligible.selector;
            _equal(keccak256(reason), keccak256(abi.encodeWithSelector(selector, id, 0, sender)), "error");
        }
    }
}
