// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {LibRLP} from "solady/src/utils/LibRLP.sol";
import {LibString} from "solady/src/utils/LibString.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";
import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IClusterRegistry} from "../interfaces/IClusterRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IPermissionRegistry} from "../interfaces/IPermissionRegistry.sol";
import {BlueprintText} from "../libraries/BlueprintText.sol";
import {ERC721Packed} from "../libraries/ERC721Packed.sol";
import {Roles} from "../libraries/Roles.sol";
import {VersionCode} from "../libraries/VersionCode.sol";

/// @title ClusterRegistry
/// @notice See `IClusterRegistry`.
/// @dev Text is written once, as code, and found again by (code number, offset, length). A cluster built in one call
/// has no draft in storage: its draft is its version until somebody edits it, which then costs the slots.
contract ClusterRegistry is IClusterRegistry, ERC721Packed {
    /// @dev Kept in the 96 bits beside the owner.
    struct Head {
        /// Where slug, name and description stand.
        uint32 code;
        uint16 offset;
        uint16 length;
    }

    /// @dev What `execute` has to know of a cluster, in one slot, with its newest version, which is the one that is mostly
    /// executed.
    struct Current {
        /// The newest version; 0 for none.
        uint32 version;
        uint32 code;
        bool stopped;
        /// Whether the cluster takes no new executions at all.
        bool closed;
        /// Whether only its owner, and who has a grant, may execute it.
        bool restricted;
    }

    /// @dev A version that is not the newest.
    struct Earlier {
        uint32 code;
        bool stopped;
    }

    /// @dev A member of the draft, in one slot.
    struct DraftAgent {
        uint64 agent;
        uint32 code;
        uint16 offset;
        uint16 length;
        /// keccak256 of the name, cut to 128 bits: enough to find a name twice, where only the owner could profit
        /// from a collision, and would only confuse himself.
        uint128 nameHash;
    }

    /// @dev A task of the draft, in one slot.
    struct DraftTask {
        uint64 agent;
        uint32 dependsOn;
        uint32 code;
        uint16 offset;
        uint16 length;
        uint96 nameHash;
    }

    /// @dev What `_freeze` needs, however it came together.
    struct Assembly {
        uint256 cluster;
        uint256[] agents;
        uint256[] agentIndexOfTask;
        uint256[] dependsOn;
        bytes texts;
    }

    /// @dev Both counters in one slot: building a cluster writes both.
    struct Counters {
        uint64 clusters;
        /// Nonce of this contract after EIP-161: the number of the next contract it makes.
        uint32 nextCode;
    }

    /// @dev No chain makes blocks so fast that fewer seconds would be three of them.
    uint256 private constant WINDOW_SECONDS_MIN = 3;
    /// @dev A node that is silent for a day is not late but gone.
    uint256 private constant WINDOW_SECONDS_MAX = 86_400;
    /// @dev Slug, name, description and names of variables come before the texts of agents and tasks.
    uint256 private constant CLUSTER_TEXTS = 4;
    /// @dev What one node cannot do another may; what three cannot do is not worth a fourth.
    uint256 private constant ATTEMPTS_DEFAULT = 3;

    IModelRegistry private immutable _MODELS;
    IAgentRegistry private immutable _AGENTS;
    IPermissionRegistry private immutable _PERMISSIONS;

    Counters private _counters;
    mapping(bytes32 smallSlug => uint256 cluster) private _clusterOfSlug;
    mapping(uint256 agent => uint256 cluster) private _clusterOfAgent;
    mapping(uint256 cluster => Current) private _current;
    mapping(uint256 cluster => mapping(uint256 version => Earlier)) private _earlier;
    mapping(uint256 cluster => DraftAgent[]) private _draftAgents;
    mapping(uint256 cluster => DraftTask[]) private _draftTasks;

    constructor(IModelRegistry models, IAgentRegistry agents, IPermissionRegistry permissions)
        ERC721("Pleiad Cluster", "PCLUSTER")
    {
        _MODELS = models;
        _AGENTS = agents;
        _PERMISSIONS = permissions;
        _counters = Counters({clusters: 0, nextCode: 1});
    }

    /// @inheritdoc IClusterRegistry
    function create(string calldata slug, string calldata name, string calldata description)
        external
        returns (uint256 cluster)
    {
        bytes memory text = BlueprintText.encodeCluster(slug, name, description);
        cluster = _register(slug, name, description);
        (uint32 code,) = _writeCode(text);
        _mintWithData(
            msg.sender, cluster, _pack(Head({code: code, offset: 0, length: uint16(text.length)}))
        );
    }

    /// @inheritdoc IClusterRegistry
    function addAgent(uint256 cluster, AgentEntry calldata entry) external {
        address owner = _checkEditor(cluster);
        _loadDraft(cluster);
        DraftAgent[] storage agents = _draftAgents[cluster];
        uint256 count = agents.length;
        if (count == VersionCode.AGENTS_MAX) revert ClusterAgentsFull(VersionCode.AGENTS_MAX);
        bytes memory text = BlueprintText.encodeAgent(entry);
        uint128 nameHash = uint128(uint256(keccak256(bytes(entry.name))));
        for (uint256 i; i < count; ++i) {
            if (agents[i].nameHash == nameHash) revert ClusterNameTaken(entry.name);
        }
        _checkRoom(cluster, VersionCode.AGENT_BYTES + text.length);
        _enrol(cluster, owner, entry.agent, entry.name);
        (uint32 code,) = _writeCode(text);
        agents.push(
            DraftAgent({
                agent: uint64(entry.agent),
                code: code,
                offset: 0,
                length: uint16(text.length),
                nameHash: nameHash
            })
        );
    }

    /// @inheritdoc IClusterRegistry
    function addTask(uint256 cluster, TaskEntry calldata entry) external returns (uint256 task) {
        _checkEditor(cluster);
        _loadDraft(cluster);
        DraftTask[] storage tasks = _draftTasks[cluster];
        task = tasks.length;
        if (task == VersionCode.TASKS_MAX) revert ClusterTasksFull(VersionCode.TASKS_MAX);
        bytes memory text = BlueprintText.encodeTask(entry);
        uint96 nameHash = uint96(uint256(keccak256(bytes(entry.name))));
        for (uint256 i; i < task; ++i) {
            if (tasks[i].nameHash == nameHash) revert ClusterNameTaken(entry.name);
        }
        if (_clusterOfAgent[entry.agent] != cluster) revert ClusterAgentMissing(entry.name, entry.agent);
        uint256 dependsOn = _dependencies(entry, task);
        _checkRoom(cluster, VersionCode.TASK_BYTES + text.length);
        (uint32 code, address at) = _writeCode(text);
        tasks.push(
            DraftTask({
                agent: uint64(entry.agent),
                dependsOn: uint32(dependsOn),
                code: code,
                offset: 0,
                length: uint16(text.length),
                nameHash: nameHash
            })
        );
        emit TaskAddedToCluster(cluster, task, entry.agent, at);
    }

    /// @inheritdoc IClusterRegistry
    function publish(uint256 cluster, PublishTerms calldata terms) external returns (uint256 version) {
        _checkEditor(cluster);
        Head memory head = _head(cluster);
        Assembly memory assembly_;
        assembly_.cluster = cluster;
        assembly_.texts = _readCode(head.code, head.offset, head.length);
        _assembleDraft(assembly_);
        (version,,) = _freeze(assembly_, terms);
    }

    /// @inheritdoc IClusterRegistry
    function createAndPublish(ClusterBlueprint calldata blueprint, PublishTerms calldata terms)
        external
        returns (uint256 cluster, uint256 version)
    {
        bytes memory text = BlueprintText.encodeCluster(blueprint.slug, blueprint.name, blueprint.description);
        uint256 length = text.length;
        cluster = _register(blueprint.slug, blueprint.name, blueprint.description);
        Assembly memory assembly_;
        assembly_.cluster = cluster;
        assembly_.texts = text;
        _assembleAgents(assembly_, blueprint.agents);
        _assembleTasks(assembly_, blueprint.tasks);
        uint32 code;
        uint256 offset;
        (version, code, offset) = _freeze(assembly_, terms);
        _mintWithData(
            msg.sender,
            cluster,
            _pack(Head({code: code, offset: uint16(offset), length: uint16(length)}))
        );
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
    function membersOf(uint256 cluster) external view returns (uint256[] memory agents) {
        _checkKnown(cluster);
        (DraftAgent[] memory draft,) = _draft(cluster);
        agents = new uint256[](draft.length);
        for (uint256 i; i < agents.length; ++i) {
            agents[i] = draft[i].agent;
        }
    }

    /// @inheritdoc IClusterRegistry
    function versionCount(uint256 cluster) external view returns (uint256) {
        _checkKnown(cluster);
        return _current[cluster].version;
    }

    /// @inheritdoc IClusterRegistry
    function versionPointer(uint256 cluster, uint256 version) external view returns (uint32) {
        return _knownVersion(cluster, version);
    }

    /// @inheritdoc IClusterRegistry
    function versionFor(uint256 cluster, uint256 version) external view returns (uint32 pointer, bool restricted) {
        Current memory current = _current[cluster];
        bool stopped = current.stopped;
        if (version == current.version) {
            pointer = current.code;
        } else {
            Earlier memory earlier = _earlier[cluster][version];
            (pointer, stopped) = (earlier.code, earlier.stopped);
        }
        if (pointer == 0) _revertUnknownVersion(cluster, version);
        if (current.closed) revert ClusterIsClosed(cluster);
        if (stopped) revert ClusterVersionStopped(cluster, version);
        return (pointer, current.restricted);
    }

    /// @inheritdoc IClusterRegistry
    function versionCode(uint256 cluster, uint256 version) external view returns (address) {
        return _codeAddress(_knownVersion(cluster, version));
    }

    /// @inheritdoc IClusterRegistry
    function versionData(uint256 cluster, uint256 version) external view returns (bytes memory) {
        return _versionBytes(cluster, version);
    }

    /// @inheritdoc IClusterRegistry
    function describe(uint256 cluster)
        external
        view
        returns (string memory slug, string memory name, string memory description)
    {
        _checkKnown(cluster);
        Head memory head = _head(cluster);
        bytes memory texts = _readCode(head.code, head.offset, head.length);
        uint256 at;
        (slug, at) = BlueprintText.textAt(texts, 0);
        (name, at) = BlueprintText.textAt(texts, at);
        (description,) = BlueprintText.textAt(texts, at);
    }

    /// @inheritdoc IClusterRegistry
    function draftOf(uint256 cluster) external view returns (AgentEntry[] memory agents, TaskEntry[] memory tasks) {
        _checkKnown(cluster);
        (DraftAgent[] memory draftAgents, DraftTask[] memory draftTasks) = _draft(cluster);
        agents = new AgentEntry[](draftAgents.length);
        for (uint256 i; i < agents.length; ++i) {
            DraftAgent memory draft = draftAgents[i];
            bytes memory texts = _readCode(draft.code, draft.offset, draft.length);
            uint256 at;
            agents[i].agent = draft.agent;
            (agents[i].name, at) = BlueprintText.textAt(texts, 0);
            (agents[i].role, at) = BlueprintText.textAt(texts, at);
            (agents[i].goal, at) = BlueprintText.textAt(texts, at);
            (agents[i].backstory,) = BlueprintText.textAt(texts, at);
        }
        tasks = new TaskEntry[](draftTasks.length);
        for (uint256 i; i < tasks.length; ++i) {
            DraftTask memory draft = draftTasks[i];
            bytes memory texts = _readCode(draft.code, draft.offset, draft.length);
            uint256 at;
            tasks[i].agent = draft.agent;
            tasks[i].dependsOn = draft.dependsOn == 0 && i != 0 ? VersionCode.INDEPENDENT : draft.dependsOn;
            (tasks[i].name, at) = BlueprintText.textAt(texts, 0);
            (tasks[i].prompt, at) = BlueprintText.textAt(texts, at);
            (tasks[i].tool,) = BlueprintText.textAt(texts, at);
        }
    }

    /// @inheritdoc IClusterRegistry
    function clusterCount() external view returns (uint256) {
        return _counters.clusters;
    }

    /// @dev A cluster has no metadata file: its text is read by `describe`.
    /// @inheritdoc ERC721
    function tokenURI(uint256 cluster) public view override returns (string memory) {
        _requireOwned(cluster);
        return "";
    }

    /// @dev Takes the slug and the next id.
    function _register(string calldata slug, string calldata name, string calldata description)
        private
        returns (uint256 cluster)
    {
        BlueprintText.checkSlug(slug);
        bytes32 key = LibString.packOne(slug);
        uint256 taken = _clusterOfSlug[key];
        if (taken != 0) revert ClusterSlugTaken(slug, taken);
        cluster = ++_counters.clusters;
        _clusterOfSlug[key] = cluster;
        emit ClusterCreated(cluster, msg.sender, slug, name, description);
    }

    /// @dev Makes an agent a member: one that the caller may edit, or one that the cluster's owner has a grant for.
    function _enrol(uint256 cluster, address owner, uint256 agent, string calldata name) private {
        (address agentOwner,) = _AGENTS.ownerAndModelOf(agent);
        if (!Roles.allowAt(_PERMISSIONS, address(_AGENTS), agent, agentOwner, msg.sender, Roles.EDIT)) {
            if (!_useGrant(address(_AGENTS), agent, owner)) revert ClusterAgentNotOwned(agent, msg.sender);
        }
        uint256 taken = _clusterOfAgent[agent];
        if (taken != 0) revert ClusterAgentTaken(agent, taken);
        _clusterOfAgent[agent] = cluster;
        emit AgentAddedToCluster(cluster, agent, name);
    }

    /// @dev The tasks that the `task`-th depends on, as a mask of earlier ones.
    function _dependencies(TaskEntry calldata entry, uint256 task) private pure returns (uint256) {
        uint32 dependsOn = entry.dependsOn;
        if (dependsOn == 0) return task == 0 ? 0 : 1 << (task - 1);
        if (dependsOn == VersionCode.INDEPENDENT) return 0;
        if (dependsOn >> task != 0) revert ClusterDependencyNotEarlier(entry.name, dependsOn);
        return dependsOn;
    }

    function _assembleAgents(Assembly memory assembly_, AgentEntry[] calldata entries) private {
        uint256 count = entries.length;
        if (count > VersionCode.AGENTS_MAX) revert ClusterAgentsFull(VersionCode.AGENTS_MAX);
        assembly_.agents = new uint256[](count);
        bytes32[] memory names = new bytes32[](count);
        for (uint256 i; i < count; ++i) {
            AgentEntry calldata entry = entries[i];
            assembly_.texts = bytes.concat(assembly_.texts, BlueprintText.encodeAgent(entry));
            _checkNameNew(names, i, entry.name);
            _enrol(assembly_.cluster, msg.sender, entry.agent, entry.name);
            assembly_.agents[i] = entry.agent;
        }
    }

    function _assembleTasks(Assembly memory assembly_, TaskEntry[] calldata entries) private pure {
        uint256 count = entries.length;
        if (count > VersionCode.TASKS_MAX) revert ClusterTasksFull(VersionCode.TASKS_MAX);
        assembly_.agentIndexOfTask = new uint256[](count);
        assembly_.dependsOn = new uint256[](count);
        bytes32[] memory names = new bytes32[](count);
        for (uint256 i; i < count; ++i) {
            TaskEntry calldata entry = entries[i];
            assembly_.texts = bytes.concat(assembly_.texts, BlueprintText.encodeTask(entry));
            _checkNameNew(names, i, entry.name);
            uint256 index = _indexOf(assembly_.agents, entry.agent);
            if (index == assembly_.agents.length) revert ClusterAgentMissing(entry.name, entry.agent);
            assembly_.agentIndexOfTask[i] = index;
            assembly_.dependsOn[i] = _dependencies(entry, i);
        }
    }

    /// @dev Fills `assembly_` from the draft. Names, members and dependencies were checked as they came in.
    function _assembleDraft(Assembly memory assembly_) private view {
        (DraftAgent[] memory agents, DraftTask[] memory tasks) = _draft(assembly_.cluster);
        assembly_.agents = new uint256[](agents.length);
        for (uint256 i; i < agents.length; ++i) {
            assembly_.agents[i] = agents[i].agent;
            bytes memory text = _readCode(agents[i].code, agents[i].offset, agents[i].length);
            assembly_.texts = bytes.concat(assembly_.texts, text);
        }
        assembly_.agentIndexOfTask = new uint256[](tasks.length);
        assembly_.dependsOn = new uint256[](tasks.length);
        for (uint256 i; i < tasks.length; ++i) {
            assembly_.agentIndexOfTask[i] = _indexOf(assembly_.agents, tasks[i].agent);
            assembly_.dependsOn[i] = tasks[i].dependsOn;
            bytes memory text = _readCode(tasks[i].code, tasks[i].offset, tasks[i].length);
            assembly_.texts = bytes.concat(assembly_.texts, text);
        }
    }

    /// @dev Pins terms and writes the next version. Answers its number, the number of its code, and where
    /// in that its texts begin.
    function _freeze(Assembly memory assembly_, PublishTerms calldata terms)
        private
        returns (uint256 version, uint32 pointer, uint256 textsAt)
    {
        uint256 seconds_ = terms.windowSeconds;
        if (seconds_ < WINDOW_SECONDS_MIN || seconds_ > WINDOW_SECONDS_MAX) {
            revert ClusterWindowOutOfRange(seconds_, WINDOW_SECONDS_MIN, WINDOW_SECONDS_MAX);
        }
        if (assembly_.dependsOn.length == 0) revert ClusterWithoutTasks(assembly_.cluster);
        Current storage current = _current[assembly_.cluster];
        version = current.version + 1;
        bytes memory head = _pins(assembly_, terms, version);
        textsAt = head.length;
        bytes memory data = bytes.concat(head, assembly_.texts);
        _checkVersionLength(data.length);
        address code;
        (pointer, code) = _writeCode(data);
        if (version != 1) {
            _earlier[assembly_.cluster][version - 1] = Earlier({code: current.code, stopped: current.stopped});
        }
        current.version = uint32(version);
        current.code = pointer;
        current.stopped = false;
        emit VersionPublished(assembly_.cluster, version, code.codehash, code);
    }

    /// @dev Header, tasks and agents of a version, as `VersionCode` lays them out.
    function _pins(Assembly memory assembly_, PublishTerms calldata terms, uint256 version)
        private
        returns (bytes memory)
    {
        (bytes memory tasks, uint256 totalWei, address currency) = _pinTasks(assembly_, terms.feeWei);
        bytes memory agents;
        for (uint256 i; i < assembly_.agents.length; ++i) {
            agents = bytes.concat(
                agents, VersionCode.encodeAgent(assembly_.agents[i], 0, VersionCode.TEMPERATURE_UNSET)
            );
        }
        bytes memory header = abi.encodePacked(
            VersionCode.FORMAT,
            uint64(assembly_.cluster),
            uint32(version),
            terms.windowSeconds,
            terms.feeWei,
            currency,
            uint8(assembly_.dependsOn.length),
            uint8(assembly_.agents.length),
            uint8(_longestPath(assembly_.dependsOn)),
            uint96(totalWei),
            uint8(ATTEMPTS_DEFAULT),
            uint8(0)
        );
        return bytes.concat(header, tasks, agents);
    }

    function _pinTasks(Assembly memory assembly_, uint256 feeWei)
        private
        returns (bytes memory tasks, uint256 totalWei, address currency)
    {
        uint256[] memory models = new uint256[](assembly_.agents.length);
        IModelRegistry.Terms[] memory terms = new IModelRegistry.Terms[](assembly_.agents.length);
        totalWei = feeWei;
        for (uint256 i; i < assembly_.dependsOn.length; ++i) {
            uint256 index = assembly_.agentIndexOfTask[i];
            if (models[index] == 0) (models[index], terms[index]) = _modelFor(assembly_.agents[index]);
            IModelRegistry.Terms memory pinned = terms[index];
            if (i == 0) currency = pinned.currency;
            else if (currency != pinned.currency) revert ClusterCurrenciesDiffer(currency, pinned.currency);
            totalWei += pinned.priceWei;
            tasks = bytes.concat(
                tasks,
                VersionCode.encodeTask(
                    models[index], pinned.priceWei, pinned.nodeShareBps, assembly_.dependsOn[i], index, 1
                )
            );
        }
        if (totalWei > type(uint96).max) revert ClusterPriceTooHigh(totalWei);
    }

    /// @dev The model an agent is on, if the agent may use it: anybody's may where it is open, else its owner's, or that
    /// of somebody who has a grant.
    function _modelFor(uint256 agent) private returns (uint256 model, IModelRegistry.Terms memory terms) {
        address agentOwner;
        address modelOwner;
        (agentOwner, model) = _AGENTS.ownerAndModelOf(agent);
        if (model == 0) revert ClusterAgentWithoutModel(agent);
        (terms, modelOwner) = _MODELS.termsAndOwnerOf(model);
        if (!terms.open && modelOwner != agentOwner && !_useGrant(address(_MODELS), model, agentOwner)) {
            revert ClusterModelNotOpen(model, agent);
        }
    }

    /// @dev Takes one use of a grant, if there is one.
    function _useGrant(address registry, uint256 token, address grantee) private returns (bool) {
        (uint32 uses,) = _PERMISSIONS.grantOf(registry, token, address(this), grantee);
        if (uses == 0) return false;
        _PERMISSIONS.useGrant(registry, token, grantee);
        return true;
    }

    /// @dev Number of tasks on the longest path of dependencies. Masks name earlier tasks only, so one pass does.
    function _longestPath(uint256[] memory dependsOn) private pure returns (uint256 longest) {
        uint256[] memory depth = new uint256[](dependsOn.length);
        for (uint256 i; i < dependsOn.length; ++i) {
            uint256 deepest;
            for (uint256 j; j < i; ++j) {
                if ((dependsOn[i] >> j) & 1 == 1 && depth[j] > deepest) deepest = depth[j];
            }
            depth[i] = deepest + 1;
            if (depth[i] > longest) longest = depth[i];
        }
    }

    /// @dev Gives a cluster that was built in one call its draft in storage, before the first edit.
    function _loadDraft(uint256 cluster) private {
        uint256 version = _current[cluster].version;
        if (_draftAgents[cluster].length != 0 || version == 0) return;
        (DraftAgent[] memory agents, DraftTask[] memory tasks) = _draftOfVersion(cluster, version);
        for (uint256 i; i < agents.length; ++i) {
            _draftAgents[cluster].push(agents[i]);
        }
        for (uint256 i; i < tasks.length; ++i) {
            _draftTasks[cluster].push(tasks[i]);
        }
    }

    /// @dev Refuses what would make the draft larger than a version may be: nobody could ever publish it. `more` is
    /// what comes in. At most 64 slots are read.
    function _checkRoom(uint256 cluster, uint256 more) private view {
        DraftAgent[] storage agents = _draftAgents[cluster];
        DraftTask[] storage tasks = _draftTasks[cluster];
        uint256 agentCount = agents.length;
        uint256 taskCount = tasks.length;
        uint256 length = VersionCode.HEADER_BYTES + _head(cluster).length + agentCount * VersionCode.AGENT_BYTES
            + taskCount * VersionCode.TASK_BYTES + more;
        for (uint256 i; i < agentCount; ++i) {
            length += agents[i].length;
        }
        for (uint256 i; i < taskCount; ++i) {
            length += tasks[i].length;
        }
        _checkVersionLength(length);
    }

    function _checkVersionLength(uint256 length) private pure {
        if (length > VersionCode.VERSION_BYTES_MAX) {
            revert ClusterVersionTooLarge(length, VersionCode.VERSION_BYTES_MAX);
        }
    }

    /// @dev The draft, from storage or, where nothing was edited since, from the newest version.
    function _draft(uint256 cluster) private view returns (DraftAgent[] memory agents, DraftTask[] memory tasks) {
        uint256 versions = _current[cluster].version;
        if (_draftAgents[cluster].length == 0 && versions != 0) return _draftOfVersion(cluster, versions);
        return (_draftAgents[cluster], _draftTasks[cluster]);
    }

    /// @dev A version as a draft: the texts stay where they are.
    function _draftOfVersion(uint256 cluster, uint256 version)
        private
        view
        returns (DraftAgent[] memory agents, DraftTask[] memory tasks)
    {
        uint32 pointer = _knownVersion(cluster, version);
        bytes memory data = _versionBytes(cluster, version);
        uint256[] memory ids = _agentsOf(data);
        uint256 at = VersionCode.textsAt(data);
        for (uint256 i; i < CLUSTER_TEXTS; ++i) {
            at = BlueprintText.endOf(data, at);
        }
        agents = new DraftAgent[](ids.length);
        for (uint256 i; i < ids.length; ++i) {
            uint256 start = at;
            (string memory name, uint256 next) = BlueprintText.textAt(data, at);
            at = BlueprintText.endOf(data, BlueprintText.endOf(data, BlueprintText.endOf(data, next)));
            agents[i] = DraftAgent({
                agent: uint64(ids[i]),
                code: pointer,
                offset: uint16(start),
                length: uint16(at - start),
                nameHash: uint128(uint256(keccak256(bytes(name))))
            });
        }
        tasks = new DraftTask[](VersionCode.taskCount(data));
        for (uint256 i; i < tasks.length; ++i) {
            uint256 start = at;
            (string memory name, uint256 next) = BlueprintText.textAt(data, at);
            at = BlueprintText.endOf(data, BlueprintText.endOf(data, BlueprintText.endOf(data, next)));
            uint256 index = uint8(data[VersionCode.HEADER_BYTES + i * VersionCode.TASK_BYTES + 26]);
            tasks[i] = DraftTask({
                agent: uint64(ids[index]),
                dependsOn: uint32(VersionCode.dependsOnAt(data, i)),
                code: pointer,
                offset: uint16(start),
                length: uint16(at - start),
                nameHash: uint96(uint256(keccak256(bytes(name))))
            });
        }
    }

    /// @dev The ids of a version's agents.
    function _agentsOf(bytes memory data) private pure returns (uint256[] memory agents) {
        uint256 at = VersionCode.HEADER_BYTES + VersionCode.taskCount(data) * VersionCode.TASK_BYTES;
        agents = new uint256[](VersionCode.agentCount(data));
        for (uint256 i; i < agents.length; ++i) {
            agents[i] = VersionCode.agentAt(data, at + i * VersionCode.AGENT_BYTES);
        }
    }

    function _checkNameNew(bytes32[] memory names, uint256 count, string calldata name) private pure {
        bytes32 hash = keccak256(bytes(name));
        for (uint256 i; i < count; ++i) {
            if (names[i] == hash) revert ClusterNameTaken(name);
        }
        names[count] = hash;
    }

    /// @dev Index of `agent`, or the length where it is not there.
    function _indexOf(uint256[] memory agents, uint256 agent) private pure returns (uint256 index) {
        while (index < agents.length && agents[index] != agent) ++index;
    }

    /// @dev Writes `data` as code; answers its number and address.
    function _writeCode(bytes memory data) private returns (uint32 pointer, address code) {
        pointer = _counters.nextCode++;
        code = SSTORE2.write(data);
    }

    function _codeAddress(uint32 pointer) private view returns (address) {
        return LibRLP.computeAddress(address(this), pointer);
    }

    function _readCode(uint32 pointer, uint256 offset, uint256 length) private view returns (bytes memory) {
        return SSTORE2.read(_codeAddress(pointer), offset, offset + length);
    }

    function _versionBytes(uint256 cluster, uint256 version) private view returns (bytes memory) {
        return SSTORE2.read(_codeAddress(_knownVersion(cluster, version)));
    }

    function _knownVersion(uint256 cluster, uint256 version) private view returns (uint32 pointer) {
        Current storage current = _current[cluster];
        pointer = version == current.version ? current.code : _earlier[cluster][version].code;
        if (pointer == 0) _revertUnknownVersion(cluster, version);
    }

    function _revertUnknownVersion(uint256 cluster, uint256 version) private view {
        _checkKnown(cluster);
        revert ClusterVersionUnknown(cluster, version);
    }

    function _head(uint256 cluster) private view returns (Head memory) {
        uint96 data = _dataOf(cluster);
        return Head({code: uint32(data), offset: uint16(data >> 32), length: uint16(data >> 48)});
    }

    function _pack(Head memory head) private pure returns (uint96) {
        return uint96(head.code) | (uint96(head.offset) << 32) | (uint96(head.length) << 48);
    }

    function _checkKnown(uint256 cluster) private view {
        if (_ownerOf(cluster) == address(0)) revert ClusterUnknown(cluster);
    }

    /// @dev Answers the owner, for whom the caller may edit.
    function _checkEditor(uint256 cluster) private view returns (address owner) {
        owner = _ownerOf(cluster);
        if (owner == address(0)) revert ClusterUnknown(cluster);
        if (!Roles.allow(_PERMISSIONS, cluster, owner, msg.sender, Roles.EDIT)) revert ClusterNotOwned(cluster, msg.sender);
    }
}
