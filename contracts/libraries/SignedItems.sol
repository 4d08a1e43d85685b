// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";

/// @title SignedItems
/// @notice Reads a batch where it stands in calldata, as `items[index]`, `item.output` and `item.signature` would, for half the gas.
/// @dev As the compiler does, this makes sure that what it answers lies within calldata, and reverts without a reason where
/// it does not. Offsets and lengths of 2^32 and more are refused first, so that no sum of them wraps: no transaction has as
/// many bytes. (The compiler takes offsets below zero, which lead back into the same calldata; no encoder writes them.)
library SignedItems {
    /// @dev A completion's seven words and the offsets of output and signature.
    uint256 private constant HEAD_BYTES = 288;
    /// @dev Where in the head those offsets stand.
    uint256 private constant OUTPUT_AT = 224;
    uint256 private constant SIGNATURE_AT = 256;

    /// @dev `items[index]`. Warning: `index` must be below `items.length`, which callers have asked.
    function at(IClusterExecutions.SignedCompletion[] calldata items, uint256 index)
        internal
        pure
        returns (IClusterExecutions.SignedCompletion calldata item)
    {
        assembly ("memory-safe") {
            // Offsets count from where the list of them begins.
            let offset := calldataload(add(items.offset, shl(5, index)))
            item := add(items.offset, offset)
            if or(shr(32, offset), gt(add(item, HEAD_BYTES), calldatasize())) { revert(0, 0) }
        }
    }

    /// @dev `item.output`.
    function outputOf(IClusterExecutions.SignedCompletion calldata item) internal pure returns (bytes calldata) {
        return _bytesAt(item, OUTPUT_AT);
    }

    /// @dev `item.signature`.
    function signatureOf(IClusterExecutions.SignedCompletion calldata item) internal pure returns (bytes calldata) {
        return _bytesAt(item, SIGNATURE_AT);
    }

    /// @dev Offsets count from the item's beginning; there stands the length, and behind it the bytes.
    function _bytesAt(IClusterExecutions.SignedCompletion calldata item, uint256 head)
        private
        pure
        returns (bytes calldata data)
    {
        assembly ("memory-safe") {
            let offset := calldataload(add(item, head))
            let start := add(item, offset)
            // Zero beyond calldata; then the second condition holds.
            data.length := calldataload(start)
            data.offset := add(start, 32)
            if or(shr(32, or(offset, data.length)), gt(add(data.offset, data.length), calldatasize())) { revert(0, 0) }
        }
    }
}
