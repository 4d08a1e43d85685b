// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {LibRLP} from "solady/src/utils/LibRLP.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";
import {IAgentRegistry} from "../../interfaces/IAgentRegistry.sol";
import {IClusterRegistry} from "../../interfaces/IClusterRegistry.sol";
import {IModelRegistry} from "../../interfaces/IModelRegistry.sol";
import {IPermissionRegistry} from "../../interfaces/IPermissionRegistry.sol";
import {DraftWord} from "../../libraries/DraftWord.sol";
import {ERC721Packed} from "../../libraries/ERC721Packed.sol";
import {Roles} from "../../libraries/Roles.sol";
import {VersionCode} from "../../libraries/VersionCode.sol";

/// @title ClusterBase
/// @notice What all parts of `ClusterRegistry` share: its storage, who may edit, and how text is kept.
/// @dev Text is written once, as code, and found again by (code number, offset, length). Offsets of a version's texts count
/// through its further codes. Code is cheaper than storage from the third word on, and read by `eth_call` without a log.
///
/// Safety rests on code never changing once it is made: SSTORE2's begins with STOP, so it cannot be run, let alone destroy
/// itself; and on CREATE giving each of them an address that follows from a counter which only this contract moves.
/// The counter must agree with the account's nonce for ever: a CREATE anywhere else in this contract would shift every later
/// address.
abstract contract ClusterBase is IClusterRegistry, ERC721Packed {
    /// @dev What `execute` has to know of a cluster, in one slot, with its newest version, which is the one that is mostly
    /// executed.
    struct Current {
        /// The newest version; 0 for none.
        uint32 version;
        /// Number of its first code; 0 for none, as codes are numbered from 1.
        uint32 code;
        bool stopped;
        /// Whether the cluster takes no new executions at all.
        bool closed;
        /// Whether only its owner, and who has a grant, may execute it.
        bool restricted;
        /// Whether the draft stands in storage; else it is the newest version.
        bool drafted;
    }

    /// @dev A version that is not the newest. Written when the next is published; the newest itself has none.
    struct Earlier {
        uint32 code;
        bool stopped;
    }

    /// @dev Both counters in one slot: building a cluster writes both.
    struct Counters {
        uint64 clusters;
        /// Nonce of this contract after EIP-161: the number of the next contract it makes.
        uint32 nextCode;
    }

    IModelRegistry internal immutable _MODELS;
    IAgentRegistry internal immutable _AGENTS;
    IPermissionRegistry internal immutable _PERMISSIONS;

    Counters internal _counters;
    /// @dev Packed with its length, so that no two slugs share a key.
    /// 0 for a slug that nobody has; never written back to 0.
    mapping(bytes32 smallSlug => uint256 cluster) internal _clusterOfSlug;
    /// @dev An agent is in one cluster at most: what its members share is shared with it alone. 0 for none, as clusters count
    /// from 1.
    mapping(uint256 agent => uint256 cluster) internal _clusterOfAgent;
    mapping(uint256 cluster => Current) internal _current;
    mapping(uint256 cluster => mapping(uint256 version => Earlier)) internal _earlier;
    /// @dev Empty until the first edit of a cluster that was built in one call: see `Current.drafted`.
    mapping(uint256 cluster => DraftWord[]) internal _draftAgents;
    mapping(uint256 cluster => DraftWord[]) internal _draftTasks;

    constructor(IModelRegistry models, IAgentRegistry agents, IPermissionRegistry permissions) {
        _MODELS = models;
        _AGENTS = agents;
        _PERMISSIONS = permissions;
        // A contract's nonce begins at 1 (EIP-161), and every CREATE adds one. Nothing else here creates.
        _counters = Counters({clusters: 0, nextCode: 1});
    }

    // ----------------------------------------------------------------------------------------------------- callers

    /// @dev Answers the owner of a cluster that there is.
    function _checkKnown(uint256 cluster) internal view returns (address owner) {
        owner = _ownerOf(cluster);
        if (owner == address(0)) revert ClusterUnknown(cluster);
    }

    /// @dev Answers the owner, for whom the caller may edit. An account that ERC-721 approves is not asked: see `Roles`.
    function _checkEditor(uint256 cluster) internal view returns (address owner) {
        owner = _checkKnown(cluster);
        if (!Roles.allow(_PERMISSIONS, cluster, owner, msg.sender, Roles.EDIT)) {
            revert ClusterNotOwned(cluster, msg.sender);
        }
    }

    /// @dev Whether the caller may edit the agent.
    function _editsAgent(uint256 agent, address agentOwner) internal view returns (bool) {
        return Roles.allowAt(_PERMISSIONS, address(_AGENTS), agent, agentOwner, msg.sender, Roles.EDIT);
    }

    /// @dev Takes one use of a grant, if there is one.
    function _useGrant(address registry, uint256 token, address grantee) internal returns (bool) {
        (uint32 uses,) = _PERMISSIONS.grantOf(registry, token, address(this), grantee);
        // Asked first, as `useGrant` reverts with an error that says less than the caller's own.
        if (uses == 0) return false;
        _PERMISSIONS.useGrant(registry, token, grantee);
        return true;
    }

    /// @dev Makes an agent a member: one that the caller may edit, or one that the cluster's owner has a grant for. The grant is
    /// the owner's, not the caller's: a delegate that edits the cluster spends what its owner was given.
    function _enrol(uint256 cluster, address owner, uint256 agent, string calldata name) internal {
        (address agentOwner,) = _AGENTS.ownerAndModelOf(agent);
        if (!_editsAgent(agent, agentOwner) && !_useGrant(address(_AGENTS), agent, owner)) {
            revert ClusterAgentNotOwned(agent, msg.sender);
        }
        uint256 taken = _clusterOfAgent[agent];
        // Also where it is this very cluster: an agent is a member once.
        if (taken != 0) revert ClusterAgentTaken(agent, taken);
        _clusterOfAgent[agent] = cluster;
        emit AgentAddedToCluster(cluster, agent, name);
    }

    // -------------------------------------------------------------------------------------------------------- code

    /// @dev Writes `data` as code, or as many codes as it takes; answers number and address of the first. Each part is
    /// written where it stands: the word before it is its length for that long.
    function _writeCode(bytes memory data) internal returns (uint32 pointer, address code) {
        // Cannot overflow: lengths of memory.
        unchecked {
            pointer = _counters.nextCode;
            uint256 length = data.length;
            uint256 count;
            for (uint256 offset; offset < length; offset += VersionCode.CODE_BYTES_MAX) {
                uint256 bytesLeft = length - offset;
                uint256 part = bytesLeft < VersionCode.CODE_BYTES_MAX ? bytesLeft : VersionCode.CODE_BYTES_MAX;
                bytes memory slice;
                bytes32 kept;
                assembly ("memory-safe") {
                    slice := add(data, offset)
                    kept := mload(slice)
                    mstore(slice, part)
                }
                address made = SSTORE2.write(slice);
                // Reverts where CREATE fails, so number and nonce move together or not at all.
                assembly ("memory-safe") {
                    mstore(slice, kept)
                }
                if (count == 0) code = made;
                ++count;
            }
            _counters.nextCode = uint32(pointer + count);
        }
    }

    /// @dev CREATE's rule: the hash of the RLP of maker and nonce. No code is looked for: a number that was never used has an
    /// address, too.
    function _codeAddress(uint256 pointer) internal view returns (address) {
        return LibRLP.computeAddress(address(this), pointer);
    }

    /// @dev Copies `length` bytes from `offset` of the codes that begin with number `pointer` to `at` of `data`.
    function _copyCode(bytes memory data, uint256 at, uint256 pointer, uint256 offset, uint256 length) internal view {
        // Cannot overflow: numbers and lengths of codes that were made. `offset + 1` passes over each code's STOP byte.
        unchecked {
            pointer += offset / VersionCode.CODE_BYTES_MAX;
            offset %= VersionCode.CODE_BYTES_MAX;
            while (length != 0) {
                uint256 part = VersionCode.CODE_BYTES_MAX - offset;
                if (part > length) part = length;
                address code = _codeAddress(pointer);
                assembly ("memory-safe") {
                    extcodecopy(code, add(add(data, 32), at), add(offset, 1), part)
                }
                at += part;
                length -= part;
                offset = 0;
                ++pointer;
            }
        }
    }

    /// @dev The same as bytes of its own. Warning: no bound is checked; beyond a code's end stand zeros.
    function _readCode(uint256 pointer, uint256 offset, uint256 length) internal view returns (bytes memory data) {
        data = new bytes(length);
        _copyCode(data, 0, pointer, offset, length);
    }

    /// @dev All bytes of the version whose first code has number `pointer`. Every code but the last is full.
    function _versionBytes(uint256 pointer) internal view returns (bytes memory) {
        uint256 further = VersionCode.furtherCodes(VersionCode.load(_codeAddress(pointer)));
        // The last one's size says where the version ends; the STOP byte is not of it.
        uint256 length = further * VersionCode.CODE_BYTES_MAX + _codeAddress(pointer + further).code.length - 1;
        return _readCode(pointer, 0, length);
    }

    function _knownVersion(uint256 cluster, uint256 version) internal view returns (uint32 pointer) {
        Current storage current = _current[cluster];
        pointer = version == current.version ? current.code : _earlier[cluster][version].code;
        if (pointer == 0) _revertUnknownVersion(cluster, version);
    }

    /// @dev Says which of the two is unknown.
    function _revertUnknownVersion(uint256 cluster, uint256 version) internal view {
        _checkKnown(cluster);
        revert ClusterVersionUnknown(cluster, version);
    }

    // -------------------------------------------------------------------------------------------------------- head

    /// @dev Slug, name, description and names of variables, as they are now.
    function _texts(uint256 cluster) internal view returns (bytes memory) {
        (uint256 code, uint256 offset, uint256 length) = _head(cluster);
        return _readCode(code, offset, length);
    }

    /// @dev Where slug, name, description and names of variables stand; kept in the 96 bits beside the owner.
    function _head(uint256 cluster) internal view returns (uint256 code, uint256 offset, uint256 length) {
        uint96 data = _dataOf(cluster);
        // Cut apart as `_pack` laid it: nothing else writes these 96 bits.
        return (uint32(data), uint24(data >> 32), data >> 56);
    }

    /// @dev As `_head` unpacks it: 32, 24 and 40 bits.
    function _pack(uint256 code, uint256 offset, uint256 length) internal pure returns (uint96) {
        return uint96(code | (offset << 32) | (length << 56));
    }
}
