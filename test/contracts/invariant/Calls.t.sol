// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {SignedItems} from "../../../contracts/libraries/SignedItems.sol";
import {ViewCall} from "../../../contracts/libraries/ViewCall.sol";
import {Cheats} from "./Cheats.sol";
import {Answerer} from "./CreditsHarness.sol";

/// @title CallsTest
/// @notice What is written in assembly about calls and calldata, beside the same as the compiler writes it.
contract CallsTest is Cheats {
    Asker private _asker;
    Answerer private _answerer;
    Echo private _echo;
    Reader private _reader;

    function setUp() public {
        _asker = new Asker();
        _answerer = new Answerer();
        _echo = new Echo();
        _reader = new Reader();
    }

    function testFuzz_viewCall_question_isAskedAsTheCompilerAsks_succeeds(uint256 a, uint256 b, uint256 c) public view {
        (address key, uint256 mark) = _asker.one(_echo.one, a);
        (address keyToo, uint256 markToo) = _echo.one(a);
        require(key == keyToo, "first of one");
        _equal(mark, markToo, "second of one");
        (uint256 place, uint256 places) = _asker.three(_echo.three, a, b, c);
        (uint256 placeToo, uint256 placesToo) = _echo.three(a, b, c);
        _equal(place, placeToo, "first of three");
        _equal(places, placesToo, "second of three");
    }

    /// @dev Any bytes as an answer, of any length, or a failure. Addresses are clean, as a registry answers them.
    function testFuzz_viewCall_anyAnswer_isTakenAsTheCompilerTakesIt_succeeds(bytes memory answer, bool fails) public {
        if (answer.length >= 32) {
            for (uint256 i; i < 12; ++i) {
                answer[i] = 0;
            }
        }
        _answerer.set(answer, fails);
        bytes memory one = abi.encodeCall(Asker.one, (Echo(address(_answerer)).one, 1));
        bytes memory oneToo = abi.encodeCall(Asker.oneCompiled, (Echo(address(_answerer)).one, 1));
        _alike(address(_asker), one, oneToo, !fails && answer.length >= 64);
        bytes memory three = abi.encodeCall(Asker.three, (Echo(address(_answerer)).three, 1, 2, 3));
        bytes memory threeToo = abi.encodeCall(Asker.threeCompiled, (Echo(address(_answerer)).three, 1, 2, 3));
        _alike(address(_asker), three, threeToo, !fails && answer.length >= 64);
    }

    function test_viewCall_addressWithoutCode_reverts() public view {
        Echo nobody = Echo(address(0xc0de));
        _alike(address(_asker), abi.encodeCall(Asker.one, (nobody.one, 1)), abi.encodeCall(Asker.oneCompiled, (nobody.one, 1)), false);
        _alike(
            address(_asker),
            abi.encodeCall(Asker.three, (nobody.three, 1, 2, 3)),
            abi.encodeCall(Asker.threeCompiled, (nobody.three, 1, 2, 3)),
            false
        );
    }

    /// @dev Batches as encoders write them.
    function testFuzz_signedItems_batch_isReadAsTheCompilerReadsIt_succeeds(
        IClusterExecutions.SignedCompletion[] calldata items,
        uint256 index
    ) public view {
        VM.assume(items.length != 0);
        index %= items.length;
        _alike(
            address(_reader),
            abi.encodeCall(Reader.read, (index, items)),
            abi.encodeCall(Reader.readCompiled, (index, items)),
            true
        );
    }

    /// @dev The same cut short anywhere, and with one word of it changed to a number that may be an offset or a length.
    function testFuzz_signedItems_damagedBatch_isRefusedWhereTheCompilerRefusesIt_succeeds(
        IClusterExecutions.SignedCompletion[2] calldata pair,
        uint256 index,
        uint256 length,
        uint256 word,
        uint256 value
    ) public view {
        IClusterExecutions.SignedCompletion[] memory items = new IClusterExecutions.SignedCompletion[](2);
        (items[0], items[1]) = (pair[0], pair[1]);
        bytes memory question = abi.encodeCall(Reader.read, (index % 2, items));
        // Not below zero, which the compiler takes and this does not.
        value = value % 3 == 0 ? value >> 1 : value % (2 * question.length);
        // Behind selector, index, and where the list begins.
        uint256 at = 4 + 32 * _bound(word, 3, question.length / 32 - 1);
        bytes memory whole = question;
        assembly ("memory-safe") {
            if iszero(gt(add(at, 32), mload(whole))) { mstore(add(add(whole, 32), at), value) }
        }
        _alikeOnly(_cut(question, _bound(length, 4, question.length)));
        _alikeOnly(question);
    }

    function _cut(bytes memory data, uint256 length) private pure returns (bytes memory cut) {
        cut = new bytes(length);
        for (uint256 i; i < length; ++i) {
            cut[i] = data[i];
        }
    }

    /// @dev The same question, asked of both readers.
    function _alikeOnly(bytes memory question) private view {
        bytes memory compiled = bytes.concat(question);
        bytes4 selector = Reader.readCompiled.selector;
        for (uint256 i; i < 4; ++i) {
            compiled[i] = selector[i];
        }
        (bool success,) = address(_reader).staticcall(compiled);
        _alike(address(_reader), question, compiled, success);
    }

    /// @dev Both succeed, with the same answer, or neither does, without a reason.
    function _alike(address target, bytes memory question, bytes memory compiled, bool expected) private view {
        (bool success, bytes memory answer) = target.staticcall(question);
        (bool successToo, bytes memory answerToo) = target.staticcall(compiled);
        require(success == expected, "succeeded or failed");
        require(successToo == expected, "the compiler's succeeded or failed");
        if (success) _equal(keccak256(answer), keccak256(answerToo), "answer");
        else _equal(answer.length, 0, "reason");
    }
}

