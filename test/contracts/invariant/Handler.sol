// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {IExecutionErrors} from "../../../contracts/interfaces/IExecutionErrors.sol";
import {IClusterRegistry} from "../../../contracts/interfaces/IClusterRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {Vm} from "./Cheats.sol";
import {Model} from "./Model.sol";

/// @title Handler
/// @notice Random people doing random things, each compared with the model as it is done. No action reverts unless
/// the contracts do something else than the model.
contract Handler is Model {
    uint256 public constant ACTORS = 5;
    uint256 public constant MODELS = 3;
    uint256 public constant NODES_MAX = 5;
    uint256 internal constant CLUSTERS_MAX = 5;
    uint256 internal constant EXECUTIONS_MAX = 14;
    uint256 internal constant VERSIONS_MAX = 4;
    uint256 internal constant TASKS_MAX = 5;

    /// @notice What a signed item was, when it was accepted: to be sent again.
    struct Sent {
        IClusterExecutions.SignedCompletion item;
        address signer;
    }

    /// @notice How often each kind of thing happened, so that a test can see that all of them do.
    struct Tally {
        uint256 nodeAnswers;
        uint256 modelOwnerAnswers;
        uint256 clusterOwnerAnswers;
        uint256 directAnswers;
        uint256 directRefusals;
        uint256 batchAnswers;
        uint256 batchSkips;
        uint256 batchRefusals;
        uint256 replays;
        uint256 tips;
        uint256 successes;
        uint256 expiries;
        uint256 earlyExpiries;
        uint256 withdrawals;
        uint256 strangersWithdrawals;
        uint256 transfers;
        uint256 rotations;
        uint256 joins;
        uint256 leaves;
        uint256 publications;
        uint256 agentsRefused;
    }

    Tally internal _tally;
    /// @dev Bit r: an item was skipped for reason r.
    uint256 public reasonsSeen;
    mapping(uint256 execution => mapping(uint256 task => uint256 count)) public acceptances;
    /// @dev Digest of an ended execution's whole view, as it was when it ended.
    mapping(uint256 execution => bytes32) public endedViews;

    address[] internal _actors;
    uint256[] internal _actorKeys;
    mapping(uint256 node => uint256 privateKey) internal _nodeKeys;
    mapping(address signer => uint256 privateKey) internal _keyOfSigner;
    uint256 internal _keysMade;
    Sent[] internal _sent;
    /// @dev Executions that ended in this action.
    uint256[] internal _ended;

    constructor() {
        VM.warp(1_800_000_000);
        _deployAll();
        executionRecords.push();
        for (uint256 i; i < ACTORS; ++i) {
            uint256 privateKey = _key("actor", i);
            _actorKeys.push(privateKey);
            _actors.push(VM.addr(privateKey));
            _keyOfSigner[VM.addr(privateKey)] = privateKey;
            VM.deal(VM.addr(privateKey), WEI_EACH);
        }
        for (uint256 i; i < MODELS; ++i) {
            // A price that no share divides, a node that gets all, and one that gets nothing.
            _registerModel(_actors[i], uint96(1 ether + 1 + i), uint16([3_333, 10_000, 0][i]));
        }
        for (uint256 i; i < 3; ++i) {
            _newNode(_actors[i]);
            for (uint256 model = 1; model <= MODELS; ++model) {
                // The third model has one node only.
                if (model != 3 || i == 0) _join(model, i + 1);
            }
        }
        VM.warp(block.timestamp + 1);
    }

    function tally() external view returns (Tally memory) {
        return _tally;
    }

    // ------------------------------------------------------------------------------------------------- registries

    function createCluster(uint256 seed) external {
        if (clusters.clusterCount() == CLUSTERS_MAX) return;
        address owner = _actors[_draw(seed, 0) % ACTORS];
        uint256 count = _bound(_draw(seed, 1), 1, TASKS_MAX);
        uint256[] memory modelOf = new uint256[](count);
        uint32[] memory dependsOn = new uint32[](count);
        for (uint256 i; i < count; ++i) {
            modelOf[i] = _bound(_draw(seed, 10 + i), 1, MODELS);
            dependsOn[i] = _dependencies(_draw(seed, 20 + i), i);
        }
        uint256 first = agents.agentCount();
        uint96 feeWei = uint96(_draw(seed, 2) % 3) * 0.1 ether;
        uint32 windowSeconds = uint32(_bound(_draw(seed, 3), 3, 20));
        uint256 cluster = _publish(owner, _nextSlug(), modelOf, dependsOn, feeWei, windowSeconds);
        for (uint256 i; i < count; ++i) {
            clusterOfAgentRecord.push(cluster);
            membersRecord[cluster].push(first + i);
        }
        _recordVersion(cluster, feeWei);
    }

    /// @dev Adds an agent with a task and publishes; terms of models may have changed since the version before.
    function republish(uint256 seed) external {
        uint256 count = clusters.clusterCount();
        if (count == 0) return;
        uint256 cluster = _bound(_draw(seed, 0), 1, count);
        if (versionRecords[cluster].length == VERSIONS_MAX) return;
        address owner = _ownerOf(address(clusters), cluster);
        (IClusterRegistry.AgentEntry[] memory drafted,) = lens.draftOf(cluster);
        if (_draw(seed, 1) % 2 == 0 && drafted.length < TASKS_MAX) {
            uint256 agent = _registerAgent(owner, _bound(_draw(seed, 2), 1, MODELS));
            clusterOfAgentRecord.push(cluster);
            membersRecord[cluster].push(agent);
            VM.prank(owner);
            clusters.addAgent(cluster, _agentEntry(agent, drafted.length));
            uint32 dependsOn = _dependencies(_draw(seed, 3), drafted.length);
            VM.prank(owner);
            clusters.addTask(cluster, _taskEntry(agent, drafted.length, dependsOn));
        }
        uint96 feeWei = uint96(_draw(seed, 4) % 3) * 0.1 ether;
        VM.prank(owner);
        clusters.publish(cluster, _publishTerms(feeWei, uint32(_bound(_draw(seed, 5), 3, 20))));
        _recordVersion(cluster, feeWei);
        ++_tally.publications;
    }

    /// @dev Tries to put an agent into a second cluster.
    function takeAgent(uint256 seed) external {
        uint256 count = agents.agentCount();
        if (count == 0) return;
        uint256 agent = _draw(seed, 0) % count;
        uint256 cluster = _bound(_draw(seed, 1), 1, clusters.clusterCount());
        if (_ownerOf(address(clusters), cluster) != _ownerOf(address(agents), agent)) return;
        VM.prank(_ownerOf(address(clusters), cluster));
        try clusters.addAgent(cluster, _agentEntry(agent, 99)) {
            revert("C09: an agent joined a second cluster");
        } catch {
            ++_tally.agentsRefused;
        }
    }

    function setTerms(uint256 seed) external {
        uint256 model = _bound(_draw(seed, 0), 1, MODELS);
        VM.prank(_ownerOf(address(models), model));
        models.setTerms(
            model,
            IModelRegistry.Terms({
                currency: address(0),
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
        uint256 which = _draw(seed, 0) % 3;
        address registry = [address(nodes), address(models), address(clusters)][which];
        uint256 count = which == 0 ? nodes.nodeCount() : which == 1 ? MODELS : clusters.clusterCount();
        if (count == 0) return;
        uint256 token = _bound(_draw(seed, 1), 1, count);
        address from = _ownerOf(registry, token);
        address to = _actors[_draw(seed, 2) % ACTORS];
        VM.prank(from);
        IERC721(registry).transferFrom(from, to, token);
        if (which == 0 && from != to) keyRecords[token] = address(0);
        ++_tally.transfers;
    }

    // ------------------------------------------------------------------------------------------------- executions

    function execute(uint256 seed) external {
        uint256 count = clusters.clusterCount();
        if (count == 0 || executionRecords.length > EXECUTIONS_MAX) return;
        uint256 cluster = _bound(_draw(seed, 0), 1, count);
        uint256 number = _bound(_draw(seed, 1), 1, versionRecords[cluster].length);
        VersionRecord storage version = versionRecords[cluster][number - 1];
        ExecutionRecord storage execution = executionRecords.push();
        execution.cluster = cluster;
        execution.version = number;
        execution.requester = _actors[_draw(seed, 2) % ACTORS];
        execution.createdAt = block.timestamp;
        execution.readyAt = block.timestamp;
        execution.deadline =
            block.timestamp + version.pathLength * version.windowSeconds + _draw(seed, 3) % 200;
        execution.ownerMayAnswer = _draw(seed, 4) % 2 == 0;
        execution.state = IClusterExecutions.ExecutionState.Running;
        execution.outputDigests = new bytes32[](version.modelOf.length);
        execution.fundedWei = version.feeWei;
        for (uint256 i; i < version.priceWei.length; ++i) {
            execution.fundedWei += version.priceWei[i];
        }
        _sendExecute(execution, abi.encode(seed));
    }

    /// @dev One direct call, in any role, by whoever may or may not.
    function submitDirect(uint256 seed) external {
        if (executionRecords.length == 1) return;
        (IClusterExecutions.Completion memory completion, bytes memory output) = _completion(seed);
        IClusterExecutions.Role role = IClusterExecutions.Role(_draw(seed, 50) % 3);
        if (role != IClusterExecutions.Role.Node) completion.node = 0;
        completion.tip = 0;
        address sender = _senderFor(completion, role, _draw(seed, 51));
        bool expected = _mayDirectly(completion, output, role, sender);
        VM.prank(sender);
        bool accepted = _sendDirectly(completion, output, role);
        require(accepted == expected, accepted ? "C08: accepted from nobody" : "C08: refused from somebody admitted");
        if (accepted) {
            _accepted(completion, role, sender);
            _seal();
            ++_tally.directAnswers;
        } else {
            ++_tally.directRefusals;
        }
    }

    /// @dev One to six signed items, good and bad, sent by anybody.
    function submitBatch(uint256 seed) external {
        if (executionRecords.length == 1) return;
        uint256 count = _bound(_draw(seed, 0), 1, 6);
        IClusterExecutions.SignedCompletion[] memory items = new IClusterExecutions.SignedCompletion[](count);
        uint256[] memory expected = new uint256[](count);
        address sender = _actors[_draw(seed, 1) % ACTORS];
        // The model goes ahead item by item, and back if the whole call has to revert: nothing was accepted then.
        uint256 total;
        for (uint256 i; i < count; ++i) {
            uint256 itemSeed = _draw(seed, 100 + i);
            address signer;
            (items[i], signer) = _item(itemSeed);
            Verdict memory verdict = _judge(items[i].completion, items[i].output, signer);
            expected[i] = uint256(verdict.reason);
            if (verdict.reason != IClusterExecutions.SkipReason.None) continue;
            ++total;
            _accepted(items[i].completion, verdict.role, sender);
            _sent.push(Sent({item: items[i], signer: signer}));
        }
        _sendBatch(items, expected, total, sender);
        _seal();
    }

    /// @dev Items that were accepted before, once more.
    function replay(uint256 seed) external {
        if (_sent.length == 0) return;
        IClusterExecutions.SignedCompletion[] memory items = new IClusterExecutions.SignedCompletion[](1);
        items[0] = _sent[_draw(seed, 0) % _sent.length].item;
        VM.prank(_actors[_draw(seed, 1) % ACTORS]);
        try executions.submitCompletions(items) {
            revert("C17: a signature worked twice");
        } catch {
            ++_tally.replays;
        }
    }

    /// @dev Some time; often to the very second at which a window opens or a deadline is.
    function wait(uint256 seed) external {
        uint256 time = block.timestamp + (seed % 8 == 0 ? _draw(seed, 0) % 300 : _draw(seed, 0) % 30);
        if (executionRecords.length > 1 && _draw(seed, 1) % 2 == 0) {
            ExecutionRecord storage execution =
                executionRecords[_bound(_draw(seed, 2), 1, executionRecords.length - 1)];
            uint256 edge = execution.deadline;
            if (_draw(seed, 3) % 4 != 0) {
                uint256 windowSeconds = _version(execution).windowSeconds;
                edge = execution.readyAt + ((block.timestamp - execution.readyAt) / windowSeconds + 1) * windowSeconds;
            }
            edge = edge + _draw(seed, 4) % 3 - 1;
            if (edge > block.timestamp && edge < block.timestamp + 300) time = edge;
        }
        VM.warp(time);
    }

    function expire(uint256 seed) external {
        if (executionRecords.length == 1) return;
        uint256 id = _bound(_draw(seed, 0), 1, executionRecords.length - 1);
        ExecutionRecord storage execution = executionRecords[id];
        bool due = execution.state == IClusterExecutions.ExecutionState.Running && block.timestamp > execution.deadline;
        VM.prank(_actors[_draw(seed, 1) % ACTORS]);
        try executions.expire(id) {
            require(due, "C19: expired before its time or after its end");
            _expired(id);
            _seal();
        } catch {
            require(!due, "C19: could not be expired");
            ++_tally.earlyExpiries;
        }
    }

    function withdraw(uint256 seed) external {
        IClusterExecutions.CreditKind kind = IClusterExecutions.CreditKind(_draw(seed, 0) % 4);
        uint256 id;
        address holder;
        if (kind == IClusterExecutions.CreditKind.Account) {
            holder = _actors[_draw(seed, 1) % ACTORS];
            id = uint160(holder);
        } else {
            address registry = [address(nodes), address(models), address(clusters)][uint256(kind)];
            uint256 count = [nodes.nodeCount(), MODELS, clusters.clusterCount()][uint256(kind)];
            if (count == 0) return;
            id = _bound(_draw(seed, 1), 1, count);
            holder = _ownerOf(registry, id);
        }
        address sender = _draw(seed, 2) % 4 == 0 ? _actors[_draw(seed, 3) % ACTORS] : holder;
        uint256 amountWei = creditRecords[uint8(kind)][id];
        uint256 before = sender.balance;
        VM.prank(sender);
        try executions.withdraw(kind, id, address(0), sender) returns (uint256 paidWei) {
            require(sender == holder, "C23: somebody else's credit was paid out");
            _equal(paidWei, amountWei, "paid");
            _equal(sender.balance - before, amountWei, "arrived");
            creditRecords[uint8(kind)][id] = 0;
            heldWei -= amountWei;
            ++_tally.withdrawals;
        } catch {
            require(sender != holder || amountWei == 0, "C20: a withdrawal was stopped");
            if (sender != holder) ++_tally.strangersWithdrawals;
        }
    }

    // -------------------------------------------------------------------------------------------------- at the end

    /// @dev Ends what still runs by a stranger, and takes all the money out. Not an action: `afterInvariant` does it.
    function closeDown() external {
        address stranger = VM.addr(_key("stranger", 0));
        for (uint256 id = 1; id < executionRecords.length; ++id) {
            ExecutionRecord storage execution = executionRecords[id];
            if (execution.state != IClusterExecutions.ExecutionState.Running) continue;
            if (block.timestamp <= execution.deadline) VM.warp(execution.deadline + 1);
            VM.prank(stranger);
            executions.expire(id);
            _expired(id);
        }
        _seal();
        for (uint256 i; i < ACTORS; ++i) {
            _takeOut(IClusterExecutions.CreditKind.Account, uint160(_actors[i]), _actors[i]);
        }
        for (uint256 id = 1; id <= NODES_MAX; ++id) {
            if (id <= nodes.nodeCount()) {
                _takeOut(IClusterExecutions.CreditKind.Node, id, _ownerOf(address(nodes), id));
            }
            if (id <= MODELS) _takeOut(IClusterExecutions.CreditKind.Model, id, _ownerOf(address(models), id));
            if (id <= clusters.clusterCount()) {
                _takeOut(IClusterExecutions.CreditKind.Cluster, id, _ownerOf(address(clusters), id));
            }
        }
        _equal(address(executions).balance, 0, "C01: left when everybody has been paid");
        uint256 sumWei;
        for (uint256 i; i < ACTORS; ++i) {
            sumWei += _actors[i].balance;
        }
        _equal(sumWei, ACTORS * WEI_EACH, "C01: wei that the actors have together");
    }

    function _takeOut(IClusterExecutions.CreditKind kind, uint256 id, address holder) private {
        uint256 amountWei = creditRecords[uint8(kind)][id];
        if (amountWei == 0) return;
        VM.prank(holder);
        _equal(executions.withdraw(kind, id, address(0), holder), amountWei, "C19: taken out at the end");
        creditRecords[uint8(kind)][id] = 0;
        heldWei -= amountWei;
    }

    // ------------------------------------------------------------------------------------------------------ checks

    /// @dev C01: what the contract holds is open escrow and credits, to the wei.
    function checkSolvency() external view {
        uint256 owedWei;
        for (uint256 id = 1; id < executionRecords.length; ++id) {
            owedWei += executions.executionOf(id).escrowWei;
        }
        for (uint256 id = 1; id <= NODES_MAX; ++id) {
            for (uint8 kind; kind < 3; ++kind) {
                uint256 creditWei = executions.creditOf(IClusterExecutions.CreditKind(kind), id, address(0));
                _equal(creditWei, creditRecords[kind][id], "C23: credit of a token");
                owedWei += creditWei;
            }
        }
        for (uint256 i; i < ACTORS; ++i) {
            uint256 account = uint160(_actors[i]);
            uint256 creditWei = executions.creditOf(IClusterExecutions.CreditKind.Account, account, address(0));
            _equal(creditWei, creditRecords[3][account], "C23: credit of an account");
            owedWei += creditWei;
        }
        _equal(address(executions).balance, owedWei, "C01: balance");
        _equal(address(executions).balance, heldWei, "C01: paid in less paid out");
    }

    /// @dev C02, C03, C04 and C07, for every execution.
    function checkExecutions() external view {
        _equal(executions.executionCount(), executionRecords.length - 1, "C12: executions");
        for (uint256 id = 1; id < executionRecords.length; ++id) {
            _checkExecution(id);
        }
    }

    /// @dev C09: an agent is in one cluster at most, and both directions of the map agree.
    function checkMembers() external view {
        uint256 count = agents.agentCount();
        _equal(count, clusterOfAgentRecord.length, "agents");
        for (uint256 agent; agent < count; ++agent) {
            _equal(clusters.clusterOfAgent(agent), clusterOfAgentRecord[agent], "C09: cluster of an agent");
        }
        uint256 sum;
        for (uint256 cluster = 1; cluster <= clusters.clusterCount(); ++cluster) {
            uint256[] memory members = clusters.membersOf(cluster);
            sum += members.length;
            _equal(
                keccak256(abi.encode(members)), keccak256(abi.encode(membersRecord[cluster])), "C10: members"
            );
            for (uint256 i; i < members.length; ++i) {
                _equal(clusters.clusterOfAgent(members[i]), cluster, "C09: cluster of a member");
            }
        }
        _equal(sum, count, "C09: members of all clusters together");
    }

    function _checkExecution(uint256 id) private view {
        ExecutionRecord storage execution = executionRecords[id];
        VersionRecord storage version = _version(execution);
        IClusterExecutions.ExecutionView memory present = executions.executionOf(id);
        require(present.state == execution.state, "C04: state");
        require(present.requester == execution.requester, "C03: requester");
        _equal(present.cluster, execution.cluster, "C03: cluster");
        _equal(present.version, execution.version, "C03: version");
        _equal(present.versionDigest, version.digest, "C03: version digest");
        _equal(present.createdAt, execution.createdAt, "C16: created");
        _equal(present.deadline, execution.deadline, "C14: deadline");
        _equal(present.readyAt, execution.readyAt, "C16: ready");
        _equal(present.completedTasks, execution.completedTasks, "C07: completed tasks");
        _equal(present.escrowWei, _escrow(execution), "C02: escrow");
        bool running = execution.state == IClusterExecutions.ExecutionState.Running;
        if (running) {
            _equal(present.digest, execution.inputDigest, "C07: input digest");
        } else {
            _equal(present.escrowWei, 0, "C02: escrow of an ended execution");
            bytes32 digest = keccak256(abi.encode(version.digest, execution.inputDigest, execution.outputDigests));
            _equal(present.digest, digest, "C07: run digest");
            _equal(keccak256(abi.encode(present)), endedViews[id], "C04: an ended execution changed");
        }
        for (uint256 task; task < version.modelOf.length; ++task) {
            bytes32 stored = executions.outputDigestOf(id, task);
            _equal(stored, running ? execution.outputDigests[task] : bytes32(0), "C07: output digest");
            _equal(acceptances[id][task], (execution.completedTasks >> task) & 1, "C07: acceptances of a task");
        }
    }

    // -------------------------------------------------------------------------------------------------- registries

    function _newNode(address owner) private {
        uint256 privateKey = _key("node", ++_keysMade);
        _setKey(_registerNode(owner, privateKey), privateKey);
    }

    function _setKey(uint256 node, uint256 privateKey) private {
        _nodeKeys[node] = privateKey;
        keyRecords[node] = VM.addr(privateKey);
        _keyOfSigner[VM.addr(privateKey)] = privateKey;
    }

    function _join(uint256 model, uint256 node) private {
        _serve(model, node);
        ServingRecord storage serving = servingRecords[model][node];
        serving.active = true;
        if (serving.placePlusOne != 0) return;
        placeRecords[model].push(block.timestamp);
        placeNodes[model].push(node);
        serving.placePlusOne = placeRecords[model].length;
        serving.joinedAt = block.timestamp;
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
    function _recordVersion(uint256 cluster, uint256 feeWei) private {
        VersionRecord storage version = versionRecords[cluster].push();
        uint256 number = versionRecords[cluster].length;
        (, IClusterRegistry.TaskEntry[] memory tasks) = lens.draftOf(cluster);
        uint256[] memory depth = new uint256[](tasks.length);
        for (uint256 i; i < tasks.length; ++i) {
            uint256 model = agents.modelOf(tasks[i].agent);
            IModelRegistry.Terms memory terms = models.termsOf(model);
            version.modelOf.push(model);
            version.priceWei.push(terms.priceWei);
            version.nodeShareBps.push(terms.nodeShareBps);
            uint256 mask = tasks[i].dependsOn & ~uint32(1 << 31);
            version.dependsOn.push(mask);
            for (uint256 j; j < i; ++j) {
                if ((mask >> j) & 1 == 1 && depth[j] > depth[i]) depth[i] = depth[j];
            }
            if (++depth[i] > version.pathLength) version.pathLength = depth[i];
        }
        version.feeWei = feeWei;
        bytes memory data = clusters.versionData(cluster, number);
        version.windowSeconds = uint32(bytes4(abi.encodePacked(data[13], data[14], data[15], data[16])));
        version.digest = keccak256(bytes.concat(hex"00", data));
    }

    // -------------------------------------------------------------------------------------------------- executions

    function _sendExecute(ExecutionRecord storage execution, bytes memory input) private {
        execution.inputDigest = keccak256(input);
        IClusterExecutions.ExecuteParams memory params = _params(execution.deadline);
        params.ownerMayAnswer = execution.ownerMayAnswer;
        VM.prank(execution.requester);
        uint256 id = executions.execute{value: execution.fundedWei}(
            execution.cluster, execution.version, input, params
        );
        _equal(id, executionRecords.length - 1, "C12: id");
        heldWei += execution.fundedWei;
    }

    /// @dev An answer that is often right: to a task that is ready, by some node, bound to what was accepted.
    function _completion(uint256 seed)
        private
        view
        returns (IClusterExecutions.Completion memory completion, bytes memory output)
    {
        uint256 id = _bound(_draw(seed, 0), 1, executionRecords.length - 1);
        // Mostly one that runs: look on from a random one.
        for (uint256 i; i < executionRecords.length - 1; ++i) {
            uint256 next = 1 + (id + i) % (executionRecords.length - 1);
            if (executionRecords[next].state == IClusterExecutions.ExecutionState.Running) {
                id = next;
                break;
            }
        }
        ExecutionRecord storage execution = executionRecords[id];
        VersionRecord storage version = _version(execution);
        uint256 task = _draw(seed, 1) % version.modelOf.length;
        if (_draw(seed, 2) % 8 != 0) {
            while (task != 0 && version.dependsOn[task] & ~execution.completedTasks != 0) --task;
            while (task + 1 < version.modelOf.length && (execution.completedTasks >> task) & 1 == 1) ++task;
        }
        output = abi.encode(seed);
        completion = IClusterExecutions.Completion({
            execution: id,
            task: uint16(task),
            contextHash: _contextOf(id, task),
            outputDigest: keccak256(output),
            evidenceDigest: bytes32(seed),
            node: _bound(_draw(seed, 3), 1, nodes.nodeCount()),
            tip: 0
        });
    }

    /// @dev A signed item, and whom its signature recovers to: nobody where it is for another domain.
    function _item(uint256 seed)
        private
        view
        returns (IClusterExecutions.SignedCompletion memory item, address signer)
    {
        (item.completion, item.output) = _completion(seed);
        IClusterExecutions.Completion memory completion = item.completion;
        signer = VM.addr(_nodeKeys[completion.node]);
        if (_draw(seed, 60) % 4 == 0) completion.tip = _draw(seed, 61) % 0.4 ether;
        uint256 twist = _draw(seed, 62) % 24;
        if (twist == 0) completion.contextHash = bytes32(seed);
        if (twist == 1) item.output = "other bytes";
        if (twist == 2) completion.tip = type(uint256).max;
        if (twist == 3) completion.execution = executionRecords.length;
        if (twist == 4) completion.task = 77;
        if (twist == 5) signer = _actors[_draw(seed, 63) % ACTORS];
        if (twist >= 6 && twist < 9) {
            completion.node = 0;
            signer = _ownerOf(address(models), _modelOfTask(completion));
        }
        if (twist >= 9 && twist < 12) {
            completion.node = 0;
            completion.tip = 0;
            signer = _ownerOf(address(clusters), executionRecords[completion.execution].cluster);
        }
        bytes32 hash = _completionHash(completion);
        if (twist == 12) hash = _typed(_domain("Pleiad ClusterExecutions", 1, address(executions)), _structHash(completion));
        if (twist == 13) hash = _typed(_domain("Pleiad ClusterExecutions", block.chainid, address(nodes)), _structHash(completion));
        uint256 privateKey = _keyOfSigner[signer];
        item.signature = seed % 2 == 0 ? _sign64(privateKey, hash) : _sign65(privateKey, hash);
        if (twist == 12 || twist == 13) signer = address(0);
        if (twist == 14) {
            completion.evidenceDigest = ~completion.evidenceDigest;
            signer = address(0);
        }
    }

    function _modelOfTask(IClusterExecutions.Completion memory completion) private view returns (uint256) {
        return _version(executionRecords[completion.execution]).modelOf[completion.task];
    }

    /// @dev Mostly whoever may send it directly, else anybody.
    function _senderFor(IClusterExecutions.Completion memory completion, IClusterExecutions.Role role, uint256 seed)
        private
        view
        returns (address)
    {
        if (seed % 5 == 0) return _actors[_draw(seed, 0) % ACTORS];
        if (role == IClusterExecutions.Role.ModelOwner) return _ownerOf(address(models), _modelOfTask(completion));
        if (role == IClusterExecutions.Role.ClusterOwner) {
            return _ownerOf(address(clusters), executionRecords[completion.execution].cluster);
        }
        return seed % 2 == 0 ? _ownerOf(address(nodes), completion.node) : VM.addr(_nodeKeys[completion.node]);
    }

    function _mayDirectly(
        IClusterExecutions.Completion memory completion,
        bytes memory output,
        IClusterExecutions.Role role,
        address sender
    ) private view returns (bool) {
        if (_judgeContent(completion, output) != IClusterExecutions.SkipReason.None) return false;
        if (role == IClusterExecutions.Role.Node) {
            address key = keyRecords[completion.node];
            if (key == address(0)) return false;
            if (sender != key && sender != _ownerOf(address(nodes), completion.node)) return false;
        } else if (role == IClusterExecutions.Role.ModelOwner) {
            if (sender != _ownerOf(address(models), _modelOfTask(completion))) return false;
        } else if (sender != _ownerOf(address(clusters), executionRecords[completion.execution].cluster)) {
            return false;
        }
        (bool eligible, uint256 opensAt) = _window(completion.execution, completion.task, completion.node, role);
        return eligible && block.timestamp >= opensAt;
    }

    function _sendDirectly(
        IClusterExecutions.Completion memory completion,
        bytes memory output,
        IClusterExecutions.Role role
    ) private returns (bool) {
        if (role == IClusterExecutions.Role.Node) {
            try executions.submitCompletionAsNode(completion, output) {
                return true;
            } catch {
                return false;
            }
        }
        if (role == IClusterExecutions.Role.ModelOwner) {
            try executions.submitCompletionAsModelOwner(completion, output) {
                return true;
            } catch {
                return false;
            }
        }
        try executions.submitCompletionAsClusterOwner(completion, output) {
            return true;
        } catch {
            return false;
        }
    }

    function _sendBatch(
        IClusterExecutions.SignedCompletion[] memory items,
        uint256[] memory expected,
        uint256 total,
        address sender
    ) private {
        VM.recordLogs();
        VM.prank(sender);
        try executions.submitCompletions(items) returns (uint256 accepted) {
            _equal(accepted, total, "C08: accepted of a batch");
            _checkLogs(items, expected);
            _tally.batchAnswers += accepted;
            _tally.batchSkips += items.length - accepted;
        } catch (bytes memory reason) {
            _equal(total, 0, "a batch with good items was refused");
            _equal(
                keccak256(reason),
                keccak256(
                    abi.encodeWithSelector(
                        IExecutionErrors.BatchNothingAccepted.selector, IClusterExecutions.SkipReason(expected[0])
                    )
                ),
                "the reason of a refused batch"
            );
            ++_tally.batchRefusals;
        }
        for (uint256 i; i < items.length; ++i) {
            reasonsSeen |= 1 << expected[i];
        }
    }

    /// @dev Each item left one event, accepted or skipped for the reason that the model names, in the order sent.
    function _checkLogs(IClusterExecutions.SignedCompletion[] memory items, uint256[] memory expected) private {
        Vm.Log[] memory logs = VM.getRecordedLogs();
        uint256 next;
        for (uint256 i; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            bool skipped = topic == IClusterExecutions.CompletionSkipped.selector;
            if (!skipped && topic != IClusterExecutions.CompletionAccepted.selector) continue;
            IClusterExecutions.Completion memory completion = items[next].completion;
            _equal(uint256(logs[i].topics[1]), completion.execution, "C18: execution of an event");
            if (skipped) {
                (uint256 task, uint256 reason) = abi.decode(logs[i].data, (uint256, uint256));
                _equal(task, completion.task, "C18: task of a skip");
                // Within the call that answers the last task the execution has not ended yet: every task of it that
                // there is has been answered.
                bool ending = expected[next] == uint256(IClusterExecutions.SkipReason.ExecutionEnded)
                    && (reason == uint256(IClusterExecutions.SkipReason.TaskCompleted)
                        || reason == uint256(IClusterExecutions.SkipReason.TaskUnknown));
                if (!ending) _equal(reason, expected[next], "C18: reason of a skip");
            } else {
                _equal(expected[next], 0, "C08: accepted");
                _equal(uint256(logs[i].topics[2]), completion.node, "C18: node of an event");
            }
            ++next;
        }
        _equal(next, items.length, "C18: events of a batch");
    }

    function _accepted(
        IClusterExecutions.Completion memory completion,
        IClusterExecutions.Role role,
        address sender
    ) private {
        _answer(completion, role, sender);
        ++acceptances[completion.execution][completion.task];
        if (role == IClusterExecutions.Role.Node) ++_tally.nodeAnswers;
        if (role == IClusterExecutions.Role.ModelOwner) ++_tally.modelOwnerAnswers;
        if (role == IClusterExecutions.Role.ClusterOwner) ++_tally.clusterOwnerAnswers;
        if (completion.tip != 0) ++_tally.tips;
        if (executionRecords[completion.execution].state == IClusterExecutions.ExecutionState.Succeeded) {
            ++_tally.successes;
            _ended.push(completion.execution);
        }
    }

    function _expired(uint256 id) private {
        ExecutionRecord storage execution = executionRecords[id];
        uint256 refundWei = _escrow(execution);
        execution.refundedWei += refundWei;
        execution.state = IClusterExecutions.ExecutionState.Expired;
        _credit(IClusterExecutions.CreditKind.Account, uint160(execution.requester), refundWei);
        ++_tally.expiries;
        _ended.push(id);
    }

    /// @dev Remembers how the executions that ended in this action look now.
    function _seal() private {
        for (; _ended.length != 0; _ended.pop()) {
            uint256 id = _ended[_ended.length - 1];
            endedViews[id] = keccak256(abi.encode(executions.executionOf(id)));
        }
    }
}
