// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title INodeRegistry
/// @notice Which machine of which operator signs with which key. A node is an ERC-721 token; its *node key* signs
/// completions and network certificates and nothing else.
/// @dev Safety rests on: a key that signed for one node never signs for another, so a signature names its node for
/// ever. Liveness only: a suspended node earns nothing until its owner proves a key again.
///
/// An integrator must not assume that the node key is the owner's, or that whoever holds it may move money: it signs, and
/// the token's owner withdraws. Nor that two nodes with different owners are run by different people.
/// Warning: a node token carries its past. Signatures by keys that it had can still cost a bond (`INodeBonds`), and its
/// unwithdrawn credit goes with it.
interface INodeRegistry {
    /// @notice What a node may do.
    /// None: never registered. Active: its key signs. Suspended: it changed hands and the new owner has not proven a
    /// key yet.
    enum NodeStatus {
        None,
        Active,
        Suspended
    }

    /// @notice A node was registered. `metadataURI` tells where the file with SHA-256 `metadataDigest` may be had.
    event NodeRegistered(
        uint256 indexed node, address indexed owner, address indexed key, bytes32 metadataDigest, string metadataURI
    );
    /// @notice `key` took the place of `previousKey`; the node is active.
    event NodeKeyRotated(uint256 indexed node, address indexed previousKey, address indexed key);
    /// @notice The node changed hands and signs nothing until its new owner proves a key.
    event NodeSuspended(uint256 indexed node);
    /// @notice The node's metadata file changed.
    event NodeMetadataSet(uint256 indexed node, bytes32 metadataDigest, string metadataURI);

    /// @notice Thrown when `node` was never registered.
    error NodeUnknown(uint256 node);
    /// @notice Thrown when the caller does not own the node, nor is a delegate whose roles are enough.
    error NodeNotOwned(uint256 node, address caller);
    /// @notice Thrown when `key` belongs, or once belonged, to `node`.
    error NodeKeyTaken(address key, uint256 node);
    /// @notice Thrown when the proof was not signed by `key` for this owner, nonce, chain and registry.
    error NodeKeyProofInvalid(address key, address recovered);
    /// @notice Thrown when a metadata URI is longer than `lengthMax` bytes.
    error NodeMetadataTooLong(uint256 length, uint256 lengthMax);

    /// @notice Registers a node for the caller.
    /// Anybody may, with a key that agrees. `NodeKeyTaken`, `NodeKeyProofInvalid`, `NodeMetadataTooLong`.
    /// @param key The node key. It must never have been a node's key before.
    /// @param proof The key's EIP-712 signature of `NodeKeyProof(address owner,uint256 nonce)` with the caller as
    /// owner and `keyProofNonce(key)` as nonce; 64 (EIP-2098) or 65 bytes.
    /// @param metadataDigest SHA-256 of the node's metadata file, or zero.
    /// @param metadataURI Where the file may be had, at most 256 bytes; kept in the log only.
    /// @return node Ids count from 1.
    function register(address key, bytes calldata proof, bytes32 metadataDigest, string calldata metadataURI)
        external
        returns (uint256 node);

    /// @notice Gives the node a new key, or proves the present one again after a transfer. Owner only, no delegate
    /// (`NodeNotOwned`): whoever chooses the key chooses who signs. `NodeKeyTaken`, `NodeKeyProofInvalid`.
    /// Signatures by the old key that are not mined yet are void from here on.
    /// Warning: to prove the key of before again is to answer for all that it ever signed.
    function rotateKey(uint256 node, address key, bytes calldata proof) external;

    /// @notice Names another metadata file. Owner, or a delegate with the role edit (`NodeNotOwned`); at most 256 bytes of URI
    /// (`NodeMetadataTooLong`). That the file is there, or says the truth, is not known here.
    function setMetadata(uint256 node, bytes32 metadataDigest, string calldata metadataURI) external;

    /// @notice The key and status of a node; zero and None for one that does not exist.
    function keyOf(uint256 node) external view returns (address key, NodeStatus status);

    /// @notice The key of an active node; zero for any other. What a completion's signature is checked against. Warning: a bad
    /// signature recovers to zero as well: compare with zero first.
    function activeKeyOf(uint256 node) external view returns (address key);

    /// @notice What a completion's sender is checked against, in one call: the key where the node is active,
    /// else zero, and the owner.
    function signersOf(uint256 node) external view returns (address key, address owner);

    /// @notice What the signature of a signed completion is checked against, in one call: the key where the node is active, else
    /// zero, and its owner's mark, the low 88 bits of the owner's address. Zeros for a node that does not exist.
    /// @dev Nodes with different marks have different owners. Two owners may have the same mark: to find an address that has
    /// a given one takes about 2^88 tries. Whoever asks must take them for one owner, never the mark for an address.
    function keyAndMarkOf(uint256 node) external view returns (address key, uint256 ownerMark);

    /// @notice The node to which `key` belongs or once belonged; 0 for none.
    function nodeOfKey(address key) external view returns (uint256 node);

    /// @notice The nonce that the next proof by `key` must carry, so that each proof works once.
    function keyProofNonce(address key) external view returns (uint256 nonce);

    /// @notice Since when `key` is its node's key no longer, by a rotation or a change of hands, unix seconds; 0 for one that is,
    /// or that never was a node's. What it signs about executions created later, the node does not answer for.
    function keyRetiredAt(address key) external view returns (uint256);

    /// @notice SHA-256 of the node's metadata file, or zero.
    function metadataDigestOf(uint256 node) external view returns (bytes32);

    /// @notice How many nodes were ever registered; the newest id.
    function nodeCount() external view returns (uint256);
}
