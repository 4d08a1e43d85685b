// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {HandlerBooks} from "./HandlerBooks.sol";

/// @title Checks
/// @notice What must hold after every action.
abstract contract Checks is HandlerBooks {
    /// @dev C01: what the contract holds of each currency is open escrow, credits and callbacks' budgets, to the wei.
    function checkSolvency() external view {
        _checkSolvency(address(0));
        _checkSolvency(address(_token));
        _equal(executions.owedOf(address(_token)), heldWei[address(_token)], "C01: owed of the other currency");
    }

    function _checkSolvency(address currency) private view {
        uint256 owedWei;
        for (uint256 id = 1; id < executionRecords.length; ++id) {
            IClusterExecutions.ExecutionView memory present = executions.executionOf(id);
            if (present.currency == currency) owedWei += present.escrowWei;
            if (currency == address(0)) owedWei += present.callbackBudgetWei;
        }
        for (uint256 id = 1; id <= NODES_MAX; ++id) {
            for (uint8 kind; kind < 3; ++kind) {
                uint256 creditWei = executions.creditOf(IClusterExecutions.CreditKind(kind), id, currency);
                _equal(creditWei, creditRecords[currency][kind][id], "C23: credit of a token");
                owedWei += creditWei;
            }
        }
        for (uint256 i; i < ACTORS; ++i) {
            uint256 account = uint160(_actors[i]);
            uint256 creditWei = executions.creditOf(IClusterExecutions.CreditKind.Account, account, currency);
            _equal(creditWei, creditRecords[currency][3][account], "C23: credit of an account");
            owedWei += creditWei;
        }
        _equal(_balanceOf(currency, address(executions)), owedWei, "C01: balance");
        _equal(owedWei, heldWei[currency], "C01: paid in less paid out");
    }

    /// @dev C02, C03, C04 and C07, for every execution.
    function checkExecutions() external view {
        _equal(executions.executionCount(), executionRecords.length - 1, "C12: executions");
        for (uint256 id = 1; id < executionRecords.length; ++id) {
            _checkExecution(id);
        }
    }

    /// @dev C09: an agent is in one cluster at most, and both directions of the map agree.
    function checkMembers() external view {
        uint256 count = agents.agentCount();
        _equal(count, clusterOfAgentRecord.length, "agents");
        for (uint256 agent; agent < count; ++agent) {
            _equal(clusters.clusterOfAgent(agent), clusterOfAgentRecord[agent], "C09: cluster of an agent");
        }
        uint256 sum;
        uint256 free;
        for (uint256 agent; agent < count; ++agent) {
            if (clusterOfAgentRecord[agent] == 0) ++free;
        }
        for (uint256 cluster = 1; cluster <= clusters.clusterCount(); ++cluster) {
            uint256[] memory members = clusters.membersOf(cluster);
            sum += members.length;
            require(members.length <= 32, "C10: too many members");
            _checkVersions(cluster);
            _equal(
                keccak256(abi.encode(members)), keccak256(abi.encode(membersRecord[cluster])), "C10: members"
            );
            for (uint256 i; i < members.length; ++i) {
                _equal(clusters.clusterOfAgent(members[i]), cluster, "C09: cluster of a member");
            }
        }
        _equal(sum + free, count, "C09: members of all clusters together");
    }

    /// @dev C11: whoever leaves, whatever is published next, a version stays what it was.
    function _checkVersions(uint256 cluster) private view {
        VersionRecord[] storage versions = versionRecords[cluster];
        _equal(clusters.versionCount(cluster), versions.length, "C12: versions");
        for (uint256 i; i < versions.length; ++i) {
            _equal(clusters.versionCode(cluster, i + 1).codehash, versions[i].digest, "C11: a version changed");
        }
    }

    function _checkExecution(uint256 id) private view {
        ExecutionRecord storage execution = executionRecords[id];
        VersionRecord storage version = _version(execution);
        IClusterExecutions.ExecutionView memory present = executions.executionOf(id);
        require(present.state == execution.state, "C04: state");
        require(present.requester == execution.requester, "C03: requester");
        _equal(present.cluster, execution.cluster, "C03: cluster");
        _equal(present.version, execution.version, "C03: version");
        _equal(present.versionDigest, version.digest, "C03: version digest");
        _equal(present.createdAt, execution.createdAt, "C16: created");
        _equal(present.deadline, execution.deadline, "C14: deadline");
        _equal(present.readyAt, execution.readyAt, "C16: ready");
        _equal(present.completedTasks, execution.completedTasks, "C07: completed tasks");
        _equal(present.escrowWei, _escrow(execution), "C02: escrow");
        require(present.currency == version.currency, "C03: currency");
        require(present.consumer == execution.consumer, "C03: consumer");
        _equal(present.callbackGas, execution.callbackGas, "C03: gas of a callback");
        _equal(present.callbackBudgetWei, execution.budgetWei, "C01: budget of a callback");
        bool running = execution.state == IClusterExecutions.ExecutionState.Running;
        if (running) {
            _equal(present.digest, execution.inputDigest, "C07: input digest");
        } else {
            _equal(present.escrowWei, 0, "C02: escrow of an ended execution");
            bytes32 digest = keccak256(abi.encode(version.digest, execution.inputDigest, execution.outputDigests));
            _equal(present.digest, digest, "C07: run digest");
            _equal(_endedView(present), endedViews[id], "C04: an ended execution changed");
        }
        for (uint256 task; task < version.modelOf.length; ++task) {
            bytes32 stored = executions.outputDigestOf(id, task);
            _equal(stored, running ? execution.outputDigests[task] : bytes32(0), "C07: output digest");
            _equal(acceptances[id][task], (execution.completedTasks >> task) & 1, "C07: acceptances of a task");
            _equal(executions.failureReportsOf(id, task), reportRecords[id][task], "C18: reports of failure");
        }
    }
}
