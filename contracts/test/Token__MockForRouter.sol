// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title Token__MockForRouter
/// @notice A token with ERC-2612 permits that anybody may mint, and that calls whom it was told when it moves.
/// @dev Its error is kept and not passed on, so that a test sees what the router answered to the call back while the outer call
/// succeeds.
// The name says whom the double serves.
// solhint-disable-next-line contract-name-capwords
contract Token__MockForRouter is ERC20Permit {
    address public backTarget;
    bytes public backData;
    bytes public backError;

    constructor() ERC20("Test Token", "TEST") ERC20Permit("Test Token") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Calls `target` with `data` whenever it moves from now on, and keeps what that reverted with.
    function setBackCall(address target, bytes calldata data) external {
        backTarget = target;
        backData = data;
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        // After the balances moved, as ERC-777's hook for receivers: the moment in which the router holds what it is about to
        // spend.
        if (backTarget == address(0)) return;
        (bool success, bytes memory result) = backTarget.call(backData);
        backError = success ? bytes("") : result;
    }
}
