// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";

/// @title Executions__MockForRouter
/// @notice Quotes a price in a token and takes nothing of it.
/// @dev Stands for a `ClusterExecutions` that is not to be trusted: whoever names it loses what it paid, and the allowance that
/// it did not use must be gone when the call ends.
// The name says whom the double serves.
// solhint-disable-next-line contract-name-capwords
contract Executions__MockForRouter {
    address private immutable _CURRENCY;
    uint256 private immutable _QUOTE_WEI;

    constructor(address currency, uint256 quoteWei) {
        _CURRENCY = currency;
        _QUOTE_WEI = quoteWei;
    }

    function quote(uint256, uint256) external view returns (uint256, address, bool) {
        return (_QUOTE_WEI, _CURRENCY, true);
    }

    function executeFor(
        address,
        uint256,
        uint256,
        bytes calldata,
        IClusterExecutions.ExecuteParams calldata
    ) external payable returns (uint256) {
        // Keeps the ether and leaves the token where it is.
        return 1;
    }
}
