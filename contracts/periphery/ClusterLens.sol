// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {LibString} from "solady/src/utils/LibString.sol";
import {IClusterLens} from "../interfaces/IClusterLens.sol";
import {IClusterRegistry} from "../interfaces/IClusterRegistry.sol";
import {BlueprintText} from "../libraries/BlueprintText.sol";
import {VersionCode} from "../libraries/VersionCode.sol";

/// @title ClusterLens
/// @notice See `IClusterLens`.
/// @dev Decodes what `VersionCode` documents, from the registry's own bytes: no text or number here is kept twice. It allocates
/// a memory string for each text, which is right for an `eth_call` and too dear for a transaction.
///
/// Nothing is checked twice: what the registry wrote is well-formed, as `BlueprintText` and `VersionCode` wrote it, and offsets
/// here follow one another without a bound of their own. With another registry behind it, a length that leads beyond the bytes
/// reads what else is in memory, or runs out of gas; it can write nothing, and nobody but the asker is harmed.
///
/// A reader that wants proof takes `versionData` and the digest instead: what a lens says is as good as the node that was
/// asked.
contract ClusterLens is IClusterLens {
    /// @dev Whose layout this is for: a registry with another format would read as nonsense, not revert.
    IClusterRegistry private immutable _CLUSTERS;

    constructor(IClusterRegistry clusters) {
        _CLUSTERS = clusters;
    }

    /// @inheritdoc IClusterLens
    function versionOf(uint256 cluster, uint256 version) external view returns (Version memory decoded) {
        bytes memory data = _CLUSTERS.versionData(cluster, version);
        // Reverts for what is unknown, here and not below. Up to 57,344 bytes, copied once.
        decoded.cluster = VersionCode.cluster(data);
        decoded.version = VersionCode.version(data);
        // EXTCODEHASH (EIP-1052) of the first code, which holds the hashes of the others: one word for all bytes of the
        // version. It covers the STOP byte, which `data` leaves out.
        decoded.digest = _CLUSTERS.versionCode(cluster, version).codehash;
        decoded.windowSeconds = VersionCode.windowSeconds(data);
        // Fee, quote and prices in the smallest unit of the currency.
        decoded.feeWei = VersionCode.feeWei(data);
        decoded.currency = VersionCode.currency(data);
        decoded.quoteWei = VersionCode.quoteWei(data);
        decoded.pathLength = VersionCode.pathLength(data);
        decoded.attempts = VersionCode.attempts(data);
        // From here on the texts, in the order in which they were written: `at` moves on with each.
        // There is no table of offsets: a text is found by passing over those before it.
        uint256 at = VersionCode.textsAt(data);
        (decoded.slug, decoded.name, decoded.description, decoded.inputs, at) = _head(data, at);
        (decoded.agents, at) = _agents(data, at);
        decoded.tasks = new VersionTask[](VersionCode.taskCount(data));
        for (uint256 i; i < decoded.tasks.length; ++i) {
            VersionTask memory task = decoded.tasks[i];
            // A reference into the list: what is set on it is set there.
            (task.model, task.priceWei, task.nodeShareBps, task.dependsOn) = VersionCode.taskAt(data, i);
            task.agentIndex = VersionCode.agentIndexAt(data, i);
            task.quorum = VersionCode.quorumAt(data, i);
            (task.name, at) = BlueprintText.textAt(data, at);
            (task.prompt, at) = BlueprintText.textAt(data, at);
            (task.tool, at) = BlueprintText.textAt(data, at);
            (task.toolArguments, at) = BlueprintText.textAt(data, at);
        }
    }

    /// @inheritdoc IClusterLens
    function draftOf(uint256 cluster)
        external
        view
        returns (IClusterRegistry.AgentEntry[] memory agents, IClusterRegistry.TaskEntry[] memory tasks)
    {
        bytes memory data = _CLUSTERS.draftData(cluster);
        // The cluster's own four texts come first: `describe` has them.
        uint256 at = BlueprintText.skip(data, VersionCode.textsAt(data), 4);
        (agents, at) = _agents(data, at);
        tasks = new IClusterRegistry.TaskEntry[](VersionCode.taskCount(data));
        for (uint256 i; i < tasks.length; ++i) {
            IClusterRegistry.TaskEntry memory task = tasks[i];
            uint256 dependsOn;
            // In a draft the agent's id stands in place of a model, and price and share are zero: nothing is pinned yet.
            (task.agent,,, dependsOn) = VersionCode.taskAt(data, i);
            // As it would be written to get the same again: 0 would mean "on the task before".
            task.dependsOn = dependsOn == 0 && i != 0 ? VersionCode.INDEPENDENT : uint32(dependsOn);
            // The casts cut nothing: a mask has 32 bits there, a quorum 8.
            task.quorum = uint8(VersionCode.quorumAt(data, i));
            (task.name, at) = BlueprintText.textAt(data, at);
            (task.prompt, at) = BlueprintText.textAt(data, at);
            (task.tool, at) = BlueprintText.textAt(data, at);
            (task.toolArguments, at) = BlueprintText.textAt(data, at);
        }
    }

    /// @inheritdoc IClusterLens
    function describe(uint256 cluster)
        external
        view
        returns (string memory slug, string memory name, string memory description, string[] memory inputs)
    {
        (slug, name, description, inputs,) = _head(_CLUSTERS.textsOf(cluster), 0);
    }

    /// @dev The cluster's own texts, and where they end. The same four begin the texts of a version and of a draft.
    function _head(bytes memory data, uint256 at)
        private
        pure
        returns (string memory slug, string memory name, string memory description, string[] memory inputs, uint256 end)
    {
        string memory joined;
        (slug, at) = BlueprintText.textAt(data, at);
        (name, at) = BlueprintText.textAt(data, at);
        (description, at) = BlueprintText.textAt(data, at);
        (joined, end) = BlueprintText.textAt(data, at);
        // No variables are no list; splitting nothing would make one empty name. Names have no comma in them.
        // `BlueprintText.joinInputs` lets none through.
        if (bytes(joined).length != 0) inputs = LibString.split(joined, ",");
    }

    /// @dev Members with their texts, which begin at `at`, and where those end. Their texts stand before those of the tasks,
    /// their numbers behind.
    function _agents(bytes memory data, uint256 at)
        private
        pure
        returns (IClusterRegistry.AgentEntry[] memory agents, uint256 end)
    {
        agents = new IClusterRegistry.AgentEntry[](VersionCode.agentCount(data));
        end = at;
        for (uint256 i; i < agents.length; ++i) {
            IClusterRegistry.AgentEntry memory agent = agents[i];
            // Of every member, also one that no task names.
            (agent.agent, agent.tokensMax, agent.temperatureMilli) = VersionCode.agentSettingsAt(data, i);
            (agent.name, end) = BlueprintText.textAt(data, end);
            (agent.role, end) = BlueprintText.textAt(data, end);
            (agent.goal, end) = BlueprintText.textAt(data, end);
            (agent.backstory, end) = BlueprintText.textAt(data, end);
        }
    }
}
