// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "./IClusterExecutions.sol";
import {IPermissionRegistry} from "./IPermissionRegistry.sol";

/// @title IExecutionRouter
/// @notice Ways to execute a cluster that take one transaction, or none of one's own: with an ERC-20's `permit`, with
/// Permit2, or by a request that a requester signs and anybody brings.
/// @dev The router keeps nothing between calls: no currency, no allowance. It serves any `ClusterExecutions` that was made
/// with it as its router; which one, the requester signs. What a `ClusterExecutions` trusts it with is to name as requester
/// only whoever called or signed, and the bytecode is all there is to it: no owner, no upgrade.
///
/// Safety rests on: the `ClusterExecutions` that the requester names, and the token that its version is paid in. A hostile
/// one of either harms whoever named it. An integrator must not send the router ether or tokens outside of a call: whoever calls
/// next may pay with the ether.
///
/// Liveness rests on nothing here: whoever does not want the router calls `ClusterExecutions.execute` itself.
/// Warning: a signed request is an order that anybody may carry out until `validUntil`: its nonce is the only way to take it
/// back. Allow the router no more of a token than what you have signed for: an allowance serves every request that
/// you sign or send, and only those.
interface IExecutionRouter {
    /// @notice A request as its requester signs it (EIP-712). The exact quote is signed, so nobody can make it dearer.
    struct ExecutionRequest {
        /// The `ClusterExecutions` that it is for.
        address executions;
        address requester;
        uint256 cluster;
        uint256 version;
        /// keccak256 of the input, inline or not.
        bytes32 inputDigest;
        IClusterExecutions.ExecuteParams params;
        /// Currency of the version; zero is the chain's own, which whoever brings the request pays.
        address currency;
        uint256 quoteWei;
        /// What the requester pays, in the version's ERC-20, to whoever brings the request. Zero in the chain's own currency.
        uint256 relayerFeeWei;
        /// Any number that the requester has not used yet.
        uint256 nonce;
        /// Until when the request may be brought, inclusive, unix seconds.
        uint256 validUntil;
    }

    /// @notice A signed request was executed. `relayer` brought it.
    event RequestExecuted(
        address indexed requester, address indexed relayer, address indexed executions, uint256 execution, uint256 nonce
    );
    /// @notice Nonces were used up without a request: in word `word`, those whose bits are set in `mask`.
    event NoncesInvalidated(address indexed requester, uint256 word, uint256 mask);

    /// @notice Thrown when a call comes while another is under way, from a token or a wallet that was called.
    error RouterBusy();
    /// @notice Thrown when a request comes after `validUntil`.
    error RequestExpired(uint256 validUntil);
    /// @notice Thrown when the requester has used the nonce, or made it invalid.
    error RequestNonceUsed(address requester, uint256 nonce);
    /// @notice Thrown when a request was not signed by its requester.
    error RequestSignatureInvalid(address requester);
    /// @notice Thrown when the input is not what the request's digest says.
    error RequestInputMismatch(bytes32 inputDigest, bytes32 expected);
    /// @notice Thrown when the version costs something else than what was signed or asked for.
    error RequestQuoteMismatch(address currency, uint256 quoteWei, address expectedCurrency, uint256 expectedWei);
    /// @notice Thrown when a fee is asked for in the chain's own currency, of which the requester gives none.
    error RequestFeeUnpayable(uint256 relayerFeeWei);
    /// @notice Thrown when a token did not move what its holder was to pay: no balance, no allowance, or a token that refuses.
    error RequestPaymentFailed(address currency, address payer, uint256 amountWei);
    /// @notice Thrown when less ether came along than the calls cost.
    error RouterValueMissing(uint256 balanceWei, uint256 neededWei);
    /// @notice Thrown when the caller did not take back the ether that was left over.
    error RouterRefundFailed(address to, uint256 amountWei);

