// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterRegistry} from "../../interfaces/IClusterRegistry.sol";
import {BlueprintText} from "../../libraries/BlueprintText.sol";
import {DraftWord, DraftWords} from "../../libraries/DraftWord.sol";
import {VersionCode} from "../../libraries/VersionCode.sol";
import {ClusterBase} from "./ClusterBase.sol";

/// @title ClusterDrafts
/// @notice The part of `ClusterRegistry` that edits drafts.
/// @dev A cluster built in one call has no draft in storage: its draft is its newest version until somebody edits it,
/// which then costs the slots. What an edit can see is checked as it comes in; what can change later, `publish` checks.
///
/// Two rules keep a draft mendable whatever happens around it. An agent that left stays named in its tasks until they get
/// another, so its leaving breaks no edit of anything else. And every edit leaves masks of earlier
/// tasks only, so that dependencies never have a cycle and need no search.
///
/// What a delegate with the role edit can do here: all of it, but spend grants of its own (`_enrol` spends the owner's). What a
/// hostile agent's owner can do: leave, which makes the draft unpublishable until its tasks have another agent, and nothing
/// worse. Nothing here holds or moves money, and texts that no draft names any more stay as code for ever: who wrote them has
/// paid for them.
abstract contract ClusterDrafts is ClusterBase {
    /// @dev Slug, name, description and names of variables come before the texts of agents and tasks.
    uint256 private constant CLUSTER_TEXTS = 4;
    /// @dev Name, role, goal, backstory; name, prompt, tool and its arguments.
    uint256 private constant MEMBER_TEXTS = 4;

    /// @inheritdoc IClusterRegistry
    function setDescription(uint256 cluster, string calldata name, string calldata description) external {
        // The slug stays: it is written again from the old text, so the four stand together in one code.
        _checkEditor(cluster);
        string[4] memory texts = _clusterTexts(cluster);
        _setTexts(cluster, BlueprintText.encodeCluster(texts[0], name, description, texts[3]));
        emit ClusterDescribed(cluster, name, description);
    }

    /// @inheritdoc IClusterRegistry
    function setInputs(uint256 cluster, string[] calldata names) external {
        _checkEditor(cluster);
        string[4] memory texts = _clusterTexts(cluster);
        texts[3] = BlueprintText.joinInputs(names);
        _setTexts(cluster, BlueprintText.encodeCluster(texts[0], texts[1], texts[2], texts[3]));
        emit ClusterInputsSet(cluster, texts[3]);
    }

    /// @inheritdoc IClusterRegistry
    function addAgent(uint256 cluster, AgentEntry calldata entry) external {
        address owner = _checkEditor(cluster);
        _loadDraft(cluster);
        DraftWord[] storage agents = _draftAgents[cluster];
        if (agents.length == VersionCode.AGENTS_MAX) revert ClusterAgentsFull(VersionCode.AGENTS_MAX);
        BlueprintText.checkAgent(entry);
        _checkName(agents, agents.length, entry.name);
        // Checked before the agent is enrolled: `_enrol` may take a use of a grant, which a later failure would only give back.
        _enrol(cluster, owner, entry.agent, entry.name);
        agents.push(_newAgent(cluster, entry));
    }

    /// @inheritdoc IClusterRegistry
    function replaceAgent(uint256 cluster, AgentEntry calldata entry) external {
        // No consent of the agent's owner: its persona is the cluster's to write, and the owner may take its agent out.
        _checkEditor(cluster);
        _loadDraft(cluster);
        DraftWord[] storage agents = _draftAgents[cluster];
        uint256 index = _memberIndex(cluster, agents, entry.agent);
        BlueprintText.checkAgent(entry);
        // Its own name may stay.
        _checkName(agents, index, entry.name);
        agents[index] = _newAgent(cluster, entry);
    }

    /// @inheritdoc IClusterRegistry
    function removeAgent(uint256 cluster, uint256 agent) external {
        address owner = _checkKnown(cluster);
        _loadDraft(cluster);
        DraftWord[] storage agents = _draftAgents[cluster];
        uint256 index = _memberIndex(cluster, agents, agent);
        // Whoever may edit the cluster or the member may end the membership: an agent's owner is never held in a cluster.
        // Of the three questions the last reverts with its own error, so that a stranger is told that it may not.
        (address agentOwner,) = _AGENTS.ownerAndModelOf(agent);
        if (msg.sender != owner && !_editsAgent(agent, agentOwner)) _checkEditor(cluster);
        // Tasks that name it stay: whoever leaves must not be able to take the cluster's work along.
        _removeAt(agents, index);
        delete _clusterOfAgent[agent];
        emit AgentRemovedFromCluster(cluster, agent);
    }

    /// @inheritdoc IClusterRegistry
    function addTask(uint256 cluster, TaskEntry calldata entry) external returns (uint256 task) {
        _checkEditor(cluster);
        _loadDraft(cluster);
        DraftWord[] storage tasks = _draftTasks[cluster];
        task = tasks.length;
        if (task == VersionCode.TASKS_MAX) revert ClusterTasksFull(VersionCode.TASKS_MAX);
        // So the last has index 31, and bit 31 of a mask, which `INDEPENDENT` takes, names one that nothing can come after.
        DraftWord draft = _newTask(cluster, tasks, task, entry);
        tasks.push(draft);
        emit TaskAddedToCluster(
            cluster, task, entry.agent, uint32(draft.dependsOn()), uint8(draft.quorum()), _codeAddress(draft.code())
        );
    }

    /// @inheritdoc IClusterRegistry
    function replaceTask(uint256 cluster, uint256 task, TaskEntry calldata entry) external {
        // The index stays, so the masks of later tasks hold as they are.
        DraftWord[] storage tasks = _editedTasks(cluster, task);
        _replaceTask(cluster, tasks, task, _newTask(cluster, tasks, task, entry));
    }

    /// @inheritdoc IClusterRegistry
    function removeTask(uint256 cluster, uint256 task) external {
        DraftWord[] storage tasks = _editedTasks(cluster, task);
        // What depended on the task waits for what the task waited for: taking a step out keeps the order of the others.
        // All that is inherited is earlier than the task, and so below the bits that move.
        uint256 inherited = tasks[task].dependsOn();
        uint256 below = (1 << task) - 1;
        uint256 count = tasks.length;
        // Cannot overflow: at most 32 tasks.
        unchecked {
            for (uint256 i = task + 1; i < count; ++i) {
                uint256 mask = tasks[i].dependsOn();
                if ((mask >> task) & 1 == 1) mask |= inherited;
                // The task's own bit falls out below: neither half of the new mask takes it.
                // Bits above the task's move down by one, as the tasks do.
                mask = (mask & below) | ((mask >> (task + 1)) << task);
                tasks[i] = tasks[i].withDependsOn(mask);
            }
        }
        _removeAt(tasks, task);
        emit TaskRemovedFromCluster(cluster, task);
    }

    /// @inheritdoc IClusterRegistry
    function reorderTasks(uint256 cluster, uint8[] calldata order) external {
        _checkEditor(cluster);
        _loadDraft(cluster);
        DraftWord[] storage tasks = _draftTasks[cluster];
        // A copy in memory: places are overwritten while others are still to be read. Agents, texts and quorums move with their
        // tasks; only the masks are made anew.
        DraftWord[] memory before = tasks;
        uint256 count = before.length;
        if (order.length != count) revert ClusterOrderInvalid(count);
        uint256[] memory placeOf = new uint256[](count);
        uint256 seen;
        // Cannot overflow: at most 32 tasks.
        unchecked {
            for (uint256 i; i < count; ++i) {
                uint256 from = order[i];
                // As many as there are, each in range and none twice: so each exactly once.
                if (from >= count || (seen >> from) & 1 == 1) revert ClusterOrderInvalid(count);
                seen |= 1 << from;
                placeOf[from] = i;
            }
            for (uint256 i; i < count; ++i) {
                DraftWord task = before[order[i]];
                uint256 mask;
                for (uint256 j; j < count; ++j) {
                    if ((task.dependsOn() >> j) & 1 == 1) mask |= 1 << placeOf[j];
                }
                // Something it depends on would stand at its place or behind.
                // The name is read back from its code, as errors name tasks by what their authors called them.
                if (mask >> i != 0) {
                    bytes memory text = _readCode(task.code(), task.offset(), task.length());
                    (string memory name,) = BlueprintText.textAt(text, 0);
                    revert ClusterDependencyNotEarlier(name, uint32(mask));
                }
                tasks[i] = task.withDependsOn(mask);
            }
        }
        emit TasksReordered(cluster, order);
    }

    /// @inheritdoc IClusterRegistry
    function attachTool(uint256 cluster, uint256 task, string calldata tool, string calldata toolArguments) external {
        // Cannot overflow: counts and lengths of what was checked as it came in.
        unchecked {
            DraftWord[] storage tasks = _editedTasks(cluster, task);
            BlueprintText.checkTool(tool, toolArguments);
            DraftWord draft = tasks[task];
            bytes memory old = _readCode(draft.code(), draft.offset(), draft.length());
            // Name and prompt stay.
            // So the cut hash of the name in the word stays right, though the text is a new one.
            uint256 at = BlueprintText.skip(old, 0, 2);
            bytes memory text = new bytes(at + 4 + bytes(tool).length + bytes(toolArguments).length);
            assembly ("memory-safe") {
                mcopy(add(text, 32), add(old, 32), at)
            }
            BlueprintText.writeText(text, BlueprintText.writeText(text, at, tool), toolArguments);
            (uint32 code,) = _writeCode(text);
            _replaceTask(cluster, tasks, task, draft.withText(code, text.length));
        }
    }

    /// @inheritdoc IClusterRegistry
    function membersOf(uint256 cluster) external view returns (uint256[] memory agents) {
        // Of the draft: whom a version has, its own bytes say.
        // Cannot overflow: counts and lengths of what was checked as it came in.
        unchecked {
            _checkKnown(cluster);
            (DraftWord[] memory draft,) = _draft(cluster);
            agents = new uint256[](draft.length);
            for (uint256 i; i < agents.length; ++i) {
                agents[i] = draft[i].agent();
            }
        }
    }

    /// @inheritdoc IClusterRegistry
    function draftData(uint256 cluster) external view returns (bytes memory data) {
        _checkKnown(cluster);
        data = _assembleDraft(cluster);
        VersionCode.Header memory header;
        header.cluster = cluster;
        VersionCode.putHeader(data, header);
    }

    // ----------------------------------------------------------------------------------------------------- reading

    /// @dev The draft laid out as a version in which nothing is pinned; see `draftData`.
    /// The one layout for both ways into `publish`: what is built in one call is laid out alike by `ClusterRegistry`.
    function _assembleDraft(uint256 cluster) internal view returns (bytes memory data) {
        // Cannot overflow: counts and lengths of what was checked as it came in.
        unchecked {
            (DraftWord[] memory agents, DraftWord[] memory tasks) = _draft(cluster);
            (uint256 code, uint256 offset, uint256 length) = _head(cluster);
            uint256 at;
            (data, at) =
                VersionCode.allocate(tasks.length, agents.length, length + _lengthOf(agents) + _lengthOf(tasks));
            _copyCode(data, at, code, offset, length);
            at += length;
            for (uint256 i; i < agents.length; ++i) {
                DraftWord agent = agents[i];
                VersionCode.putAgent(data, i, agent.agent(), agent.tokensMax(), agent.temperatureMilli());
                at = _copyText(data, at, agent);
            }
            for (uint256 i; i < tasks.length; ++i) {
                DraftWord task = tasks[i];
                uint256 index;
                while (index < agents.length && agents[index].agent() != task.agent()) ++index;
                // Shown as it is; `publish` refuses it by name.
                // 255 is no index of 32 agents, and so no member by mistake.
                if (index == agents.length) index = VersionCode.AGENT_GONE;
                VersionCode.putTask(data, i, task.agent(), 0, 0, task.dependsOn(), index, task.quorum());
                at = _copyText(data, at, task);
            }
        }
    }

    /// @dev The draft, from storage or, where nothing was edited since it was built in one call, from the newest version.
    function _draft(uint256 cluster) private view returns (DraftWord[] memory agents, DraftWord[] memory tasks) {
        // `drafted` is set by the first edit, and stays: from then on storage is the draft, also where it is empty.
        Current memory current = _current[cluster];
        if (!current.drafted && current.version != 0) return _draftOfVersion(current.code);
        return (_draftAgents[cluster], _draftTasks[cluster]);
    }

    /// @dev A version as a draft: the texts stay where they are, in the version's code, and words point into it. So a first
    /// edit writes at most 64 slots, and no text.
    function _draftOfVersion(uint32 pointer)
        private
        view
        returns (DraftWord[] memory agents, DraftWord[] memory tasks)
    {
        // Cannot overflow: counts and lengths of what was checked as it came in.
        unchecked {
            bytes memory data = _versionBytes(pointer);
            uint256 at = BlueprintText.skip(data, VersionCode.textsAt(data), CLUSTER_TEXTS);
            agents = new DraftWord[](VersionCode.agentCount(data));
            for (uint256 i; i < agents.length; ++i) {
                uint256 end = BlueprintText.skip(data, at, MEMBER_TEXTS);
                (uint256 agent, uint32 tokensMax, uint16 temperatureMilli) = VersionCode.agentSettingsAt(data, i);
                agents[i] = DraftWords.make(
                    pointer, at, end - at, agent, tokensMax, temperatureMilli, BlueprintText.hashAt(data, at)
                );
                at = end;
            }
            tasks = new DraftWord[](VersionCode.taskCount(data));
            for (uint256 i; i < tasks.length; ++i) {
                uint256 end = BlueprintText.skip(data, at, MEMBER_TEXTS);
                tasks[i] = DraftWords.make(
                    pointer,
                    at,
                    end - at,
                    agents[VersionCode.agentIndexAt(data, i)].agent(),
                    VersionCode.dependsOnAt(data, i),
                    VersionCode.quorumAt(data, i),
                    BlueprintText.hashAt(data, at)
                );
                at = end;
            }
        }
    }

    /// @dev Bytes of all texts together: at most 64 of fewer than 2^16 each.
    function _lengthOf(DraftWord[] memory words) private pure returns (uint256 length) {
        // Cannot overflow: counts and lengths of what was checked as it came in.
        unchecked {
            for (uint256 i; i < words.length; ++i) {
                length += words[i].length();
            }
        }
    }

    /// @dev Copies a text to `at`; answers where it ends.
    function _copyText(bytes memory data, uint256 at, DraftWord word) private view returns (uint256) {
        _copyCode(data, at, word.code(), word.offset(), word.length());
        return at + word.length();
    }

    /// @dev Slug, name, description, names of variables.
    function _clusterTexts(uint256 cluster) private view returns (string[4] memory list) {
        // Cannot overflow: counts and lengths of what was checked as it came in.
        unchecked {
            bytes memory texts = _texts(cluster);
            uint256 at;
            for (uint256 i; i < CLUSTER_TEXTS; ++i) {
                (list[i], at) = BlueprintText.textAt(texts, at);
            }
        }
    }

    /// @dev The tasks that the `task`-th depends on, as a mask of earlier ones.
    function _dependencies(TaskEntry calldata entry, uint256 task) internal pure returns (uint256) {
        uint32 dependsOn = entry.dependsOn;
        // A blueprint that says nothing is a line, which is what most are.
        // So 0 cannot say "on none", which for all but the first task `INDEPENDENT` says.
        if (dependsOn == 0) return task == 0 ? 0 : 1 << (task - 1);
        if (dependsOn == VersionCode.INDEPENDENT) return 0;
        if (dependsOn >> task != 0) revert ClusterDependencyNotEarlier(entry.name, dependsOn);
        // `INDEPENDENT` together with other bits is no mask of earlier tasks, and is refused here as one.
        return dependsOn;
    }

    /// @dev One answer is what a task has unless it says more. Its upper bound was checked by `BlueprintText.checkTask`.
    function _quorumOf(TaskEntry calldata entry) internal pure returns (uint256) {
        return entry.quorum == 0 ? 1 : entry.quorum;
    }

    // ----------------------------------------------------------------------------------------------------- writing

    /// @dev Gives a cluster that was built in one call its draft in storage, before the first edit. A cluster by `create` has
    /// none to copy, and is marked all the same. Never undone: a draft that was emptied on purpose is not filled again.
    function _loadDraft(uint256 cluster) private {
        Current storage current = _current[cluster];
        if (current.drafted) return;
        current.drafted = true;
        if (current.version != 0) {
            (_draftAgents[cluster], _draftTasks[cluster]) = _draftOfVersion(current.code);
        }
    }

    /// @dev The draft's tasks, which the caller may edit, and of which `task` is one.
    function _editedTasks(uint256 cluster, uint256 task) private returns (DraftWord[] storage tasks) {
        _checkEditor(cluster);
        _loadDraft(cluster);
        tasks = _draftTasks[cluster];
        if (task >= tasks.length) revert ClusterTaskUnknown(cluster, task);
    }

    /// @dev Texts of the cluster's own, in a code of their own; the old ones stay where versions have them.
    /// The three values fit `_pack`'s bits: codes are numbered by 32, and four texts are below 2^16 bytes.
    function _setTexts(uint256 cluster, bytes memory texts) private {
        (uint32 code,) = _writeCode(texts);
        _setData(cluster, _pack(code, 0, texts.length));
    }

    /// @dev Writes a member's text and tells where it is. The entry was checked.
    function _newAgent(uint256 cluster, AgentEntry calldata entry) private returns (DraftWord) {
        bytes memory text = new bytes(BlueprintText.agentBytes(entry));
        BlueprintText.writeAgent(text, 0, entry);
        (uint32 code, address at) = _writeCode(text);
        emit AgentPersonaSet(cluster, entry.agent, entry.tokensMax, entry.temperatureMilli, at);
        return DraftWords.make(
            code,
            0,
            text.length,
            entry.agent,
            entry.tokensMax,
            entry.temperatureMilli,
            keccak256(bytes(entry.name))
        );
    }

    /// @dev Checks a task that is to stand at `task`, and writes its text.
    function _newTask(uint256 cluster, DraftWord[] storage tasks, uint256 task, TaskEntry calldata entry)
        private
        returns (DraftWord)
    {
        BlueprintText.checkTask(entry);
        // All checks before `_writeCode`: code that no draft names would be paid for in vain.
        _checkName(tasks, task, entry.name);
        if (_clusterOfAgent[entry.agent] != cluster) revert ClusterAgentMissing(entry.name, entry.agent);
        // One map read in place of a search: it says the same as the list of members, which changes only together with it.
        uint256 dependsOn = _dependencies(entry, task);
        bytes memory text = new bytes(BlueprintText.taskBytes(entry));
        BlueprintText.writeTask(text, 0, entry);
        (uint32 code,) = _writeCode(text);
        return DraftWords.make(
            code, 0, text.length, entry.agent, dependsOn, _quorumOf(entry), keccak256(bytes(entry.name))
        );
    }

    function _replaceTask(uint256 cluster, DraftWord[] storage tasks, uint256 task, DraftWord draft) private {
        tasks[task] = draft;
        emit TaskReplacedInCluster(
            cluster, task, draft.agent(), uint32(draft.dependsOn()), uint8(draft.quorum()), _codeAddress(draft.code())
        );
    }

    /// @dev Takes one out of a list; later ones move up, as the order of tasks is that of their masks. At most 31 slots.
    function _removeAt(DraftWord[] storage words, uint256 index) private {
        // Cannot overflow: `index` is one of at most 32.
        unchecked {
            uint256 last = words.length - 1;
            for (; index < last; ++index) {
                words[index] = words[index + 1];
            }
        }
        words.pop();
    }

    // ------------------------------------------------------------------------------------------------------ checks

    /// @dev That none of a list but the one at `index` has the name. By the cut hash beside it, so that no text is read; an
    /// `index` beyond the list excepts nobody.
    /// Agents and tasks have names of their own: one of each may be called the same.
    function _checkName(DraftWord[] storage words, uint256 index, string calldata name) private view {
        // Cannot overflow: counts and lengths of what was checked as it came in.
        unchecked {
            bytes32 hash = keccak256(bytes(name));
            uint256 count = words.length;
            for (uint256 i; i < count; ++i) {
                if (i != index && words[i].isNamed(hash)) revert ClusterNameTaken(name);
            }
        }
    }

    /// @dev A member's place in the draft; reverts for one that is none.
    function _memberIndex(uint256 cluster, DraftWord[] storage agents, uint256 agent)
        private
        view
        returns (uint256 index)
    {
        // Cannot overflow: counts and lengths of what was checked as it came in.
        unchecked {
            if (_clusterOfAgent[agent] != cluster) revert ClusterAgentNotMember(cluster, agent);
            // Ends: both directions of the map agree.
            // Every way in enrols and lists, and the way out undoes both. Otherwise this would run past the list's end, which
            // reverts.
            while (agents[index].agent() != agent) ++index;
        }
    }
}
