// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";
import {Roles} from "../libraries/Roles.sol";
import {Runs} from "./Runs.sol";

/// @title Withdrawals
/// @notice How credits leave: all of one, by whom it belongs to, to wherever they say.
/// @dev The only way out for money, and the last thing a call does: the credit is taken from the books and the event is told
/// before the receiver's code or the token's is reached. A receiver that fails makes its own call fail and nobody else's.
///
/// A receiver that calls back finds its credit gone and may take another of its own; a second call for the same reverts with
/// `CreditEmpty`. Who may withdraw chooses where to: a delegate with that role can send all of it to itself.
abstract contract Withdrawals is Runs {
    /// @inheritdoc IClusterExecutions
    function withdraw(CreditKind kind, uint256 id, address currency, address to)
        external
        returns (uint256 amountWei)
    {
        if (!_mayWithdraw(kind, id)) revert CreditNotYours(kind, id, msg.sender);
        // A transfer of another currency to this contract would move nothing, and nobody would be owed it any more.
        if (to == address(0) || to == address(this)) revert CreditReceiverInvalid(to);
        amountWei = kind == CreditKind.Account ? _takeAccount(currency, msg.sender) : _takeToken(currency, kind, id);
        if (amountWei == 0) revert CreditEmpty(kind, id, currency);
        emit CreditWithdrawn(kind, id, to, currency, amountWei);
        _pay(currency, to, amountWei);
    }

    /// @inheritdoc IClusterExecutions
    function creditOf(CreditKind kind, uint256 id, address currency) external view returns (uint256) {
        if (kind != CreditKind.Account) return _tokenCredit(currency, kind, id);
        return id >> 160 == 0 ? _accountCredit(currency, address(uint160(id))) : 0;
    }

    /// @inheritdoc IClusterExecutions
    function owedOf(address currency) external view returns (uint256) {
        return _owedWei[currency];
    }

    function _mayWithdraw(CreditKind kind, uint256 id) private view returns (bool) {
        // An account has one number: were high bits cut off, `CreditWithdrawn` could name the same credit in many ways.
        if (kind == CreditKind.Account) return id == uint160(msg.sender);
        address registry = address(_CLUSTERS);
        if (kind == CreditKind.Node) registry = address(_NODES);
        else if (kind == CreditKind.Model) registry = address(_MODELS);
        // The owner of now: what a token earned before it was sold goes with it. `ownerOf` reverts for one that is not there,
        // so `_takeToken` sees ids from 1 on. ERC-721 approvals count for nothing: whoever has one takes the token first.
        return
            Roles.allowAt(_PERMISSIONS, registry, id, IERC721(registry).ownerOf(id), msg.sender, Roles.WITHDRAW);
    }
}
