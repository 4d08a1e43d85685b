// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterRegistry} from "./IClusterRegistry.sol";

/// @title IClusterLens
/// @notice Clusters, drafts and versions decoded, for explorers and contracts that would rather not know the layout. Reads
/// `ClusterRegistry` and holds nothing; nothing rests on it.
/// @dev Anybody may call everything; nothing is written. Made for `eth_call`: a version has up to 57,344 bytes, and decoding
/// all of it in a transaction costs more than most blocks would give it. Texts are as their authors wrote them: escape
/// them before they are shown.
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
        /// What an answer pays, in units of the version's currency. Zero: a run of it proves no payment, and ratings from it
        /// (`IReputationRegistry`) cost gas alone.
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
        /// Hash of its first code, which binds all of it: what an execution of it is bound to.
        bytes32 digest;
        /// Length of a step-in window, seconds.
        uint256 windowSeconds;
        /// What the cluster earns from a run that succeeds, in units of the currency.
        uint256 feeWei;
        /// Zero is the chain's own.
        address currency;
        /// What a run costs, all prices and the fee.
        uint256 quoteWei;
        /// Number of tasks on the longest path of dependencies.
        uint256 pathLength;
        /// After so many nodes' reports of failure a task has failed.
        uint256 attempts;
        string slug;
        string name;
        string description;
        /// Names of the variables that an input brings.
        string[] inputs;
        IClusterRegistry.AgentEntry[] agents;
        VersionTask[] tasks;
    }

    /// @notice A version, decoded. Reverts for an unknown one (`ClusterVersionUnknown`, `ClusterUnknown`).
    /// A stopped or closed one decodes, too: `IClusterRegistry.statusOf` says whether it can be executed.
    function versionOf(uint256 cluster, uint256 version) external view returns (Version memory);

    /// @notice The draft as it stands; reverts for an unknown cluster (`ClusterUnknown`). A task may name an agent that has left.
    /// Dependencies are resolved: `INDEPENDENT` for a task after the first that has none.
    function draftOf(uint256 cluster)
        external
        view
        returns (IClusterRegistry.AgentEntry[] memory agents, IClusterRegistry.TaskEntry[] memory tasks);

    /// @notice What a cluster is called and does, as its draft has it now; versions keep what they were published with.
    /// Reverts for an unknown cluster (`ClusterUnknown`). No `inputs` where an input is one text.
    function describe(uint256 cluster)
        external
        view
        returns (string memory slug, string memory name, string memory description, string[] memory inputs);
}
