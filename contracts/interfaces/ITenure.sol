// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title ITenure
/// @notice A registry whose tokens tell how often they changed hands, so that what an owner allowed ends with it.
/// @dev Safety rests on the count growing with every change of hands, and never falling: were it to come back, permissions of
/// an owner before would.
interface ITenure {
    /// @notice The owner; reverts for an unknown token.
    function ownerOf(uint256 token) external view returns (address);

    /// @notice How often the token went from one holder to another.
    function tenureOf(uint256 token) external view returns (uint64);
}
