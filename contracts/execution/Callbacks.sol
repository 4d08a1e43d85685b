// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterConsumer} from "../interfaces/IClusterConsumer.sol";
import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";
import {ExecutionWord, ExecutionWords} from "../libraries/ExecutionWord.sol";
import {Runs} from "./Runs.sol";

/// @title Callbacks
/// @notice Who is told of an execution's end, with how much gas, and what whoever does it earns.
/// @dev Kept in a slot of its own, which is there only where somebody asked for it and is gone once it was delivered.
///
/// Apart from settlement, so that no consumer can make a completion fail, cost more or come at another time. The price of it:
/// somebody has to call `deliver`, for the budget; where nobody finds that worth its gas, the consumer is told nothing, and
/// reads the result from `executionOf` and the log.
///
/// What a hostile consumer can do: revert, waste the gas it was given, answer a megabyte, call back. None of it changes what
/// the deliverer earns or what the run came to. What a hostile deliverer can do: choose the moment, and leave the response out
/// where that is allowed.
abstract contract Callbacks is Runs {
    /// @dev What was asked for, in one slot: 160, 32 and 64 bits. `budgetWei` is always in the chain's own currency, whatever
    /// the run is paid in.
    struct Callback {
        address consumer;
        uint32 gasExact;
        /// 64 bits are 18 ether: 9,000 gwei for each of two million gas.
        uint64 budgetWei;
    }

    /// @dev Enough to write some tens of slots; far from what a block holds.
    uint256 private constant CALLBACK_GAS_MAX = 2_000_000;
    /// @dev What `deliver` itself needs from its look at the gas on: the call to an account not touched before (2,600),
    /// the event (2,100), and room.
    uint256 private constant DELIVER_GAS = 10_000;

    mapping(uint256 execution => Callback) private _callbacks;

    /// @inheritdoc IClusterExecutions
    function deliver(
        uint256 execution,
        bytes32 inputDigest,
        bytes32[] calldata outputDigests,
        bytes calldata response
    ) external {
        Run memory run = _known(execution);
        if (run.word.isRunning()) revert ExecutionIsRunning(execution);
        Callback memory callback = _callbacks[execution];
        if (callback.consumer == address(0)) revert CallbackUnknown(execution);
        bytes32 runDigest = keccak256(abi.encode(run.versionDigest, inputDigest, outputDigests));
        // The chain keeps one digest of an ended run: whoever delivers brings what it was made of.
        if (runDigest != run.digest) revert CallbackFoldMismatch(execution, runDigest, run.digest);
        // What folds to the run's digest has one output digest for each task, and a version has at least one task.
        // So this is the last task's, in the order of tasks, whether or not it was answered last.
        bytes32 responseDigest = outputDigests[outputDigests.length - 1];
        _checkResponse(execution, run.word, responseDigest, response);
        // Gone and paid for before the consumer is called: one that calls back finds nothing to deliver.
        delete _callbacks[execution];
        uint96 ref = _openAccount(msg.sender);
        // Reverts where another account has the sender's low 96 bits: such a sender cannot deliver, and anybody else still can.
        _creditRef(address(0), ref, callback.budgetWei);
        bytes memory call = abi.encodeCall(
            IClusterConsumer.onClusterExecutionEnded, (execution, run.word.state(), responseDigest, response)
        );
        bool success = _call(callback.consumer, callback.gasExact, call);
        emit CallbackDelivered(execution, msg.sender, success);
    }

    /// @dev Keeps what was asked for; the budget was paid in by then. That the consumer has code is not checked: it may be made
    /// until the end, and one that has none is told of in vain (`CallbackDelivered` with `success` false).
    function _requestCallback(uint256 execution, ExecuteParams calldata params) internal {
        _callbacks[execution] = Callback({
            consumer: params.consumer, gasExact: params.callbackGas, budgetWei: params.callbackBudgetWei
        });
        emit CallbackRequested(execution, params.consumer, params.callbackGas, params.callbackBudgetWei);
    }

    /// @dev What is to be delivered still; zeros for nothing. The option bit saves everybody else a cold read.
    function _callbackOf(uint256 execution, ExecutionWord word) internal view returns (Callback memory callback) {
        if (word.has(ExecutionWords.OPTION_CALLBACK)) callback = _callbacks[execution];
    }

    /// @dev Whether a callback is asked for, in a way that makes sense.
    function _checkCallback(ExecuteParams calldata params) internal pure returns (bool hasCallback) {
        address consumer = params.consumer;
        uint256 gasExact = params.callbackGas;
        uint256 budgetWei = params.callbackBudgetWei;
        hasCallback = consumer != address(0);
        bool valid = hasCallback ? gasExact != 0 && gasExact <= CALLBACK_GAS_MAX : gasExact | budgetWei == 0;
        if (!valid) revert ExecutionCallbackInvalid(consumer, gasExact, budgetWei);
    }

    /// @dev The bytes themselves, wherever they must be in the log: else whoever delivers first could withhold them.
    /// A run that did not succeed may have its last task answered all the same (tasks beside each other): then the bytes may be
    /// told, and need not be. A response for a task without an answer is refused, as nothing hashes to zero.
    function _checkResponse(uint256 execution, ExecutionWord word, bytes32 digest, bytes calldata response)
        private
        pure
    {
        bool valid = response.length != 0
            ? keccak256(response) == digest
            : word.state() != ExecutionState.Succeeded || word.has(ExecutionWords.OPTION_OUTPUTS_BY_REFERENCE);
        if (!valid) revert CallbackResponseInvalid(execution, digest, response.length);
    }

    /// @dev Calls with exactly so much gas. A call gets at most 63 of 64 parts of what is left, and silently less than it
    /// was to have: so there must be enough, or whoever delivers could make the consumer fail.
    function _call(address consumer, uint256 gasExact, bytes memory data) private returns (bool success) {
        uint256 gasMin = (gasExact + DELIVER_GAS) * 64 / 63;
        // Small numbers: `gasExact` is at most `CALLBACK_GAS_MAX`. EIP-150 is the rule of 63 of 64 parts.
        if (gasleft() < gasMin) revert CallbackGasTooLow(gasleft(), gasMin);
        // Nothing of what the consumer answers is copied: a megabyte of it would be paid by whoever delivers.
        // No ether goes along: a consumer that is owed some withdraws it like anybody.
        assembly ("memory-safe") {
            success := call(gasExact, consumer, 0, add(data, 32), mload(data), 0, 0)
        }
        // A call to an account without code succeeds, and told nobody.
        return success && consumer.code.length != 0;
    }
}
