// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IClusterRegistry} from "../../interfaces/IClusterRegistry.sol";
import {Roles} from "../../libraries/Roles.sol";
import {VersionCode} from "../../libraries/VersionCode.sol";
import {ClusterBase} from "./ClusterBase.sol";

/// @title ClusterAccess
/// @notice The part of `ClusterRegistry` that says who may execute what: closing, restricting, stopping.
/// @dev None of it reaches a running execution: `ClusterExecutions` asks once, when one is created. Who owns something in a
/// version may stop it for good, and cannot start it again for the others: a stop is the one thing that nobody needs
/// anybody's consent for. A cluster that must go on without what was stopped publishes another version.
///
/// Warning to requesters: an accepting version may be stopped in the block before yours; `execute` then reverts, and nothing is
/// paid. Warning to owners: a stop cannot be taken back, also where a delegate with the role edit made it.
abstract contract ClusterAccess is ClusterBase {
    /// @inheritdoc IClusterRegistry
    function setClosed(uint256 cluster, bool closed) external {
        _checkEditor(cluster);
        // Told also where it changes nothing: who follows the events need not know what was before.
        _current[cluster].closed = closed;
        emit ClusterClosedSet(cluster, closed);
    }

    /// @inheritdoc IClusterRegistry
    function setRestricted(uint256 cluster, bool restricted) external {
        // Grants that were given stay through any number of changes: they are `PermissionRegistry`'s, not this contract's.
        _checkEditor(cluster);
        _current[cluster].restricted = restricted;
        emit ClusterRestrictedSet(cluster, restricted);
    }

    /// @inheritdoc IClusterRegistry
    function stopVersion(uint256 cluster, uint256 version) external {
        // First the right, then the version: who may not edit is told that, whatever the version.
        _checkEditor(cluster);
        _knownVersion(cluster, version);
        _stop(cluster, version);
    }

    /// @inheritdoc IClusterRegistry
    function stopVersionAsModel(uint256 cluster, uint256 version, uint256 model) external {
        bytes memory pins = VersionCode.load(_codeAddress(_knownVersion(cluster, version)));
        uint256 count = VersionCode.taskCount(pins);
        // What the version pinned counts, not the model that an agent is on by now.
        // Loops over at most 32 tasks, through all of them: no early end is worth its bytes of code.
        bool found;
        for (uint256 i; i < count; ++i) {
            (uint256 pinned,,,) = VersionCode.taskAt(pins, i);
            if (pinned == model) found = true;
        }
        if (!found) revert ClusterVersionWithoutModel(cluster, version, model);
        // The owner of now: whoever buys a model may end what the seller agreed to.
        address owner = IERC721(address(_MODELS)).ownerOf(model);
        if (!Roles.allowAt(_PERMISSIONS, address(_MODELS), model, owner, msg.sender, Roles.EDIT)) {
            revert ClusterModelNotOwned(model, msg.sender);
        }
        _stop(cluster, version);
    }

    /// @inheritdoc IClusterRegistry
    function stopVersionAsAgent(uint256 cluster, uint256 version, uint256 agent) external {
        uint32 pointer = _knownVersion(cluster, version);
        // Room for all agents: `load` reads header and tasks alone.
        // So the code is read twice, the second time as far as the agents go; a stop is rare.
        bytes memory pins = _readCode(pointer, 0, _pinsLength(pointer));
        uint256 count = VersionCode.agentCount(pins);
        bool found;
        for (uint256 i; i < count; ++i) {
            (uint256 member,,) = VersionCode.agentSettingsAt(pins, i);
            if (member == agent) found = true;
        }
        if (!found) revert ClusterVersionWithoutAgent(cluster, version, agent);
        // Any member will do, also one that no task names: its persona is in the version.
        (address owner,) = _AGENTS.ownerAndModelOf(agent);
        if (!_editsAgent(agent, owner)) revert ClusterAgentNotOwned(agent, msg.sender);
        _stop(cluster, version);
    }

    /// @inheritdoc IClusterRegistry
    function versionFor(uint256 cluster, uint256 version) external view returns (uint32 pointer, bool restricted) {
        Current storage current = _current[cluster];
        // One read: the newest version, its stop and the cluster's two switches stand in one slot.
        bool stopped = current.stopped;
        // Version 0 of a cluster without any is the newest, of code 0, which is unknown.
        if (version == current.version) {
            pointer = current.code;
        } else {
            // Older versions stay executable: whoever relies on one need not move when another is published.
            Earlier storage earlier = _earlier[cluster][version];
            (pointer, stopped) = (earlier.code, earlier.stopped);
        }
        if (pointer == 0) _revertUnknownVersion(cluster, version);
        if (current.closed) revert ClusterIsClosed(cluster);
        if (stopped) revert ClusterVersionStopped(cluster, version);
        return (pointer, current.restricted);
    }

    /// @inheritdoc IClusterRegistry
    function statusOf(uint256 cluster, uint256 version) external view returns (VersionStatus) {
        // In the order of what hinders most: a stop is for ever, a closed cluster may open, a grant may be had.
        // An unknown cluster has no version 0 either, and reads as `Unknown`.
        Current storage current = _current[cluster];
        bool isNewest = version == current.version;
        if ((isNewest ? current.code : _earlier[cluster][version].code) == 0) return VersionStatus.Unknown;
        if (isNewest ? current.stopped : _earlier[cluster][version].stopped) return VersionStatus.Stopped;
        if (current.closed) return VersionStatus.Closed;
        return current.restricted ? VersionStatus.Restricted : VersionStatus.Accepting;
    }

    /// @dev Warning: the version must be known, and the caller allowed; callers have checked both.
    function _stop(uint256 cluster, uint256 version) private {
        Current storage current = _current[cluster];
        bool isNewest = version == current.version;
        if (isNewest ? current.stopped : _earlier[cluster][version].stopped) {
            revert ClusterVersionStopped(cluster, version);
        }
        if (isNewest) current.stopped = true;
        else _earlier[cluster][version].stopped = true;
        emit VersionStopped(cluster, version, msg.sender);
    }

    /// @dev Bytes of header, tasks and agents.
    function _pinsLength(uint32 pointer) private view returns (uint256) {
        bytes memory pins = VersionCode.load(_codeAddress(pointer));
        return VersionCode.agentOffset(pins, VersionCode.agentCount(pins));
    }
}
