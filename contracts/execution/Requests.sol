// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";
import {ExecutionWords} from "../libraries/ExecutionWord.sol";
import {VersionCode} from "../libraries/VersionCode.sol";
import {Callbacks} from "./Callbacks.sol";

/// @title Requests
/// @notice From nothing to Running: what is asked for, by whom, and what it costs.
/// @dev What a requester relies on is fixed here once: the version by its number (its prices cannot change), the exact
/// quote, the deadline, the options. Nothing that an owner does later reaches a running execution.
///
/// What is not checked: that anybody can answer (a model may have no nodes; then its run can be cancelled at once), that the
/// input makes sense to the version's prompts, and that the requester wants a result at all. It pays for what it asks.
abstract contract Requests is Callbacks {
    /// @dev In the log only, 8 gas a byte and 16 of calldata; a larger input is named by digest and URI.
    uint256 private constant INPUT_BYTES_MAX = 8_192;
    /// @dev A URL with a digest in it.
    uint256 private constant URI_BYTES_MAX = 256;
    /// @dev Longer runs are several runs; far below the 194 days that `durationSeconds` holds.
    uint256 private constant DURATION_SECONDS_MAX = 30 days;

    /// @dev May ask in anybody's name; zero for nobody.
    address private immutable _ROUTER;

    /// @dev The next id. Begins at 1, so that the first execution does not pay for a slot that all share.
    uint256 private _nextExecution = 1;

    constructor(address router) {
        _ROUTER = router;
    }

    /// @inheritdoc IClusterExecutions
    function execute(uint256 cluster, uint256 version, bytes calldata input, ExecuteParams calldata params)
        external
        payable
        returns (uint256)
    {
        return _execute(msg.sender, cluster, version, input, params);
    }

    /// @inheritdoc IClusterExecutions
    function executeFor(
        address requester,
        uint256 cluster,
        uint256 version,
        bytes calldata input,
        ExecuteParams calldata params
    ) external payable returns (uint256) {
        // Without this check anybody could use up a requester's grants, or start runs in its name. The router is asked for
        // nothing: what it checked before it called is its own code's promise.
        // A requester that calls for itself needs no router; zero as requester would own refunds that nobody can take.
        if (msg.sender != requester && (msg.sender != _ROUTER || requester == address(0))) {
            revert ExecutionNotForCaller(requester, msg.sender);
        }
        return _execute(requester, cluster, version, input, params);
    }

    /// @inheritdoc IClusterExecutions
    function quote(uint256 cluster, uint256 version)
        external
        view
        returns (uint256 totalWei, address currency, bool accepting)
    {
        uint32 pointer;
        try _CLUSTERS.versionFor(cluster, version) returns (uint32 found, bool) {
            (pointer, accepting) = (found, true);
        } catch {
            // Unknown, which reverts here, or stopped.
            // Or closed: what it costs is told all the same, as the version's bytes are there for ever.
            pointer = _CLUSTERS.versionPointer(cluster, version);
        }
        bytes memory pins = VersionCode.loadHeader(_codeAddress(pointer));
        // The header alone: 66 bytes, whatever the version's size.
        return (VersionCode.quoteWei(pins), VersionCode.currency(pins), accepting);
    }

    /// @inheritdoc IClusterExecutions
    function executionCount() external view returns (uint256) {
        return _nextExecution - 1;
    }

    /// @dev From nothing to Running. All checks, then the money, then what is written: a token that calls back while it is
    /// asked to pay finds no half-made execution. (A use of a grant is taken before; if the payment fails, all of it reverts.)
    ///
    /// A token that calls `execute` again while it is asked to pay takes a number before the outer call does: the number is
    /// therefore taken after the money. (If it pays in itself again, the outer call reverts: see `Credits._pull`.)
    function _execute(
        address requester,
        uint256 cluster,
        uint256 version,
        bytes calldata input,
        ExecuteParams calldata params
    ) private returns (uint256 execution) {
        bytes32 inputDigest = _inputDigest(input, params);
        // Never zero: keccak256 of something, or a digest that was checked.
        bool hasCallback = _checkCallback(params);
        uint32 pointer = _admit(requester, cluster, version);
        bytes memory pins = VersionCode.loadHeader(_codeAddress(pointer));
        _checkDeadline(pins, params.deadline);
        // By the version's own window and path, whatever the time at which it was published.
        _charge(pins, hasCallback ? params.callbackBudgetWei : 0);
        // Refunds must have somebody to go to: a requester whose reference is taken is refused, and keeps what it would have paid.
        uint96 requesterRef = _openAccount(requester);
        execution = _nextExecution;
        Execution storage stored = _executions[execution];
        // Cannot over- or underflow: the deadline is at most 30 days ahead, which fits the word's 24 bits, and nobody makes
        // 2^256 executions. `thread` is in the event alone and nobody checks it: any requester may name any conversation.
        unchecked {
            _nextExecution = execution + 1;
            stored.digest = inputDigest;
            stored.word = ExecutionWords.create(
                requesterRef, pointer, block.timestamp, params.deadline - block.timestamp, _options(params, hasCallback)
            );
        }
        emit ClusterExecutionCreated(
            execution,
            cluster,
            requester,
            version,
            params.deadline,
            params.thread,
            params.ownerMayAnswer,
            params.outputsByReference,
            inputDigest,
            input,
            params.inputURI
        );
        if (hasCallback) _requestCallback(execution, params);
    }

    /// @dev The number of the version's code, if the requester may run it now; takes one use of a grant if it needs one. The
    /// cluster's owner needs none; its delegates do.
    /// The grant is the requester's, also where the router calls: it cannot be spent for anybody who did not sign or call.
    function _admit(address requester, uint256 cluster, uint256 version) private returns (uint32 pointer) {
        bool restricted;
        (pointer, restricted) = _CLUSTERS.versionFor(cluster, version);
        if (restricted && IERC721(address(_CLUSTERS)).ownerOf(cluster) != requester) {
            _PERMISSIONS.useGrant(address(_CLUSTERS), cluster, requester);
        }
    }

    /// @dev Takes the quote in the version's currency, and the callback's budget in the chain's own. Exactly: too much would be
    /// a gift that nobody could take back, and a quote that somebody believes to be another shows here.
    /// Where the run is paid in another currency, ether beside the budget is refused, too.
    function _charge(bytes memory pins, uint256 budgetWei) private {
        uint256 quoteWei = VersionCode.quoteWei(pins);
        address currency = VersionCode.currency(pins);
        // Cannot overflow: 96 and 64 bits.
        unchecked {
            uint256 valueWei = currency == address(0) ? quoteWei + budgetWei : budgetWei;
            if (msg.value != valueWei) revert ExecutionValueMismatch(msg.value, valueWei);
        }
        // From the caller, who may be the router, not from the requester: `executeFor` takes nobody's allowance.
        if (currency != address(0)) _pull(currency, msg.sender, quoteWei);
    }

    /// @dev The choices that matter after the beginning, as bits of the execution's word.
    function _options(ExecuteParams calldata params, bool hasCallback) private pure returns (uint256) {
        return (params.ownerMayAnswer ? ExecutionWords.OPTION_OWNER_MAY_ANSWER : 0)
            | (params.outputsByReference ? ExecutionWords.OPTION_OUTPUTS_BY_REFERENCE : 0)
            | (hasCallback ? ExecutionWords.OPTION_CALLBACK : 0);
    }

    /// @dev keccak256 of the input, of which exactly one form is given: the bytes, or a digest. A digest is believed: whether
    /// anybody has the bytes is not known here, and a node that cannot find them does not answer.
    function _inputDigest(bytes calldata input, ExecuteParams calldata params) private pure returns (bytes32) {
        uint256 uriLength = bytes(params.inputURI).length;
        if (uriLength > URI_BYTES_MAX) revert ExecutionURITooLong(uriLength, URI_BYTES_MAX);
        // A URI beside an inline input is told, too, and means what its requester says it means.
        if (input.length > INPUT_BYTES_MAX) revert ExecutionInputTooLarge(input.length, INPUT_BYTES_MAX);
        if ((input.length == 0) == (params.inputDigest == 0)) {
            revert ExecutionInputInvalid(input.length, params.inputDigest);
        }
        return input.length == 0 ? params.inputDigest : keccak256(input);
    }

    /// @dev There must be time for one window of each task on the longest path: a run that could only succeed if every first
    /// node answered at once would mostly expire, with the work done so far paid for.
    /// The range is never empty: `publish` refuses versions whose shortest run is longer than what is allowed here.
    function _checkDeadline(bytes memory pins, uint256 deadline) private view {
        // Cannot overflow: 8 and 32 bits. All in unix seconds, by the block's own time.
        unchecked {
            uint256 deadlineMin = block.timestamp + VersionCode.pathLength(pins) * VersionCode.windowSeconds(pins);
            uint256 deadlineMax = block.timestamp + DURATION_SECONDS_MAX;
            if (deadline < deadlineMin || deadline > deadlineMax) {
                revert ExecutionDeadlineOutOfRange(deadline, deadlineMin, deadlineMax);
            }
        }
    }
}
