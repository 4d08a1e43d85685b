// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "./IClusterExecutions.sol";

/// @title INodeBonds
/// @notice Money that stands behind a node's word, in the chain's own currency. Two signatures of a node on different
/// outputs for the same execution, task and context take half of its bond, for whoever paid for that execution.
///
/// | from | to | who, when |
/// |---|---|---|
/// | – | bonded | anybody by `bond` |
/// | bonded | unbonding | the node's owner or a delegate by `requestUnbond` |
/// | unbonding | paid out | the node's owner or a delegate by `withdrawBond`, 21 days after the last `requestUnbond` |
/// | bonded, unbonding | claimable | anybody by `proveEquivocation` |
/// | claimable | paid out | the requester by `claim` |
///
/// A bond belongs to the *token* and follows it when it is sold. What is unbonding is still at stake.
///
/// @dev Safety rests on: `NodeRegistry`, where a key belongs to one node for ever, so that neither rotation nor transfer
/// voids a proof about an execution that was created before; `ClusterExecutions`, which says who requested an execution; secp256k1 and keccak256.
/// Liveness rests on nothing: no call by anybody but the owner and its delegates delays a withdrawal.
/// An integrator must not assume
///
/// - that a bond is insurance: it is shared by all that the node does, and each proof takes half of what is left. An
///   operator that expects proofs may prove equivocations of its own, on executions that it requested itself, and so take
///   half, then a quarter, and so on, without the delay. What holds an operator is that the node's name is spoilt
///   (`equivocationsOf`, for ever), and that the first proof of a stranger still takes half of what is there. A delay on
///   `claim` would not change it: what left the bond by a proof is out of reach of the next one, whenever it is paid;
///   and to keep it in reach would be to take back what an honest requester was given;
/// - that a node without a proof is honest: a wrong output, signed once, is no equivocation.
///
/// Warning: whoever buys a node buys its past: a signature by a key it once had can still cost its bond.
interface INodeBonds {
    /// @notice Money was put behind a node.
    event Bonded(uint256 indexed node, address indexed from, uint256 amountWei);
    /// @notice A part of the bond is on its way out. `unbondingWei` is all that is, and leaves from `releasesAt` on, unix
    /// seconds.
    event UnbondRequested(uint256 indexed node, uint256 amountWei, uint256 unbondingWei, uint256 releasesAt);
    /// @notice All that was unbonding was paid out.
    event BondWithdrawn(uint256 indexed node, address indexed to, uint256 amountWei);
    /// @notice A node signed two outputs for one context. `fromBondedWei` and `fromUnbondingWei` were taken, and credited
    /// to `requester`.
    event EquivocationProven(
        uint256 indexed node,
        uint256 indexed execution,
        address indexed requester,
        uint256 task,
        bytes32 contextHash,
        bytes32 outputDigestA,
        bytes32 outputDigestB,
        uint256 fromBondedWei,
        uint256 fromUnbondingWei
    );
    /// @notice A requester took what was credited to it.
    event Claimed(address indexed requester, address indexed to, uint256 amountWei);

    /// @notice Thrown when `node` was never registered.
    error BondNodeUnknown(uint256 node);
    /// @notice Thrown when the caller is neither the node's owner nor a delegate that may withdraw.
    error BondNotYours(uint256 node, address caller);
    /// @notice Thrown when nothing is sent, or more than a bond can hold.
    error BondValueOutOfRange(uint256 valueWei, uint256 valueMaxWei);
    /// @notice Thrown when nothing is to be unbonded, or more than is bonded.
    error BondAmountOutOfRange(uint256 amountWei, uint256 bondedWei);
    /// @notice Thrown when nothing of a bond is on its way out.
    error BondNothingUnbonding(uint256 node);
    /// @notice Thrown when the delay is not over; it is at `releasesAt`, unix seconds.
    error BondNotReleased(uint256 node, uint256 releasesAt);
    /// @notice Thrown when there is nothing to claim.
    error BondNothingToClaim(address requester);
    /// @notice Thrown when money would go to the zero address.
    error BondReceiverZero();
    /// @notice Thrown when the receiver did not take the money.
    error BondTransferFailed(address to, uint256 amountWei);
    /// @notice Thrown when two completions are not for the same execution, task and context.
    error EquivocationContextsDiffer();
    /// @notice Thrown when two completions have the same output: to sign that twice is no lie.
    error EquivocationOutputsSame(bytes32 outputDigest);
    /// @notice Thrown when a completion was not signed by a key of the node it names, now or once; `signer` is whom the
    /// signature recovers to, zero for nobody.
    error EquivocationSignerWrong(uint256 node, address signer);
    /// @notice Thrown when `key` was the node's no longer when the execution was created, both in unix seconds.
    error EquivocationKeyRetired(address key, uint256 retiredAt, uint256 createdAt);
    /// @notice Thrown when the same has been proven already, be it by other outputs.
    error EquivocationKnown(uint256 node, uint256 execution, uint256 task, bytes32 contextHash);
    /// @notice Thrown when there is no bond to take from; the proof stays good for one that comes later.
    error EquivocationNothingBonded(uint256 node);

