// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";

/// @notice All that an execution needs besides a digest, in one storage slot; from the low bits up:
///
/// | bits | what |
/// |---:|---|
/// | 96 | low bits of the requester's address; the whole stands in `Credits` |
/// | 32 | number of the version's code, see `IClusterRegistry.versionPointer` |
/// | 32 | when it was created, unix seconds (until 2106) |
/// | 24 | seconds from creation to the deadline |
/// | 24 | seconds from creation to the last accepted completion |
/// | 32 | bit i: task i is completed |
/// | 8 | state |
/// | 8 | options |
type ExecutionWord is uint256;

using ExecutionWords for ExecutionWord global;

/// @title ExecutionWords
/// @notice Reads and changes an `ExecutionWord`.
/// @dev Times after the creation are kept as distances from it, 24 bits each (194 days; a run lasts 30). Every reader cuts its
/// bits out, and every writer clears them first, so that no field can change another.
///
/// What never changes after `create`: requester, version, times of creation and deadline, options. What only grows: the
/// completed tasks and the time of the last. The state changes once, and from Running only.
library ExecutionWords {
    /// @dev The cluster's owner may answer where nobody else did.
    uint256 internal constant OPTION_OWNER_MAY_ANSWER = 1;
    /// @dev An output may be a digest and a URI.
    uint256 internal constant OPTION_OUTPUTS_BY_REFERENCE = 2;
    /// @dev Somebody is to be told of the end.
    uint256 internal constant OPTION_CALLBACK = 4;

    /// @dev A new execution's word, Running. `durationSeconds` is below 2^24 and `options` below 2^8: callers check.
    /// `time` is cut to 32 bits, which lasts until 2106. The ready time begins as the creation: distance 0.
    function create(uint96 ref, uint32 pointer, uint256 time, uint256 durationSeconds, uint256 options)
        internal
        pure
        returns (ExecutionWord)
    {
        return ExecutionWord.wrap(
            uint256(ref) | (uint256(pointer) << 96) | (uint256(uint32(time)) << 128) | (durationSeconds << 160)
                | (uint256(IClusterExecutions.ExecutionState.Running) << 240) | (options << 248)
        );
    }

    function requesterRef(ExecutionWord word) internal pure returns (uint96) {
        return uint96(ExecutionWord.unwrap(word));
    }

    function versionPointer(ExecutionWord word) internal pure returns (uint32) {
        return uint32(ExecutionWord.unwrap(word) >> 96);
    }

    /// @dev Unix seconds. Also what tells which nodes and which of a node's keys had a say in it.
    function createdAt(ExecutionWord word) internal pure returns (uint256) {
        return uint32(ExecutionWord.unwrap(word) >> 128);
    }

    /// @dev Completions are accepted up to and at this time, unix seconds.
    function deadline(ExecutionWord word) internal pure returns (uint256) {
        // Cannot overflow: 32 and 24 bits.
        unchecked {
            return createdAt(word) + uint24(ExecutionWord.unwrap(word) >> 160);
        }
    }

    /// @dev When the last completion was accepted, or the execution was created, unix seconds.
    function readyAt(ExecutionWord word) internal pure returns (uint256) {
        // Cannot overflow: 32 and 24 bits.
        unchecked {
            return createdAt(word) + uint24(ExecutionWord.unwrap(word) >> 184);
        }
    }

    /// @dev Bit i: task i. `VersionCode.TASKS_MAX` bits.
    function completedTasks(ExecutionWord word) internal pure returns (uint256) {
        return uint32(ExecutionWord.unwrap(word) >> 208);
    }

    function state(ExecutionWord word) internal pure returns (IClusterExecutions.ExecutionState) {
        return IClusterExecutions.ExecutionState(uint8(ExecutionWord.unwrap(word) >> 240));
    }

    /// @dev `state() == Running` without the enum's range check, as it is asked for every item of a batch.
    function isRunning(ExecutionWord word) internal pure returns (bool) {
        return uint8(ExecutionWord.unwrap(word) >> 240) == uint8(IClusterExecutions.ExecutionState.Running);
    }

    /// @dev Whether there is no such execution: of one that there is, the state alone makes the word more than zero, for ever.
    function isNone(ExecutionWord word) internal pure returns (bool) {
        return ExecutionWord.unwrap(word) == 0;
    }

    function has(ExecutionWord word, uint256 option) internal pure returns (bool) {
        return (ExecutionWord.unwrap(word) >> 248) & option != 0;
    }

    /// @dev The word with `task` completed at `time`, which is not past the deadline, and so below 2^24 seconds from creation.
    /// Warning: does not ask whether the task was completed before, or whether the execution runs; callers have.
    function complete(ExecutionWord word, uint256 task, uint256 time) internal pure returns (ExecutionWord) {
        // Cannot underflow: nothing is completed before it was created.
        unchecked {
            uint256 cleared = ExecutionWord.unwrap(word) & ~(uint256(type(uint24).max) << 184);
            return ExecutionWord.wrap(cleared | ((time - createdAt(word)) << 184) | (1 << (208 + task)));
        }
    }

    /// @dev The word in another state. Which states may follow which is said where this is called: see `Runs`.
    function to(ExecutionWord word, IClusterExecutions.ExecutionState next) internal pure returns (ExecutionWord) {
        uint256 cleared = ExecutionWord.unwrap(word) & ~(uint256(type(uint8).max) << 240);
        return ExecutionWord.wrap(cleared | (uint256(next) << 240));
    }
}
