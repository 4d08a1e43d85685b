// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ECDSA} from "solady/src/utils/ECDSA.sol";
import {EIP712} from "solady/src/utils/EIP712.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IPermissionRegistry} from "../interfaces/IPermissionRegistry.sol";
import {DigestURI} from "../libraries/DigestURI.sol";
import {ERC721Packed} from "../libraries/ERC721Packed.sol";
import {Roles} from "../libraries/Roles.sol";

/// @title NodeRegistry
/// @notice See `INodeRegistry`.
/// @dev Two things hold for ever, and everything that is built on signatures rests on them: a key has at most one node, and
/// once it has one it never has another (`_records` is never deleted); and a key is a node's only with a proof by the key for
/// that owner, so nobody registers a stranger's key and then owns the past of its signatures.
///
/// What a hostile owner can do: rotate its key at any time, which voids what the old one signed and was not mined. What a thief
/// of a node key can do: sign answers, give their pay away as tips and cost the node its bond, until the owner rotates; token
/// and earnings are out of its reach. Signatures are by keys alone, so no wallet is asked. Sources: EIP-712, EIP-2098, ERC-721.
contract NodeRegistry is INodeRegistry, ERC721Packed, EIP712 {
    /// @dev All that a completion's signature is checked against, in one slot: one read for each node of a quorum too.
    struct NodeKey {
        address key;
        /// The low 88 bits of the owner's address, kept beside the token's own slot for `keyAndMarkOf` alone. Equal owners have
        /// equal marks, so that different marks prove different owners; it never stands for an owner anywhere else.
        uint88 ownerMark;
        NodeStatus status;
    }

    /// @dev To which node a key belongs for ever, how many proofs it has given, and since when it is the node's no longer.
    /// Never deleted: without it a key could be registered again by somebody who was given it.
    struct KeyRecord {
        uint64 node;
        /// The nonce of the next proof: an old one must not bring a key back after it was rotated away.
        uint64 proofs;
        /// Unix seconds; 0 while it is the node's present key.
        uint40 retiredAt;
    }

    /// @dev Long enough for an address book's URL; the log pays 8 gas a byte.
    uint256 private constant METADATA_URI_BYTES_MAX = 256;

    bytes32 private constant KEY_PROOF_TYPEHASH = keccak256("NodeKeyProof(address owner,uint256 nonce)");

    IPermissionRegistry private immutable _PERMISSIONS;

    mapping(uint256 node => NodeKey) private _keys;
    mapping(address key => KeyRecord) private _records;
    mapping(uint256 node => bytes32 digest) private _metadataDigests;
    uint256 private _nodeCount;

    constructor(IPermissionRegistry permissions) ERC721("Pleiad Node", "PNODE") {
        _PERMISSIONS = permissions;
    }

    /// @inheritdoc INodeRegistry
    function register(address key, bytes calldata proof, bytes32 metadataDigest, string calldata metadataURI)
        external
        returns (uint256 node)
    {
        _checkMetadata(metadataURI);
        node = ++_nodeCount;
        _bindKey(node, key, proof);
        _keys[node] = NodeKey({key: key, ownerMark: _markOf(msg.sender), status: NodeStatus.Active});
        if (metadataDigest != 0) _metadataDigests[node] = metadataDigest;
        // Not _safeMint: it would call the receiver, and whoever calls `register` asked for the token.
        _mint(msg.sender, node);
        emit NodeRegistered(node, msg.sender, key, metadataDigest, metadataURI);
    }

    /// @inheritdoc INodeRegistry
    function rotateKey(uint256 node, address key, bytes calldata proof) external {
        // Also the way out of suspension, with the present key or another.
        // A delegate may not: whoever chooses the key signs what the node's earnings depend on.
        if (_knownOwner(node) != msg.sender) revert NodeNotOwned(node, msg.sender);
        _bindKey(node, key, proof);
        NodeKey storage current = _keys[node];
        address previousKey = current.key;
        // A key that a change of hands retired before keeps that time: what it signed since is not the new owner's.
        if (previousKey != key && current.status == NodeStatus.Active) _retire(previousKey);
        current.key = key;
        current.status = NodeStatus.Active;
        emit NodeKeyRotated(node, previousKey, key);
    }

    /// @inheritdoc INodeRegistry
    function setMetadata(uint256 node, bytes32 metadataDigest, string calldata metadataURI) external {
        address owner = _knownOwner(node);
        if (!Roles.allow(_PERMISSIONS, node, owner, msg.sender, Roles.EDIT)) revert NodeNotOwned(node, msg.sender);
        _checkMetadata(metadataURI);
        _metadataDigests[node] = metadataDigest;
        emit NodeMetadataSet(node, metadataDigest, metadataURI);
    }

    /// @inheritdoc INodeRegistry
    function keyOf(uint256 node) external view returns (address key, NodeStatus status) {
        // Also of a suspended node the key that it had: which one may sign, `activeKeyOf` says.
        NodeKey storage current = _keys[node];
        return (current.key, current.status);
    }

    /// @inheritdoc INodeRegistry
    function activeKeyOf(uint256 node) external view returns (address) {
        NodeKey storage current = _keys[node];
        return current.status == NodeStatus.Active ? current.key : address(0);
    }

    /// @inheritdoc INodeRegistry
    function signersOf(uint256 node) external view returns (address key, address owner) {
        NodeKey storage current = _keys[node];
        key = current.status == NodeStatus.Active ? current.key : address(0);
        owner = _ownerOf(node);
    }

    /// @inheritdoc INodeRegistry
    function keyAndMarkOf(uint256 node) external view returns (address key, uint256 ownerMark) {
        NodeKey storage current = _keys[node];
        uint256 word;
        // The whole slot at once: 160 bits of key, 88 of mark, 8 of status, as the layout snapshot keeps them.
        assembly ("memory-safe") {
            word := sload(current.slot)
        }
        if (word >> 248 == uint256(NodeStatus.Active)) key = address(uint160(word));
        ownerMark = uint88(word >> 160);
    }

    /// @inheritdoc INodeRegistry
    function nodeOfKey(address key) external view returns (uint256) {
        return _records[key].node;
    }

    /// @inheritdoc INodeRegistry
    function keyProofNonce(address key) external view returns (uint256) {
        return _records[key].proofs;
    }

    /// @inheritdoc INodeRegistry
    function keyRetiredAt(address key) external view returns (uint256) {
        return _records[key].retiredAt;
    }

    /// @inheritdoc INodeRegistry
    function metadataDigestOf(uint256 node) external view returns (bytes32) {
        return _metadataDigests[node];
    }

    /// @inheritdoc INodeRegistry
    function nodeCount() external view returns (uint256) {
        return _nodeCount;
    }

    /// @inheritdoc ERC721
    function tokenURI(uint256 node) public view override returns (string memory) {
        _requireOwned(node);
        bytes32 digest = _metadataDigests[node];
        return digest == 0 ? "" : DigestURI.ipfs(digest);
    }

    /// @dev Checks that `key` asks for this owner and is free or this node's own, and ties it to the node for ever. The proof
    /// names owner and nonce but no node: a key that is free has none yet, and one that is not has only this one. A proof
    /// that was seen on its way is of no use to another sender, whose address it does not name.
    function _bindKey(uint256 node, address key, bytes calldata proof) private {
        KeyRecord storage record = _records[key];
        if (record.node != 0 && record.node != node) revert NodeKeyTaken(key, record.node);
        // Before the signature: a key that is taken is taken, whoever proves it.
        bytes32 digest = _hashTypedData(keccak256(abi.encode(KEY_PROOF_TYPEHASH, msg.sender, uint256(record.proofs))));
        address recovered = ECDSA.tryRecoverCalldata(digest, proof);
        // The other form of the same signature is no second proof: the nonce has moved on.
        if (recovered == address(0) || recovered != key) revert NodeKeyProofInvalid(key, recovered);
        record.node = uint64(node);
        // The cast cuts nothing: nodes are numbered from 1, one by one.
        ++record.proofs;
        // The node's own key proven again, mostly by a new owner, who takes on all that it ever signed.
        record.retiredAt = 0;
    }

    /// @dev A node that changes hands is suspended: its key was proven for the owner before.
    /// The mark is the new owner's at once, so that a quorum counts owners of now.
    /// @inheritdoc ERC721Packed
    function _update(address to, uint256 node, address auth) internal override returns (address from) {
        from = super._update(to, node, auth);
        if (from != address(0) && from != to) {
            NodeKey storage current = _keys[node];
            if (current.status == NodeStatus.Active) _retire(current.key);
            // Once only: a key that an earlier sale retired keeps the earlier time.
            current.status = NodeStatus.Suspended;
            current.ownerMark = _markOf(to);
            emit NodeSuspended(node);
        }
    }

    /// @dev See `NodeKey.ownerMark`.
    /// The cast cuts on purpose: what is left is a mark, not an address.
    function _markOf(address owner) private pure returns (uint88) {
        return uint88(uint160(owner));
    }

    /// @dev From now on what the key signs about new executions proves nothing against the node: see `INodeRegistry.keyRetiredAt`.
    /// Unix seconds, in 40 bits.
    function _retire(address key) private {
        _records[key].retiredAt = uint40(block.timestamp);
    }

    function _knownOwner(uint256 node) private view returns (address owner) {
        owner = _ownerOf(node);
        if (owner == address(0)) revert NodeUnknown(node);
    }

    function _checkMetadata(string calldata metadataURI) private pure {
        uint256 length = bytes(metadataURI).length;
        if (length > METADATA_URI_BYTES_MAX) revert NodeMetadataTooLong(length, METADATA_URI_BYTES_MAX);
    }

    /// @dev Domain of key proofs and of network certificates.
    function _domainNameAndVersion() internal pure override returns (string memory name, string memory version) {
        return ("Pleiad NodeRegistry", "1");
    }
}
