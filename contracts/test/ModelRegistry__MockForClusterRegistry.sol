// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IModelRegistry} from "../interfaces/IModelRegistry.sol";

/// @title ModelRegistry__MockForClusterRegistry
/// @notice Models in currencies that `ModelRegistry` does not accept yet, for the check that `publish` makes already.
// The name says whom the double serves.
// solhint-disable-next-line contract-name-capwords
contract ModelRegistry__MockForClusterRegistry {
    mapping(uint256 model => IModelRegistry.Terms) private _terms;
    uint256 public modelCount;

    /// @notice Adds an open model with any terms.
    function add(IModelRegistry.Terms calldata terms) external returns (uint256 model) {
        model = ++modelCount;
        _terms[model] = terms;
    }

    /// @notice As `IModelRegistry.termsAndOwnerOf`; all models are this contract's.
    function termsAndOwnerOf(uint256 model) external view returns (IModelRegistry.Terms memory, address) {
        return (_terms[model], address(this));
    }
}
