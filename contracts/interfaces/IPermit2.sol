// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title IPermit2
/// @notice The one function of Permit2 (`SignatureTransfer`) that the router calls.
/// @dev Permit2 stands at 0x000000000022D473030F116dDEE9F6B43aC78BA3 on most chains.
interface IPermit2 {
    struct TokenPermissions {
        address token;
        uint256 amount;
    }

    struct PermitTransferFrom {
        TokenPermissions permitted;
        uint256 nonce;
        uint256 deadline;
    }

    struct SignatureTransferDetails {
        address to;
        uint256 requestedAmount;
    }

    /// @notice Moves `transferDetails.requestedAmount` from `owner` to `transferDetails.to` if `owner` signed the permit, this
    /// caller as its spender, and the witness.
    function permitWitnessTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata transferDetails,
        address owner,
        bytes32 witness,
        string calldata witnessTypeString,
        bytes calldata signature
    ) external;
}
