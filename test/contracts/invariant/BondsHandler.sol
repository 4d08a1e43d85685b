// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {INodeBonds} from "../../../contracts/interfaces/INodeBonds.sol";
import {World} from "./World.sol";

/// @title BondsHandler
/// @notice Random people bonding, unbonding, lying, proving, selling and claiming, each compared with a model as it is
/// done. No action reverts unless the contract does something else than the model.
contract BondsHandler is World {
    uint256 internal constant ACTORS = 4;
    uint256 internal constant NODES = 3;
    uint256 internal constant EXECUTIONS = 3;
    uint256 internal constant KEYS_EACH_MAX = 4;
    uint256 internal constant DELAY_SECONDS = 21 days;
    uint256 internal constant VALUE_WEI_MAX = 5 ether;

    /// @notice What the model knows of a node's bond. What came in is what is there and what went out.
    struct Record {
        uint256 bondedWei;
        uint256 unbondingWei;
        uint256 releasesAt;
        uint256 everBondedWei;
        uint256 everSlashedWei;
        uint256 everWithdrawnWei;
        /// When the last wei that is unbonding was asked for.
        uint256 requestedAt;
    }

    /// @notice How often each kind of thing happened, so that a test can see that all of them do.
    struct Tally {
        uint256 bonds;
        uint256 requests;
        uint256 requestRefusals;
        uint256 withdrawals;
        uint256 earlyWithdrawals;
        uint256 strangersWithdrawals;
        uint256 delegatesCalls;
        uint256 proofs;
        uint256 proofsOfUnbonding;
        uint256 repeatedProofs;
        uint256 proofsOfNothing;
        uint256 proofsByOldKeys;
        uint256 falseProofs;
        uint256 claims;
        uint256 emptyClaims;
        uint256 transfers;
        uint256 rotations;
    }

    INodeBonds public bonds;
    Tally internal _tally;
    address[] internal _actors;
    mapping(uint256 node => Record) internal _records;
    mapping(uint256 node => uint256[] privateKeys) internal _keysOf;
    mapping(address actor => uint256 amountWei) internal _claimable;
    mapping(bytes32 key => bool) internal _provenRecord;
    mapping(uint256 node => uint256 count) internal _equivocations;
    uint256 internal _keysMade;
    /// @dev Everything that was ever paid out, to whomever.
    uint256 internal _paidWei;

    constructor() {
        VM.warp(1_800_000_000);
        _deployAll();
        bonds = INodeBonds(
            _deploy("contracts/periphery/NodeBonds.sol:NodeBonds", abi.encode(nodes, executions, permissions))
        );
        for (uint256 i; i < ACTORS; ++i) {
            address actor = VM.addr(_key("actor", i));
            _actors.push(actor);
            VM.deal(actor, WEI_EACH);
        }
        for (uint256 i; i < NODES; ++i) {
            uint256 privateKey = _newKey();
            _keysOf[_registerNode(_actors[i], privateKey)].push(privateKey);
        }
        uint256[] memory modelOf = new uint256[](2);
        modelOf[0] = modelOf[1] = _registerModel(_actors[0], 0, 0);
        uint256 cluster = _publish(_actors[0], "cluster", modelOf, new uint32[](2), 0, 3);
        for (uint256 i; i < EXECUTIONS; ++i) {
            VM.prank(_actors[(i + 1) % ACTORS]);
            executions.execute(cluster, 1, "input", _params(block.timestamp + 1 days));
        }
    }

    function tally() external view returns (Tally memory) {
        return _tally;
    }

    // ---------------------------------------------------------------------------------------------------- actions

    function bond(uint256 seed) external {
        uint256 node = _node(seed);
        uint256 valueWei = _bound(_draw(seed, 1), 1, VALUE_WEI_MAX);
        // Odd amounts too, so that halves are rounded.
        address from = _actor(seed, 2);
        if (from.balance < valueWei) return;
        VM.prank(from);
        bonds.bond{value: valueWei}(node);
        _records[node].bondedWei += valueWei;
        _records[node].everBondedWei += valueWei;
        ++_tally.bonds;
    }

    function requestUnbond(uint256 seed) external {
        uint256 node = _node(seed);
        Record storage record = _records[node];
        address caller = _caller(seed, node);
        uint256 amountWei = _draw(seed, 2) % 4 == 0 ? _draw(seed, 3) : _draw(seed, 3) % (record.bondedWei + 1);
        bool allowed = _mayWithdraw(node, caller) && amountWei != 0 && amountWei <= record.bondedWei;
        _attempt(caller, abi.encodeCall(INodeBonds.requestUnbond, (node, amountWei)), allowed, "requestUnbond");
        if (!allowed) {
            ++_tally.requestRefusals;
            return;
        }
        record.bondedWei -= amountWei;
        record.unbondingWei += amountWei;
        record.requestedAt = block.timestamp;
        record.releasesAt = block.timestamp + DELAY_SECONDS;
        ++_tally.requests;
    }

    function withdrawBond(uint256 seed) external {
        uint256 node = _node(seed);
        Record storage record = _records[node];
        address caller = _caller(seed, node);
        address to = _actor(seed, 2);
        bool may = _mayWithdraw(node, caller);
        bool released = record.unbondingWei != 0 && block.timestamp >= record.releasesAt;
        uint256 before = to.balance;
        _attempt(caller, abi.encodeCall(INodeBonds.withdrawBond, (node, to)), may && released, "withdrawBond");
        if (!may) ++_tally.strangersWithdrawals;
        else if (!released) ++_tally.earlyWithdrawals;
        if (!may || !released) return;
        _equal(to.balance - before, record.unbondingWei, "what was paid out of a bond");
        require(block.timestamp >= record.requestedAt + DELAY_SECONDS, "left before the delay");
        record.everWithdrawnWei += record.unbondingWei;
        _paidWei += record.unbondingWei;
        record.unbondingWei = 0;
        record.releasesAt = 0;
        ++_tally.withdrawals;
    }

    /// @dev A node signs twice, and somebody brings it; sometimes again, sometimes with nothing in it.
    function prove(uint256 seed) external {
        uint256 node = _node(seed);
        uint256[] storage keys = _keysOf[node];
        uint256 first = keys[_draw(seed, 1) % keys.length];
        uint256 second = keys[_draw(seed, 2) % keys.length];
        IClusterExecutions.Completion memory a;
        a.node = node;
        a.execution = _bound(_draw(seed, 3), 1, EXECUTIONS);
        a.task = uint16(_draw(seed, 4) % 2);
        a.contextHash = bytes32(_draw(seed, 5) % 2);
        a.outputDigest = bytes32(_draw(seed, 6));
        IClusterExecutions.Completion memory b = abi.decode(abi.encode(a), (IClusterExecutions.Completion));
        b.outputDigest = bytes32(_draw(seed, 7));
        b.tip = _draw(seed, 8) % 3;
        bool honest = _spoil(seed, a, b);
        bytes32 key = keccak256(abi.encode(node, a.execution, a.task, a.contextHash));
        bytes memory call = abi.encodeCall(
            INodeBonds.proveEquivocation,
            (a, _sign(seed, 9, first, a), b, _sign(seed, 10, honest ? second : _key("stranger", 0), b))
        );
        Record storage record = _records[node];
        uint256 totalWei = record.bondedWei + record.unbondingWei;
        bool expected = honest && !_provenRecord[key] && totalWei != 0;
        _attempt(_actor(seed, 11), call, expected, "proveEquivocation");
        if (!honest) ++_tally.falseProofs;
        else if (_provenRecord[key]) ++_tally.repeatedProofs;
        else if (totalWei == 0) ++_tally.proofsOfNothing;
        if (!expected) return;
        _provenRecord[key] = true;
        ++_equivocations[node];
        ++_tally.proofs;
        if (first != keys[keys.length - 1] || second != keys[keys.length - 1]) ++_tally.proofsByOldKeys;
        _slash(record, executions.executionOf(a.execution).requester, totalWei);
    }

    function claim(uint256 seed) external {
        address actor = _actor(seed, 0);
        address to = _actor(seed, 1);
        uint256 amountWei = _claimable[actor];
        uint256 before = to.balance;
        _attempt(actor, abi.encodeCall(INodeBonds.claim, (to)), amountWei != 0, "claim");
        if (amountWei == 0) {
            ++_tally.emptyClaims;
            return;
        }
        _equal(to.balance - before, amountWei, "what was claimed");
        _claimable[actor] = 0;
        _paidWei += amountWei;
        ++_tally.claims;
    }

    function transfer(uint256 seed) external {
        uint256 node = _node(seed);
        address owner = _ownerOf(address(nodes), node);
        VM.prank(owner);
        IERC721(address(nodes)).transferFrom(owner, _actor(seed, 1), node);
        ++_tally.transfers;
    }

    function rotate(uint256 seed) external {
        uint256 node = _node(seed);
        if (_keysOf[node].length == KEYS_EACH_MAX) return;
        uint256 privateKey = _newKey();
        address owner = _ownerOf(address(nodes), node);
        bytes memory proof = _keyProof(privateKey, owner);
        VM.prank(owner);
        nodes.rotateKey(node, VM.addr(privateKey), proof);
        _keysOf[node].push(privateKey);
        ++_tally.rotations;
    }

    function delegate(uint256 seed) external {
        uint256 node = _node(seed);
        address owner = _ownerOf(address(nodes), node);
        address account = _actor(seed, 1);
        uint8 roles = uint8(_draw(seed, 2) % 16);
        if (account == owner) return;
        if (roles == 0 && permissions.rolesOf(address(nodes), node, account) == 0) return;
        VM.prank(owner);
        if (roles == 0) permissions.revokeDelegate(address(nodes), node, account);
        else permissions.setDelegate(address(nodes), node, account, roles, 0);
    }

    function wait(uint256 seed) external {
        VM.warp(block.timestamp + _bound(_draw(seed, 0), 1, DELAY_SECONDS / 2));
    }

    // ------------------------------------------------------------------------------------------------------ checks

    /// @dev C15, and C01 for bonds: to the last wei.
    function check() external view {
        uint256 owedWei;
        uint256 bondedWei;
        for (uint256 node = 1; node <= NODES; ++node) {
            Record storage record = _records[node];
            (uint256 bonded, uint256 unbonding, uint256 releasesAt) = bonds.bondOf(node);
            _equal(bonded, record.bondedWei, "bonded");
            _equal(unbonding, record.unbondingWei, "unbonding");
            _equal(releasesAt, record.releasesAt, "releases at");
            require(record.everSlashedWei <= record.everBondedWei, "slashed more than was bonded");
            _equal(
                record.everBondedWei,
                bonded + unbonding + record.everSlashedWei + record.everWithdrawnWei,
                "a bond's wei"
            );
            _equal(bonds.equivocationsOf(node), _equivocations[node], "equivocations");
            owedWei += bonded + unbonding;
            bondedWei += record.everBondedWei;
        }
        for (uint256 i; i < ACTORS; ++i) {
            _equal(bonds.claimableOf(_actors[i]), _claimable[_actors[i]], "claimable");
            owedWei += _claimable[_actors[i]];
        }
        _equal(address(bonds).balance, owedWei, "what the contract holds");
        _equal(bondedWei, owedWei + _paidWei, "all that came in");
    }

    /// @dev At the end everybody takes out what is theirs, and nothing is left.
    function closeDown() external {
        for (uint256 node = 1; node <= NODES; ++node) {
            address owner = _ownerOf(address(nodes), node);
            uint256 bondedWei = _records[node].bondedWei;
            if (bondedWei == 0) continue;
            VM.prank(owner);
            bonds.requestUnbond(node, bondedWei);
        }
        VM.warp(block.timestamp + DELAY_SECONDS);
        for (uint256 node = 1; node <= NODES; ++node) {
            address owner = _ownerOf(address(nodes), node);
            if (_records[node].bondedWei + _records[node].unbondingWei == 0) continue;
            VM.prank(owner);
            bonds.withdrawBond(node, owner);
        }
        for (uint256 i; i < ACTORS; ++i) {
            if (_claimable[_actors[i]] == 0) continue;
            VM.prank(_actors[i]);
            bonds.claim(_actors[i]);
        }
        _equal(address(bonds).balance, 0, "what is left at the end");
    }

    // ----------------------------------------------------------------------------------------------------- helpers

    /// @dev The penalty: half, rounded up, first of what stays.
    function _slash(Record storage record, address requester, uint256 totalWei) private {
        uint256 penaltyWei = totalWei - totalWei / 2;
        uint256 fromBondedWei = penaltyWei < record.bondedWei ? penaltyWei : record.bondedWei;
        if (fromBondedWei < penaltyWei) ++_tally.proofsOfUnbonding;
        record.bondedWei -= fromBondedWei;
        record.unbondingWei -= penaltyWei - fromBondedWei;
        if (record.unbondingWei == 0) record.releasesAt = 0;
        record.everSlashedWei += penaltyWei;
        _claimable[requester] += penaltyWei;
    }

    /// @dev Now and then makes two completions something that proves nothing; answers whether they still do.
    function _spoil(
        uint256 seed,
        IClusterExecutions.Completion memory a,
        IClusterExecutions.Completion memory b
    ) private pure returns (bool) {
        uint256 way = _draw(seed, 20) % 16;
        if (way == 0) b.outputDigest = a.outputDigest;
        else if (way == 1) b.task = 1 - a.task;
        else if (way == 2) b.contextHash = bytes32(uint256(7));
        else if (way == 3) (a.execution, b.execution) = (EXECUTIONS + 1, EXECUTIONS + 1);
        else if (way == 4) b.node = 0;
        // 5: somebody else's signature.
        return way > 5;
    }

    /// @dev Either form of a signature.
    function _sign(uint256 seed, uint256 index, uint256 privateKey, IClusterExecutions.Completion memory completion)
        private
        view
        returns (bytes memory)
    {
        bytes32 hash = _completionHash(completion);
        return _draw(seed, index) % 2 == 0 ? _sign64(privateKey, hash) : _sign65(privateKey, hash);
    }

    /// @dev Calls the bonds, and fails unless that goes as the model says.
    function _attempt(address caller, bytes memory data, bool expected, string memory what) private {
        VM.prank(caller);
        (bool success,) = address(bonds).call(data);
        require(success == expected, string.concat(what, expected ? ": was refused" : ": was not refused"));
    }

    function _mayWithdraw(uint256 node, address account) private returns (bool) {
        if (_ownerOf(address(nodes), node) == account) return true;
        bool may = permissions.rolesOf(address(nodes), node, account) & 8 != 0;
        if (may) ++_tally.delegatesCalls;
        return may;
    }

    /// @dev Mostly the owner.
    function _caller(uint256 seed, uint256 node) private view returns (address) {
        return _draw(seed, 30) % 3 == 0 ? _actor(seed, 31) : _ownerOf(address(nodes), node);
    }

    function _node(uint256 seed) private pure returns (uint256) {
        return _bound(_draw(seed, 40), 1, NODES);
    }

    function _actor(uint256 seed, uint256 index) private view returns (address) {
        return _actors[_draw(seed, 50 + index) % ACTORS];
    }

    function _newKey() private returns (uint256) {
        return _key("node", _keysMade++);
    }
}
