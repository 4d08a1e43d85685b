// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Credits} from "../../../contracts/execution/Credits.sol";
import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {OwnerSignature} from "../../../contracts/libraries/OwnerSignature.sol";

/// @title CreditsHarness
/// @notice Opens what `Credits` and `OwnerSignature` keep for contracts to tests.
contract CreditsHarness is Credits {
    function creditToken(IClusterExecutions.CreditKind kind, uint256 token, uint256 amountWei) external {
        _creditToken(address(0), kind, token, amountWei);
    }

    function takeToken(IClusterExecutions.CreditKind kind, uint256 token) external returns (uint256) {
        return _takeToken(address(0), kind, token);
    }

    function tokenCredit(IClusterExecutions.CreditKind kind, uint256 token) external view returns (uint256) {
        return _tokenCredit(address(0), kind, token);
    }

    function openAccount(address holder) external returns (uint96) {
        return _openAccount(holder);
    }

    function creditAccount(address holder, uint256 amountWei) external returns (bool) {
        return _creditAccount(address(0), holder, amountWei);
    }

    function creditRef(uint96 ref, uint256 amountWei) external {
        _creditRef(address(0), ref, amountWei);
    }

    function takeAccount(address holder) external returns (uint256) {
        return _takeAccount(address(0), holder);
    }

    function accountCredit(address holder) external view returns (uint256) {
        return _accountCredit(address(0), holder);
    }

    /// @dev The scratch space holds the right answer already: one that is too short must not be read from there.
    function isBy(address owner, address recovered, bytes32 hash, bytes calldata signature)
        external
        view
        returns (bool)
    {
        bytes32 magic = bytes4(0x1626ba7e);
        assembly ("memory-safe") {
            mstore(0, magic)
        }
        return OwnerSignature.isBy(owner, recovered, hash, signature);
    }
}

/// @title Answerer
/// @notice Answers whatever it was told, to any call.
contract Answerer {
    bytes private _answer;
    bool private _fails;

    function set(bytes calldata answer, bool fails) external {
        _answer = answer;
        _fails = fails;
    }

    fallback() external {
        bytes memory answer = _answer;
        bool fails = _fails;
        assembly {
            if fails { revert(add(answer, 32), mload(answer)) }
            return(add(answer, 32), mload(answer))
        }
    }
}