    /// @notice Puts the sent wei behind a node. Anybody may, for any node; what is bonded is the node's: whoever gives it has no
    /// claim to it any more. `BondNodeUnknown`, `BondValueOutOfRange`.
    function bond(uint256 node) external payable;

    /// @notice Sends a part of the bond on its way out. The node's owner or a delegate with the role to withdraw may. What
    /// is on its way already waits with it: the delay begins anew for all.
    /// `BondNodeUnknown`, `BondNotYours`, `BondAmountOutOfRange`.
    /// @param amountWei From 1 to what is bonded.
    function requestUnbond(uint256 node, uint256 amountWei) external;

    /// @notice Pays out all that is unbonding, once its delay is over. The node's owner or a delegate with the role to
    /// withdraw may. `BondNodeUnknown`, `BondNotYours`, `BondNothingUnbonding`, `BondNotReleased`, `BondReceiverZero`,
    /// `BondTransferFailed`.
    /// @param to Who gets it; not zero.
    /// @return amountWei What was paid.
    function withdrawBond(uint256 node, address to) external returns (uint256 amountWei);

    /// @notice Shows that a node signed two different outputs for the same execution, task and context. Anybody may; once
    /// for each of these. Takes half of the node's bond, what is unbonding included, and credits it to the requester of the
    /// execution. Reverts with `ExecutionUnknown` where there is no such execution; its state does not matter.
    /// `EquivocationContextsDiffer`, `EquivocationOutputsSame`, `EquivocationSignerWrong`, `EquivocationKnown`,
    /// `EquivocationKeyRetired`, `EquivocationNothingBonded`, in this order.
    /// @param a A completion that names the node, as `ClusterExecutions` defines it.
    /// @param signatureA By any key that is or was the node's: 64 (EIP-2098) or 65 bytes.
    /// @return penaltyWei What was taken; at least 1 wei, never more than the bond.
    function proveEquivocation(
        IClusterExecutions.Completion calldata a,
        bytes calldata signatureA,
        IClusterExecutions.Completion calldata b,
        bytes calldata signatureB
    ) external returns (uint256 penaltyWei);

    /// @notice Pays out what was credited to the caller as a requester, at once: nothing takes it back. `BondNothingToClaim`,
    /// `BondReceiverZero`, `BondTransferFailed`.
    /// @param to Who gets it; not zero.
    /// @return amountWei What was paid.
    function claim(address to) external returns (uint256 amountWei);

    /// @notice What stands behind a node.
    /// @return bondedWei What stays, unless it is asked for.
    /// @return unbondingWei What is on its way out, still at stake.
    /// @return releasesAt From when on `withdrawBond` pays that, unix seconds; 0 where nothing is.
    function bondOf(uint256 node)
        external
        view
        returns (uint256 bondedWei, uint256 unbondingWei, uint256 releasesAt);

    /// @notice What `claim` would pay.
    function claimableOf(address requester) external view returns (uint256 amountWei);

    /// @notice Whether an equivocation was proven here.
    function isProven(uint256 node, uint256 execution, uint256 task, bytes32 contextHash)
        external
        view
        returns (bool);

    /// @notice How many equivocations of a node were proven here; never falls. Whoever relies on a bond asks this first: a bond
    /// that was halved a few times may have been halved by its own operator.
    function equivocationsOf(uint256 node) external view returns (uint256);
}
