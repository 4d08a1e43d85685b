// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title IPermit2
/// @notice The one function of Permit2 (`SignatureTransfer`) that the router calls.
/// @dev Permit2 stands at 0x000000000022D473030F116dDEE9F6B43aC78BA3 on most chains. It checks the signature (a key's, or a
/// wallet's by ERC-1271), the nonce and the deadline; a wrong one reverts with errors of its own.
interface IPermit2 {
    /// @notice What may be taken at most.
    struct TokenPermissions {
        address token;
        uint256 amount;
    }

    /// @notice What its owner signs. `nonce` is one of Permit2's, which are in no order; `deadline` is in unix seconds.
    struct PermitTransferFrom {
        TokenPermissions permitted;
        uint256 nonce;
        uint256 deadline;
    }

    /// @notice What the spender asks for of it.
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
