// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IClusterRegistry} from "../../../contracts/interfaces/IClusterRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {HandlerBooks} from "./HandlerBooks.sol";

/// @title RegistryActions
/// @notice Clusters, versions, members, models, nodes: what owners edit.
abstract contract RegistryActions is HandlerBooks {
    function createCluster(uint256 seed) external {
        if (clusters.clusterCount() == CLUSTERS_MAX) return;
        address owner = _actors[_draw(seed, 0) % ACTORS];
        uint256 count = _bound(_draw(seed, 1), 1, TASKS_MAX);
        uint256[] memory modelOf = new uint256[](count);
        uint32[] memory dependsOn = new uint32[](count);
        uint8[] memory quorums = new uint8[](count);
        bool inToken = _draw(seed, 4) % 3 == 0;
        for (uint256 i; i < count; ++i) {
            modelOf[i] = _modelFor(inToken, _draw(seed, 10 + i));
            dependsOn[i] = _dependencies(_draw(seed, 20 + i), i);
            quorums[i] = _quorumFrom(_draw(seed, 30 + i));
        }
        uint256 first = agents.agentCount();
        IClusterRegistry.PublishTerms memory terms = _terms(seed);
        uint256 cluster = _publishWith(owner, _nextSlug(), modelOf, dependsOn, quorums, terms);
        _isTokenCluster[cluster] = inToken;
        for (uint256 i; i < count; ++i) {
            clusterOfAgentRecord.push(cluster);
            membersRecord[cluster].push(first + i);
        }
        _recordVersion(cluster, terms);
    }

    function _modelFor(bool inToken, uint256 seed) private pure returns (uint256) {
        return inToken ? _bound(seed, TOKEN_MODEL, MODELS) : _bound(seed, 1, TOKEN_MODEL - 1);
    }

    /// @dev Mostly one answer, else two or three.
    function _quorumFrom(uint256 seed) private pure returns (uint8) {
        return seed % 4 == 0 ? uint8(_bound(_draw(seed, 0), 2, 3)) : uint8(seed % 2);
    }

    function _terms(uint256 seed) private pure returns (IClusterRegistry.PublishTerms memory terms) {
        terms = _publishTerms(uint96(_draw(seed, 2) % 3) * 0.1 ether, uint32(_bound(_draw(seed, 3), 3, 20)));
        terms.attempts = uint8(_draw(seed, 5) % 4);
    }

    /// @dev Adds an agent with a task and publishes; terms of models may have changed since the version before.
    function republish(uint256 seed) external {
        uint256 count = clusters.clusterCount();
        if (count == 0) return;
        uint256 cluster = _bound(_draw(seed, 0), 1, count);
        if (versionRecords[cluster].length == VERSIONS_MAX) return;
        address owner = _ownerOf(address(clusters), cluster);
        (, IClusterRegistry.TaskEntry[] memory tasks) = lens.draftOf(cluster);
        for (uint256 i; i < tasks.length; ++i) {
            // Whoever left has to be replaced first.
            if (clusterOfAgentRecord[tasks[i].agent] == cluster) continue;
            tasks[i].agent = _addNewAgent(cluster, owner, _draw(seed, 40 + i));
            VM.prank(owner);
            clusters.replaceTask(cluster, i, tasks[i]);
        }
        if (_draw(seed, 1) % 2 == 0 && tasks.length < TASKS_MAX) {
            uint256 agent = _addNewAgent(cluster, owner, _draw(seed, 6));
            IClusterRegistry.TaskEntry memory task =
                _taskEntry(agent, tasks.length, _dependencies(_draw(seed, 7), tasks.length));
            task.quorum = _quorumFrom(_draw(seed, 8));
            VM.prank(owner);
            clusters.addTask(cluster, task);
        }
        IClusterRegistry.PublishTerms memory terms = _terms(_draw(seed, 9));
        VM.prank(owner);
        clusters.publish(cluster, terms);
        _recordVersion(cluster, terms);
        ++_tally.publications;
    }

    function _addNewAgent(uint256 cluster, address owner, uint256 seed) private returns (uint256 agent) {
        agent = _registerAgent(owner, _modelFor(_isTokenCluster[cluster], seed));
        clusterOfAgentRecord.push(cluster);
        membersRecord[cluster].push(agent);
        VM.prank(owner);
        // A name that no member has: others have small numbers.
        clusters.addAgent(cluster, _agentEntry(agent, 1_000 + agent));
    }

    /// @dev Puts an agent into a cluster, unless it is in one already.
    function takeAgent(uint256 seed) external {
        uint256 count = agents.agentCount();
        if (count == 0) return;
        uint256 agent = _draw(seed, 0) % count;
        // Often one that left.
        for (uint256 i; i < count && seed % 2 == 0; ++i) {
            if (clusterOfAgentRecord[(agent + i) % count] == 0) {
                agent = (agent + i) % count;
                break;
            }
        }
        uint256 cluster = _bound(_draw(seed, 1), 1, clusters.clusterCount());
        if (_ownerOf(address(clusters), cluster) != _ownerOf(address(agents), agent)) return;
        VM.prank(_ownerOf(address(clusters), cluster));
        try clusters.addAgent(cluster, _agentEntry(agent, 1_000 + agent)) {
            require(clusterOfAgentRecord[agent] == 0, "C09: an agent joined a second cluster");
            clusterOfAgentRecord[agent] = cluster;
            membersRecord[cluster].push(agent);
            ++_tally.agentsBack;
        } catch {
            require(clusterOfAgentRecord[agent] != 0, "C09: an agent of no cluster was refused");
            ++_tally.agentsRefused;
        }
    }

    /// @dev An agent leaves: by its owner or the cluster's, or, in vain, by somebody else.
    function removeAgent(uint256 seed) external {
        uint256 count = agents.agentCount();
        if (count == 0) return;
        uint256 agent = _draw(seed, 0) % count;
        uint256 cluster = clusterOfAgentRecord[agent];
        if (cluster == 0) return;
        address sender = _actors[_draw(seed, 1) % ACTORS];
        if (_draw(seed, 2) % 2 == 0) sender = _ownerOf(address(agents), agent);
        bool may = _acts(address(clusters), cluster, sender, 1) || sender == _ownerOf(address(agents), agent);
        VM.prank(sender);
        try clusters.removeAgent(cluster, agent) {
            require(may, "C13: somebody sent an agent away");
            clusterOfAgentRecord[agent] = 0;
            uint256[] storage members = membersRecord[cluster];
            uint256 at;
            while (members[at] != agent) ++at;
            for (; at + 1 < members.length; ++at) {
                members[at] = members[at + 1];
            }
            members.pop();
            ++_tally.agentsLeft;
        } catch {
            require(!may, "C09: an agent could not leave");
        }
    }

    function setTerms(uint256 seed) external {
        uint256 model = _bound(_draw(seed, 0), 1, MODELS);
        VM.prank(_ownerOf(address(models), model));
        models.setTerms(
            model,
            IModelRegistry.Terms({
                currency: _currencyOf(model),
                priceWei: uint96(_draw(seed, 1) % 2 ether),
                nodeShareBps: uint16(_draw(seed, 2) % 10_001),
                open: true
            })
        );
    }

    function joinOrLeave(uint256 seed) external {
        uint256 model = _bound(_draw(seed, 0), 1, MODELS);
        uint256 node = _bound(_draw(seed, 1), 1, nodes.nodeCount());
        ServingRecord storage serving = servingRecords[model][node];
        if (!serving.active) {
            _join(model, node);
            ++_tally.joins;
            return;
        }
        VM.prank(_ownerOf(_draw(seed, 2) % 2 == 0 ? address(models) : address(nodes), _draw(seed, 2) % 2 == 0 ? model : node));
        models.leave(model, node);
        serving.active = false;
        serving.leftAt = block.timestamp;
        ++_tally.leaves;
    }

    function newNode(uint256 seed) external {
        if (nodes.nodeCount() < NODES_MAX) _newNode(_actors[seed % ACTORS]);
    }

    /// @dev Gives a node another key, or proves the same one again.
    function proveKey(uint256 seed) external {
        uint256 node = _bound(_draw(seed, 0), 1, nodes.nodeCount());
        address owner = _ownerOf(address(nodes), node);
        uint256 privateKey = _draw(seed, 1) % 2 == 0 ? _nodeKeys[node] : _key("node", ++_keysMade);
        bytes memory proof = _keyProof(privateKey, owner);
        VM.prank(owner);
        nodes.rotateKey(node, VM.addr(privateKey), proof);
        _setKey(node, privateKey);
        ++_tally.rotations;
    }

    function transfer(uint256 seed) external {
        uint256 which = _draw(seed, 0) % 4;
        address registry = [address(nodes), address(models), address(clusters), address(agents)][which];
        uint256 count = [nodes.nodeCount(), MODELS, clusters.clusterCount(), agents.agentCount()][which];
        if (count == 0) return;
        uint256 token = which == 3 ? _draw(seed, 1) % count : _bound(_draw(seed, 1), 1, count);
        address from = _ownerOf(registry, token);
        address to = _actors[_draw(seed, 2) % ACTORS];
        uint256 model = which == 3 ? agents.modelOf(token) : 0;
        VM.prank(from);
        IERC721(registry).transferFrom(from, to, token);
        if (model != 0 && from != to) {
            _equal(agents.modelOf(token), 0, "model of an agent that changed hands");
            // So that it stays of use.
            VM.prank(to);
            agents.setModel(token, model);
        }
        if (which == 0 && from != to) keyRecords[token] = address(0);
        if (from != to) ++tenureRecords[registry][token];
        ++_tally.transfers;
    }

    /// @dev A slug that no cluster has.
    function _nextSlug() private view returns (string memory) {
        return string.concat("cluster-", _decimal(clusters.clusterCount()));
    }

    /// @dev A mask as `ClusterRegistry` takes it: none, the one before, or any earlier tasks.
    function _dependencies(uint256 seed, uint256 task) private pure returns (uint32) {
        if (task == 0 || seed % 4 == 0) return task == 0 ? 0 : 1 << 31;
        if (seed % 4 == 1) return 0;
        uint32 mask = uint32(_draw(seed, 0) & ((1 << task) - 1));
        return mask == 0 ? uint32(1) : mask;
    }

    /// @dev Writes down what the newest version pins: the draft, and the models' terms of this moment.
    function _recordVersion(uint256 cluster, IClusterRegistry.PublishTerms memory terms) private {
        VersionRecord storage version = versionRecords[cluster].push();
        uint256 number = versionRecords[cluster].length;
        (, IClusterRegistry.TaskEntry[] memory tasks) = lens.draftOf(cluster);
        uint256[] memory depth = new uint256[](tasks.length);
        for (uint256 i; i < tasks.length; ++i) {
            uint256 model = agents.modelOf(tasks[i].agent);
            IModelRegistry.Terms memory pinned = models.termsOf(model);
            version.modelOf.push(model);
            version.priceWei.push(pinned.priceWei);
            version.nodeShareBps.push(pinned.nodeShareBps);
            version.quorum.push(tasks[i].quorum == 0 ? 1 : tasks[i].quorum);
            uint256 mask = tasks[i].dependsOn & ~uint32(1 << 31);
            version.dependsOn.push(mask);
            for (uint256 j; j < i; ++j) {
                if ((mask >> j) & 1 == 1 && depth[j] > depth[i]) depth[i] = depth[j];
            }
            if (++depth[i] > version.pathLength) version.pathLength = depth[i];
        }
        version.feeWei = terms.feeWei;
        version.attempts = terms.attempts == 0 ? 3 : terms.attempts;
        version.currency = _isTokenCluster[cluster] ? address(_token) : address(0);
        bytes memory data = clusters.versionData(cluster, number);
        version.windowSeconds = uint32(bytes4(abi.encodePacked(data[13], data[14], data[15], data[16])));
        version.digest = keccak256(bytes.concat(hex"00", data));
    }
}
