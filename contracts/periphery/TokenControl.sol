// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IPermissionRegistry} from "../interfaces/IPermissionRegistry.sol";

/// @title TokenControl
/// @notice Who has a say over a token of one of the registries.
/// @dev Wider than who may do anything in particular: whoever could take the token, or was given any role for it, is no
/// stranger to it. It is asked of one moment, and says nothing of who had a say a block before.
/// Warning: an owner can give anybody a say without asking (`approve`, `setApprovalForAll`, `setDelegate`). What is refused to
/// those who have one is therefore refused to whomever the owner likes: use it to keep insiders out, never to prove that
/// somebody is one.
library TokenControl {
    /// @dev Whether `account` owns the token, may move it (ERC-721's approvals), or has any role for it. Reverts with
    /// `ERC721NonexistentToken` for a token that does not exist.
    /// `registry` is one of the project's own: the caller's code names it, so its three answers are true and it calls nobody
    /// back.
    function hasSay(IPermissionRegistry permissions, address registry, uint256 token, address account)
        internal
        view
        returns (bool)
    {
        address owner = IERC721(registry).ownerOf(token);
        return account == owner || IERC721(registry).isApprovedForAll(owner, account)
            || IERC721(registry).getApproved(token) == account || permissions.rolesOf(registry, token, account) != 0;
    }
}
