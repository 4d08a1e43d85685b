// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {SSTORE2} from "solady/src/utils/SSTORE2.sol";
import {VersionCode} from "./VersionCode.sol";

/// @title VersionAgents
/// @notice Which agent does which task of a published version, read from the version's code (see `VersionCode`).
/// @dev The core has no use for it: money follows models and nodes, and an agent is who was asked. What is said of agents
/// (feedback, validation) starts from what a version froze, not from where an agent is now.
/// Reads past the last agent are texts of the version, or zeros behind its end: `taskCount` bounds every index that is used
/// here.
library VersionAgents {
    /// @dev Header, tasks and agents of the largest version; the texts that follow are not read.
    uint256 private constant HEAD_BYTES_MAX = VersionCode.HEADER_BYTES + VersionCode.TASKS_MAX * VersionCode.TASK_BYTES
        + VersionCode.AGENTS_MAX * VersionCode.AGENT_BYTES;

    /// @dev Reads what the functions below need of the version at `code`: up to 1,410 bytes. Warning: the code must be a
    /// version's, as the registry names it; an address without code reverts (SSTORE2).
    function load(address code) internal view returns (bytes memory) {
        return SSTORE2.read(code, 0, HEAD_BYTES_MAX);
    }

    /// @dev The agent of a task. Warning: `task` must be below `VersionCode.taskCount`.
    function agentOfTask(bytes memory head, uint256 task) internal pure returns (uint256 agent) {
        (agent,,) = VersionCode.agentSettingsAt(head, VersionCode.agentIndexAt(head, task));
    }

    /// @dev Whether a task of the version is the agent's, and the model that its tasks are paid to: a version pins one
    /// model for each agent, so the first task says it. At most 32 tasks.
    /// An agent that is a member without a task is not found: nobody asked it for anything.
    function modelOfAgent(bytes memory head, uint256 agent) internal pure returns (bool found, uint256 model) {
        uint256 count = VersionCode.taskCount(head);
        for (uint256 task; task < count; ++task) {
            if (agentOfTask(head, task) == agent) {
                (model,,,) = VersionCode.taskAt(head, task);
                return (true, model);
            }
        }
    }
}
