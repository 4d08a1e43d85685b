// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";
import {ExecutionWords} from "../libraries/ExecutionWord.sol";
import {VersionCode} from "../libraries/VersionCode.sol";
import {Callbacks} from "./Callbacks.sol";

/// @title Requests
/// @notice From nothing to Running: what is asked for, by whom, and what it costs.
abstract contract Requests is Callbacks {
    uint256 private constant INPUT_BYTES_MAX = 8_192;
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
            pointer = _CLUSTERS.versionPointer(cluster, version);
        }
        bytes memory pins = VersionCode.loadHeader(_codeAddress(pointer));
        return (VersionCode.quoteWei(pins), VersionCode.currency(pins), accepting);
    }

    /// @inheritdoc IClusterExecutions
    function executionCount() external view returns (uint256) {
        return _nextExecution - 1;
    }

    /// @dev From nothing to Running. All checks, then the money, then what is written.
    function _execute(
        address requester,
        uint256 cluster,
        uint256 version,
        bytes calldata input,
        ExecuteParams calldata params
    ) private returns (uint256 execution) {
        bytes32 inputDigest = _inputDigest(input, params);
        bool hasCallback = _checkCallback(params);
        uint32 pointer = _admit(requester, cluster, version);
        bytes memory pins = VersionCode.loadHeader(_codeAddress(pointer));
        _checkDeadline(pins, params.deadline);
        _charge(pins, hasCallback ? params.callbackBudgetWei : 0);
        uint96 requesterRef = _openAccount(requester);
        execution = _nextExecution;
        Execution storage stored = _executions[execution];
        // Cannot over- or underflow: the deadline was checked, and nobody makes 2^256 executions.
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

    /// @dev The number of the version's code, if the requester may run it now; takes one use of a grant if it needs one.
    function _admit(address requester, uint256 cluster, uint256 version) private returns (uint32 pointer) {
        bool restricted;
        (pointer, restricted) = _CLUSTERS.versionFor(cluster, version);
        if (restricted && IERC721(address(_CLUSTERS)).ownerOf(cluster) != requester) {
            _PERMISSIONS.useGrant(address(_CLUSTERS), cluster, requester);
        }
    }

    /// @dev Takes the quote in the version's currency, and the callback's budget in the chain's own.
    function _charge(bytes memory pins, uint256 budgetWei) private {
        uint256 quoteWei = VersionCode.quoteWei(pins);
        address currency = VersionCode.currency(pins);
        // Cannot overflow: 96 and 64 bits.
        unchecked {
            uint256 valueWei = currency == address(0) ? quoteWei + budgetWei : budgetWei;
            if (msg.value != valueWei) revert ExecutionValueMismatch(msg.value, valueWei);
        }
        if (currency != address(0)) _pull(currency, msg.sender, quoteWei);
    }

    function _options(ExecuteParams calldata params, bool hasCallback) private pure returns (uint256) {
        return (params.ownerMayAnswer ? ExecutionWords.OPTION_OWNER_MAY_ANSWER : 0)
            | (params.outputsByReference ? ExecutionWords.OPTION_OUTPUTS_BY_REFERENCE : 0)
            | (hasCallback ? ExecutionWords.OPTION_CALLBACK : 0);
    }

    function _inputDigest(bytes calldata input, ExecuteParams calldata params) private pure returns (bytes32) {
        uint256 uriLength = bytes(params.inputURI).length;
        if (uriLength > URI_BYTES_MAX) revert ExecutionURITooLong(uriLength, URI_BYTES_MAX);
        if (input.length > INPUT_BYTES_MAX) revert ExecutionInputTooLarge(input.length, INPUT_BYTES_MAX);
        if ((input.length == 0) == (params.inputDigest == 0)) {
            revert ExecutionInputInvalid(input.length, params.inputDigest);
        }
        return input.length == 0 ? params.inputDigest : keccak256(input);
    }

    /// @dev There must be time for one window of each task on the longest path.
    function _checkDeadline(bytes memory pins, uint256 deadline) private view {
        // Cannot overflow: 8 and 32 bits.
        unchecked {
            uint256 deadlineMin = block.timestamp + VersionCode.pathLength(pins) * VersionCode.windowSeconds(pins);
            uint256 deadlineMax = block.timestamp + DURATION_SECONDS_MAX;
            if (deadline < deadlineMin || deadline > deadlineMax) {
                revert ExecutionDeadlineOutOfRange(deadline, deadlineMin, deadlineMax);
            }
        }
    }
}
