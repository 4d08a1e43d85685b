// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";

/// @title Receiver__MockForERC721
/// @notice A contract to which tests send tokens: it accepts, refuses, reverts or passes on, as it was told.
/// @dev Immutable moods, unlike the other doubles': a receiver is asked once, and each case gets its own.
// The name says whom the double serves.
// solhint-disable-next-line contract-name-capwords
contract Receiver__MockForERC721 is IERC721Receiver {
    enum Mood {
        Accept,
        AnswerWrongly,
        RevertWithoutReason,
        RevertWithReason,
        RevertWithError,
        PassOn
    }

    /// @notice What was asked at the last acceptance.
    event Received(address token, address operator, address from, uint256 tokenId, bytes data, address ownerThen);

    /// @notice Thrown in the mood `RevertWithError`.
    error ReceiverRefuses(uint256 tokenId);

    Mood public immutable MOOD;
    address public immutable NEXT;

    /// @param next Who gets what is passed on.
    constructor(Mood mood, address next) {
        MOOD = mood;
        NEXT = next;
    }

    /// @inheritdoc IERC721Receiver
    function onERC721Received(address operator, address from, uint256 tokenId, bytes calldata data)
        external
        returns (bytes4)
    {
        if (MOOD == Mood.AnswerWrongly) return 0xffffffff;
        // ERC-721: anything but the selector refuses the token, and the transfer reverts.
        if (MOOD == Mood.RevertWithReason) revert("no tokens, please");
        if (MOOD == Mood.RevertWithError) revert ReceiverRefuses(tokenId);
        // solhint-disable-next-line reason-string
        if (MOOD == Mood.RevertWithoutReason) revert();
        emit Received(msg.sender, operator, from, tokenId, data, IERC721(msg.sender).ownerOf(tokenId));
        // From within the transfer that is under way: the registry's books must be whole by then.
        if (MOOD == Mood.PassOn) IERC721(msg.sender).transferFrom(address(this), NEXT, tokenId);
        return IERC721Receiver.onERC721Received.selector;
    }
}
