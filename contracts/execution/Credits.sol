// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";
import {IExecutionErrors} from "../interfaces/IExecutionErrors.sol";

/// @title Credits
/// @notice What is owed to whom, in which currency. Nothing is ever pushed: a credit waits until its holder takes it.
/// @dev Earnings belong to a token and follow it when it is sold; refunds and tips belong to an account. An account
/// is found by the low 96 bits of its address, so that an execution needs no whole address: address and credit share
/// a slot, and the whole address there is compared before anything is done with it. Two addresses with the same low
/// 96 bits cannot both be requesters; finding one for a given address takes about 2^96 tries.
///
/// The zero currency is the chain's own. What another one owes is counted in `_owedWei`, written where money comes in
/// and goes out and nowhere else: what a run pays stays owed, to somebody else. A currency's contract is foreign code. It is
/// called before anything is written, or after everything is.
///
/// Safety rests on three sums: of the chain's own currency, credits, escrow and budgets never exceed the balance, as each of
/// them was paid in once and leaves one place as it enters another; of another one, `_owedWei` is at most the balance at every
/// `execute`; and no lane overflows into its neighbour, as all that is owed of a currency fits one lane.
///
/// What a hostile token can do: refuse, and its runs do not begin or its credits stay; lie, and those who are paid in it
/// believed a liar; call back, and it finds books that are whole. Other currencies share no slot and no sum with it. What a
/// hostile receiver can do: refuse, and its own withdrawal reverts. Nothing here loops over holders, so nobody can make
/// another's call too dear.
abstract contract Credits {
    using SafeERC20 for IERC20;

    /// @dev One slot; 96 bits of wei are 79 billion ether.
    struct Account {
        /// Set by the first who comes with these 96 bits, for ever: a later one with the same is refused, not confused.
        address holder;
        uint96 creditWei;
    }

    /// @dev Credits of one slot that are not written yet: what is to be added to its lanes. `key` begins as 0, which is the
    /// slot of nodes 1 and 2: right for them, and for all others `_flush` finds nothing to write there.
    struct Pending {
        uint256 key;
        uint256 lanes;
    }

    /// @dev The credits of two tokens of a kind share a slot, 128 bits each: a run that pays neighbours writes fewer
    /// slots. No chain has 2^128 wei, and of another currency no more than that is ever owed.
    uint256 internal constant OWED_MAX = type(uint128).max;

    mapping(uint96 ref => Account) private _accounts;
    /// @dev Keyed by kind (the top 8 bits) and (token - 1) / 2: token ids count from 1 and stay below 2^248. For another
    /// currency than the chain's own, by the hash of that key and the currency: to meet a key of the first sort, whose
    /// ids are small numbers, a hash would have to begin with some 200 given bits.
    mapping(uint256 kindAndPair => uint256 lanes) private _credits;
    /// @dev Other currencies than the chain's own: by whole addresses, as amounts of any size must fit.
    mapping(address currency => mapping(address holder => uint256 amountWei)) private _accountCredits;
    /// @dev What is owed of another currency in all: running escrow and credits. Without it the balance alone could not tell
    /// the payment of one run from what is owed to another.
    mapping(address currency => uint256 amountWei) internal _owedWei;

    /// @dev Answers the account's reference, after making sure that it is `holder`'s.
    /// An account is opened by its first request, tip or delivery, and never closed: 22,100 gas once, for whoever comes first.
    function _openAccount(address holder) internal returns (uint96 ref) {
        ref = uint96(uint160(holder));
        address present = _accounts[ref].holder;
        if (present == holder) return ref;
        if (present != address(0)) revert IExecutionErrors.ExecutionAccountTaken(present);
        _accounts[ref].holder = holder;
    }

    /// @dev Whom a reference stands for; zero for one that was never opened.
    function _accountHolder(uint96 ref) internal view returns (address) {
        return _accounts[ref].holder;
    }

    /// @dev What an account is owed. One that shares a holder's 96 bits is owed nothing of the holder's.
    function _accountCredit(address currency, address holder) internal view returns (uint256) {
        if (currency != address(0)) return _accountCredits[currency][holder];
        Account storage account = _accounts[uint96(uint160(holder))];
        return account.holder == holder ? account.creditWei : 0;
    }

    /// @dev What a token is owed; zero for one that never was.
    function _tokenCredit(address currency, IClusterExecutions.CreditKind kind, uint256 token)
        internal
        view
        returns (uint256)
    {
        // No token has such an id, and `_lane` is for those that there are.
        if (token == 0 || token >> 248 != 0) return 0;
        (uint256 key, uint256 shift) = _lane(currency, kind, token);
        return (_credits[key] >> shift) & OWED_MAX;
    }

    /// @dev Credits an account that `_openAccount` opened.
    /// The cast cuts nothing: what is credited by reference is a part of a quote, which `publish` keeps below 2^96, or a
    /// callback's budget of 64 bits.
    function _creditRef(address currency, uint96 ref, uint256 amountWei) internal {
        if (amountWei == 0) return;
        // Checked: all the ether there is fits 96 bits.
        if (currency == address(0)) _accounts[ref].creditWei += uint96(amountWei);
        else _accountCredits[currency][_accounts[ref].holder] += amountWei;
    }

    /// @dev Credits whoever sends a transaction; answers false where another account has its reference. Does not revert: a tip
    /// that cannot be credited must not make the completions of others fail.
    /// `amountWei` is at most the share it is taken from, below 2^96. Opens the account where nobody has it yet.
    function _creditAccount(address currency, address holder, uint256 amountWei) internal returns (bool) {
        if (currency != address(0)) {
            _accountCredits[currency][holder] += amountWei;
            return true;
        }
        Account storage account = _accounts[uint96(uint160(holder))];
        address present = account.holder;
        if (present != holder) {
            if (present != address(0)) return false;
            account.holder = holder;
        }
        // Checked, as in `_creditRef`.
        account.creditWei += uint96(amountWei);
        return true;
    }

    /// @dev Credits a token that exists.
    function _creditToken(address currency, IClusterExecutions.CreditKind kind, uint256 token, uint256 amountWei)
        internal
    {
        if (amountWei == 0) return;
        (uint256 key, uint256 shift) = _lane(currency, kind, token);
        // Cannot overflow a lane: every amount was paid in, and all that is owed of a currency fits one lane.
        unchecked {
            _credits[key] += amountWei << shift;
        }
    }

    /// @dev The same, to be written with the next credits of the same slot: a batch is mostly about few tokens. One slot waits
    /// at a time, so the cost of keeping them apart does not grow with the batch. Warning: `_flush` must come before the call
    /// ends, and before anything reads the slot; nothing between does.
    /// An amount of zero costs no write: `_flush` leaves a slot alone to which nothing is to be added.
    function _creditLater(
        Pending memory pending,
        address currency,
        IClusterExecutions.CreditKind kind,
        uint256 token,
        uint256 amountWei
    ) internal {
        (uint256 key, uint256 shift) = _lane(currency, kind, token);
        if (pending.key != key) {
            _flush(pending);
            pending.key = key;
        }
        // As in `_creditToken`.
        unchecked {
            pending.lanes += amountWei << shift;
        }
    }

    /// @dev Writes what waits.
    function _flush(Pending memory pending) internal {
        if (pending.lanes == 0) return;
        // As in `_creditToken`.
        unchecked {
            _credits[pending.key] += pending.lanes;
        }
        pending.lanes = 0;
    }

    /// @dev Takes all of an account's credit. Part of a credit cannot be taken: there is nothing that it would be good for.
    /// `holder` is who calls, compared whole by `_accountCredit`: an account with the same 96 bits takes nothing.
    function _takeAccount(address currency, address holder) internal returns (uint256 amountWei) {
        amountWei = _accountCredit(currency, holder);
        if (amountWei == 0) return 0;
        if (currency == address(0)) _accounts[uint96(uint160(holder))].creditWei = 0;
        else delete _accountCredits[currency][holder];
    }

    /// @dev Takes all of a token's credit; its neighbour's lane stays as it is. That the token exists was asked by the caller
    /// of this, which needs its owner.
    function _takeToken(address currency, IClusterExecutions.CreditKind kind, uint256 token)
        internal
        returns (uint256 amountWei)
    {
        (uint256 key, uint256 shift) = _lane(currency, kind, token);
        uint256 lanes = _credits[key];
        amountWei = (lanes >> shift) & OWED_MAX;
        if (amountWei != 0) _credits[key] = lanes & ~(OWED_MAX << shift);
    }

    /// @dev Takes exactly `quoteWei` of another currency from `payer`. Nothing is written before the token was called:
    /// one that calls back finds everything as it was.
    /// A payment or a withdrawal in the same currency from within that call is a difference that is not the quote, and reverts
    /// all of it; two that cancel out leave books that are right, as `_owedWei` is read after the call. `balanceOf` is asked
    /// twice on purpose: what a token answers to `transferFrom` is its word, a balance its books. Tokens that answer nothing
    /// are taken like those that answer true (`trySafeTransferFrom`), as older ERC-20 tokens do.
    function _pull(address currency, address payer, uint256 quoteWei) internal {
        IERC20 token = IERC20(currency);
        uint256 beforeWei = token.balanceOf(address(this));
        if (!token.trySafeTransferFrom(payer, address(this), quoteWei)) {
            revert IExecutionErrors.ExecutionPaymentFailed(currency, payer, quoteWei);
        }
        uint256 afterWei = token.balanceOf(address(this));
        // A token may also shrink as it is moved: that is none received, and no underflow.
        uint256 receivedWei = afterWei > beforeWei ? afterWei - beforeWei : 0;
        if (receivedWei != quoteWei) {
            revert IExecutionErrors.ExecutionCurrencyTookFee(currency, receivedWei, quoteWei);
        }
        uint256 owedWei = _owedWei[currency] + quoteWei;
        if (owedWei > OWED_MAX) revert IExecutionErrors.ExecutionCurrencyFull(currency, owedWei, OWED_MAX);
        // Somebody would come last and find nothing: no new money may fill the hole for those who are owed already.
        if (afterWei < owedWei) revert IExecutionErrors.ExecutionCurrencyShort(currency, afterWei, owedWei);
        _owedWei[currency] = owedWei;
    }

    /// @dev Sends a credit that was taken, last of all, with all the gas there is: the caller chose the receiver and pays for
    /// it. A failure reverts, and with it the credit is back. That a token's receiver has more than before is not checked: the
    /// token is what its holders trust, and its own books could say so as easily as its answer.
    function _pay(address currency, address to, uint256 amountWei) internal {
        bool success;
        if (currency == address(0)) {
            // Nothing of what the receiver answers is copied.
            assembly ("memory-safe") {
                success := call(gas(), to, amountWei, 0, 0, 0, 0)
            }
        } else {
            // Written before the token is called. Checked; what is owed in all is never less than one credit.
            _owedWei[currency] -= amountWei;
            success = IERC20(currency).trySafeTransfer(to, amountWei);
        }
        if (!success) revert IExecutionErrors.CreditTransferFailed(to, amountWei);
    }

    /// @dev In which slot a token's credit stands, and by how many bits it is shifted there. Warning: `token` is from 1 to
    /// 2^248 - 1. Ids come from registries that count up from 1; `_tokenCredit` checks those that come from callers.
    function _lane(address currency, IClusterExecutions.CreditKind kind, uint256 token)
        private
        pure
        returns (uint256 key, uint256 shift)
    {
        // Cannot underflow: ids count from 1.
        unchecked {
            uint256 index = token - 1;
            key = (uint256(kind) << 248) | (index >> 1);
            shift = (index & 1) << 7;
        }
        if (currency != address(0)) key = uint256(keccak256(abi.encode(key, currency)));
    }
}