    /// @notice Executes for the caller. Takes the quote from the caller's allowance, or from the ether that came along; what is
    /// left of that goes back. `RequestQuoteMismatch` where the version costs something else, `RequestPaymentFailed`,
    /// `RouterValueMissing`, and what `IClusterExecutions.execute` reverts with.
    /// @param quoteWei What the caller expects to pay, exactly, in `currency`, the callback's budget not counted.
    /// @return execution The id that `executions` gave it; the requester, who may cancel and has refunds, is the caller.
    function execute(
        IClusterExecutions executions,
        uint256 cluster,
        uint256 version,
        bytes calldata input,
        IClusterExecutions.ExecuteParams calldata params,
        address currency,
        uint256 quoteWei
    ) external payable returns (uint256 execution);

    /// @notice Executes a request for whoever signed it. Anyone may bring it, once. An ERC-20 quote and the fee are taken from
    /// the requester's allowance for the router; the chain's own currency (quote, callback's budget) comes with the call.
    /// `RequestExpired`, `RequestFeeUnpayable`, `RequestInputMismatch`, `RequestQuoteMismatch`, `RequestNonceUsed` and
    /// `RequestSignatureInvalid` say what is wrong with the request; `RequestPaymentFailed` and `RouterValueMissing`, with the
    /// money.
    /// @param signature 64 (EIP-2098) or 65 bytes; anything that an ERC-1271 requester takes.
    function executeSigned(ExecutionRequest calldata request, bytes calldata input, bytes calldata signature)
        external
        payable
        returns (uint256 execution);

    /// @notice The same, paid through Permit2: one signature says both what is asked for and what may be taken.
    /// Two nonces are used: Permit2's and the request's. Errors of Permit2 come through as they are.
    /// @param permitNonce Nonce of the permit, in Permit2's own count.
    /// @param permitDeadline Until when Permit2 takes the signature, unix seconds.
    /// @param signature Of Permit2's `PermitWitnessTransferFrom`, with the quote and the fee together as the amount, this
    /// router as spender, and the request as witness (`permit2WitnessTypeString`).
    function executeWithPermit2(
        ExecutionRequest calldata request,
        bytes calldata input,
        uint256 permitNonce,
        uint256 permitDeadline,
        bytes calldata signature
    ) external payable returns (uint256 execution);

    /// @notice Brings an ERC-2612 permit of `owner` for the router along. One that was brought before, or fails, is no error: the
    /// allowance may be there.
    /// Anybody may bring anybody's permit: what it allows the router moves only by a request or a call of its owner's.
    function permit(address token, address owner, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        payable;

    /// @notice Accepts an invitation on the way, so that a restricted cluster can be executed in the same transaction. One that
    /// was brought before is no error: the grant may be there.
    /// One that was revoked reads as brought: the execution after it then says what is missing. Other faults revert, as there.
    function acceptInvitation(
        IPermissionRegistry permissions,
        IPermissionRegistry.Invitation calldata invitation,
        address signer,
        bytes calldata signature
    ) external payable;

    /// @notice Makes several calls to the router in one transaction; all of them, or none. Bytes of the first that fails come
    /// through as they are. Ether that came along serves all of them; what is left goes back to the caller.
    /// Not from within another call of the router (`RouterBusy`). A caller that takes no ether must bring exactly what is spent
    /// (`RouterRefundFailed`).
    function multicall(bytes[] calldata calls) external payable returns (bytes[] memory results);

    /// @notice Makes nonces worthless that were signed and not brought yet. For the caller, at any time, also for nonces not
    /// used yet.
    /// @param word Nonces 256 `word` to 256 `word` + 255.
    /// @param mask Bit n: nonce 256 `word` + n. Bits that are set already stay.
    function invalidateNonces(uint256 word, uint256 mask) external;

    /// @notice Whether a requester's nonce was used or made invalid.
    function isNonceUsed(address requester, uint256 nonce) external view returns (bool);

    /// @notice What the requester signs: EIP-712, domain "Pleiad ExecutionRouter", version "1", this chain and contract.
    function requestDigest(ExecutionRequest calldata request) external view returns (bytes32);

    /// @notice What Permit2 is told about the witness; signers put it into their type.
    function permit2WitnessTypeString() external pure returns (string memory);
}
