// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title IPermissionRegistry
/// @notice Whom the owner of a token lets act for it. As much of it as the periphery reads.
interface IPermissionRegistry {
    /// @notice What an account may do for a token besides its owner: a bit for each role, 0 for no delegate. A role that
    /// has expired, was revoked, or was given by an owner before counts as none.
    /// @param registry The contract of the token: nodes, models, agents or clusters.
    /// @return roles 1 edit, 2 submit, 4 grant, 8 withdraw.
    function rolesOf(address registry, uint256 token, address account) external view returns (uint8 roles);
}
