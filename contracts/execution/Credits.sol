// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";

/// @title Credits
/// @notice What is owed to whom. Nothing is ever pushed: a credit waits until its holder takes it.
/// @dev Earnings belong to a token and follow it when it is sold; refunds and tips belong to an account. An account
/// is found by the low 96 bits of its address, so that an execution needs no whole address: address and credit share
/// a slot, and the whole address there is compared before anything is done with it. Two addresses with the same low
/// 96 bits cannot both be requesters; finding one for a given address takes about 2^96 tries.
abstract contract Credits {
    /// @dev One slot; 96 bits of wei are 79 billion ether.
    struct Account {
        address holder;
        uint96 creditWei;
    }

    /// @notice The completion that is accepted next came with a tip, credited to `to`, who sent it.
    /// @dev Whom a tip went to is not in `CompletionAccepted`, and a sender that is a contract is in no transaction.
    event TipCredited(uint256 indexed execution, address indexed to, uint256 amountWei);

    mapping(uint96 ref => Account) private _accounts;
    /// @dev The credits of two tokens of a kind share a slot, 128 bits each: a run that pays neighbours writes fewer
    /// slots, and no chain has 2^128 wei.
    uint256 private constant LANE_MAX = type(uint128).max;

    /// @dev Keyed by kind (the top 8 bits) and (token - 1) / 2: token ids count from 1 and stay below 2^248.
    mapping(uint256 kindAndPair => uint256 lanes) private _credits;

    /// @dev Answers the account's reference, after making sure that it is `holder`'s.
    function _openAccount(address holder) internal returns (uint96 ref) {
        ref = uint96(uint160(holder));
        address present = _accounts[ref].holder;
        if (present == holder) return ref;
        if (present != address(0)) revert IClusterExecutions.ExecutionAccountTaken(present);
        _accounts[ref].holder = holder;
    }

    function _accountHolder(uint96 ref) internal view returns (address) {
        return _accounts[ref].holder;
    }

    function _accountCredit(address holder) internal view returns (uint256) {
        Account storage account = _accounts[uint96(uint160(holder))];
        return account.holder == holder ? account.creditWei : 0;
    }

    function _tokenCredit(IClusterExecutions.CreditKind kind, uint256 token) internal view returns (uint256) {
        // No token has such an id, and `_lane` is for those that there are.
        if (token == 0 || token >> 248 != 0) return 0;
        (uint256 key, uint256 shift) = _lane(kind, token);
        return (_credits[key] >> shift) & LANE_MAX;
    }

    /// @dev Credits an account that `_openAccount` opened.
    function _creditRef(uint96 ref, uint256 amountWei) internal {
        // Checked: all the ether there is fits 96 bits.
        if (amountWei != 0) _accounts[ref].creditWei += uint96(amountWei);
    }

    /// @dev Credits whoever sends a transaction; answers false where another account has its reference.
    function _creditAccount(address holder, uint256 amountWei) internal returns (bool) {
        Account storage account = _accounts[uint96(uint160(holder))];
        address present = account.holder;
        if (present != holder) {
            if (present != address(0)) return false;
            account.holder = holder;
        }
        account.creditWei += uint96(amountWei);
        return true;
    }

    /// @dev Credits a token that exists.
    function _creditToken(IClusterExecutions.CreditKind kind, uint256 token, uint256 amountWei) internal {
        if (amountWei == 0) return;
        (uint256 key, uint256 shift) = _lane(kind, token);
        // Cannot overflow a lane: every amount was paid in, and all the wei there is fit one lane.
        unchecked {
            _credits[key] += amountWei << shift;
        }
    }

    /// @dev Takes all of an account's credit.
    function _takeAccount(address holder) internal returns (uint256 amountWei) {
        amountWei = _accountCredit(holder);
        if (amountWei != 0) _accounts[uint96(uint160(holder))].creditWei = 0;
    }

    /// @dev Takes all of a token's credit.
    function _takeToken(IClusterExecutions.CreditKind kind, uint256 token) internal returns (uint256 amountWei) {
        (uint256 key, uint256 shift) = _lane(kind, token);
        uint256 lanes = _credits[key];
        amountWei = (lanes >> shift) & LANE_MAX;
        if (amountWei != 0) _credits[key] = lanes & ~(LANE_MAX << shift);
    }

    /// @dev In which slot a token's credit stands, and by how many bits it is shifted there.
    function _lane(IClusterExecutions.CreditKind kind, uint256 token) private pure returns (uint256 key, uint256 shift) {
        // Cannot underflow: ids count from 1.
        unchecked {
            uint256 index = token - 1;
            key = (uint256(kind) << 248) | (index >> 1);
            shift = (index & 1) << 7;
        }
    }

    /// @dev Sends wei, last of all.
    function _send(address to, uint256 amountWei) internal {
        (bool success,) = to.call{value: amountWei}("");
        if (!success) revert IClusterExecutions.CreditTransferFailed(to, amountWei);
    }
}
