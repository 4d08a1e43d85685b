// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// @title ERC721Packed
/// @notice OpenZeppelin's ERC-721 with each token's owner and 96 bits of the registry's own data in one storage
/// slot: what a registry has to know of a token besides its owner mostly fits there, and a slot costs 22,100 gas.
/// @dev Every rule of the standard, every error and every approval stay OpenZeppelin's. Overridden are the three
/// places where OpenZeppelin reads or writes owners and balances (`_ownerOf`, `balanceOf`, `_update`), as its
/// documentation asks: `_ownerOf` and `_update` consistently with one another. The data moves with the token.
///
/// Warning: OpenZeppelin's own `_owners` and `_balances` stay empty. A later version of it that reads them anywhere else than
/// through these three would see no tokens: compare its source before taking it.
///
/// Source of the rules: ERC-721. Tokens are minted by `_mint`, never `_safeMint`: whoever registers asked for the token, and no
/// receiver's code runs in a registration. `safeTransferFrom` calls its receiver when all is written.
abstract contract ERC721Packed is ERC721 {
    /// @dev Owner in the low 160 bits, the registry's data in the high 96. A token exists where its owner is not zero; its data
    /// may be zero.
    mapping(uint256 token => uint256 ownerAndData) private _tokens;

    /// @dev Not OpenZeppelin's, which its `_update` alone writes.
    mapping(address owner => uint256 count) private _counts;

    /// @dev How often each token went from one holder to another; written by transfers alone.
    mapping(uint256 token => uint64 tenure) private _tenures;

    /// @notice How often the token went from one holder to another: what its owner allowed others ends with it.
    function tenureOf(uint256 token) external view returns (uint64) {
        return _tenures[token];
    }

    /// @inheritdoc ERC721
    function balanceOf(address owner) public view virtual override returns (uint256) {
        if (owner == address(0)) revert ERC721InvalidOwner(address(0));
        return _counts[owner];
    }

    /// @dev The registry's 96 bits for `token`; zero for a token that does not exist.
    function _dataOf(uint256 token) internal view returns (uint96) {
        return uint96(_tokens[token] >> 160);
    }

    /// @dev Owner and data by one storage read.
    function _ownerAndDataOf(uint256 token) internal view returns (address owner, uint96 data) {
        uint256 word = _tokens[token];
        return (address(uint160(word)), uint96(word >> 160));
    }

    /// @dev Replaces the registry's 96 bits. Warning: does not check that the token exists; callers have.
    /// Data on a token that does not exist would be there when it is minted.
    function _setData(uint256 token, uint96 data) internal {
        _tokens[token] = uint256(uint160(_tokens[token])) | (uint256(data) << 160);
    }

    /// @dev Mints `token` with its data by one storage write.
    function _mintWithData(address to, uint256 token, uint96 data) internal {
        _mint(to, token);
        // The slot is warm and dirty by now: this write costs 100 gas.
        if (data != 0) _setData(token, data);
    }

    /// @inheritdoc ERC721
    function _ownerOf(uint256 token) internal view virtual override returns (address) {
        return address(uint160(_tokens[token]));
    }

    /// @dev As OpenZeppelin's, on the packed slot.
    /// @inheritdoc ERC721
    function _update(address to, uint256 token, address auth) internal virtual override returns (address from) {
        uint256 word = _tokens[token];
        from = address(uint160(word));
        if (auth != address(0)) _checkAuthorized(from, auth, token);
        unchecked {
            // `_approve` with no emission: ERC-721 says that a transfer clears the approval, without an event.
            // Counts are bounded by the number of tokens ever minted, which is below 2^64.
            if (from != address(0)) {
                _approve(address(0), token, address(0), false);
                --_counts[from];
            }
            if (to != address(0)) ++_counts[to];
        }
        // A transfer to oneself changes no hands. Minting begins tenure 0; nothing here burns.
        // Sold and bought back is two changes: what was allowed before does not come back.
        if (from != address(0) && from != to) ++_tenures[token];
        // `word` was read before the approval was cleared, which is another slot. Nothing between calls anybody.
        _tokens[token] = (word & ~uint256(type(uint160).max)) | uint256(uint160(to));
        emit Transfer(from, to, token);
    }
}
