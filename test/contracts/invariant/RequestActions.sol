// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {HandlerBooks} from "./HandlerBooks.sol";

/// @title RequestActions
/// @notice Requests: by the requester itself or by the router, paid right or wrong, of what takes runs and what does not.
abstract contract RequestActions is HandlerBooks {
    function execute(uint256 seed) external {
        uint256 count = clusters.clusterCount();
        if (count == 0 || executionRecords.length > EXECUTIONS_MAX) return;
        uint256 cluster = _bound(_draw(seed, 0), 1, count);
        uint256 number = _bound(_draw(seed, 1), 1, versionRecords[cluster].length);
        address requester = _actors[_draw(seed, 2) % ACTORS];
        bool owns = requester == _ownerOf(address(clusters), cluster);
        bytes32 grant = _grantPlace(cluster, requester);
        bool needsGrant = restrictedRecords[cluster] && !owns;
        bool expected = !closedRecords[cluster] && !stoppedRecords[cluster][number]
            && (!needsGrant || grantRecords[grant] != 0);
        ExecutionRecord storage execution = executionRecords.push();
        _fill(execution, cluster, number, requester, seed);
        if (!_sendExecute(execution, abi.encode(seed), seed % 3 == 0, expected)) {
            executionRecords.pop();
            ++_tally.refusedRequests;
            return;
        }
        if (!needsGrant) return;
        --grantRecords[grant];
        ++_tally.grantsUsed;
    }

    function _fill(
        ExecutionRecord storage execution,
        uint256 cluster,
        uint256 number,
        address requester,
        uint256 seed
    ) private {
        VersionRecord storage version = versionRecords[cluster][number - 1];
        execution.cluster = cluster;
        execution.version = number;
        execution.requester = requester;
        execution.createdAt = block.timestamp;
        execution.readyAt = block.timestamp;
        execution.deadline =
            block.timestamp + version.pathLength * version.windowSeconds + _draw(seed, 3) % 200;
        execution.ownerMayAnswer = _draw(seed, 4) % 2 == 0;
        execution.state = IClusterExecutions.ExecutionState.Running;
        execution.outputDigests = new bytes32[](version.modelOf.length);
        execution.fundedWei = version.feeWei;
        for (uint256 i; i < version.priceWei.length; ++i) {
            execution.fundedWei += version.priceWei[i];
        }
        // Now and then a consumer, or an account without code.
        uint256 told = _draw(seed, 5) % 6;
        if (told > CONSUMERS) return;
        execution.consumer = told == CONSUMERS ? _actors[0] : address(_consumers[told]);
        execution.callbackGas = _bound(_draw(seed, 6), 1, 400_000);
        execution.budgetWei = _draw(seed, 7) % 0.01 ether;
    }

    /// @dev By the requester, or by the router in its name, which then pays.
    function _sendExecute(ExecutionRecord storage execution, bytes memory input, bool routed, bool expected)
        private
        returns (bool)
    {
        execution.inputDigest = keccak256(input);
        IClusterExecutions.ExecuteParams memory params = _params(execution.deadline);
        params.ownerMayAnswer = execution.ownerMayAnswer;
        params.consumer = execution.consumer;
        params.callbackGas = uint32(execution.callbackGas);
        params.callbackBudgetWei = uint64(execution.budgetWei);
        address currency = _version(execution).currency;
        uint256 valueWei = execution.budgetWei + (currency == address(0) ? execution.fundedWei : 0);
        VM.prank(routed ? _router : execution.requester);
        try executions.executeFor{value: valueWei}(
            execution.requester, execution.cluster, execution.version, input, params
        ) returns (uint256 id) {
            require(expected, "a request was let in");
            _equal(id, executionRecords.length - 1, "C12: id");
        } catch {
            require(!expected, "a request was refused");
            return false;
        }
        heldWei[currency] += execution.fundedWei;
        heldWei[address(0)] += execution.budgetWei;
        if (routed) ++_tally.routedRequests;
        if (currency != address(0)) ++_tally.tokenRequests;
        return true;
    }
}
