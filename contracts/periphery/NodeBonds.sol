// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ECDSA} from "solady/src/utils/ECDSA.sol";
import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";
import {INodeBonds} from "../interfaces/INodeBonds.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IPermissionRegistry} from "../interfaces/IPermissionRegistry.sol";

/// @title NodeBonds
/// @notice See `INodeBonds`.
/// @dev Outside of the core on purpose: nothing there waits for a bond, and a node without one may serve. It trusts the core for
/// who requested an execution, and when it was created, and the node registry for whose a key is.
///
/// The balance is at least the sum of all bonds and claims; wei that were forced in belong to nobody. Code that
/// somebody else chose is reached by `_send` alone, which comes last, after everything is stored.
///
/// What a hostile operator can do: take half by a proof against itself, as the interface warns; unbond before anybody looks,
/// and wait 21 days. What it cannot: shorten the delay (a further request begins it anew), hide unbonding money from a proof,
/// or sell the node to be rid of one. What a hostile prover can do: bring proofs that are true. What a hostile requester can
/// do: be owed, and refuse money; nobody else waits for that.
///
/// Sources: EIP-712 and EIP-2098 (signatures), secp256k1's recovery; a node key is always a key, so no ERC-1271 here.
contract NodeBonds is INodeBonds {
    /// @dev A node's bond in one slot; 96 bits of wei are 79 billion ether.
    struct Bond {
        uint96 bondedWei;
        uint96 unbondingWei;
        /// Unix seconds from which `withdrawBond` pays; counts only while something is unbonding.
        uint64 releasesAt;
    }

    /// @dev Three weeks: most runs are long over by then, and whoever saw two signatures has had the time to bring them.
    /// Warning: a run may last 30 days. Of one that is longer than this, a bond may be gone before the end.
    uint256 private constant UNBOND_DELAY_SECONDS = 21 days;
    /// @dev A half of the bond, rounded up: what is left still holds the operator, and a second lie still costs.
    uint256 private constant PENALTY_BPS = 5_000;
    uint256 private constant BPS = 10_000;
    /// @dev All the ether there ever was fits.
    uint256 private constant BOND_WEI_MAX = type(uint96).max;
    /// @dev The bit of `IPermissionRegistry.rolesOf` for those who may take money out: `Roles.WITHDRAW`.
    uint8 private constant ROLE_WITHDRAW = 8;

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    /// @dev Name and version of the domain of completions, as `ClusterExecutions` has them. Not asked there when this
    /// contract is made: then all contracts can be sent to the chain at once.
    bytes32 private constant NAME_HASH = keccak256("Pleiad ClusterExecutions");
    bytes32 private constant VERSION_HASH = keccak256("1");
    /// @dev As in `ClusterExecutions`; the type is final.
    bytes32 private constant COMPLETION_TYPEHASH = keccak256(
        "Completion(uint256 execution,uint16 task,bytes32 contextHash,bytes32 outputDigest,bytes32 evidenceDigest,uint256 node,uint256 tip)"
    );

    INodeRegistry private immutable _NODES;
    IClusterExecutions private immutable _EXECUTIONS;
    IPermissionRegistry private immutable _PERMISSIONS;

    mapping(uint256 node => Bond) private _bonds;
    /// @dev Not pushed: a requester that takes no ether would make proofs about its runs impossible.
    mapping(address requester => uint256 amountWei) private _claims;
    /// @dev Signatures are not in the key: the other form of a signature is no other proof.
    /// Nor are the outputs: a third answer to the same question is the same lie.
    mapping(bytes32 nodeExecutionTaskContext => bool) private _proven;
    /// @dev Never falls, and stays with the node when it is sold: its name, as far as it is spoilt.
    mapping(uint256 node => uint256 count) private _equivocations;

    constructor(INodeRegistry nodes, IClusterExecutions executions, IPermissionRegistry permissions) {
        _NODES = nodes;
        _EXECUTIONS = executions;
        _PERMISSIONS = permissions;
    }

    /// @inheritdoc INodeBonds
    function bond(uint256 node) external payable {
        // Nodes are numbered from 1 without gaps.
        // Money for one that is not yet would belong to whoever registers it.
        if (node == 0 || node > _NODES.nodeCount()) revert BondNodeUnknown(node);
        Bond storage record = _bonds[node];
        uint256 valueMaxWei = BOND_WEI_MAX - record.bondedWei - record.unbondingWei;
        // Cannot underflow: both together never exceed it, by this very check.
        if (msg.value == 0 || msg.value > valueMaxWei) revert BondValueOutOfRange(msg.value, valueMaxWei);
        // No other way in: there is no `receive`, and wei that are forced in count for nobody.
        record.bondedWei += uint96(msg.value);
        emit Bonded(node, msg.sender, msg.value);
    }

    /// @inheritdoc INodeBonds
    function requestUnbond(uint256 node, uint256 amountWei) external {
        // Who may is asked of now: a delegate's request stands when it is no delegate any more, and the owner of then is paid.
        _checkMayWithdraw(node);
        Bond storage record = _bonds[node];
        uint256 bondedWei = record.bondedWei;
        if (amountWei == 0 || amountWei > bondedWei) revert BondAmountOutOfRange(amountWei, bondedWei);
        record.bondedWei = uint96(bondedWei - amountWei);
        // No wei leaves here: it changes its column, and stays within a proof's reach.
        // Cannot overflow: both parts together are bounded by `BOND_WEI_MAX`.
        uint96 unbondingWei = record.unbondingWei + uint96(amountWei);
        uint256 releasesAt = block.timestamp + UNBOND_DELAY_SECONDS;
        // One date for all: a bond that leaves in many parts costs no more slots, and each part waits at least its delay.
        record.unbondingWei = unbondingWei;
        record.releasesAt = uint64(releasesAt);
        emit UnbondRequested(node, amountWei, unbondingWei, releasesAt);
    }

    /// @inheritdoc INodeBonds
    function withdrawBond(uint256 node, address to) external returns (uint256 amountWei) {
        _checkMayWithdraw(node);
        Bond storage record = _bonds[node];
        // Whoever owns the node now, though somebody else asked for it: a bond goes with its token.
        // A receiver that calls back finds nothing unbonding, or asks for more to be: the money that leaves was taken before.
        amountWei = record.unbondingWei;
        if (amountWei == 0) revert BondNothingUnbonding(node);
        if (block.timestamp < record.releasesAt) revert BondNotReleased(node, record.releasesAt);
        // At that second itself it is paid. A proof mined before takes its half of this, too: until it is paid it is at stake.
        record.unbondingWei = 0;
        record.releasesAt = 0;
        emit BondWithdrawn(node, to, amountWei);
        _send(to, amountWei);
    }

    /// @inheritdoc INodeBonds
    function proveEquivocation(
        IClusterExecutions.Completion calldata a,
        bytes calldata signatureA,
        IClusterExecutions.Completion calldata b,
        bytes calldata signatureB
    ) external returns (uint256 penaltyWei) {
        if (a.execution != b.execution || a.task != b.task || a.contextHash != b.contextHash) {
            revert EquivocationContextsDiffer();
        }
        // Evidence and tip may differ: they do not change what was answered.
        // That either output was ever accepted, or sent, is not asked: to sign both is the lie.
        if (a.outputDigest == b.outputDigest) revert EquivocationOutputsSame(a.outputDigest);
        uint256 node = a.node;
        bytes32 domain = _domainSeparator();
        address keyA = _checkSigner(node, domain, a, signatureA);
        // A key of the node that signed in another's name signed nothing that could ever be accepted.
        address keyB = _checkSigner(node, domain, b, signatureB);
        // The keys may be two: one that was rotated away and its successor speak for the same node.
        bytes32 key = _proofKey(node, a.execution, a.task, a.contextHash);
        if (_proven[key]) revert EquivocationKnown(node, a.execution, a.task, a.contextHash);
        // Reverts for an unknown execution. That the context is one that the execution ever had need not be checked: who
        // signs two outputs for a context that never was has lied just the same.
        IClusterExecutions.ExecutionView memory execution = _EXECUTIONS.executionOf(a.execution);
        _checkNotRetired(keyA, execution.createdAt);
        _checkNotRetired(keyB, execution.createdAt);
        // Whoever paid for the run, not whoever brings the proof: to see a proof on its way and bring it first earns nothing.
        // That may be the operator itself, from another account; see the warning in `INodeBonds`.
        address requester = execution.requester;
        _proven[key] = true;
        ++_equivocations[node];
        // Before the penalty, which may revert for want of a bond: then neither is noted, and the proof can come again.
        uint256 fromBondedWei;
        (penaltyWei, fromBondedWei) = _slash(node);
        _claims[requester] += penaltyWei;
        // Checked; all the ether there is fits.
        emit EquivocationProven(
            node,
            a.execution,
            requester,
            a.task,
            a.contextHash,
            a.outputDigest,
            b.outputDigest,
            fromBondedWei,
            penaltyWei - fromBondedWei
        );
    }

    /// @inheritdoc INodeBonds
    function claim(address to) external returns (uint256 amountWei) {
        amountWei = _claims[msg.sender];
        // By address, whatever it was when it requested: a wallet that cannot call has lost it, and nobody else gets it.
        if (amountWei == 0) revert BondNothingToClaim(msg.sender);
        _claims[msg.sender] = 0;
        emit Claimed(msg.sender, to, amountWei);
        _send(to, amountWei);
    }

    /// @inheritdoc INodeBonds
    function bondOf(uint256 node)
        external
        view
        returns (uint256 bondedWei, uint256 unbondingWei, uint256 releasesAt)
    {
        Bond storage record = _bonds[node];
        return (record.bondedWei, record.unbondingWei, record.releasesAt);
    }

    /// @inheritdoc INodeBonds
    function claimableOf(address requester) external view returns (uint256) {
        return _claims[requester];
    }

    /// @inheritdoc INodeBonds
    function isProven(uint256 node, uint256 execution, uint256 task, bytes32 contextHash)
        external
        view
        returns (bool)
    {
        return _proven[_proofKey(node, execution, task, contextHash)];
    }

    /// @inheritdoc INodeBonds
    function equivocationsOf(uint256 node) external view returns (uint256) {
        return _equivocations[node];
    }

    /// @dev Takes the penalty from a node's bond: first from what stays, then from what is on its way out. Amounts in wei.
    /// Which part it is taken from changes nothing about how much; it leaves an honest owner's withdrawal whole where the rest
    /// is enough.
    function _slash(uint256 node) private returns (uint256 penaltyWei, uint256 fromBondedWei) {
        Bond storage record = _bonds[node];
        uint256 bondedWei = record.bondedWei;
        uint256 unbondingWei = record.unbondingWei;
        uint256 totalWei = bondedWei + unbondingWei;
        if (totalWei == 0) revert EquivocationNothingBonded(node);
        // Rounded up, so that a proof is never used up for nothing. At most the total, as BPS is at least the share.
        penaltyWei = (totalWei * PENALTY_BPS + BPS - 1) / BPS;
        fromBondedWei = penaltyWei < bondedWei ? penaltyWei : bondedWei;
        // Cannot underflow: each part gives at most what it is, as the penalty is at most both.
        // The casts cut nothing: each is no more than it was, and that came from 96 bits.
        unchecked {
            uint256 restWei = unbondingWei - (penaltyWei - fromBondedWei);
            record.bondedWei = uint96(bondedWei - fromBondedWei);
            record.unbondingWei = uint96(restWei);
            if (restWei == 0) record.releasesAt = 0;
        }
    }

    /// @dev The key that signed a completion, which names the node and is or was the node's.
    /// Both forms of a signature are taken, also with a high s: nothing here is found by a signature's bytes.
    function _checkSigner(
        uint256 node,
        bytes32 domain,
        IClusterExecutions.Completion calldata completion,
        bytes calldata signature
    ) private view returns (address signer) {
        bytes32 structHash = keccak256(
            abi.encode(
                COMPLETION_TYPEHASH,
                completion.execution,
                completion.task,
                completion.contextHash,
                completion.outputDigest,
                completion.evidenceDigest,
                completion.node,
                completion.tip
            )
        );
        signer = ECDSA.tryRecoverCalldata(keccak256(abi.encodePacked(hex"1901", domain, structHash)), signature);
        // `node` is not 0: an owner's answer names none, and an owner is no node.
        // A signature that recovers to nobody recovers to zero, which is no node's key: refused by its own name all the same.
        bool isNodes = node != 0 && completion.node == node && signer != address(0);
        if (!isNodes || _NODES.nodeOfKey(signer) != node) revert EquivocationSignerWrong(node, signer);
    }

    /// @dev A key that was rotated away or sold with its node may be in anybody's hands. Of executions that are older than that
    /// it can still prove a lie; with later ones its holder could make lies at will and drain the bond. In unix seconds of
    /// blocks. An execution of the same second as the retirement counts as older: the key may have been good in that block.
    function _checkNotRetired(address key, uint256 createdAt) private view {
        uint256 retiredAt = _NODES.keyRetiredAt(key);
        if (retiredAt != 0 && createdAt > retiredAt) revert EquivocationKeyRetired(key, retiredAt, createdAt);
    }

    /// @dev The domain of completions, on the chain as it is now: after a fork, signatures for either are its own. Computed
    /// each time, as a proof is rare and the chain's number may change. EIP-712; no salt.
    function _domainSeparator() private view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, block.chainid, address(_EXECUTIONS)));
    }

    /// @dev What may be punished once. All of fixed size, so no two proofs share a key by where one value ends.
    function _proofKey(uint256 node, uint256 execution, uint256 task, bytes32 contextHash)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(node, execution, task, contextHash));
    }

    /// @dev An account that is merely approved for the token (ERC-721) must take the token before it takes the money.
    function _checkMayWithdraw(uint256 node) private view {
        if (node == 0 || node > _NODES.nodeCount()) revert BondNodeUnknown(node);
        if (IERC721(address(_NODES)).ownerOf(node) == msg.sender) return;
        uint8 roles = _PERMISSIONS.rolesOf(address(_NODES), node, msg.sender);
        if (roles & ROLE_WITHDRAW == 0) revert BondNotYours(node, msg.sender);
    }

    /// @dev Sends wei, last of all; what the receiver answers is not read, so it costs nothing. With all gas: the caller pays
    /// for it, and a receiver that wastes it or refuses fails this call alone.
    function _send(address to, uint256 amountWei) private {
        if (to == address(0)) revert BondReceiverZero();
        bool success;
        assembly ("memory-safe") {
            success := call(gas(), to, amountWei, 0, 0, 0, 0)
        }
        if (!success) revert BondTransferFailed(to, amountWei);
    }
}
