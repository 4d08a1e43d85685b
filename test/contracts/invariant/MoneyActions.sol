// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {HandlerBooks} from "./HandlerBooks.sol";

/// @title MoneyActions
/// @notice Time, and how money comes back: runs that expire, withdrawals by whoever may and by whoever may not, and at last everything
/// taken out by everybody.
abstract contract MoneyActions is HandlerBooks {
    /// @notice What somebody wants to have paid out.
    struct Withdrawal {
        IClusterExecutions.CreditKind kind;
        uint256 id;
        address currency;
        /// Zero for an account's.
        address registry;
    }

    /// @dev Some time; often to the very second at which a window opens or a deadline is.
    function wait(uint256 seed) external {
        uint256 time = block.timestamp + (seed % 8 == 0 ? _draw(seed, 0) % 300 : _draw(seed, 0) % 30);
        if (executionRecords.length > 1 && _draw(seed, 1) % 2 == 0) {
            ExecutionRecord storage execution =
                executionRecords[_bound(_draw(seed, 2), 1, executionRecords.length - 1)];
            uint256 edge = execution.deadline;
            if (_draw(seed, 3) % 4 != 0) {
                uint256 windowSeconds = _version(execution).windowSeconds;
                edge = execution.readyAt + ((block.timestamp - execution.readyAt) / windowSeconds + 1) * windowSeconds;
            }
            edge = edge + _draw(seed, 4) % 3 - 1;
            if (edge > block.timestamp && edge < block.timestamp + 300) time = edge;
        }
        VM.warp(time);
    }

    function expire(uint256 seed) external {
        if (executionRecords.length == 1) return;
        uint256 id = _bound(_draw(seed, 0), 1, executionRecords.length - 1);
        ExecutionRecord storage execution = executionRecords[id];
        bool due = execution.state == IClusterExecutions.ExecutionState.Running && block.timestamp > execution.deadline;
        VM.prank(_actors[_draw(seed, 1) % ACTORS]);
        try executions.expire(id) {
            require(due, "C19: expired before its time or after its end");
            _endedUnspent(id, IClusterExecutions.ExecutionState.Expired);
            ++_tally.expiries;
            _seal();
        } catch {
            require(!due, "C19: could not be expired");
            ++_tally.earlyExpiries;
        }
    }

    function withdraw(uint256 seed) external {
        Withdrawal memory order;
        order.kind = IClusterExecutions.CreditKind(_draw(seed, 0) % 4);
        order.currency = _draw(seed, 4) % 2 == 0 ? address(_token) : address(0);
        address holder;
        if (order.kind == IClusterExecutions.CreditKind.Account) {
            holder = _actors[_draw(seed, 1) % ACTORS];
            order.id = uint160(holder);
        } else {
            order.registry = [address(nodes), address(models), address(clusters)][uint256(order.kind)];
            uint256 count = [nodes.nodeCount(), MODELS, clusters.clusterCount()][uint256(order.kind)];
            if (count == 0) return;
            order.id = _bound(_draw(seed, 1), 1, count);
            // Mostly one that has something.
            for (uint256 i; i < count && seed % 4 != 0; ++i) {
                uint256 next = 1 + (order.id + i) % count;
                if (creditRecords[order.currency][uint8(order.kind)][next] == 0) continue;
                order.id = next;
                break;
            }
            holder = _ownerOf(order.registry, order.id);
        }
        address sender = _draw(seed, 2) % 3 == 0 ? _actors[_draw(seed, 3) % ACTORS] : holder;
        if (order.registry != address(0) && _draw(seed, 7) % 3 == 0) sender = _delegateOf(order.registry, order.id, 8);
        bool may = order.registry == address(0) ? sender == holder : _acts(order.registry, order.id, sender, 8);
        _withdraw(order, sender, _draw(seed, 5) % 2 == 0 ? sender : _actors[_draw(seed, 6) % ACTORS], may, holder);
    }

    function _withdraw(Withdrawal memory order, address sender, address to, bool may, address holder) private {
        uint256 amountWei = creditRecords[order.currency][uint8(order.kind)][order.id];
        uint256 before = _balanceOf(order.currency, to);
        VM.prank(sender);
        try executions.withdraw(order.kind, order.id, order.currency, to) returns (uint256 paidWei) {
            require(may, "C23: somebody else's credit was paid out");
            _equal(paidWei, amountWei, "paid");
            _equal(_balanceOf(order.currency, to) - before, amountWei, "arrived");
            creditRecords[order.currency][uint8(order.kind)][order.id] = 0;
            heldWei[order.currency] -= amountWei;
            ++_tally.withdrawals;
            if (order.currency != address(0)) ++_tally.tokenWithdrawals;
            if (sender != holder) ++_tally.delegatesWithdrawals;
            if (to != sender) ++_tally.paidToOthers;
        } catch {
            require(!may || amountWei == 0, "C20: a withdrawal was stopped");
            if (!may) ++_tally.strangersWithdrawals;
        }
    }

    /// @dev Ends what still runs by a stranger, and takes all the money out. Not an action: `afterInvariant` does it.
    function closeDown() external {
        address stranger = VM.addr(_key("stranger", 0));
        for (uint256 id = 1; id < executionRecords.length; ++id) {
            ExecutionRecord storage execution = executionRecords[id];
            if (execution.state != IClusterExecutions.ExecutionState.Running) continue;
            if (block.timestamp <= execution.deadline) VM.warp(execution.deadline + 1);
            VM.prank(stranger);
            executions.expire(id);
            _endedUnspent(id, IClusterExecutions.ExecutionState.Expired);
        }
        _seal();
        for (uint256 id = 1; id < executionRecords.length; ++id) {
            _deliverIfAny(id, _actors[id % ACTORS]);
        }
        address[2] memory currencies = [address(0), address(_token)];
        for (uint256 c; c < currencies.length; ++c) {
            _takeAllOut(currencies[c]);
            uint256 sumWei = _balanceOf(currencies[c], _router);
            for (uint256 i; i < ACTORS; ++i) {
                sumWei += _balanceOf(currencies[c], _actors[i]);
            }
            _equal(_balanceOf(currencies[c], address(executions)), 0, "C01: left when everybody has been paid");
            _equal(sumWei, (ACTORS + 1) * WEI_EACH, "C01: wei that all have together");
        }
        _equal(executions.owedOf(address(_token)), 0, "C01: owed when everybody has been paid");
    }

    /// @dev Tells the consumer of an ended execution, if that is to be done still.
    function _deliverIfAny(uint256 id, address deliverer) internal virtual;

    function _takeAllOut(address currency) private {
        for (uint256 i; i < ACTORS; ++i) {
            _takeOut(IClusterExecutions.CreditKind.Account, uint160(_actors[i]), currency, _actors[i]);
        }
        for (uint256 id = 1; id <= NODES_MAX; ++id) {
            if (id <= nodes.nodeCount()) {
                _takeOut(IClusterExecutions.CreditKind.Node, id, currency, _ownerOf(address(nodes), id));
            }
            if (id <= MODELS) {
                _takeOut(IClusterExecutions.CreditKind.Model, id, currency, _ownerOf(address(models), id));
            }
            if (id <= clusters.clusterCount()) {
                _takeOut(IClusterExecutions.CreditKind.Cluster, id, currency, _ownerOf(address(clusters), id));
            }
        }
    }

    function _takeOut(IClusterExecutions.CreditKind kind, uint256 id, address currency, address holder) private {
        uint256 amountWei = creditRecords[currency][uint8(kind)][id];
        if (amountWei == 0) return;
        VM.prank(holder);
        _equal(executions.withdraw(kind, id, currency, holder), amountWei, "C19: taken out at the end");
        creditRecords[currency][uint8(kind)][id] = 0;
        heldWei[currency] -= amountWei;
    }
}
