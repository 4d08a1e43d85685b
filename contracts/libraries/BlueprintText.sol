// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterRegistry} from "../interfaces/IClusterRegistry.sol";
import {VersionCode} from "./VersionCode.sol";

/// @title BlueprintText
/// @notice Checks the texts of a blueprint and writes them as `VersionCode` lays them out: a length of 2 bytes and
/// UTF-8, one after the other. Slugs and names are plain characters that can be shown anywhere. Of other texts only the
/// length is checked: that they are UTF-8 without control characters is for their readers to see to.
///
/// Whoever shows a text escapes it, and whoever gives one to a model knows that a stranger wrote it. Nothing on chain reads
/// more of a text than its length, but for slugs and names, and for an input's variables, which the lens splits at commas.
///
/// `memory-safe`: what is written here lies within bytes that the caller has allocated for it, by `agentBytes`, `taskBytes` or
/// a sum like theirs.
library BlueprintText {
    /// @dev Shorter ones would all be taken on the first day, by nobody who needs them.
    uint256 internal constant SLUG_BYTES_MIN = 3;
    /// @dev With its length a slug fits one slot.
    uint256 internal constant SLUG_BYTES_MAX = 31;
    /// @dev Names are keys: of agents in prompts and messages, of tasks in errors. One word or a few.
    uint256 internal constant NAME_BYTES_MAX = 32;
    /// @dev A title and a paragraph for a page about the cluster.
    uint256 internal constant CLUSTER_NAME_BYTES_MAX = 64;
    uint256 internal constant DESCRIPTION_BYTES_MAX = 1_024;
    /// @dev Role, goal and backstory each.
    uint256 internal constant PERSONA_BYTES_MAX = 1_024;
    /// @dev As long as an inline input; a version of 32 tasks has room for 1,700 bytes each.
    uint256 internal constant PROMPT_BYTES_MAX = 8_192;
    /// @dev A JSON object of a few fields.
    uint256 internal constant TOOL_ARGUMENTS_BYTES_MAX = 1_024;
    /// @dev More variables are better one text.
    uint256 internal constant INPUTS_MAX = 16;
    /// @dev Each answer more is one more window to wait and one more signature to pay for.
    uint256 internal constant QUORUM_MAX = 7;
    /// @dev The most that providers take.
    uint256 internal constant TEMPERATURE_MILLI_MAX = 2_000;

    /// @dev Bit c is set where the character c may stand in a slug: `-`, digits, small letters.
    uint256 private constant SLUG_CHARACTERS = (1 << 0x2d) | (0x3ff << 0x30) | (0x3ffffff << 0x61);
    /// @dev The same for names of agents and tasks: also space, `_` and capital letters.
    uint256 private constant NAME_CHARACTERS = INPUT_CHARACTERS | (1 << 0x20);
    /// @dev The same for names of an input's variables: no space.
    uint256 private constant INPUT_CHARACTERS = SLUG_CHARACTERS | (1 << 0x5f) | (0x3ffffff << 0x41);

    /// @dev Small letters only, so that two slugs that look alike are not two clusters. Not that it is free: that is for the
    /// registry.
    function checkSlug(string calldata slug) internal pure {
        uint256 length = bytes(slug).length;
        if (length < SLUG_BYTES_MIN || length > SLUG_BYTES_MAX || !_isMadeOf(slug, SLUG_CHARACTERS)) {
            revert IClusterRegistry.ClusterSlugInvalid(slug);
        }
    }

    /// @dev Checks and joins the names of an input's variables, with a comma between two.
    function joinInputs(string[] calldata names) internal pure returns (string memory joined) {
        // Cannot overflow: lengths of calldata and memory.
        unchecked {
            uint256 count = names.length;
            if (count > INPUTS_MAX) revert IClusterRegistry.ClusterInputsFull(INPUTS_MAX);
            for (uint256 i; i < count; ++i) {
                string calldata name = names[i];
                _checkName(name, INPUT_CHARACTERS);
                // At most 120 comparisons, of names of at most 32 bytes. No name has a comma in it: `INPUT_CHARACTERS` has
                // none.
                for (uint256 j; j < i; ++j) {
                    if (keccak256(bytes(names[j])) == keccak256(bytes(name))) revert IClusterRegistry.ClusterNameTaken(name);
                }
                joined = i == 0 ? name : string.concat(joined, ",", name);
            }
        }
    }

    /// @dev The cluster's own texts. `slug` and `inputs` were checked; with 16 variables of 32 bytes `inputs` is 527 bytes at
    /// most, so no length here reaches the 65,535 that its two bytes hold.
    function encodeCluster(string memory slug, string memory name, string memory description, string memory inputs)
        internal
        pure
        returns (bytes memory)
    {
        _checkLength("name", bytes(name).length, CLUSTER_NAME_BYTES_MAX);
        _checkLength("description", bytes(description).length, DESCRIPTION_BYTES_MAX);
        return abi.encodePacked(
            uint16(bytes(slug).length),
            slug,
            uint16(bytes(name).length),
            name,
            uint16(bytes(description).length),
            description,
            uint16(bytes(inputs).length),
            inputs
        );
    }

    /// @dev What a persona says is its owner's business; that it fits is not. `tokensMax` is not bounded: 32 bits are what it
    /// may say, and a service that gives fewer gives fewer.
    function checkAgent(IClusterRegistry.AgentEntry calldata entry) internal pure {
        _checkName(entry.name, NAME_CHARACTERS);
        _checkLength("role", bytes(entry.role).length, PERSONA_BYTES_MAX);
        _checkLength("goal", bytes(entry.goal).length, PERSONA_BYTES_MAX);
        _checkLength("backstory", bytes(entry.backstory).length, PERSONA_BYTES_MAX);
        uint256 milli = entry.temperatureMilli;
        // Providers disagree about the upper end; what a service refuses it refuses when it is asked.
        if (milli > TEMPERATURE_MILLI_MAX && milli != VersionCode.TEMPERATURE_UNSET) {
            revert IClusterRegistry.ClusterTemperatureTooHigh(entry.name, milli, TEMPERATURE_MILLI_MAX);
        }
    }

    /// @dev Whether the agent is a member and what the task depends on is for the caller to check, who knows the draft.
    /// A quorum of 0 is no error: it stands for 1.
    function checkTask(IClusterRegistry.TaskEntry calldata entry) internal pure {
        _checkName(entry.name, NAME_CHARACTERS);
        if (bytes(entry.prompt).length == 0) revert IClusterRegistry.ClusterTextLength("prompt", 0, 0);
        _checkLength("prompt", bytes(entry.prompt).length, PROMPT_BYTES_MAX);
        checkTool(entry.tool, entry.toolArguments);
        // That the model has so many nodes of different owners is not checked: they may come and go. A run of a model with
        // too few can be cancelled at once.
        if (entry.quorum > QUORUM_MAX) {
            revert IClusterRegistry.ClusterQuorumTooHigh(entry.name, entry.quorum, QUORUM_MAX);
        }
    }

    /// @dev A tool is a name and nothing more: what stands behind it, if anything, each operator decides for itself.
    function checkTool(string calldata tool, string calldata toolArguments) internal pure {
        // Arguments are some tool's.
        if (bytes(tool).length != 0 || bytes(toolArguments).length != 0) _checkName(tool, NAME_CHARACTERS);
        _checkLength("toolArguments", bytes(toolArguments).length, TOOL_ARGUMENTS_BYTES_MAX);
    }

    /// @dev How many bytes `writeAgent` writes: four lengths of two bytes, and the texts.
    function agentBytes(IClusterRegistry.AgentEntry calldata entry) internal pure returns (uint256) {
        // Cannot overflow: lengths of calldata and memory.
        unchecked {
            return 8 + bytes(entry.name).length + bytes(entry.role).length + bytes(entry.goal).length
                + bytes(entry.backstory).length;
        }
    }

    /// @dev How many bytes `writeTask` writes: four lengths of two bytes, and the texts.
    function taskBytes(IClusterRegistry.TaskEntry calldata entry) internal pure returns (uint256) {
        // Cannot overflow: lengths of calldata and memory.
        unchecked {
            return 8 + bytes(entry.name).length + bytes(entry.prompt).length + bytes(entry.tool).length
                + bytes(entry.toolArguments).length;
        }
    }

    /// @dev Writes an agent's texts at `at`; answers where they end.
    function writeAgent(bytes memory data, uint256 at, IClusterRegistry.AgentEntry calldata entry)
        internal
        pure
        returns (uint256)
    {
        at = writeText(data, at, entry.name);
        at = writeText(data, at, entry.role);
        at = writeText(data, at, entry.goal);
        return writeText(data, at, entry.backstory);
    }

    /// @dev Writes a task's texts at `at`; answers where they end.
    function writeTask(bytes memory data, uint256 at, IClusterRegistry.TaskEntry calldata entry)
        internal
        pure
        returns (uint256)
    {
        at = writeText(data, at, entry.name);
        at = writeText(data, at, entry.prompt);
        at = writeText(data, at, entry.tool);
        return writeText(data, at, entry.toolArguments);
    }

    /// @dev Writes a length of two bytes and the text. Warning: there must be room, and the length was checked.
    /// Byte by byte for the length, as `at` stands anywhere in a word; what is before and behind stays.
    function writeText(bytes memory data, uint256 at, string calldata text) internal pure returns (uint256 end) {
        // Cannot overflow: lengths of calldata and memory.
        unchecked {
            uint256 length = bytes(text).length;
            end = at + 2 + length;
            assembly ("memory-safe") {
                let to := add(add(data, 32), at)
                mstore8(to, shr(8, length))
                mstore8(add(to, 1), length)
                calldatacopy(add(to, 2), text.offset, length)
            }
        }
    }

    /// @dev Where the text that begins at `at` ends, which is where the next begins. Warning: does not check that `at` is in
    /// `texts`: they were written by this registry.
    /// Reads a whole word of which 30 bytes may lie behind the data: memory that is there to be read, and is cut off.
    function endOf(bytes memory texts, uint256 at) internal pure returns (uint256 end) {
        assembly ("memory-safe") {
            end := add(add(at, 2), shr(240, mload(add(add(texts, 32), at))))
        }
    }

    /// @dev keccak256 of the text that begins at `at`, without copying it. What names are compared by.
    function hashAt(bytes memory texts, uint256 at) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let from := add(add(texts, 32), at)
            hash := keccak256(add(from, 2), shr(240, mload(from)))
        }
    }

    /// @dev The text that begins at `at`, and where the next begins. A copy: it stays as it is when `texts` is written over
    /// (MCOPY, EIP-5656).
    function textAt(bytes memory texts, uint256 at) internal pure returns (string memory text, uint256 end) {
        end = endOf(texts, at);
        bytes memory slice = new bytes(end - at - 2);
        assembly ("memory-safe") {
            mcopy(add(slice, 32), add(add(texts, 34), at), mload(slice))
        }
        text = string(slice);
    }

    /// @dev Where the `count`-th text after the one that begins at `at` begins.
    function skip(bytes memory texts, uint256 at, uint256 count) internal pure returns (uint256) {
        // Cannot overflow: lengths of calldata and memory.
        unchecked {
            for (uint256 i; i < count; ++i) {
                at = endOf(texts, at);
            }
            return at;
        }
    }

    function _checkName(string calldata name, uint256 characters) private pure {
        uint256 length = bytes(name).length;
        if (length == 0 || length > NAME_BYTES_MAX || !_isMadeOf(name, characters)) {
            revert IClusterRegistry.ClusterNameInvalid(name);
        }
    }

    function _checkLength(string memory field, uint256 length, uint256 lengthMax) private pure {
        if (length > lengthMax) revert IClusterRegistry.ClusterTextLength(field, length, lengthMax);
    }

    /// @dev Byte by byte: what is not ASCII has its top bit set, and no bit of the mask is up there.
    /// At most 32 rounds: lengths were checked before.
    function _isMadeOf(string calldata text, uint256 characters) private pure returns (bool) {
        // Cannot overflow: lengths of calldata and memory.
        unchecked {
            bytes calldata raw = bytes(text);
            for (uint256 i; i < raw.length; ++i) {
                if ((characters >> uint8(raw[i])) & 1 == 0) return false;
            }
            return true;
        }
    }
}
