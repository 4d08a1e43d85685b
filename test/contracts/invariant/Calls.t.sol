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

    /// @dev Around the two words that an answer must have.
    function test_viewCall_answerOfAnyLength_isTakenFromTwoWordsOn() public {
        for (uint256 length; length < 100; ++length) {
            testFuzz_viewCall_anyAnswer_isTakenAsTheCompilerTakesIt_succeeds(new bytes(length), false);
        }
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
        value = value % 3 == 0 ? value : value % (2 * question.length);
        // Behind selector, index, and where the list begins.
        uint256 at = 4 + 32 * _bound(word, 3, question.length / 32 - 1);
        bytes memory whole = question;
        assembly ("memory-safe") {
            if iszero(gt(add(at, 32), mload(whole))) { mstore(add(add(whole, 32), at), value) }
        }
        _alikeFromZero(_cut(question, _bound(length, 4, question.length)), index % 2);
        _alikeFromZero(question, index % 2);
    }

    /// @dev An item that ends with its head, as both offsets lead back to its first word, which is read as a length of two.
    function test_signedItems_headAtTheEndOfCalldata_isReadWhenItIsWhole() public view {
        bytes memory question = _question(32, bytes32(uint256(2)), 0, 0, "");
        for (uint256 length = 4; length <= question.length; ++length) {
            _alikeOnly(_cut(question, length));
        }
    }

    /// @dev Output and signature are the same five bytes, with which calldata ends.
    function test_signedItems_bytesAtTheEndOfCalldata_areReadWhenTheyAreWhole() public view {
        bytes memory question = _question(32, 0, 288, 288, bytes.concat(bytes32(uint256(5)), "bytes"));
        for (uint256 length = 4; length <= question.length; ++length) {
            _alikeOnly(_cut(question, length));
        }
    }

    /// @dev A length with which the end comes before the beginning.
    function testFuzz_signedItems_lengthBeyondAll_reverts(uint256 below, bool isOutput) public view {
        bytes32 length = bytes32(type(uint256).max - below % 1_000);
        uint256 elsewhere = 288;
        bytes memory tail = bytes.concat(bytes32(uint256(5)), "bytes");
        _alikeOnly(isOutput ? _question(32, length, 0, elsewhere, tail) : _question(32, length, elsewhere, 0, tail));
    }

    /// @dev Refused here, though the compiler takes them. One word before itself an item would be whole, too, with 352 as offsets.
    function test_signedItems_offsetBelowZero_reverts() public view {
        bytes memory tail = bytes.concat(bytes32(uint256(5)), "bytes");
        unchecked {
            _refused(_question(uint256(0) - 32, 0, 288, 288, tail));
            _refused(_question(32, 0, uint256(0) - 32, 288, tail));
            _refused(_question(32, 0, 288, uint256(0) - 32, tail));
        }
    }

    function _refused(bytes memory question) private view {
        (bool success, bytes memory answer) = address(_reader).staticcall(question);
        require(!success && answer.length == 0, "refused");
    }

    /// @dev A batch of one item, written by hand: its offset, its first word, and its own two offsets.
    function _question(uint256 offset, bytes32 first, uint256 outputAt, uint256 signatureAt, bytes memory tail)
        private
        pure
        returns (bytes memory)
    {
        bytes memory words = abi.encode(first, 1, 2, 3, 4, 352, 352, outputAt, signatureAt);
        return bytes.concat(Reader.read.selector, abi.encode(0, 64, 1, offset), words, tail);
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

    /// @dev The same question, which is refused here where an offset that counts leads below zero: the compiler may take that.
    function _alikeFromZero(bytes memory question, uint256 index) private view {
        // Behind selector, index, where the list begins, and its length.
        uint256 list = 100;
        uint256 offset = _word(question, list + 32 * index);
        bool isBelow = offset >> 255 == 1;
        if (!isBelow && offset < question.length) {
            uint256 item = list + offset;
            isBelow = (_word(question, item + 224) | _word(question, item + 256)) >> 255 == 1;
        }
        if (isBelow) _refused(question);
        else _alikeOnly(question);
    }

    /// @dev As calldata has it: zero behind its end.
    function _word(bytes memory data, uint256 at) private pure returns (uint256 word) {
        for (uint256 i = at; i < at + 32; ++i) {
            word = (word << 8) | (i < data.length ? uint8(data[i]) : 0);
        }
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
        returns (bytes32 completion, bytes32 output, bytes32 signature)
    {
        if (index >= items.length) return (completion, output, signature);
        IClusterExecutions.SignedCompletion calldata item = items.at(index);
        return (_hashOf(item.completion), _hashOf(item.outputOf()), _hashOf(item.signatureOf()));
    }

    function readCompiled(uint256 index, IClusterExecutions.SignedCompletion[] calldata items)
        external
        pure
        returns (bytes32 completion, bytes32 output, bytes32 signature)
    {
        if (index >= items.length) return (completion, output, signature);
        IClusterExecutions.SignedCompletion calldata item = items[index];
        return (_hashOf(item.completion), _hashOf(item.output), _hashOf(item.signature));
    }

    /// @dev Of its seven words as they stand there, whether or not `task` has more bits than it should.
    function _hashOf(IClusterExecutions.Completion calldata completion) private pure returns (bytes32) {
        bytes memory words = new bytes(224);
        assembly ("memory-safe") {
            calldatacopy(add(words, 32), completion, 224)
        }
        return keccak256(words);
    }

    /// @dev Of length and bytes as they stand there: a plain copy to memory would ask by itself whether they lie within calldata.
    function _hashOf(bytes calldata data) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let at := mload(0x40)
            let size := data.length
            // A length that should have been refused must not be what the copy fails on.
            if gt(size, calldatasize()) { size := calldatasize() }
            mstore(at, data.length)
            calldatacopy(add(at, 32), data.offset, size)
            hash := keccak256(at, add(size, 32))
        }
    }
}
