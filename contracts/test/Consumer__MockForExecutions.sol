// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterConsumer} from "../interfaces/IClusterConsumer.sol";
import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";

/// @title Consumer__MockForExecutions
/// @notice A contract that is told of the end of an execution and does with it as it was told.
/// @dev Each mood is a way in which a consumer could try to make `deliver` fail, dear or paid twice: see the tests of
/// callbacks. It checks neither caller nor execution, as a real consumer must (`examples/Consumer.sol`).
// The name says whom the double serves.
// solhint-disable-next-line contract-name-capwords
contract Consumer__MockForExecutions is IClusterConsumer {
    enum Mood {
        Note,
        Revert,
        AnswerMuch,
        RevertMuch,
        EatGas,
        CallBack
    }

    Mood public mood;
    address public backTarget;
    bytes public backData;
    uint256 public calls;
    /// @notice Whether the last call back succeeded.
    bool public backSucceeded;
    /// @notice The gas it had when it was last called.
    uint256 public gasAtCall;

    event Told(
        address caller,
        uint256 execution,
        IClusterExecutions.ExecutionState state,
        bytes32 responseDigest,
        bytes response
    );

    /// @notice Thrown in the mood `Revert`.
    error ConsumerRefuses();

    // It is paid now and then.
    receive() external payable {}

    /// @notice Sets what it does; the call counts in the mood `CallBack`.
    function setMood(Mood mood_, address target, bytes calldata data) external {
        mood = mood_;
        backTarget = target;
        backData = data;
    }

    /// @inheritdoc IClusterConsumer
    function onClusterExecutionEnded(
        uint256 execution,
        IClusterExecutions.ExecutionState state,
        bytes32 responseDigest,
        bytes calldata response
    ) external {
        uint256 gas = gasleft();
        // Before anything else: what `deliver` promised, less the little it takes to get here.
        if (mood == Mood.Revert) revert ConsumerRefuses();
        if (mood == Mood.EatGas) {
            // Until the gas is gone: the call fails for want of it, and `deliver` must not.
            for (uint256 i;; ++i) {
                if (i == type(uint256).max) break;
            }
        }
        if (mood == Mood.AnswerMuch || mood == Mood.RevertMuch) {
            // 100,000 bytes of memory: whoever copied them would pay some 30,000 gas for it.
            bool reverts = mood == Mood.RevertMuch;
            assembly {
                if reverts { revert(0, 100000) }
                return(0, 100000)
            }
        }
        ++calls;
        // Not counted in the moods above, which end the call before.
        gasAtCall = gas;
        if (mood == Mood.CallBack) {
            (bool success,) = backTarget.call(backData);
            // Whether it succeeds is for the test to say; the delivery is not to depend on it.
            backSucceeded = success;
        }
        emit Told(msg.sender, execution, state, responseDigest, response);
    }
}
