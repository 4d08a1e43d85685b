// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {CompletionMaker} from "./CompletionMaker.sol";

/// @title DirectActions
/// @notice The three direct calls, each with its right or wrong sender.
abstract contract DirectActions is CompletionMaker {
    /// @dev One direct call, in any role, by whoever may or may not.
    function submitDirect(uint256 seed) external {
        if (executionRecords.length == 1) return;
        (IClusterExecutions.Completion memory completion, bytes memory output) = _completion(seed);
        IClusterExecutions.Role role = IClusterExecutions.Role(_draw(seed, 50) % 3);
        if (role != IClusterExecutions.Role.Node) completion.node = 0;
        completion.tip = 0;
        address sender = _senderFor(completion, role, _draw(seed, 51));
        bool expected = _mayDirectly(completion, output, role, sender);
        VM.prank(sender);
        bool accepted = _sendDirectly(completion, output, role);
        require(accepted == expected, accepted ? "C08: accepted from nobody" : "C08: refused from somebody admitted");
        if (accepted) {
            _accepted(completion, output, role, sender);
            _seal();
            ++_tally.directAnswers;
            if (_isDelegate(completion, role, sender)) ++_tally.delegatesAnswers;
        } else {
            ++_tally.directRefusals;
        }
    }

    function _mayDirectly(
        IClusterExecutions.Completion memory completion,
        bytes memory output,
        IClusterExecutions.Role role,
        address sender
    ) private view returns (bool) {
        if (_judgeContent(completion) != IClusterExecutions.SkipReason.None) return false;
        if (!_isOutput(completion, output)) return false;
        ExecutionRecord storage execution = executionRecords[completion.execution];
        if (_version(execution).quorum[completion.task] > 1) return false;
        if (role == IClusterExecutions.Role.Node) {
            if (!_speaksFor(completion.node, sender)) return false;
        } else if (role == IClusterExecutions.Role.ModelOwner) {
            if (!_acts(address(models), _modelOfTask(completion), sender, 2)) return false;
        } else if (!_acts(address(clusters), execution.cluster, sender, 2)) {
            return false;
        }
        (bool eligible, uint256 opensAt) = _window(completion.execution, completion.task, completion.node, role);
        return eligible && block.timestamp >= opensAt;
    }

    function _isDelegate(IClusterExecutions.Completion memory completion, IClusterExecutions.Role role, address sender)
        private
        view
        returns (bool)
    {
        if (role == IClusterExecutions.Role.ModelOwner) {
            return sender != _ownerOf(address(models), _modelOfTask(completion));
        }
        if (role == IClusterExecutions.Role.ClusterOwner) {
            return sender != _ownerOf(address(clusters), executionRecords[completion.execution].cluster);
        }
        return sender != keyRecords[completion.node] && sender != _ownerOf(address(nodes), completion.node);
    }

    function _sendDirectly(
        IClusterExecutions.Completion memory completion,
        bytes memory output,
        IClusterExecutions.Role role
    ) private returns (bool) {
        if (role == IClusterExecutions.Role.Node) {
            try executions.submitCompletionAsNode(completion, output) {
                return true;
            } catch {
                return false;
            }
        }
        if (role == IClusterExecutions.Role.ModelOwner) {
            try executions.submitCompletionAsModelOwner(completion, output) {
                return true;
            } catch {
                return false;
            }
        }
        try executions.submitCompletionAsClusterOwner(completion, output) {
            return true;
        } catch {
            return false;
        }
    }
}
