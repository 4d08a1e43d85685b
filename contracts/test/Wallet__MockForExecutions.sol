// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ECDSA} from "solady/src/utils/ECDSA.sol";

/// @title Wallet__MockForExecutions
/// @notice A wallet contract that pays, owns, signs (ERC-1271) and takes money as it was told.
/// @dev All in storage and none in the constructor, so that an account may also delegate to its code (EIP-7702).
/// Anybody may set how it behaves: it keeps nothing that is worth having.
// The name says whom the double serves.
// solhint-disable-next-line contract-name-capwords
contract Wallet__MockForExecutions {
    /// @notice How it answers whether it signed.
    enum Signing {
        No,
        ByKey,
        Always,
        AnswerDirty,
        AnswerShort,
        AnswerMuch,
        AnswerNothing,
        EatGas,
        Revert,
        TryToWrite
    }

    /// @notice What it does when it is paid.
    enum Receiving {
        Take,
        Refuse,
        CallBack
    }

    Signing public signing;
    Receiving public receiving;
    address public key;
    address public backTarget;
    bytes public backData;
    /// @notice How often it called back, and how often that succeeded.
    uint256 public backCalls;
    uint256 public backSuccesses;

    bytes4 private constant MAGIC = 0x1626ba7e;

    /// @notice Thrown in the moods that refuse.
    error WalletRefuses();

    // solhint-disable-next-line no-complex-fallback
    receive() external payable {
        if (receiving == Receiving.Refuse) revert WalletRefuses();
        if (receiving == Receiving.CallBack) {
            ++backCalls;
            (bool success,) = backTarget.call(backData);
            if (success) ++backSuccesses;
        }
    }

    /// @notice Sets how it signs; `key_` counts in the mood `ByKey`.
    function setSigning(Signing signing_, address key_) external {
        signing = signing_;
        key = key_;
    }

    /// @notice Sets how it takes money; the call counts in the mood `CallBack`.
    function setReceiving(Receiving receiving_, address target, bytes calldata data) external {
        receiving = receiving_;
        backTarget = target;
        backData = data;
    }

    /// @notice Calls `target` in the wallet's name and passes on what comes back.
    function perform(address target, bytes calldata data) external payable returns (bytes memory) {
        (bool success, bytes memory answer) = target.call{value: msg.value}(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
        return answer;
    }

    /// @notice ERC-1271. Not `view`, so that it may try to write; the caller's static call forbids it.
    function isValidSignature(bytes32 hash, bytes calldata signature) external returns (bytes4) {
        Signing mood = signing;
        if (mood == Signing.Always) return MAGIC;
        // Whatever the bytes are: a wallet may accept what it likes for itself.
        if (mood == Signing.ByKey) return ECDSA.tryRecoverCalldata(hash, signature) == key ? MAGIC : bytes4(0);
        if (mood == Signing.Revert) revert WalletRefuses();
        if (mood == Signing.TryToWrite) {
            // Fails by EIP-214, and with it the question: the count stays where it was.
            ++backCalls;
            return MAGIC;
        }
        bytes32 magic = MAGIC;
        if (mood == Signing.AnswerDirty) {
            // The right four bytes and a bit behind them: no ABI-encoded `bytes4`.
            assembly {
                mstore(0, or(magic, 1))
                return(0, 32)
            }
        }
        if (mood == Signing.AnswerShort) {
            // One byte less than a word.
            assembly {
                mstore(0, magic)
                return(0, 31)
            }
        }
        // About as much memory as the 100,000 gas it is asked with buy; the first word says no.
        if (mood == Signing.AnswerMuch) {
            assembly {
                mstore(0, 0)
                return(0, 180000)
            }
        }
        if (mood == Signing.AnswerNothing) {
            // What an account without this function answers by an empty fallback.
            assembly {
                return(0, 0)
            }
        }
        if (mood == Signing.EatGas) {
            for (uint256 i;; ++i) {
                if (i == type(uint256).max) break;
            }
        }
        return 0xffffffff;
    }
}
