// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title Receiver__MockForBonds
/// @notice Takes money in every way that a receiver can, and calls whatever it is told as itself.
/// @dev Each mood is a way in which a receiver could try to be paid twice or to make the call of another dear: see the tests of
/// bonds.
// The name says whom the double serves.
// solhint-disable-next-line contract-name-capwords
contract Receiver__MockForBonds {
    /// @notice What it does when it is paid.
    enum Mood {
        Take,
        Refuse,
        EatGas,
        AnswerMuch,
        CallBack
    }

    Mood public mood;
    address public backTarget;
    bytes public backData;
    /// @notice How often it called back, and how often that succeeded.
    uint256 public backCalls;
    uint256 public backSuccesses;

    /// @notice Thrown in the mood `Refuse`.
    error ReceiverRefuses();

    // solhint-disable-next-line no-complex-fallback
    receive() external payable {
        Mood present = mood;
        if (present == Mood.Refuse) revert ReceiverRefuses();
        if (present == Mood.EatGas) {
            // All the gas that it was given: `withdrawBond` keeps a 64th (EIP-150), which is enough to revert by
            // `BondTransferFailed`.
            for (uint256 i;; ++i) {
                if (i == type(uint256).max) break;
            }
        }
        // Far more memory than anybody wants to copy; what makes it is paid here.
        if (present == Mood.AnswerMuch) {
            assembly {
                return(0, 1000000)
            }
        }
        if (present == Mood.CallBack) {
            ++backCalls;
            // The call goes out while it is paid: re-entry at the only place where there is one.
            (bool success,) = backTarget.call(backData);
            if (success) ++backSuccesses;
        }
    }

    /// @notice Sets how it takes money; the call counts in the mood `CallBack`.
    function setMood(Mood mood_, address target, bytes calldata data) external {
        mood = mood_;
        backTarget = target;
        backData = data;
    }

    /// @notice Calls `target` in its own name and passes on what comes back.
    function perform(address target, bytes calldata data) external payable returns (bytes memory) {
        (bool success, bytes memory answer) = target.call{value: msg.value}(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
        return answer;
    }
}
