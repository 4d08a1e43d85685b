// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {IExecutionErrors} from "../../../contracts/interfaces/IExecutionErrors.sol";
import {DraftWord, DraftWords} from "../../../contracts/libraries/DraftWord.sol";
import {ExecutionWord, ExecutionWords} from "../../../contracts/libraries/ExecutionWord.sol";
import {VersionCode} from "../../../contracts/libraries/VersionCode.sol";
import {Cheats} from "./Cheats.sol";
import {Answerer, CreditsHarness} from "./CreditsHarness.sol";

/// @title LibrariesTest
/// @notice What packs and unpacks, over all inputs.
contract LibrariesTest is Cheats {
    CreditsHarness private _credits;
    Answerer private _answerer;

    function setUp() public {
        _credits = new CreditsHarness();
        _answerer = new Answerer();
    }

    /// @dev What a word should say, field by field.
    struct Fields {
        uint96 ref;
        uint32 pointer;
        uint32 createdAt;
        uint24 durationSeconds;
        uint24 readyAfterSeconds;
        uint32 completed;
        uint8 state;
        uint8 options;
    }

    function testFuzz_executionWord_fieldsDoNotTouchOneAnother_succeeds(Fields memory fields, uint256 seed) public pure {
        fields.options = fields.options & 3;
        fields.completed = 0;
        fields.readyAfterSeconds = 0;
        fields.state = 1;
        ExecutionWord word = ExecutionWords.create(
            fields.ref, fields.pointer, fields.createdAt, fields.durationSeconds, fields.options
        );
        _check(word, fields);
        require(word.isRunning() && !word.isNone(), "runs");
        for (uint256 i; i < 8; ++i) {
            uint256 draw = _draw(seed, i);
            uint256 task = draw % 32;
            fields.completed |= uint32(1) << uint32(task);
            fields.readyAfterSeconds =
                uint24(_bound(draw >> 8, fields.readyAfterSeconds, fields.durationSeconds));
            word = word.complete(task, uint256(fields.createdAt) + fields.readyAfterSeconds);
            _check(word, fields);
        }
        fields.state = uint8(seed % 6);
        word = word.to(IClusterExecutions.ExecutionState(fields.state));
        _check(word, fields);
        require(word.isRunning() == (fields.state == 1), "runs in another state");
    }

    function _check(ExecutionWord word, Fields memory fields) private pure {
        _equal(word.requesterRef(), fields.ref, "requester");
        _equal(word.versionPointer(), fields.pointer, "version");
        _equal(word.createdAt(), fields.createdAt, "created");
        _equal(word.deadline(), uint256(fields.createdAt) + fields.durationSeconds, "deadline");
        _equal(word.readyAt(), uint256(fields.createdAt) + fields.readyAfterSeconds, "ready");
        _equal(word.completedTasks(), fields.completed, "completed");
        _equal(uint256(word.state()), fields.state, "state");
        require(word.has(ExecutionWords.OPTION_OWNER_MAY_ANSWER) == (fields.options & 1 != 0), "option 1");
        require(word.has(ExecutionWords.OPTION_OUTPUTS_BY_REFERENCE) == (fields.options & 2 != 0), "option 2");
    }

    function testFuzz_versionCode_tasksReadAsTheyWereWritten_succeeds(uint256 seed, uint8 count) public pure {
        uint256 tasks = _bound(count, 1, VersionCode.TASKS_MAX);
        (bytes memory pins,) = VersionCode.allocate(tasks, 0, 0);
        // From the last to the first: none may touch another's place. Each over another value, of which nothing may be left.
        for (uint256 left = tasks; left != 0; --left) {
            uint256 draw = _draw(seed, left - 1);
            VersionCode.putTask(
                pins,
                left - 1,
                type(uint64).max,
                type(uint96).max,
                type(uint16).max,
                type(uint32).max,
                type(uint8).max,
                type(uint8).max
            );
            VersionCode.putTask(
                pins,
                left - 1,
                uint64(draw),
                uint96(draw >> 64),
                uint16(draw >> 160),
                uint32(draw >> 176),
                draw >> 208 & 31,
                draw >> 216 & 7
            );
        }
        for (uint256 i; i < tasks; ++i) {
            uint256 draw = _draw(seed, i);
            (uint256 model, uint256 priceWei, uint256 nodeShareBps, uint256 dependsOn) = VersionCode.taskAt(pins, i);
            _equal(model, uint64(draw), "model");
            _equal(priceWei, uint96(draw >> 64), "price");
            _equal(nodeShareBps, uint16(draw >> 160), "share");
            _equal(dependsOn, uint32(draw >> 176), "dependencies");
            _equal(VersionCode.priceAt(pins, i), priceWei, "price alone");
            _equal(VersionCode.dependsOnAt(pins, i), dependsOn, "dependencies alone");
            _equal(VersionCode.agentIndexAt(pins, i), draw >> 208 & 31, "agent");
            _equal(VersionCode.quorumAt(pins, i), draw >> 216 & 7, "quorum");
        }
    }

    function testFuzz_versionCode_headerReadsAsItWasWritten_succeeds(
        uint64 cluster,
        uint32 version,
        uint32 windowSeconds,
        uint96 feeWei,
        address currency,
        uint8[5] calldata counts,
        uint96 quoteWei
    ) public pure {
        bytes memory pins = abi.encodePacked(
            VersionCode.FORMAT,
            cluster,
            version,
            windowSeconds,
            feeWei,
            currency,
            counts[0],
            counts[1],
            counts[2],
            quoteWei,
            counts[3],
            counts[4]
        );
        _equal(pins.length, VersionCode.HEADER_BYTES, "bytes of the header");
        _equal(VersionCode.cluster(pins), cluster, "cluster");
        _equal(VersionCode.version(pins), version, "version");
        _equal(VersionCode.windowSeconds(pins), windowSeconds, "window");
        _equal(VersionCode.feeWei(pins), feeWei, "fee");
        require(VersionCode.currency(pins) == currency, "currency");
        _equal(VersionCode.taskCount(pins), counts[0], "tasks");
        _equal(VersionCode.agentCount(pins), counts[1], "agents");
        _equal(VersionCode.pathLength(pins), counts[2], "path");
        _equal(VersionCode.quoteWei(pins), quoteWei, "quote");
        _equal(VersionCode.attempts(pins), counts[3], "attempts");
        _equal(VersionCode.furtherCodes(pins), counts[4], "further codes");
    }

    /// @dev Header, tasks, agents and hashes as they are written piece by piece: none touches another's place.
    function testFuzz_versionCode_piecesReadAsTheyWereWritten_succeeds(
        VersionCode.Header memory header,
        uint8[2] calldata counts,
        uint16 textBytes,
        uint256 seed
    ) public pure {
        (uint256 tasks, uint256 agents) = (_bound(counts[0], 1, 32), _bound(counts[1], 1, 32));
        header.cluster = uint64(header.cluster);
        header.version = uint32(header.version);
        header.windowSeconds = uint32(header.windowSeconds);
        header.feeWei = uint96(header.feeWei);
        header.pathLength = uint8(header.pathLength);
        header.quoteWei = uint96(header.quoteWei);
        header.attempts = uint8(header.attempts);
        (bytes memory data, uint256 at) = VersionCode.allocate(tasks, agents, textBytes);
        uint256 further = VersionCode.furtherCodes(data);
        _equal(at, VersionCode.textsAt(data), "where texts begin");
        _equal(data.length, at + textBytes, "length");
        require(data.length <= (further + 1) * VersionCode.CODE_BYTES_MAX, "enough codes");
        require(further == 0 || data.length - 32 > further * VersionCode.CODE_BYTES_MAX, "no code too many");
        for (uint256 i; i < further; ++i) {
            VersionCode.putFurtherHash(data, i, bytes32(_draw(seed, 100 + i)));
        }
        for (uint256 i; i < agents; ++i) {
            uint256 draw = _draw(seed, i);
            VersionCode.putAgent(data, i, uint64(draw), uint32(draw >> 64), uint16(draw >> 96));
        }
        VersionCode.putTask(data, tasks - 1, 1, 2, 3, 4, 5, 6);
        VersionCode.putHeader(data, header);
        _equal(VersionCode.taskCount(data), tasks, "tasks");
        _equal(VersionCode.agentCount(data), agents, "agents");
        _equal(VersionCode.cluster(data), header.cluster, "cluster");
        _equal(VersionCode.quoteWei(data), header.quoteWei, "quote");
        _equal(VersionCode.attempts(data), header.attempts, "attempts");
        require(VersionCode.currency(data) == header.currency, "currency");
        _equal(VersionCode.agentIndexAt(data, tasks - 1), 5, "agent of the last task");
        for (uint256 i; i < agents; ++i) {
            uint256 draw = _draw(seed, i);
            (uint256 agent, uint32 tokensMax, uint16 milli) = VersionCode.agentSettingsAt(data, i);
            _equal(agent, uint64(draw), "agent");
            _equal(tokensMax, uint32(draw >> 64), "tokens");
            _equal(milli, uint16(draw >> 96), "temperature");
        }
        for (uint256 i; i < further; ++i) {
            _equal(uint256(VersionCode.furtherHashAt(data, i)), _draw(seed, 100 + i), "hash");
        }
    }

    /// @dev Words of a draft: each field as it went in, and the two that change leave the others alone.
    function testFuzz_draftWord_fieldsDoNotTouchOneAnother_succeeds(uint256 seed, bytes32 hash) public pure {
        uint256 draw = _draw(seed, 0);
        DraftWord word = DraftWords.make(
            uint32(draw), uint24(draw >> 32), uint16(draw >> 56), uint64(draw >> 72), uint32(draw >> 136), uint16(draw >> 168), hash
        );
        _checkWord(word, draw, hash);
        uint256 other = _draw(seed, 1);
        DraftWord changed = word.withText(uint32(other), uint16(other >> 32)).withDependsOn(uint32(other >> 48));
        _equal(changed.code(), uint32(other), "another code");
        _equal(changed.offset(), 0, "its offset");
        _equal(changed.length(), uint16(other >> 32), "its length");
        _equal(changed.dependsOn(), uint32(other >> 48), "another mask");
        _equal(changed.agent(), uint64(draw >> 72), "the same agent");
        _equal(changed.quorum(), uint16(draw >> 168), "the same quorum");
        require(changed.isNamed(hash), "the same name");
    }

    function _checkWord(DraftWord word, uint256 draw, bytes32 hash) private pure {
        _equal(word.code(), uint32(draw), "code");
        _equal(word.offset(), uint24(draw >> 32), "offset");
        _equal(word.length(), uint16(draw >> 56), "length");
        _equal(word.agent(), uint64(draw >> 72), "agent");
        _equal(word.tokensMax(), uint32(draw >> 136), "tokens");
        _equal(word.temperatureMilli(), uint16(draw >> 168), "temperature");
        require(word.isNamed(hash) && !word.isNamed(hash ^ bytes32(uint256(1))), "name");
    }

    /// @dev Code of any length, also none: what is missing reads as zero, and memory behind it stays one's own.
    function testFuzz_versionCode_loadTakesItsMemory_succeeds(uint256 seed) public {
        bytes memory code = new bytes(_bound(seed, 0, 1_200));
        for (uint256 i; i < code.length; ++i) {
            code[i] = bytes1(uint8(_draw(seed, i)));
        }
        address at = address(new Code(code));
        bytes memory dirty = new bytes(2_000);
        for (uint256 i; i < dirty.length; ++i) {
            dirty[i] = 0xff;
        }
        bytes memory pins = VersionCode.load(at);
        _equal(pins.length, 962, "header and 32 tasks");
        bytes memory behind = new bytes(96);
        for (uint256 i; i < pins.length; ++i) {
            require(pins[i] == (i < code.length ? code[i] : bytes1(0)), "byte of the code");
        }
        for (uint256 i; i < behind.length; ++i) {
            behind[i] = 0xee;
        }
        // The last task's word reaches four bytes beyond the pins, which are zero whatever stands behind.
        uint256 last = VersionCode.dependsOnAt(pins, 31);
        uint256 expected = code.length < 962
            ? last
            : (uint256(uint8(code[956])) << 24) | (uint256(uint8(code[957])) << 16) | (uint256(uint8(code[958])) << 8)
                | uint8(code[959]);
        _equal(last, expected, "the last task");
    }

    /// @dev Credits of many tokens of three kinds against a plain list: neighbours never touch one another.
    function testFuzz_credits_tokensAreApart_succeeds(uint256 seed) public {
        uint256[8][3] memory expected;
        for (uint256 i; i < 40; ++i) {
            uint256 draw = _draw(seed, i);
            uint256 kind = draw % 3;
            uint256 token = 1 + (draw >> 8) % 8;
            IClusterExecutions.CreditKind credit = IClusterExecutions.CreditKind(kind);
            if ((draw >> 16) % 5 == 0) {
                _equal(_credits.takeToken(credit, token), expected[kind][token - 1], "taken");
                expected[kind][token - 1] = 0;
            } else {
                uint256 amountWei = uint96(draw >> 32);
                _credits.creditToken(credit, token, amountWei);
                expected[kind][token - 1] += amountWei;
            }
        }
        for (uint256 kind; kind < 3; ++kind) {
            for (uint256 token; token <= 9; ++token) {
                uint256 amountWei = token == 0 || token == 9 ? 0 : expected[kind][token - 1];
                _equal(_credits.tokenCredit(IClusterExecutions.CreditKind(kind), token), amountWei, "credit");
            }
        }
    }

    /// @dev Two addresses with the same low 96 bits: the second gets nothing and disturbs nothing.
    function testFuzz_credits_accountsWithTheSameLowBits_succeeds(uint96 low, uint64 a, uint64 b, uint96 amountWei) public {
        VM.assume(a != b);
        address first = address((uint160(a) << 96) | low);
        address second = address((uint160(b) << 96) | low);
        VM.assume(first != address(0) && second != address(0));
        _equal(_credits.openAccount(first), low, "reference");
        _credits.creditRef(low, amountWei);
        try _credits.openAccount(second) {
            revert("the second was opened");
        } catch (bytes memory reason) {
            _equal(
                keccak256(reason),
                keccak256(abi.encodeWithSelector(IExecutionErrors.ExecutionAccountTaken.selector, first)),
                "error"
            );
        }
        require(!_credits.creditAccount(second, 1), "the second was credited");
        _equal(_credits.accountCredit(second), 0, "credit of the second");
        _equal(_credits.takeAccount(second), 0, "taken by the second");
        _equal(_credits.takeAccount(first), amountWei, "taken by the first");
        _equal(_credits.takeAccount(first), 0, "taken twice");
    }

    /// @dev Of all answers only the 32 bytes with the magic value and nothing else mean yes.
    function testFuzz_ownerSignature_anyAnswer_isNo(bytes calldata answer, bool fails, bytes32 hash) public {
        VM.assume(answer.length < 32 || bytes32(answer[:32]) != bytes32(bytes4(0x1626ba7e)));
        _answerer.set(answer, fails);
        require(!_credits.isBy(address(_answerer), address(0), hash, "signature"), "said yes");
    }

    /// @dev Cut short, the magic value means nothing.
    function testFuzz_ownerSignature_shortAnswer_isNo(uint256 length, bool fails, bytes32 hash) public {
        bytes memory answer = new bytes(_bound(length, 0, 31));
        for (uint256 i; i < answer.length && i < 4; ++i) {
            answer[i] = bytes4(0x1626ba7e)[i];
        }
        _answerer.set(answer, fails);
        require(!_credits.isBy(address(_answerer), address(0), hash, "signature"), "said yes");
    }

    function testFuzz_ownerSignature_magicAnswer_isYesUnlessItFails(bytes calldata rest, bool fails, bytes32 hash)
        public
    {
        _answerer.set(bytes.concat(bytes32(bytes4(0x1626ba7e)), rest), fails);
        require(_credits.isBy(address(_answerer), address(0), hash, "signature") != fails, "answer");
    }

    function testFuzz_ownerSignature_accountWithoutCode_isByItsKeyOnly(address owner, address recovered, bytes32 hash)
        public
        view
    {
        VM.assume(owner.code.length == 0 && uint160(owner) > 0xffff);
        require(_credits.isBy(owner, recovered, hash, "") == (recovered == owner), "another key");
        require(_credits.isBy(owner, owner, hash, ""), "its key");
        require(!_credits.isBy(address(0), recovered, hash, ""), "nobody's");
        require(!_credits.isBy(address(0), address(0), hash, ""), "nobody by nobody");
    }
}

/// @title Code
/// @notice A contract whose code is a STOP byte and the given bytes.
contract Code {
    constructor(bytes memory data) {
        bytes memory code = bytes.concat(hex"00", data);
        assembly {
            return(add(code, 32), mload(code))
        }
    }
}
