// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterRegistry} from "./IClusterRegistry.sol";

/// @title IClusterLens
/// @notice Clusters, drafts and versions decoded, for explorers and contracts that would rather not know the layout. Reads
/// `ClusterRegistry` and holds nothing; nothing rests on it.
interface IClusterLens {
    /// @notice A task as a version froze it.
    struct VersionTask {
        string name;
        string prompt;
        string tool;
        string toolArguments;
        /// Index of its agent.
        uint256 agentIndex;
        uint256 model;
        uint256 priceWei;
        /// Share of the node that answers, in basis points.
        uint256 nodeShareBps;
        /// Bit i: depends on task i.
        uint256 dependsOn;
        /// How many nodes must agree.
        uint256 quorum;
    }

    /// @notice A version, all of it.
    struct Version {
        uint256 cluster;
        uint256 version;
        /// Hash of its first code.
        bytes32 digest;
        uint256 windowSeconds;
        uint256 feeWei;
        /// Zero is the chain's own.
        address currency;
        uint256 quoteWei;
        /// Number of tasks on the longest path of dependencies.
        uint256 pathLength;
        uint256 attempts;
        string slug;
        string name;
        string description;
        /// Names of the variables that an input brings.
        string[] inputs;
        IClusterRegistry.AgentEntry[] agents;
        VersionTask[] tasks;
    }

    /// @notice A version, decoded. Reverts for an unknown one.
    function versionOf(uint256 cluster, uint256 version) external view returns (Version memory);

    /// @notice The draft as it stands. Dependencies are resolved: `INDEPENDENT` for a task after the first that has none.
    function draftOf(uint256 cluster)
        external
        view
        returns (IClusterRegistry.AgentEntry[] memory agents, IClusterRegistry.TaskEntry[] memory tasks);

    /// @notice What a cluster is called and does.
    function describe(uint256 cluster)
        external
        view
        returns (string memory slug, string memory name, string memory description, string[] memory inputs);
}
