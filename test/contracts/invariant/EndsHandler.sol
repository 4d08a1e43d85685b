// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {Consumer__MockForExecutions} from "../../../contracts/test/Consumer__MockForExecutions.sol";
import {Handler} from "./Handler.sol";

/// @title EndsHandler
/// @notice The rest of what people do: ends before the last answer, callbacks, and what owners let others do.
contract EndsHandler is Handler {
    /// @dev By the requester, or, in vain, by somebody else; often too early.
    function cancel(uint256 seed) external {
        if (executionRecords.length == 1) return;
        uint256 id = _runningFrom(_draw(seed, 0));
        ExecutionRecord storage execution = executionRecords[id];
        address sender = _draw(seed, 1) % 4 == 0 ? _actors[_draw(seed, 2) % ACTORS] : execution.requester;
        bool runs = execution.state == IClusterExecutions.ExecutionState.Running;
        uint256 from = runs ? _cancellableFrom(execution) : 0;
        bool may = runs && sender == execution.requester && block.timestamp >= from;
        if (runs) _equal(executions.cancellableAt(id), from, "C16: cancellable from");
        VM.prank(sender);
        try executions.cancel(id) {
            require(may, "C08: cancelled by somebody else, or too early");
            _endedUnspent(id, IClusterExecutions.ExecutionState.Cancelled);
            _seal();
            ++_tally.cancels;
        } catch {
            require(!may, "C19: could not be cancelled");
            if (runs && sender == execution.requester) ++_tally.earlyCancels;
        }
    }

    /// @dev A node says that it cannot answer.
    function reportFailure(uint256 seed) external {
        if (executionRecords.length == 1) return;
        (IClusterExecutions.Completion memory completion,) = _completion(seed);
        (uint256 id, uint256 task, uint256 node) = (completion.execution, completion.task, completion.node);
        address sender = _senderFor(completion, IClusterExecutions.Role.Node, _draw(seed, 50));
        bool may = _mayReport(id, task, node, sender);
        VM.prank(sender);
        try executions.reportFailure(id, task, node, bytes32(seed)) {
            require(may, "C08: a report was taken from nobody");
            ++_tally.reports;
            _reported(id, task, node);
            _seal();
        } catch {
            require(!may, "C08: a report was refused");
            ++_tally.reportRefusals;
        }
    }

    function _mayReport(uint256 id, uint256 task, uint256 node, address sender) private view returns (bool) {
        ExecutionRecord storage execution = executionRecords[id];
        if (execution.state != IClusterExecutions.ExecutionState.Running) return false;
        if (block.timestamp > execution.deadline || !_isOpen(execution, task)) return false;
        if (!_speaksFor(node, sender)) return false;
        (bool eligible, uint256 opensAt) = _window(id, task, node, IClusterExecutions.Role.Node);
        if (!eligible || block.timestamp < opensAt) return false;
        return (reportRecords[id][task] >> _placeOf(execution, task, node)) & 1 == 0;
    }

    function _reported(uint256 id, uint256 task, uint256 node) private {
        ExecutionRecord storage execution = executionRecords[id];
        VersionRecord storage version = _version(execution);
        reportRecords[id][task] |= 1 << _placeOf(execution, task, node);
        uint256 reports;
        for (uint256 i; i < 64; ++i) {
            reports += (reportRecords[id][task] >> i) & 1;
        }
        uint256 most = version.attempts + version.quorum[task] - 1;
        uint256 places = _placesBefore(version.modelOf[task], execution.createdAt);
        if (reports < (most < places ? most : places)) return;
        _endedUnspent(id, IClusterExecutions.ExecutionState.Failed);
        ++_tally.failures;
    }

    function _placeOf(ExecutionRecord storage execution, uint256 task, uint256 node) private view returns (uint256) {
        return servingRecords[_version(execution).modelOf[task]][node].placePlusOne - 1;
    }

    /// @dev Tells a consumer, which does one thing or another; sometimes with what does not fold to the run's digest.
    function deliver(uint256 seed) external {
        uint256 count = executionRecords.length - 1;
        if (count == 0) return;
        uint256 id = _bound(_draw(seed, 0), 1, count);
        // Mostly one of which there is something to tell.
        for (uint256 i; i < count && seed % 4 != 0; ++i) {
            uint256 next = 1 + (id + i) % count;
            if (executionRecords[next].consumer == address(0)) continue;
            id = next;
            if (executionRecords[next].state != IClusterExecutions.ExecutionState.Running) break;
        }
        uint256 other = _overdueFrom(_draw(seed, 1));
        for (uint256 i; i < CONSUMERS; ++i) {
            _setMood(_consumers[i], id, other, _draw(seed, 10 + i));
        }
        _deliver(id, other, _actors[_draw(seed, 2) % ACTORS], _draw(seed, 3) % 8);
    }

    /// @dev At the end, by everybody's best will.
    function _deliverIfAny(uint256 id, address deliverer) internal override {
        if (executionRecords[id].consumer == address(0)) return;
        for (uint256 i; i < CONSUMERS; ++i) {
            _setMood(_consumers[i], id, id, id + i);
        }
        _deliver(id, id, deliverer, type(uint256).max);
    }

    /// @dev What a consumer does; where it calls back it delivers again, or ends another execution.
    function _setMood(Consumer__MockForExecutions consumer, uint256 id, uint256 other, uint256 seed) private {
        (, bytes32 inputDigest, bytes32[] memory outputDigests, bytes memory response) = _delivery(id);
        bytes memory back = seed % 3 == 0
            ? abi.encodeCall(executions.deliver, (id, inputDigest, outputDigests, response))
            : abi.encodeCall(executions.expire, (other));
        uint256 mood = _draw(seed, 0) % 8;
        // Half of them call back.
        consumer.setMood(Consumer__MockForExecutions.Mood(mood < 5 ? mood : 5), address(executions), back);
    }

    function _delivery(uint256 id)
        private
        view
        returns (uint256, bytes32, bytes32[] memory outputDigests, bytes memory response)
    {
        ExecutionRecord storage execution = executionRecords[id];
        outputDigests = execution.outputDigests;
        if (execution.state == IClusterExecutions.ExecutionState.Succeeded) response = _responses[id];
        return (id, execution.inputDigest, outputDigests, response);
    }

    /// @dev `other` is what a consumer that calls back may end; `twist` says what is wrong with the call.
    function _deliver(uint256 id, uint256 other, address deliverer, uint256 twist) private {
        ExecutionRecord storage execution = executionRecords[id];
        (, bytes32 inputDigest, bytes32[] memory outputDigests, bytes memory response) = _delivery(id);
        if (twist == 0) inputDigest = ~inputDigest;
        if (twist == 1) outputDigests[0] = ~outputDigests[0];
        if (twist == 2) response = bytes.concat(response, "!");
        bool may = execution.state != IClusterExecutions.ExecutionState.Running && execution.consumer != address(0)
            && twist > 2;
        Told memory told;
        told.consumer = execution.consumer;
        told.calls = _callsOf(told.consumer);
        VM.prank(deliverer);
        try executions.deliver(id, inputDigest, outputDigests, response) {
            require(may, "C23: a consumer was told twice, too early or something else");
        } catch {
            require(!may, "C20: a delivery was stopped");
            ++_tally.deliveryRefusals;
            return;
        }
        ++_tally.deliveries;
        _credit(
            address(0), IClusterExecutions.CreditKind.Account, uint160(deliverer), execution.budgetWei
        );
        (execution.consumer, execution.callbackGas, execution.budgetWei) = (address(0), 0, 0);
        _noteCall(told, other);
    }

    /// @notice A consumer before it was told.
    struct Told {
        address consumer;
        uint256 calls;
    }

    /// @dev What the consumer did goes into the model.
    function _noteCall(Told memory told, uint256 other) private {
        if (_callsOf(told.consumer) == told.calls) {
            ++_tally.consumerFailures;
            return;
        }
        ++_tally.consumerCalls;
        Consumer__MockForExecutions consumer = Consumer__MockForExecutions(payable(told.consumer));
        if (consumer.mood() != Consumer__MockForExecutions.Mood.CallBack || !consumer.backSucceeded()) return;
        require(bytes4(consumer.backData()) == IClusterExecutions.expire.selector, "C22: delivered while delivered");
        ExecutionRecord storage execution = executionRecords[other];
        require(execution.state == IClusterExecutions.ExecutionState.Running, "C04: ended twice");
        require(block.timestamp > execution.deadline, "C16: expired before its time");
        _endedUnspent(other, IClusterExecutions.ExecutionState.Expired);
        _seal();
        ++_tally.reentries;
    }

    function _callsOf(address consumer) private view returns (uint256) {
        if (consumer.code.length == 0) return 0;
        return Consumer__MockForExecutions(payable(consumer)).calls();
    }

    // ------------------------------------------------------------------------------------------------- permissions

    /// @dev An owner names a delegate of a node, a model or a cluster, or ends one.
    function setDelegate(uint256 seed) external {
        uint256 which = _draw(seed, 0) % 3;
        address registry = [address(nodes), address(models), address(clusters)][which];
        uint256 count = [nodes.nodeCount(), MODELS, clusters.clusterCount()][which];
        if (count == 0) return;
        uint256 token = _bound(_draw(seed, 1), 1, count);
        address owner = _ownerOf(registry, token);
        address delegate = _actors[_draw(seed, 2) % ACTORS];
        if (delegate == owner) return;
        DelegateRecord storage record = delegateRecords[_delegatePlace(registry, token, delegate)];
        if (record.roles != 0 && _draw(seed, 3) % 3 == 0) {
            VM.prank(_draw(seed, 3) % 2 == 0 ? owner : delegate);
            permissions.revokeDelegate(registry, token, delegate);
            record.roles = 0;
            return;
        }
        record.roles = _draw(seed, 4) % 2 == 0 ? 15 : uint8(_bound(_draw(seed, 7), 1, 15));
        record.expiresAt = _draw(seed, 5) % 2 == 0 ? 0 : block.timestamp + _draw(seed, 6) % 100;
        VM.prank(owner);
        permissions.setDelegate(registry, token, delegate, record.roles, uint40(record.expiresAt));
        ++_tally.delegates;
    }

    /// @dev An owner closes, opens, restricts or stops, or gives grants.
    function setAccess(uint256 seed) external {
        if (clusters.clusterCount() == 0) return;
        uint256 cluster = _bound(_draw(seed, 0), 1, clusters.clusterCount());
        uint256 what = _draw(seed, 1) % 8;
        if (what == 0) return _stop(cluster, _bound(_draw(seed, 2), 1, versionRecords[cluster].length));
        VM.prank(_ownerOf(address(clusters), cluster));
        if (what == 1) {
            // Open for three quarters of the time.
            closedRecords[cluster] = _draw(seed, 3) % 4 == 0;
            clusters.setClosed(cluster, closedRecords[cluster]);
            ++_tally.closings;
        } else if (what < 5) {
            restrictedRecords[cluster] = _draw(seed, 3) % 2 == 0;
            clusters.setRestricted(cluster, restrictedRecords[cluster]);
        } else {
            address grantee = _actors[_draw(seed, 4) % ACTORS];
            uint256 uses = _bound(_draw(seed, 5), 1, 3);
            grantRecords[_grantPlace(cluster, grantee)] = uses;
            permissions.setGrant(address(clusters), cluster, address(executions), grantee, uint32(uses), 0);
        }
    }

    function _stop(uint256 cluster, uint256 version) private {
        if (stoppedRecords[cluster][version]) return;
        stoppedRecords[cluster][version] = true;
        VM.prank(_ownerOf(address(clusters), cluster));
        clusters.stopVersion(cluster, version);
        ++_tally.stops;
    }

    /// @dev One that anybody may end, if there is one.
    function _overdueFrom(uint256 seed) private view returns (uint256) {
        uint256 count = executionRecords.length - 1;
        for (uint256 i; i < count; ++i) {
            uint256 next = 1 + (seed % count + i) % count;
            ExecutionRecord storage execution = executionRecords[next];
            bool runs = execution.state == IClusterExecutions.ExecutionState.Running;
            if (runs && block.timestamp > execution.deadline) return next;
        }
        return _bound(seed, 1, count);
    }

    /// @dev One that runs, if there is one after a random one.
    function _runningFrom(uint256 seed) private view returns (uint256 id) {
        uint256 count = executionRecords.length - 1;
        id = _bound(seed, 1, count);
        for (uint256 i; i < count; ++i) {
            uint256 next = 1 + (id + i) % count;
            if (executionRecords[next].state == IClusterExecutions.ExecutionState.Running) return next;
        }
    }
}
