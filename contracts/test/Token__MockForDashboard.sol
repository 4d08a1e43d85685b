// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title Token__MockForDashboard
/// @notice A token as people pay with: six decimals, a symbol, and an allowance that changes only from or to zero.
/// @dev The last is how the most used of all dollars behaves, and what a wallet's owner meets as a second signature.
// The name says whom the double serves.
// solhint-disable-next-line contract-name-capwords
contract Token__MockForDashboard is ERC20 {
    /// @notice Thrown where one allowance that is not zero would replace another.
    error AllowanceNotZero(address spender);

    constructor() ERC20("Test Dollar", "TUSD") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @inheritdoc ERC20
    function approve(address spender, uint256 value) public override returns (bool) {
        if (value != 0 && allowance(msg.sender, spender) != 0) revert AllowanceNotZero(spender);
        return super.approve(spender, value);
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
