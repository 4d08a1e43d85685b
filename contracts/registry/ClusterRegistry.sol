// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {LibString} from "solady/src/utils/LibString.sol";
import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IClusterRegistry} from "../interfaces/IClusterRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IPermissionRegistry} from "../interfaces/IPermissionRegistry.sol";
import {BlueprintText} from "../libraries/BlueprintText.sol";
import {VersionCode} from "../libraries/VersionCode.sol";
import {ClusterAccess} from "./cluster/ClusterAccess.sol";
import {ClusterBase} from "./cluster/ClusterBase.sol";
import {ClusterVersions} from "./cluster/ClusterVersions.sol";

/// @title ClusterRegistry
/// @notice See `IClusterRegistry`.
/// @dev In parts: what they share (`ClusterBase`), drafts (`ClusterDrafts`), versions (`ClusterVersions`), who may execute them
/// (`ClusterAccess`), and here how clusters come to be.
///
/// Its code is near the most that a contract may have, so it is compiled for size and what only reads is elsewhere
/// (`ClusterLens`). It holds no money, and calls nothing but the three registries it was made with and CREATE of codes that
/// run nothing: nobody can re-enter it.
contract ClusterRegistry is ClusterVersions, ClusterAccess {
    constructor(IModelRegistry models, IAgentRegistry agents, IPermissionRegistry permissions)
        ERC721("Pleiad Cluster", "PCLUSTER")
        ClusterBase(models, agents, permissions)
    {}

    /// @inheritdoc IClusterRegistry
    function create(string calldata slug, string calldata name, string calldata description)
        external
        returns (uint256 cluster)
    {
        BlueprintText.checkSlug(slug);
        // Its text is a code of its own; with a blueprint it stands in the first version's.
        bytes memory texts = BlueprintText.encodeCluster(slug, name, description, "");
        cluster = _register(slug, name, description);
        (uint32 code,) = _writeCode(texts);
        _mintWithData(msg.sender, cluster, _pack(code, 0, texts.length));
    }

    /// @inheritdoc IClusterRegistry
    function createAndPublish(ClusterBlueprint calldata blueprint, PublishTerms calldata terms)
        external
        returns (uint256 cluster, uint256 version)
    {
        BlueprintText.checkSlug(blueprint.slug);
        string memory inputs = BlueprintText.joinInputs(blueprint.inputs);
        bytes memory texts =
            BlueprintText.encodeCluster(blueprint.slug, blueprint.name, blueprint.description, inputs);
        cluster = _register(blueprint.slug, blueprint.name, blueprint.description);
        if (bytes(inputs).length != 0) emit ClusterInputsSet(cluster, inputs);
        (bytes memory data, uint256 textsAt) = _assemble(cluster, blueprint, texts);
        uint32 code;
        (version, code) = _freeze(cluster, data, terms);
        // Last, as the data say where the texts stand. Not `_safeMint`: whoever calls asked for the token.
        _mintWithData(msg.sender, cluster, _pack(code, textsAt, texts.length));
    }

    /// @inheritdoc IClusterRegistry
    function clusterOfSlug(string calldata slug) external view returns (uint256) {
        return _clusterOfSlug[LibString.packOne(slug)];
    }

    /// @inheritdoc IClusterRegistry
    function clusterOfAgent(uint256 agent) external view returns (uint256) {
        return _clusterOfAgent[agent];
    }

    /// @inheritdoc IClusterRegistry
    function textsOf(uint256 cluster) external view returns (bytes memory) {
        _checkKnown(cluster);
        return _texts(cluster);
    }

    /// @inheritdoc IClusterRegistry
    function clusterCount() external view returns (uint256) {
        return _counters.clusters;
    }

    /// @dev A cluster has no metadata file: its texts are read from here.
    /// @inheritdoc ERC721
    function tokenURI(uint256 cluster) public view override returns (string memory) {
        _requireOwned(cluster);
        return "";
    }

    /// @dev Takes the slug and the next id. A slug is never given back: links to it must not come to mean another cluster.
    ///
    /// Warning: whoever sees a slug on its way may take it first. It gains a name and nothing of the cluster; the call that
    /// comes second reverts.
    function _register(string calldata slug, string calldata name, string calldata description)
        private
        returns (uint256 cluster)
    {
        bytes32 key = LibString.packOne(slug);
        uint256 taken = _clusterOfSlug[key];
        if (taken != 0) revert ClusterSlugTaken(slug, taken);
        cluster = ++_counters.clusters;
        _clusterOfSlug[key] = cluster;
        emit ClusterCreated(cluster, msg.sender, slug, name, description);
    }

    /// @dev Enrols the agents of a blueprint, checks its tasks and lays all of it out as `_freeze` takes it. Answers where the
    /// texts begin.
    function _assemble(uint256 cluster, ClusterBlueprint calldata blueprint, bytes memory texts)
        private
        returns (bytes memory data, uint256 textsAt)
    {
        (uint256 agentCount, uint256 taskCount) = (blueprint.agents.length, blueprint.tasks.length);
        // Sizes first, so that memory is made once and nothing below can outgrow it.
        if (agentCount > VersionCode.AGENTS_MAX) revert ClusterAgentsFull(VersionCode.AGENTS_MAX);
        if (taskCount > VersionCode.TASKS_MAX) revert ClusterTasksFull(VersionCode.TASKS_MAX);
        uint256 length = texts.length;
        for (uint256 i; i < agentCount; ++i) {
            BlueprintText.checkAgent(blueprint.agents[i]);
            length += BlueprintText.agentBytes(blueprint.agents[i]);
        }
        for (uint256 i; i < taskCount; ++i) {
            BlueprintText.checkTask(blueprint.tasks[i]);
            length += BlueprintText.taskBytes(blueprint.tasks[i]);
        }
        (data, textsAt) = VersionCode.allocate(taskCount, agentCount, length);
        assembly ("memory-safe") {
            mcopy(add(add(data, 32), textsAt), add(texts, 32), mload(texts))
        }
        uint256 at = textsAt + texts.length;
        at = _layAgents(cluster, data, at, blueprint.agents);
        _layTasks(data, at, blueprint);
    }

    /// @dev Agents at their places. Names are compared pairwise: at most 32, so 496 comparisons of words.
    function _layAgents(uint256 cluster, bytes memory data, uint256 at, AgentEntry[] calldata entries)
        private
        returns (uint256)
    {
        bytes32[] memory names = new bytes32[](entries.length);
        for (uint256 i; i < entries.length; ++i) {
            AgentEntry calldata entry = entries[i];
            _checkNameNew(names, i, entry.name);
            // For the caller, who will be the cluster's owner: the token is minted last.
            _enrol(cluster, msg.sender, entry.agent, entry.name);
            VersionCode.putAgent(data, i, entry.agent, entry.tokensMax, entry.temperatureMilli);
            at = BlueprintText.writeAgent(data, at, entry);
        }
        return at;
    }

    /// @dev Tasks at theirs, with the agent's id where `_pinTasks` will put the model.
    function _layTasks(bytes memory data, uint256 at, ClusterBlueprint calldata blueprint) private pure {
        TaskEntry[] calldata entries = blueprint.tasks;
        bytes32[] memory names = new bytes32[](entries.length);
        for (uint256 i; i < entries.length; ++i) {
            TaskEntry calldata entry = entries[i];
            _checkNameNew(names, i, entry.name);
            uint256 agent = entry.agent;
            uint256 index;
            // A search among at most 32: a blueprint names agents by id, a version by place.
            while (index < blueprint.agents.length && blueprint.agents[index].agent != agent) ++index;
            if (index == blueprint.agents.length) revert ClusterAgentMissing(entry.name, agent);
            VersionCode.putTask(data, i, agent, 0, 0, _dependencies(entry, i), index, _quorumOf(entry));
            at = BlueprintText.writeTask(data, at, entry);
        }
    }

    /// @dev Whether none of the first `count` names is the same; notes it as the next.
    function _checkNameNew(bytes32[] memory names, uint256 count, string calldata name) private pure {
        bytes32 hash = keccak256(bytes(name));
        for (uint256 i; i < count; ++i) {
            if (names[i] == hash) revert ClusterNameTaken(name);
        }
        names[count] = hash;
    }
}
