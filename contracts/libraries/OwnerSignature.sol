// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title OwnerSignature
/// @notice Whether an owner that may be a wallet contract signed a hash.
/// @dev A wallet is asked by ERC-1271 with bounded gas and a bounded answer: it can neither eat the batch's gas nor
/// return more than a word, and as the call is static it cannot re-enter to change anything.
library OwnerSignature {
    /// @dev A multi-signature wallet of five checks costs less than half of this.
    uint256 internal constant ERC1271_GAS_MAX = 100_000;
    bytes4 private constant ERC1271_MAGIC = 0x1626ba7e;

    /// @param recovered Whom the signature recovers to as a key's, or zero.
    function isBy(address owner, address recovered, bytes32 hash, bytes calldata signature)
        internal
        view
        returns (bool)
    {
        if (owner == address(0)) return false;
        if (recovered == owner) return true;
        // Also an EOA with delegated code (EIP-7702) has code, and may sign by key or by its code.
        if (owner.code.length == 0) return false;
        bytes memory question = abi.encodeWithSelector(ERC1271_MAGIC, hash, signature);
        bytes32 answer;
        bool success;
        uint256 gasMax = ERC1271_GAS_MAX;
        assembly ("memory-safe") {
            success := staticcall(gasMax, owner, add(question, 32), mload(question), 0, 32)
            success := and(success, gt(returndatasize(), 31))
            answer := mload(0)
        }
        return success && answer == bytes32(ERC1271_MAGIC);
    }
}
