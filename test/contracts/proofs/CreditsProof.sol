// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Credits} from "../../../contracts/execution/Credits.sol";

/// @title CreditsProof
/// @notice Accounts' credits as `Credits` keeps them, from any state.
contract CreditsProof is Credits {
    /// @dev Another currency: what is credited is there, on top of what was.
    function creditAccount(address currency, address holder, uint128 amountWei) external {
        require(currency != address(0));
        uint256 beforeWei = _accountCredit(currency, holder);
        require(beforeWei <= OWED_MAX);
        bool credited = _creditAccount(currency, holder, amountWei);
        assert(credited);
        assert(_accountCredit(currency, holder) == beforeWei + amountWei);
    }

    /// @dev Nobody else's credit changes.
    function creditAccountOfAnother(address currency, address holder, address other, uint128 amountWei) external {
        require(currency != address(0) && holder != other);
        uint256 beforeWei = _accountCredit(currency, other);
        _creditAccount(currency, holder, amountWei);
        assert(_accountCredit(currency, other) == beforeWei);
    }

    /// @dev What is taken is all that there was, and nothing is left.
    function takeAccount(address currency, address holder) external {
        require(currency != address(0));
        uint256 beforeWei = _accountCredit(currency, holder);
        uint256 takenWei = _takeAccount(currency, holder);
        assert(takenWei == beforeWei);
        assert(_accountCredit(currency, holder) == 0);
    }

    /// @dev The chain's own: only where nobody else has the account's reference.
    function creditAccountOfTheChain(address holder, uint96 amountWei) external {
        address present = _accountHolder(uint96(uint160(holder)));
        assert(_creditAccount(address(0), holder, amountWei) == (present == holder || present == address(0)));
    }
}
