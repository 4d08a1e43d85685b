// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title OwnerSignature
/// @notice Whether an owner that may be a wallet contract signed a hash.
/// @dev A wallet is asked by ERC-1271 with bounded gas and a bounded answer: it can neither eat the batch's gas nor
/// return more than a word, and as the call is static it cannot re-enter to change anything.
///
/// Warning: what a wallet answers may change from one block to the next. Whoever simulates a batch with a wallet's answer in
/// it sees it accepted and may find it skipped; it can cost the sender up to the gas below, and no other item anything.
/// Warning: a call gets at most 63 of 64 parts of the gas that is left, silently. A wallet that runs out of it burns it, and what
/// is left, at most 1,600, pays for nothing that would still have to be done: all reverts. But a wallet that looks at its gas
/// and says no, or stands behind a dozen of contracts which each keep a 64th part, leaves enough for its item to be skipped by
/// a sender that gives too little. That item may be sent again.
///
/// Where a signature is not for one use by itself, its user has to see to that (a nonce, a completed task, a deadline): a
/// wallet may accept any number of forms for one hash, and a key has two.
library OwnerSignature {
    /// @dev A multi-signature wallet of five checks costs less than half of this.
    uint256 internal constant ERC1271_GAS_MAX = 100_000;
    bytes4 private constant ERC1271_MAGIC = 0x1626ba7e;

    /// @param recovered Whom the signature recovers to as a key's, or zero.
    /// @param hash What was signed, EIP-712's digest: it must hold chain and contract, as this asks for neither.
    function isBy(address owner, address recovered, bytes32 hash, bytes calldata signature)
        internal
        view
        returns (bool)
    {
        // `recovered` is zero for a bad signature: without this, the owner of a token that does not exist signed everything.
        if (owner == address(0)) return false;
        if (recovered == owner) return true;
        // Also an EOA with delegated code (EIP-7702) has code, and may sign by key or by its code.
        if (owner.code.length == 0) return false;
        // ERC-1271's `isValidSignature(bytes32,bytes)`: its selector is also the answer that says yes.
        bytes memory question = abi.encodeWithSelector(ERC1271_MAGIC, hash, signature);
        bytes32 answer;
        bool success;
        uint256 gasMax = ERC1271_GAS_MAX;
        assembly ("memory-safe") {
            // The answer goes to scratch space, whose first word is written only where as much came back; shorter ones fail by
            // size. The whole word is compared below: ERC-1271 wants four bytes and zeros behind them.
            success := staticcall(gasMax, owner, add(question, 32), mload(question), 0, 32)
            success := and(success, gt(returndatasize(), 31))
            answer := mload(0)
        }
        return success && answer == bytes32(ERC1271_MAGIC);
    }
}
