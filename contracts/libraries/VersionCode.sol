// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title VersionCode
/// @notice The layout of a published version, written by `ClusterRegistry` and read by `ClusterExecutions` and by
/// everybody else.
///
/// All numbers are big-endian. Offsets count from the first byte after the STOP byte with which the code begins. What does
/// not fit one code goes on in further ones, each after a STOP byte of its own: every code but the last is full
/// (24,575 bytes), and the registry makes them right after the first, so their addresses follow from its number.
///
/// | offset | bytes | what |
/// |---:|---:|---|
/// | 0 | 1 | format, 2 |
/// | 1 | 8 | cluster |
/// | 9 | 4 | version |
/// | 13 | 4 | window, in seconds |
/// | 17 | 12 | cluster fee, in wei |
/// | 29 | 20 | currency; zero is the chain's own |
/// | 49 | 1 | number of tasks, t |
/// | 50 | 1 | number of agents, a |
/// | 51 | 1 | number of tasks on the longest path of dependencies |
/// | 52 | 12 | quote: all prices and the fee, in wei |
/// | 64 | 1 | attempts: after so many nodes' reports of failure a task has failed |
/// | 65 | 1 | number of further codes, c, that the texts go on in |
/// | 66 | 28 t | tasks |
/// | 66 + 28 t | 14 a | agents |
/// | 66 + 28 t + 14 a | 32 c | hashes of the further codes, as EXTCODEHASH answers them |
/// | 66 + 28 t + 14 a + 32 c | – | texts |
///
/// A task: model (8), price in wei (12), node share in basis points (2), mask of the tasks it depends on (4), index of
/// its agent (1), how many nodes must agree (1).
///
/// An agent: id (8), most tokens of an answer (4; 0 for no say), temperature in thousandths (2; 65,535 for no say).
///
/// The texts, each a length of 2 bytes and UTF-8: slug, name, description, names of the input's variables with a comma
/// between two; for each agent name, role, goal, backstory; for each task name, prompt, tool, tool arguments.
///
/// The code's hash (EIP-1052) is the version's digest, which completions are bound to: it covers the first code and, by their
/// hashes in it, all others. Format 2 is the only one that this registry writes; a reader that may meet another should look at
/// byte 0 first.
library VersionCode {
    uint8 internal constant FORMAT = 2;
    uint256 internal constant HEADER_BYTES = 66;
    uint256 internal constant TASK_BYTES = 28;
    uint256 internal constant AGENT_BYTES = 14;
    /// @notice An agent's temperature where the version has no say.
    uint16 internal constant TEMPERATURE_UNSET = type(uint16).max;
    /// @notice Most tasks of a version: a mask of them fits 32 bits, and no loop over them is long.
    uint256 internal constant TASKS_MAX = 32;
    /// @notice Most agents of a cluster.
    uint256 internal constant AGENTS_MAX = 32;
    /// @notice In `dependsOn`: the task depends on none. The bit is free, as no task depends on the last possible one.
    uint32 internal constant INDEPENDENT = 1 << 31;
    /// @notice In place of the index of a task's agent, in a draft: the agent is not a member any more.
    uint256 internal constant AGENT_GONE = 255;
    /// @notice Most bytes of a version in one code: EIP-170's 24,576 less the STOP byte.
    uint256 internal constant CODE_BYTES_MAX = 24_575;
    /// @notice Most bytes of a version, in three codes. To build one with 32 agents on as many models in one call takes 15.0
    /// million gas, most of it for the code; with a grant for each agent and model it stays below the 16,777,216 of
    /// one transaction (EIP-7825).
    uint256 internal constant VERSION_BYTES_MAX = 57_344;

    /// @dev What stands at the head of a version besides the counts; see the table above.
    struct Header {
        uint256 cluster;
        uint256 version;
        uint256 windowSeconds;
        uint256 feeWei;
        address currency;
        uint256 pathLength;
        uint256 quoteWei;
        uint256 attempts;
    }

    /// @dev Header and room for 32 tasks: reading all of it costs 90 gas more than reading the tasks there are. Beyond the last
    /// task stand agents and texts, beyond the code zeros: nothing may be read there (`taskCount` says where tasks end).
    uint256 private constant PINS_BYTES = HEADER_BYTES + TASKS_MAX * TASK_BYTES;

    /// @dev Reads header and tasks of the version at `code`. Not checked to be one: callers compute the address from a number
    /// that the registry gave out.
    function load(address code) internal view returns (bytes memory) {
        return _read(code, PINS_BYTES);
    }

    /// @dev Reads the header alone: what `execute` has to know. An address without code reads as zeros, a version without tasks;
    /// callers have the number of a code that was made.
    function loadHeader(address code) internal view returns (bytes memory) {
        return _read(code, HEADER_BYTES);
    }

    function _read(address code, uint256 length) private view returns (bytes memory pins) {
        assembly ("memory-safe") {
            pins := mload(0x40)
            mstore(pins, length)
            extcodecopy(code, add(pins, 32), 1, length)
            // 32 bytes of room, as single values are read by whole words.
            mstore(add(add(pins, 32), length), 0)
            mstore(0x40, add(add(pins, 64), length))
        }
    }

    function cluster(bytes memory pins) internal pure returns (uint256) {
        return _at(pins, 1, 8);
    }

    function version(bytes memory pins) internal pure returns (uint256) {
        return _at(pins, 9, 4);
    }

    /// @dev Never zero in a version that was published.
    /// Seconds: 3 to 86,400, and fewer where the longest path would not fit 30 days.
    function windowSeconds(bytes memory pins) internal pure returns (uint256) {
        return _at(pins, 13, 4);
    }

    function feeWei(bytes memory pins) internal pure returns (uint256) {
        return _at(pins, 17, 12);
    }

    function currency(bytes memory pins) internal pure returns (address) {
        return address(uint160(_at(pins, 29, 20)));
    }

    function taskCount(bytes memory pins) internal pure returns (uint256) {
        return _at(pins, 49, 1);
    }

    function agentCount(bytes memory pins) internal pure returns (uint256) {
        return _at(pins, 50, 1);
    }

    function pathLength(bytes memory pins) internal pure returns (uint256) {
        return _at(pins, 51, 1);
    }

    /// @dev Summed once by `publish`, so that `execute` reads one code header and adds nothing.
    /// In the smallest unit of the currency, like every price here, also where a name says wei.
    function quoteWei(bytes memory pins) internal pure returns (uint256) {
        return _at(pins, 52, 12);
    }

    /// @dev After so many nodes' reports of failure a task has failed: 1 to 8, and one more for each that must agree beyond the
    /// first.
    function attempts(bytes memory pins) internal pure returns (uint256) {
        return _at(pins, 64, 1);
    }

    /// @dev How many further codes the texts go on in.
    function furtherCodes(bytes memory pins) internal pure returns (uint256) {
        return _at(pins, 65, 1);
    }

    /// @dev How many nodes must agree on a task's answer: 1 to 7.
    function quorumAt(bytes memory pins, uint256 task) internal pure returns (uint256) {
        return uint8(_at(pins, _taskOffset(task), TASK_BYTES));
    }

    /// @dev What a task pins. Warning: `task` must be below `taskCount`: beyond it stand agents and texts. In a draft the first
    /// is the agent's id, and price and share are zero.
    function taskAt(bytes memory pins, uint256 task)
        internal
        pure
        returns (uint256 model, uint256 priceWei, uint256 nodeShareBps, uint256 dependsOn)
    {
        uint256 word = _at(pins, _taskOffset(task), TASK_BYTES);
        model = word >> 160;
        priceWei = uint96(word >> 64);
        nodeShareBps = uint16(word >> 48);
        dependsOn = uint32(word >> 16);
    }

    /// @dev A task's price alone, in units of the version's currency.
    function priceAt(bytes memory pins, uint256 task) internal pure returns (uint256) {
        return uint96(_at(pins, _taskOffset(task), TASK_BYTES) >> 64);
    }

    /// @dev The tasks a task depends on, alone.
    /// Earlier tasks only: bit i is never set for an i that is not below `task`.
    function dependsOnAt(bytes memory pins, uint256 task) internal pure returns (uint256) {
        return uint32(_at(pins, _taskOffset(task), TASK_BYTES) >> 16);
    }

    /// @dev Where the texts begin, counted through further codes, too. Warning: `data` must hold at least the header.
    function textsAt(bytes memory data) internal pure returns (uint256) {
        // Cannot overflow: counts of at most 255, and lengths of memory.
        unchecked {
            return HEADER_BYTES + taskCount(data) * TASK_BYTES + agentCount(data) * AGENT_BYTES + furtherCodes(data) * 32;
        }
    }

    /// @dev Index of a task's agent, alone.
    function agentIndexAt(bytes memory data, uint256 task) internal pure returns (uint256) {
        return uint8(_at(data, _taskOffset(task), TASK_BYTES) >> 8);
    }

    /// @dev Where the `index`-th agent stands. Warning: `index` must be below `agentCount`.
    function agentOffset(bytes memory data, uint256 index) internal pure returns (uint256) {
        // Cannot overflow: counts of at most 255, and lengths of memory.
        unchecked {
            return HEADER_BYTES + taskCount(data) * TASK_BYTES + index * AGENT_BYTES;
        }
    }

    /// @dev What stands of the `index`-th agent beside its texts. Warning: `load` reads no agents; `data` must be longer.
    function agentSettingsAt(bytes memory data, uint256 index)
        internal
        pure
        returns (uint256 agent, uint32 tokensMax, uint16 temperatureMilli)
    {
        uint256 word = _at(data, agentOffset(data, index), AGENT_BYTES);
        return (word >> 48, uint32(word >> 16), uint16(word));
    }

    /// @dev Hash of the `index`-th further code, its STOP byte included. Warning: `index` must be below `furtherCodes`.
    function furtherHashAt(bytes memory data, uint256 index) internal pure returns (bytes32) {
        return bytes32(_at(data, agentOffset(data, agentCount(data)) + index * 32, 32));
    }

    /// @dev Room for a version of so many tasks, agents and bytes of texts, with format and counts set and all else zero,
    /// and where its texts begin.
    function allocate(uint256 tasks, uint256 agents, uint256 textBytes)
        internal
        pure
        returns (bytes memory data, uint256 at)
    {
        // Cannot overflow: counts of at most 255, and lengths of memory.
        unchecked {
            uint256 codes;
            at = HEADER_BYTES + tasks * TASK_BYTES + agents * AGENT_BYTES;
            // At most a few dozen rounds: texts have their own limits. More codes than a version may have are for `publish` to
            // refuse; a draft is shown as it is.
            while (at + textBytes > (codes + 1) * CODE_BYTES_MAX) {
                ++codes;
                at += 32;
            }
            data = new bytes(at + textBytes);
            _put(data, 0, 1, FORMAT);
            _put(data, 49, 1, tasks);
            _put(data, 50, 1, agents);
            _put(data, 65, 1, codes);
        }
    }

    function putHeader(bytes memory data, Header memory header) internal pure {
        _put(data, 1, 8, header.cluster);
        _put(data, 9, 4, header.version);
        _put(data, 13, 4, header.windowSeconds);
        _put(data, 17, 12, header.feeWei);
        _put(data, 29, 20, uint160(header.currency));
        _put(data, 51, 1, header.pathLength);
        _put(data, 52, 12, header.quoteWei);
        _put(data, 64, 1, header.attempts);
    }

    function putTask(
        bytes memory data,
        uint256 task,
        uint256 model,
        uint256 priceWei,
        uint256 nodeShareBps,
        uint256 dependsOn,
        uint256 agentIndex,
        uint256 quorum
    ) internal pure {
        uint256 word = (model << 160) | (priceWei << 64) | (nodeShareBps << 48) | (dependsOn << 16) | (agentIndex << 8);
        _put(data, _taskOffset(task), TASK_BYTES, word | quorum);
    }

    function putAgent(bytes memory data, uint256 index, uint256 agent, uint256 tokensMax, uint256 temperatureMilli)
        internal
        pure
    {
        _put(data, agentOffset(data, index), AGENT_BYTES, (agent << 48) | (tokensMax << 16) | temperatureMilli);
    }

    function putFurtherHash(bytes memory data, uint256 index, bytes32 hash) internal pure {
        _put(data, agentOffset(data, agentCount(data)) + index * 32, 32, uint256(hash));
    }

    function _taskOffset(uint256 task) private pure returns (uint256) {
        // Cannot overflow: callers have at most 32 tasks.
        unchecked {
            return HEADER_BYTES + task * TASK_BYTES;
        }
    }

    /// @dev `length` bytes at `offset` as a number. Reads a whole word and cuts off what is behind.
    /// `length` is 1 to 32. No bound is checked: `_read` leaves a word of room behind what it read.
    function _at(bytes memory pins, uint256 offset, uint256 length) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, length)), mload(add(add(pins, 32), offset)))
        }
    }

    /// @dev Writes a number of `length` bytes, which it must fit, at `offset`. What stands behind it stays: the word is read,
    /// changed and written, also where it reaches beyond the data, of which it changes nothing.
    function _put(bytes memory data, uint256 offset, uint256 length, uint256 value) private pure {
        assembly ("memory-safe") {
            let at := add(add(data, 32), offset)
            let shift := sub(256, shl(3, length))
            let mask := shl(shift, not(0))
            mstore(at, or(and(mload(at), not(mask)), shl(shift, value)))
        }
    }
}
