// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IPermissionRegistry} from "../interfaces/IPermissionRegistry.sol";

/// @title Permissions__MockForReputation
/// @notice Delegates as tests set them, with no word of any owner, for the contracts of the periphery.
// The name says whom the double serves.
// solhint-disable-next-line contract-name-capwords
contract Permissions__MockForReputation is IPermissionRegistry {
    mapping(address registry => mapping(uint256 token => mapping(address account => uint8))) private _roles;

    /// @notice Gives an account exactly these roles.
    function setRoles(address registry, uint256 token, address account, uint8 roles) external {
        _roles[registry][token][account] = roles;
    }

    /// @inheritdoc IPermissionRegistry
    function rolesOf(address registry, uint256 token, address account) external view returns (uint8) {
        return _roles[registry][token][account];
    }
}
