// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterRegistry} from "../interfaces/IClusterRegistry.sol";

/// @title ClusterRegistry__MockForExecutions
/// @notice Versions of any bytes: what `ClusterExecutions` has to do with quorums, attempts, currencies and access.
/// @dev The real registry checks what it freezes; here a test may write what it never would, a quorum of 200 or a mask of later
/// tasks. Like it, this makes its codes by CREATE and nothing else, so that their addresses follow from their numbers, from 1.
// The name says whom the double serves.
// solhint-disable-next-line contract-name-capwords
contract ClusterRegistry__MockForExecutions {
    mapping(uint256 cluster => address) public ownerOf;
    mapping(uint256 cluster => uint64) public tenureOf;
    mapping(uint256 cluster => bool) public restricted;
    mapping(uint256 cluster => bool) public stopped;
    mapping(uint256 cluster => uint32[]) private _pointers;
    mapping(uint32 pointer => address) private _codes;
    /// @notice The highest cluster that has a version.
    uint256 public clusterCount;
    /// @notice The nonce of the next contract that it makes: 1 at first, as EIP-161 has it.
    uint32 public nonce = 1;

    /// @notice Publishes `data` (see `VersionCode`) as the cluster's next version.
    function publish(uint256 cluster, address owner, bytes calldata data) external returns (uint256 version) {
        ownerOf[cluster] = owner;
        if (cluster > clusterCount) clusterCount = cluster;
        // Initcode that answers what follows its 11 bytes: a STOP and the data.
        // Not SSTORE2, which the registry uses: two ways to the same bytes, so that a mistake in one shows against the other.
        bytes memory code = abi.encodePacked(hex"600b5981380380925939f3", hex"00", data);
        address at;
        assembly ("memory-safe") {
            at := create(0, add(code, 32), mload(code))
        }
        require(at != address(0) && at.code.length == data.length + 1, "the version was not written");
        _codes[nonce] = at;
        _pointers[cluster].push(nonce++);
        return _pointers[cluster].length;
    }

    /// @notice Sets whether requesters need a grant, and whether new executions are refused.
    /// @dev Of the whole cluster: a stop of one version is for the registry's own tests.
    function set(uint256 cluster, bool restricted_, bool stopped_) external {
        restricted[cluster] = restricted_;
        stopped[cluster] = stopped_;
    }

    /// @notice As `IClusterRegistry.versionFor`.
    function versionFor(uint256 cluster, uint256 version) external view returns (uint32, bool) {
        uint32 pointer = versionPointer(cluster, version);
        if (stopped[cluster]) revert IClusterRegistry.ClusterVersionStopped(cluster, version);
        return (pointer, restricted[cluster]);
    }

    /// @notice As `IClusterRegistry.versionPointer`.
    function versionPointer(uint256 cluster, uint256 version) public view returns (uint32) {
        if (version == 0 || version > _pointers[cluster].length) {
            revert IClusterRegistry.ClusterVersionUnknown(cluster, version);
        }
        return _pointers[cluster][version - 1];
    }

    /// @notice As `IClusterRegistry.versionCode`.
    function versionCode(uint256 cluster, uint256 version) external view returns (address) {
        return _codes[versionPointer(cluster, version)];
    }
}
