// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterRegistry} from "../interfaces/IClusterRegistry.sol";

/// @title BlueprintText
/// @notice Checks the texts of a blueprint and writes them as `VersionCode` lays them out: a length of 2 bytes and
/// UTF-8, one after the other. Slugs and names are plain characters that can be shown anywhere. Of other texts only the
/// length is checked: that they are UTF-8 without control characters is for their readers to see to.
library BlueprintText {
    uint256 internal constant SLUG_BYTES_MIN = 3;
    /// @dev With its length a slug fits one slot.
    uint256 internal constant SLUG_BYTES_MAX = 31;
    uint256 internal constant NAME_BYTES_MAX = 32;
    /// @dev A title and a paragraph for a page about the cluster.
    uint256 internal constant CLUSTER_NAME_BYTES_MAX = 64;
    uint256 internal constant DESCRIPTION_BYTES_MAX = 1_024;
    /// @dev Role, goal and backstory each.
    uint256 internal constant PERSONA_BYTES_MAX = 1_024;
    uint256 internal constant PROMPT_BYTES_MAX = 8_192;

    /// @dev Bit c is set where the character c may stand in a slug: `-`, digits, small letters.
    uint256 private constant SLUG_CHARACTERS = (1 << 0x2d) | (0x3ff << 0x30) | (0x3ffffff << 0x61);
    /// @dev The same for names of agents and tasks: also space, `_` and capital letters.
    uint256 private constant NAME_CHARACTERS = SLUG_CHARACTERS | (1 << 0x20) | (1 << 0x5f) | (0x3ffffff << 0x41);

    function checkSlug(string calldata slug) internal pure {
        uint256 length = bytes(slug).length;
        if (length < SLUG_BYTES_MIN || length > SLUG_BYTES_MAX || !_isMadeOf(slug, SLUG_CHARACTERS)) {
            revert IClusterRegistry.ClusterSlugInvalid(slug);
        }
    }

    function encodeCluster(string calldata slug, string calldata name, string calldata description)
        internal
        pure
        returns (bytes memory)
    {
        _checkLength("name", name, CLUSTER_NAME_BYTES_MAX);
        _checkLength("description", description, DESCRIPTION_BYTES_MAX);
        // The names of the input's variables: none.
        return abi.encodePacked(_prefixed(slug), _prefixed(name), _prefixed(description), uint16(0));
    }

    function encodeAgent(IClusterRegistry.AgentEntry calldata entry) internal pure returns (bytes memory) {
        _checkName(entry.name);
        _checkLength("role", entry.role, PERSONA_BYTES_MAX);
        _checkLength("goal", entry.goal, PERSONA_BYTES_MAX);
        _checkLength("backstory", entry.backstory, PERSONA_BYTES_MAX);
        return abi.encodePacked(
            _prefixed(entry.name), _prefixed(entry.role), _prefixed(entry.goal), _prefixed(entry.backstory)
        );
    }

    function encodeTask(IClusterRegistry.TaskEntry calldata entry) internal pure returns (bytes memory) {
        _checkName(entry.name);
        if (bytes(entry.prompt).length == 0) revert IClusterRegistry.ClusterTextLength("prompt", 0, 0);
        _checkLength("prompt", entry.prompt, PROMPT_BYTES_MAX);
        if (bytes(entry.tool).length != 0) _checkName(entry.tool);
        // The tool's arguments: none.
        return abi.encodePacked(_prefixed(entry.name), _prefixed(entry.prompt), _prefixed(entry.tool), uint16(0));
    }

    /// @dev Where the text that begins at `at` ends, which is where the next begins.
    function endOf(bytes memory texts, uint256 at) internal pure returns (uint256) {
        return at + 2 + (uint256(uint8(texts[at])) << 8) + uint8(texts[at + 1]);
    }

    /// @dev The text that begins at `at`, and where the next begins.
    function textAt(bytes memory texts, uint256 at) internal pure returns (string memory text, uint256 end) {
        end = endOf(texts, at);
        bytes memory slice = new bytes(end - at - 2);
        assembly ("memory-safe") {
            mcopy(add(slice, 32), add(add(texts, 34), at), mload(slice))
        }
        text = string(slice);
    }

    function _prefixed(string calldata text) private pure returns (bytes memory) {
        return abi.encodePacked(uint16(bytes(text).length), text);
    }

    function _checkName(string calldata name) private pure {
        uint256 length = bytes(name).length;
        if (length == 0 || length > NAME_BYTES_MAX || !_isMadeOf(name, NAME_CHARACTERS)) {
            revert IClusterRegistry.ClusterNameInvalid(name);
        }
    }

    function _checkLength(string memory field, string calldata text, uint256 lengthMax) private pure {
        uint256 length = bytes(text).length;
        if (length > lengthMax) revert IClusterRegistry.ClusterTextLength(field, length, lengthMax);
    }

    function _isMadeOf(string calldata text, uint256 characters) private pure returns (bool) {
        bytes calldata raw = bytes(text);
        for (uint256 i; i < raw.length; ++i) {
            if ((characters >> uint8(raw[i])) & 1 == 0) return false;
        }
        return true;
    }
}
