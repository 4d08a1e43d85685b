// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IPermit2} from "../interfaces/IPermit2.sol";

/// @title Permit2__MockForRouter
/// @notice Not Permit2: a stand-in with the same function, which checks what Permit2 documents that it checks (amount, deadline,
/// unordered nonce, EIP-712 signature with the caller as spender and the witness), for keys only.
/// @dev Put at Permit2's address by the tests, with this code: that the real one behaves so is Permit2's documentation, not
/// tested here.
// The name says whom the double serves.
// solhint-disable-next-line contract-name-capwords
contract Permit2__MockForRouter is IPermit2 {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)");
    bytes32 private constant TOKEN_PERMISSIONS_TYPEHASH = keccak256("TokenPermissions(address token,uint256 amount)");
    string private constant WITNESS_TYPE_STUB =
        "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,";

    error SignatureExpired(uint256 deadline);
    error InvalidAmount(uint256 amountMax);
    error InvalidNonce();
    error InvalidSigner();

    mapping(address owner => mapping(uint256 nonce => bool)) private _used;

    /// @inheritdoc IPermit2
    function permitWitnessTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata transferDetails,
        address owner,
        bytes32 witness,
        string calldata witnessTypeString,
        bytes calldata signature
    ) external {
        if (block.timestamp > permit.deadline) revert SignatureExpired(permit.deadline);
        if (transferDetails.requestedAmount > permit.permitted.amount) revert InvalidAmount(permit.permitted.amount);
        if (_used[owner][permit.nonce]) revert InvalidNonce();
        _used[owner][permit.nonce] = true;
        bytes32 structHash = keccak256(
        // The spender is whoever calls, so a permit for the router is worth nothing to anybody else.
            abi.encode(
                keccak256(abi.encodePacked(WITNESS_TYPE_STUB, witnessTypeString)),
                keccak256(abi.encode(TOKEN_PERMISSIONS_TYPEHASH, permit.permitted)),
                msg.sender,
                permit.nonce,
                permit.deadline,
                witness
            )
        );
        // No version in Permit2's domain.
        bytes32 domain =
            keccak256(abi.encode(DOMAIN_TYPEHASH, keccak256("Permit2"), block.chainid, address(this)));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domain, structHash));
        (address recovered,,) = ECDSA.tryRecover(digest, signature);
        if (recovered != owner) revert InvalidSigner();
        // As Permit2 does, an address without code counts as a token that moved what was asked.
        if (permit.permitted.token.code.length != 0) {
            require(IERC20(permit.permitted.token).transferFrom(owner, transferDetails.to, transferDetails.requestedAmount));
        }
    }
}
