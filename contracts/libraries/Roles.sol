// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IPermissionRegistry} from "../interfaces/IPermissionRegistry.sol";

/// @title Roles
/// @notice The role bits of delegates, and the one question that every registry asks with them.
/// @dev An account that is approved for a token by ERC-721 is nobody here: it may take the token, and then is its owner. (In
/// `AgentRegistry` approved accounts may edit, as ERC-8004 has it.)
///
/// Roles end by themselves: with their expiry, and with a change of hands, as permissions are kept under the token's tenure. An
/// owner has every role. None of them can transfer the token, name delegates or choose a node's key.
library Roles {
    /// @dev Changes what the token says: terms, drafts, metadata, serving.
    uint8 internal constant EDIT = 1;
    /// @dev Answers tasks and reports failures.
    uint8 internal constant SUBMIT = 2;
    /// @dev Gives and revokes grants and invitations.
    uint8 internal constant GRANT = 4;
    /// @dev Takes what the token earned.
    uint8 internal constant WITHDRAW = 8;
    /// @dev No role beyond these: higher bits are refused, so that one given today means nothing else tomorrow.
    uint8 internal constant ALL = 15;

    /// @dev Whether `account` is the owner of the token of the calling contract, or its delegate with `role`. The
    /// permissions are asked only about somebody else than the owner.
    /// Warning: `owner` must be the token's of now, and not zero; an `account` of zero would else be the owner of what does not
    /// exist.
    function allow(
        IPermissionRegistry permissions,
        uint256 token,
        address owner,
        address account,
        uint8 role
    ) internal view returns (bool) {
        return allowAt(permissions, address(this), token, owner, account, role);
    }

    /// @dev The same for a token of another registry, whose permissions are kept under its own address.
    function allowAt(
        IPermissionRegistry permissions,
        address registry,
        uint256 token,
        address owner,
        address account,
        uint8 role
    ) internal view returns (bool) {
        return account == owner || permissions.rolesOf(registry, token, account) & role != 0;
    }
}
