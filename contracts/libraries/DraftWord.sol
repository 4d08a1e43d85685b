// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @dev A member or a task of a draft, in one slot.
///
/// | bits | what |
/// |---:|---|
/// | 0–31 | number of the code that its text is in |
/// | 32–55 | offset of the text there, counted through further codes |
/// | 56–71 | length of the text |
/// | 72–135 | id of the agent: the member, or who does the task |
/// | 136–167 | a member's most tokens; a task's mask of dependencies |
/// | 168–183 | a member's temperature in thousandths; a task's quorum |
/// | 184–255 | keccak256 of the name, cut |
///
/// A name that is there twice is always found by its cut hash. Two names that share it, which nobody meets by accident,
/// would only have the second refused.
///
/// Kept in lists that have no gaps, in the order of a blueprint; a word of zero is in none, as every text has a code.
type DraftWord is uint256;

using DraftWords for DraftWord global;

/// @title DraftWords
/// @notice Packs and unpacks `DraftWord`.
library DraftWords {
    /// @dev Warning: every value must fit its bits, as what is above them would change its neighbour. They do: ids of agents stay
    /// below 2^64, offsets below `VERSION_BYTES_MAX`, texts below 65,536 bytes, and codes are numbered by 32 bits.
    /// @param first A member's most tokens, a task's mask.
    /// @param second A member's temperature, a task's quorum.
    /// @param hash keccak256 of the name, of which the low 72 bits are kept.
    function make(
        uint256 code_,
        uint256 offset_,
        uint256 length_,
        uint256 agent_,
        uint256 first,
        uint256 second,
        bytes32 hash
    ) internal pure returns (DraftWord) {
        return DraftWord.wrap(
            code_ | (offset_ << 32) | (length_ << 56) | (agent_ << 72) | (first << 136) | (second << 168)
                | (uint256(hash) << 184)
        );
    }

    function code(DraftWord word) internal pure returns (uint256) {
        return uint32(DraftWord.unwrap(word));
    }

    function offset(DraftWord word) internal pure returns (uint256) {
        return uint24(DraftWord.unwrap(word) >> 32);
    }

    function length(DraftWord word) internal pure returns (uint256) {
        return uint16(DraftWord.unwrap(word) >> 56);
    }

    function agent(DraftWord word) internal pure returns (uint256) {
        return uint64(DraftWord.unwrap(word) >> 72);
    }

    /// @dev Of a member; the same bits are a task's `dependsOn`. A word does not say which it is: the list it is in does.
    /// 0 for no say.
    function tokensMax(DraftWord word) internal pure returns (uint256) {
        return uint32(DraftWord.unwrap(word) >> 136);
    }

    function dependsOn(DraftWord word) internal pure returns (uint256) {
        return uint32(DraftWord.unwrap(word) >> 136);
    }

    /// @dev Of a member, in thousandths, 65,535 for no say; the same bits are a task's `quorum`.
    function temperatureMilli(DraftWord word) internal pure returns (uint256) {
        return uint16(DraftWord.unwrap(word) >> 168);
    }

    function quorum(DraftWord word) internal pure returns (uint256) {
        return uint16(DraftWord.unwrap(word) >> 168);
    }

    /// @dev Whether the name has this hash. Of 72 bits: to meet one of 32 names by accident is as likely as 1 in 2^67.
    function isNamed(DraftWord word, bytes32 hash) internal pure returns (bool) {
        return DraftWord.unwrap(word) >> 184 == uint72(uint256(hash));
    }

    /// @dev The same with another text, which begins its code: offset 0. Agent, settings and name stay, so the text must begin
    /// with the same name. Warning: both values must fit their bits.
    function withText(DraftWord word, uint256 code_, uint256 length_) internal pure returns (DraftWord) {
        return DraftWord.wrap(((DraftWord.unwrap(word) >> 72) << 72) | code_ | (length_ << 56));
    }

    /// @dev The same with another mask, of 32 bits. Of a task only: on a member it would be its most tokens.
    function withDependsOn(DraftWord word, uint256 mask) internal pure returns (DraftWord) {
        return DraftWord.wrap((DraftWord.unwrap(word) & ~(uint256(type(uint32).max) << 136)) | (mask << 136));
    }
}