/// @title Echo
/// @notice Answers that follow from the question.
contract Echo {
    function one(uint256 a) external pure returns (address, uint256) {
        return (address(uint160(a)), ~a);
    }

    function three(uint256 a, uint256 b, uint256 c) external pure returns (uint256, uint256) {
        return (uint256(keccak256(abi.encode(a, b, c))), c);
    }
}

/// @title Asker
/// @notice `ViewCall`, and the same as the compiler writes it. The scratch space holds an answer already, and memory is in use.
contract Asker {
    function one(function(uint256) external view returns (address, uint256) question, uint256 a)
        external
        view
        returns (address first, uint256 second)
    {
        bytes memory kept = _fill();
        (first, second) = ViewCall.twoWords(question, a);
        _check(kept);
    }

    function oneCompiled(function(uint256) external view returns (address, uint256) question, uint256 a)
        external
        view
        returns (address first, uint256 second)
    {
        try Asker(address(this)).plainOne(question, a) returns (address answer, uint256 more) {
            (first, second) = (answer, more);
        } catch {
            assembly ("memory-safe") {
                revert(0, 0)
            }
        }
    }

    function plainOne(function(uint256) external view returns (address, uint256) question, uint256 a)
        external
        view
        returns (address, uint256)
    {
        return question(a);
    }

    function three(
        function(uint256, uint256, uint256) external view returns (uint256, uint256) question,
        uint256 a,
        uint256 b,
        uint256 c
    ) external view returns (uint256 first, uint256 second) {
        bytes memory kept = _fill();
        (first, second) = ViewCall.twoWords(question, a, b, c);
        _check(kept);
    }

    function threeCompiled(
        function(uint256, uint256, uint256) external view returns (uint256, uint256) question,
        uint256 a,
        uint256 b,
        uint256 c
    ) external view returns (uint256 first, uint256 second) {
        try Asker(address(this)).plainThree(question, a, b, c) returns (uint256 answer, uint256 more) {
            (first, second) = (answer, more);
        } catch {
            assembly ("memory-safe") {
                revert(0, 0)
            }
        }
    }

    function plainThree(
        function(uint256, uint256, uint256) external view returns (uint256, uint256) question,
        uint256 a,
        uint256 b,
        uint256 c
    ) external view returns (uint256, uint256) {
        return question(a, b, c);
    }

    function _fill() private pure returns (bytes memory kept) {
        kept = new bytes(96);
        for (uint256 i; i < 96; ++i) {
            kept[i] = 0xee;
        }
        assembly ("memory-safe") {
            mstore(0, 7)
            mstore(32, 7)
        }
    }

    /// @dev Memory in use is as it was, and so is the word that is always zero.
    function _check(bytes memory kept) private pure {
        bytes memory empty;
        require(empty.length == 0, "the zero word");
        for (uint256 i; i < 96; ++i) {
            require(kept[i] == 0xee, "memory");
        }
        require(new bytes(64).length == 64, "free memory");
    }
}

/// @title Reader
/// @notice `SignedItems`, and the same as the compiler writes it.
contract Reader {
    using SignedItems for IClusterExecutions.SignedCompletion;
    using SignedItems for IClusterExecutions.SignedCompletion[];

    function read(uint256 index, IClusterExecutions.SignedCompletion[] calldata items)
        external
        pure
        returns (bytes32 completion, bytes memory output, bytes memory signature)
    {
        if (index >= items.length) return (completion, output, signature);
        IClusterExecutions.SignedCompletion calldata item = items.at(index);
        return (_hashOf(item.completion), item.outputOf(), item.signatureOf());
    }

    function readCompiled(uint256 index, IClusterExecutions.SignedCompletion[] calldata items)
        external
        pure
        returns (bytes32 completion, bytes memory output, bytes memory signature)
    {
        if (index >= items.length) return (completion, output, signature);
        IClusterExecutions.SignedCompletion calldata item = items[index];
        return (_hashOf(item.completion), item.output, item.signature);
    }

    /// @dev Of its seven words as they stand there, whether or not `task` has more bits than it should.
    function _hashOf(IClusterExecutions.Completion calldata completion) private pure returns (bytes32) {
        bytes memory words = new bytes(224);
        assembly ("memory-safe") {
            calldatacopy(add(words, 32), completion, 224)
        }
        return keccak256(words);
    }
}
