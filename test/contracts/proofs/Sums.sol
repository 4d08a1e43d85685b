// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title Sums
/// @notice The sums of money that the contracts make without checks, restated, each with what must hold of it for all
/// numbers. `npm run prove` asks the compiler's model checker.
/// @dev Restated, as what the contracts decode from a version by assembly is beyond the checker: that they make these
/// sums and no others is for the tests and the campaign to say.
contract Sums {
    uint256 private constant BPS = 10_000;
    uint256 private constant DELIVER_GAS = 10_000;

    /// @dev `Acceptance._answerOf` and `Submissions._acceptQuorum`: all parts together are at most the price, and what is
    /// left for the model brings them up to it.
    function sharesOfAQuorum(uint96 price, uint16 nodeShareBps, uint8 quorum) external pure {
        require(nodeShareBps <= BPS && quorum >= 1 && quorum <= 7);
        unchecked {
            uint256 shareWei = uint256(price) * nodeShareBps / (BPS * quorum);
            assert(shareWei <= price);
            assert(shareWei * quorum <= price);
            uint256 modelWei = uint256(price) - shareWei * quorum;
            assert(modelWei <= price);
            assert(modelWei + shareWei * quorum == price);
        }
    }

    /// @dev `Acceptance._accept` and `_paySigner`: tip, signer's rest and model's part are the price.
    function partsOfAPrice(uint96 price, uint256 share, uint256 tip, bool byNode) external pure {
        require(share <= price && tip <= share);
        unchecked {
            uint256 signerWei = share - tip;
            uint256 modelWei = uint256(price) - share;
            uint256 nodeWei;
            if (byNode) nodeWei = signerWei;
            else modelWei += signerWei;
            assert(tip + nodeWei + modelWei == price);
        }
    }

    /// @dev `Requests._charge`: what has to come along cannot overflow.
    function valueOfARequest(uint96 quote, uint64 budget) external pure {
        unchecked {
            uint256 valueWei = uint256(quote) + budget;
            assert(valueWei >= quote && valueWei - quote == budget);
        }
    }

    /// @dev `Runs._escrowWei`: what was paid in less the prices that were answered is what is left.
    function escrowAfterAnAnswer(uint256 escrow, uint96 price) external pure {
        require(escrow >= price && escrow <= type(uint96).max);
        uint256 left = escrow - price;
        assert(left + price == escrow && left <= escrow);
    }

    /// @dev `Credits._creditToken`: a credit added to the upper or the lower half of a slot stays in its half, as long as
    /// all that is owed of a currency fits one.
    function lanes(uint128 low, uint128 high, uint128 added, bool toHigh) external pure {
        unchecked {
            uint256 mine = toHigh ? high : low;
            require(mine + added <= type(uint128).max);
            uint256 word = uint256(high) * 2 ** 128 + low;
            uint256 next = word + (toHigh ? uint256(added) * 2 ** 128 : added);
            assert(next / 2 ** 128 == (toHigh ? mine + added : high));
            assert(next % 2 ** 128 == (toHigh ? low : mine + added));
        }
    }

    /// @dev `Callbacks._call`: of the gas that there must be, 63 of 64 parts are what the consumer is to have, and more.
    function gasOfACallback(uint32 gasExact) external pure {
        require(gasExact >= 1 && gasExact <= 2_000_000);
        uint256 gasMin = (uint256(gasExact) + DELIVER_GAS) * 64 / 63;
        assert(gasMin - gasMin / 64 >= gasExact);
    }

    /// @dev `Windows._nodeWindow`: no rank is outside of the list, nor the time outside of what a deadline can be.
    function rankOfANode(uint8 place, uint8 places, uint256 hash, uint8 quorum) external pure {
        require(places >= 1 && places <= 64 && place < places && quorum >= 1 && quorum <= 7);
        unchecked {
            uint256 start = hash % places;
            uint256 rank = (uint256(place) + places - start) % places;
            assert(rank < places);
            rank = rank < quorum ? 0 : rank + 1 - quorum;
            assert(rank < places);
        }
    }
}
