// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Roles} from "../libraries/Roles.sol";
import {ViewCall} from "../libraries/ViewCall.sol";
import {VersionCode} from "../libraries/VersionCode.sol";
import {Runs} from "./Runs.sol";

/// @title Windows
/// @notice Who may answer a task, and from when on.
/// @dev A pure function of the execution, the task and the order in which nodes joined, so that everybody computes the same
/// without a transaction. Block times are all it rests on: a proposer may shift a window's beginning by as much as its
/// chain lets it choose, which is why a window is to be at least three block times (`IClusterRegistry.PublishTerms`).
///
/// What nobody can do here: take a place away (places are for ever), come in late and be early (only who joined before the
/// run's creation has one), or hold the run up by silence (a window that was not used admits the next node, and none is ever
/// closed).
abstract contract Windows is Runs {
    /// @dev The rotation: the nodes that had joined before the execution was created take turns, beginning with one
    /// that execution and task choose; each window adds the next node to those admitted. Where `quorum` nodes must agree,
    /// so many are admitted from the first window on.
    /// Times are unix seconds; where `eligible` is false all else is 0.
    function _nodeWindow(Run memory run, uint256 task, uint256 model, uint256 node, uint256 quorum)
        internal
        view
        returns (bool eligible, uint256 opensAt, uint256 place, uint256 places)
    {
        (place, places) = ViewCall.twoWords(_MODELS.nodeStandingOf, model, node, run.word.createdAt());
        if (places == 0) return (false, 0, 0, 0);
        return (true, _opensAt(run, _startOf(run.id, task, places), place, places, quorum), place, places);
    }

    /// @dev The place with which a task's rotation begins. Execution ids are given in order, so whoever creates runs can choose by
    /// waiting which node is first; all it gains is that node's turn, not a say in what it answers.
    /// `places` is not zero. That 2^256 does not divide by it shifts the odds by less than 2^-249.
    function _startOf(uint256 execution, uint256 task, uint256 places) internal pure returns (uint256) {
        return uint256(_hashOf(execution, task)) % places;
    }

    /// @dev When the window of the node at `place` opens. It never closes before the run's next completion: whoever was admitted
    /// stays admitted, so a late node is beaten only by somebody who answers.
    function _opensAt(Run memory run, uint256 start, uint256 place, uint256 places, uint256 quorum)
        internal
        pure
        returns (uint256)
    {
        // Cannot overflow: place < places <= 64, and a window has 32 bits.
        unchecked {
            uint256 rank = (place + places - start) % places;
            // Ranks below `quorum` are admitted at once, and a quorum is at least 1.
            rank = rank < quorum ? 0 : rank + 1 - quorum;
            return run.word.readyAt() + rank * VersionCode.windowSeconds(run.pins);
        }
    }

    /// @dev The owner of a task's model or of the cluster, as of now: who buys either may answer for runs that began before.
    function _ownerFor(Run memory run, Role role, uint256 model) internal view returns (address) {
        return role == Role.ModelOwner
            ? IERC721(address(_MODELS)).ownerOf(model)
            : IERC721(address(_CLUSTERS)).ownerOf(VersionCode.cluster(run.pins));
    }

    /// @dev Whether the caller may speak for a node: as its key, its owner or a delegate. A suspended node's owner waits
    /// for its key's proof, as its key does.
    /// One call answers key and owner; the permissions are asked only about a caller that is neither.
    function _speaksForNode(uint256 node) internal view returns (bool) {
        (address key, address owner) = _NODES.signersOf(node);
        // No key: suspended, or no such node, whose owner is zero.
        if (key == address(0)) return false;
        return msg.sender == key || _allows(address(_NODES), node, owner);
    }

    /// @dev Whether the caller may speak for the owner of a task's model, or of the cluster.
    function _speaksForOwner(Run memory run, Role role, uint256 model) internal view returns (bool) {
        (address registry, uint256 token) = role == Role.ModelOwner
            ? (address(_MODELS), model)
            : (address(_CLUSTERS), VersionCode.cluster(run.pins));
        return _allows(registry, token, _ownerFor(run, role, model));
    }

    /// @dev The token's owner, or its delegate with the role submit.
    function _allows(address registry, uint256 token, address owner) private view returns (bool) {
        return Roles.allowAt(_PERMISSIONS, registry, token, owner, msg.sender, Roles.SUBMIT);
    }

    /// @dev keccak256(abi.encode(a, b)), in the scratch space.
    function _hashOf(uint256 a, uint256 b) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore(0, a)
            mstore(32, b)
            hash := keccak256(0, 64)
        }
    }
}
