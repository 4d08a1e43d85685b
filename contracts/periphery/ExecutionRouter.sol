// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "solady/src/utils/ECDSA.sol";
import {EIP712} from "solady/src/utils/EIP712.sol";
import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";
import {IExecutionRouter} from "../interfaces/IExecutionRouter.sol";
import {IPermissionRegistry} from "../interfaces/IPermissionRegistry.sol";
import {IPermit2} from "../interfaces/IPermit2.sol";
import {OwnerSignature} from "../libraries/OwnerSignature.sol";

/// @title ExecutionRouter
/// @notice See `IExecutionRouter`.
/// @dev Takes no constructor arguments, so that its address is known before that of the `ClusterExecutions` that trusts it.
/// Every entry takes a lock in transient storage and gives leftover ether back to its caller at its end; `multicall` opens the lock for
/// the one call that it makes next, so that a token or wallet called on the way finds it locked.
///
/// Why a requester need not trust whoever brings its request: the nonce is used before anything is taken, what is taken
/// is what was signed, and it is spent in the same call or all of it reverts. Why the core need not trust it with money:
/// `executeFor` takes the quote from its caller.
///
/// What a hostile token can do: answer true and move nothing, whereupon the core finds its balance short and all of it reverts;
/// call back, and find `RouterBusy`. What a hostile `ClusterExecutions` can do: keep what whoever named it pays for this call,
/// and nothing else, as the allowance it gets is that quote and ends with the call. What a hostile wallet can do: say no, or
/// yes for itself. What a hostile bringer can do: choose when, until `validUntil`; let the request lie; or bring it before
/// somebody else does.
///
/// Sources: EIP-712 (requests), ERC-1271 (wallets), ERC-2612 (permits), EIP-1153 (the lock), Permit2's SignatureTransfer.
contract ExecutionRouter is IExecutionRouter, EIP712 {
    using SafeERC20 for IERC20;

    /// @dev Where Permit2 stands on the chains that have it. On another chain the call below has no code to go to, and reverts.
    IPermit2 private constant _PERMIT2 = IPermit2(0x000000000022D473030F116dDEE9F6B43aC78BA3);

    // Final, like the domain: a change of either makes every signed request worthless. `string inputURI` is hashed as EIP-712
    // hashes strings; all other members are of one word.
    bytes private constant PARAMS_TYPE =
        "ExecuteParams(uint40 deadline,bytes32 thread,bool ownerMayAnswer,bool outputsByReference,bytes32 inputDigest,string inputURI,address consumer,uint32 callbackGas,uint64 callbackBudgetWei)";
    bytes private constant REQUEST_TYPE =
        "ExecutionRequest(address executions,address requester,uint256 cluster,uint256 version,bytes32 inputDigest,ExecuteParams params,address currency,uint256 quoteWei,uint256 relayerFeeWei,uint256 nonce,uint256 validUntil)";
    bytes32 private constant PARAMS_TYPEHASH = keccak256(PARAMS_TYPE);
    /// @dev EIP-712, encodeType: the struct itself, then those it refers to.
    bytes32 private constant REQUEST_TYPEHASH = keccak256(abi.encodePacked(REQUEST_TYPE, PARAMS_TYPE));

    /// @dev States of the lock.
    uint256 private constant FREE = 0;
    uint256 private constant LOCKED = 1;
    /// @dev Locked but for the next call, which `multicall` makes.
    uint256 private constant OPEN = 2;

    /// @dev Transient: a call that reverts half-way leaves no lock behind, and the next transaction finds it free.
    uint256 private transient _lock;

    /// @dev Bit n of word w: nonce 256 w + n is used. Requests need no order among them.
    mapping(address requester => mapping(uint256 word => uint256 mask)) private _nonces;

    /// @dev Around every entry that takes money. A token or wallet that is called on the way and calls back finds `LOCKED`:
    /// it could otherwise spend the ether that another caller brought, or have its own refund counted twice.
    modifier locked() {
        uint256 before = _lock;
        if (before == LOCKED) revert RouterBusy();
        // Also within a multicall: there it was `OPEN`, and is `LOCKED` from here until the multicall opens it for its next
        // call.
        _lock = LOCKED;
        // Only the outermost call knows what came along with it: inside a multicall every call sees the same `msg.value`.
        uint256 idleWei = before == FREE ? _idleWei() : 0;
        _;
        // Within a multicall the multicall ends the call.
        // What is left over goes back before the lock is opened: a caller that calls back as it is paid finds `LOCKED`, too.
        if (before == FREE) {
            _refund(idleWei);
            _lock = FREE;
        }
    }

    /// @inheritdoc IExecutionRouter
    function execute(
        IClusterExecutions executions,
        uint256 cluster,
        uint256 version,
        bytes calldata input,
        IClusterExecutions.ExecuteParams calldata params,
        address currency,
        uint256 quoteWei
    ) external payable locked returns (uint256 execution) {
        // Before anything is taken: the caller named the most it pays, and a version never asks another price.
        // `executions` is the caller's to name. One that answers another price to `executeFor` than to `quote` has at most
        // `quoteWei`.
        _checkQuote(executions, cluster, version, currency, quoteWei);
        if (currency != address(0)) _take(currency, msg.sender, address(this), quoteWei);
        // From the caller's allowance for this router; the core then takes it from here (`_executeFor`).
        return _executeFor(executions, msg.sender, cluster, version, input, params, currency, quoteWei);
    }

    /// @inheritdoc IExecutionRouter
    function executeSigned(ExecutionRequest calldata request, bytes calldata input, bytes calldata signature)
        external
        payable
        locked
        returns (uint256 execution)
    {
        _checkRequest(request, input);
        address requester = request.requester;
        bytes32 digest = _hashTypedData(_structHash(request));
        address recovered = ECDSA.tryRecoverCalldata(digest, signature);
        // The nonce was used before the wallet is asked, and the lock is taken: it can start nothing else here.
        // The digest holds chain and router (EIP-712): a request is good once, here, however many relayers have it.
        if (!OwnerSignature.isBy(requester, recovered, digest, signature)) revert RequestSignatureInvalid(requester);
        address currency = request.currency;
        // Ether is the bringer's to pay: nobody can sign ether away.
        // The fee goes straight from the requester to the bringer, and is never the router's.
        if (currency != address(0)) {
            _take(currency, requester, address(this), request.quoteWei);
            if (request.relayerFeeWei != 0) _take(currency, requester, msg.sender, request.relayerFeeWei);
        }
        return _executeRequest(request, input);
    }

    /// @inheritdoc IExecutionRouter
    function executeWithPermit2(
        ExecutionRequest calldata request,
        bytes calldata input,
        uint256 permitNonce,
        uint256 permitDeadline,
        bytes calldata signature
    ) external payable locked returns (uint256 execution) {
        _checkRequest(request, input);
        // The request's own nonce is used as well as Permit2's: a request that was carried out on the other way is not carried
        // out here.
        // Checked: a sum that does not fit is nobody's to give.
        uint256 amount = request.quoteWei + request.relayerFeeWei;
        // Permit2 checks the signature, and with the witness that it was for this request. Where it has no code this reverts.
        // The zero currency has no code: Permit2 calls it in vain, and the ether still comes from the caller. The witness binds
        // the amount to this request and this router as the spender, so nobody can bring the permit for anything else.
        _PERMIT2.permitWitnessTransferFrom(
            IPermit2.PermitTransferFrom({
                permitted: IPermit2.TokenPermissions({token: request.currency, amount: amount}),
                nonce: permitNonce,
                deadline: permitDeadline
            }),
            IPermit2.SignatureTransferDetails({to: address(this), requestedAmount: amount}),
            request.requester,
            _structHash(request),
            permit2WitnessTypeString(),
            signature
        );
        // Before the execution, which takes exactly the rest: what Permit2 moved is all that is here.
        // A token that takes a fee on the way leaves less than the quote, and the execution reverts.
        if (request.relayerFeeWei != 0) IERC20(request.currency).safeTransfer(msg.sender, request.relayerFeeWei);
        return _executeRequest(request, input);
    }

    /// @inheritdoc IExecutionRouter
    function permit(address token, address owner, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        payable
        locked
    {
        // Whoever saw the permit could have brought it first, which must not make the rest of a multicall fail.
        // `token` is the caller's to name: the call carries no ether and is made under the lock. What it allows can be taken
        // only by a request that `owner` signed, or by a call of its own.
        // solhint-disable-next-line no-empty-blocks
        try IERC20Permit(token).permit(owner, address(this), value, deadline, v, r, s) {} catch {}
    }

    /// @inheritdoc IExecutionRouter
    function acceptInvitation(
        IPermissionRegistry permissions,
        IPermissionRegistry.Invitation calldata invitation,
        address signer,
        bytes calldata signature
    ) external payable locked {
        // As for a permit: whoever saw the invitation could have brought it first.
        // `permissions` is the caller's to name: what it does is done under the lock, and moves nothing of the router's.
        // The grant becomes the grantee's, whoever brings it: nothing is won by bringing another's.
        if (permissions.isInvitationUsed(permissions.invitationDigest(invitation))) return;
        permissions.acceptInvitation(invitation, signer, signature);
    }

    /// @inheritdoc IExecutionRouter
    function multicall(bytes[] calldata calls) external payable returns (bytes[] memory results) {
        if (_lock != FREE) revert RouterBusy();
        // Not nested: an inner one would open the lock that the outer one holds.
        uint256 idleWei = _idleWei();
        results = new bytes[](calls.length);
        // As many as the caller pays gas for.
        for (uint256 i; i < calls.length; ++i) {
            // One call may enter, this one; from its beginning on the lock is taken again.
            _lock = OPEN;
            // To this very code: what a call may do, its own function says.
            // `msg.sender` stays the caller's. `msg.value` does too, in every call alike, which is why no entry adds it up.
            (bool success, bytes memory result) = address(this).delegatecall(calls[i]);
            if (!success) {
                assembly ("memory-safe") {
                    revert(add(result, 32), mload(result))
                }
            }
            // The raw answer, ABI-encoded as the function's own return values are.
            results[i] = result;
        }
        _lock = LOCKED;
        _refund(idleWei);
        _lock = FREE;
    }

    /// @inheritdoc IExecutionRouter
    function invalidateNonces(uint256 word, uint256 mask) external {
        // Without the lock: it moves no money, and a requester in a hurry must not wait for anybody.
        // 256 nonces by one slot. Bits are only ever set: what was used stays used.
        _nonces[msg.sender][word] |= mask;
        emit NoncesInvalidated(msg.sender, word, mask);
    }

    /// @inheritdoc IExecutionRouter
    function isNonceUsed(address requester, uint256 nonce) external view returns (bool) {
        return (_nonces[requester][nonce >> 8] >> (nonce & 255)) & 1 == 1;
    }

    /// @inheritdoc IExecutionRouter
    function requestDigest(ExecutionRequest calldata request) external view returns (bytes32) {
        // Says nothing of whether the request could be executed.
        return _hashTypedData(_structHash(request));
    }

    /// @inheritdoc IExecutionRouter
    function permit2WitnessTypeString() public pure returns (string memory) {
        // EIP-712 wants the referred types in the order of their names.
        // Permit2 puts its own beginning before it: what is signed is one type that holds both.
        return string(
            abi.encodePacked(
                "ExecutionRequest witness)", PARAMS_TYPE, REQUEST_TYPE, "TokenPermissions(address token,uint256 amount)"
            )
        );
    }

    /// @dev Everything about a request but who signed it; uses its nonce. A signature that proves wrong afterwards reverts that,
    /// too. The deadline and options in the request are for `ClusterExecutions` to check.
    ///
    /// `requester` is asked for nothing yet, and `executions` may be anything that its signer names: both are bound by the
    /// signature. At `validUntil` itself, unix seconds, the request is still good.
    function _checkRequest(ExecutionRequest calldata request, bytes calldata input) private {
        if (block.timestamp > request.validUntil) revert RequestExpired(request.validUntil);
        if (request.currency == address(0) && request.relayerFeeWei != 0) {
            revert RequestFeeUnpayable(request.relayerFeeWei);
        }
        bytes32 inputDigest = input.length == 0 ? request.params.inputDigest : keccak256(input);
        if (inputDigest != request.inputDigest) revert RequestInputMismatch(inputDigest, request.inputDigest);
        _checkQuote(
            IClusterExecutions(request.executions), request.cluster, request.version, request.currency, request.quoteWei
        );
        uint256 nonce = request.nonce;
        // By requester, so nobody can use up another's: who signs for a `requester` not its own fails at the signature, and
        // this with it.
        uint256 bit = 1 << (nonce & 255);
        uint256 mask = _nonces[request.requester][nonce >> 8];
        if (mask & bit != 0) revert RequestNonceUsed(request.requester, nonce);
        _nonces[request.requester][nonce >> 8] = mask | bit;
    }

    /// @dev What is signed or asked for must be what the version costs, to the last unit and in that currency: less could not
    /// be paid, and more would stay here for whoever comes next.
    /// A stopped version quotes, too: what refuses it is `executeFor`.
    function _checkQuote(
        IClusterExecutions executions,
        uint256 cluster,
        uint256 version,
        address currency,
        uint256 quoteWei
    ) private view {
        (uint256 actualWei, address actualCurrency,) = executions.quote(cluster, version);
        if (actualWei != quoteWei || actualCurrency != currency) {
            revert RequestQuoteMismatch(actualCurrency, actualWei, currency, quoteWei);
        }
    }

    /// @dev Executes what was signed and paid for. The event says who brought it; the requester stands in the core's own.
    function _executeRequest(ExecutionRequest calldata request, bytes calldata input)
        private
        returns (uint256 execution)
    {
        execution = _executeFor(
            IClusterExecutions(request.executions),
            request.requester,
            request.cluster,
            request.version,
            input,
            request.params,
            request.currency,
            request.quoteWei
        );
        emit RequestExecuted(request.requester, msg.sender, request.executions, execution, request.nonce);
    }

    /// @dev The quote in an ERC-20 is here already; ether is taken from what came along. Amounts are in the currency's smallest
    /// unit, the budget in wei.
    function _executeFor(
        IClusterExecutions executions,
        address requester,
        uint256 cluster,
        uint256 version,
        bytes calldata input,
        IClusterExecutions.ExecuteParams calldata params,
        address currency,
        uint256 quoteWei
    ) private returns (uint256 execution) {
        uint256 valueWei = params.callbackBudgetWei;
        // Checked: what is named as `executions` may quote any number.
        if (currency == address(0)) valueWei += quoteWei;
        // Exactly the quote, and for this call: some tokens want an allowance at zero before it is set.
        else IERC20(currency).forceApprove(address(executions), quoteWei);
        // Of what lies here, not of `msg.value`: calls of one multicall share what came along.
        if (valueWei > address(this).balance) revert RouterValueMissing(address(this).balance, valueWei);
        execution = executions.executeFor{value: valueWei}(requester, cluster, version, input, params);
        // A contract that took less keeps no claim on what the next caller brings. (What it left stays here: whoever names such
        // a contract in place of a `ClusterExecutions` has lost it.)
        if (currency != address(0) && IERC20(currency).allowance(address(this), address(executions)) != 0) {
            IERC20(currency).forceApprove(address(executions), 0);
        }
    }

    /// @dev Moves what `from` allowed the router to move. Warning: `from` must be the caller, or have signed for this; callers
    /// of this see to it.
    function _take(address currency, address from, address to, uint256 amountWei) private {
        if (!IERC20(currency).trySafeTransferFrom(from, to, amountWei)) {
            revert RequestPaymentFailed(currency, from, amountWei);
        }
    }

    /// @dev EIP-712's hashStruct: of the nested struct by its own hash, of the string by keccak256, of the rest by words.
    function _structHash(ExecutionRequest calldata request) private pure returns (bytes32) {
        IClusterExecutions.ExecuteParams calldata params = request.params;
        bytes32 paramsHash = keccak256(
            abi.encode(
                PARAMS_TYPEHASH,
                params.deadline,
                params.thread,
                params.ownerMayAnswer,
                params.outputsByReference,
                params.inputDigest,
                keccak256(bytes(params.inputURI)),
                params.consumer,
                params.callbackGas,
                params.callbackBudgetWei
            )
        );
        return keccak256(
            abi.encode(
                REQUEST_TYPEHASH,
                request.executions,
                request.requester,
                request.cluster,
                request.version,
                request.inputDigest,
                paramsHash,
                request.currency,
                request.quoteWei,
                request.relayerFeeWei,
                request.nonce,
                request.validUntil
            )
        );
    }

    /// @dev What was here before the caller came, in wei: forced in, as there is no other way (no `receive`, and every entry
    /// gives back what is left). Cannot underflow: the balance holds what came along.
    function _idleWei() private view returns (uint256) {
        return address(this).balance - msg.value;
    }

    /// @dev Gives back the ether that came along and that no call used. Not what lay here before: a wei forced in would
    /// make all calls fail whose callers take no ether.
    function _refund(uint256 idleWei) private {
        uint256 balanceWei = address(this).balance;
        if (balanceWei <= idleWei) return;
        // What was forced in meanwhile goes to the caller, too: it is nobody's.
        uint256 amountWei = balanceWei - idleWei;
        (bool success,) = msg.sender.call{value: amountWei}("");
        if (!success) revert RouterRefundFailed(msg.sender, amountWei);
    }

    /// @dev Domain of requests.
    function _domainNameAndVersion() internal pure override returns (string memory name, string memory version) {
        return ("Pleiad ExecutionRouter", "1");
    }
}
