// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title IPermit2
/// @notice The one function of Permit2 (`SignatureTransfer`) that the router calls.
/// @dev Permit2 stands at 0x000000000022D473030F116dDEE9F6B43aC78BA3 on most chains. It checks the signature (a key's, or a
/// wallet's by ERC-1271), the nonce and the deadline; a wrong one reverts with errors of its own.
/// The owner must have allowed Permit2 to move the token. Amounts are in the token's smallest unit. An integrator must not
/// assume that a token without code reverts: Permit2 may take a call into nothing for a transfer.
interface IPermit2 {
    /// @notice What may be taken at most, of one token.
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

    /// @notice What the spender asks for of it: no more than was permitted, to wherever the spender says.
    struct SignatureTransferDetails {
        address to;
        uint256 requestedAmount;
    }

    /// @notice Moves `transferDetails.requestedAmount` from `owner` to `transferDetails.to` if `owner` signed the permit, this
    /// caller as its spender, and the witness.
    /// @param witness Hash of what the spender adds to what is signed: EIP-712's hashStruct of it.
    /// @param witnessTypeString The rest of the signed type from the witness's member on, with the types that it refers to.
    function permitWitnessTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata transferDetails,
        address owner,
        bytes32 witness,
        string calldata witnessTypeString,
        bytes calldata signature
    ) external;
}
