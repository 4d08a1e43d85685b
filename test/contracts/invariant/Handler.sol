// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {IExecutionErrors} from "../../../contracts/interfaces/IExecutionErrors.sol";
import {IClusterRegistry} from "../../../contracts/interfaces/IClusterRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {Consumer__MockForExecutions} from "../../../contracts/test/Consumer__MockForExecutions.sol";
import {Token__MockForExecutions} from "../../../contracts/test/Token__MockForExecutions.sol";
import {Vm} from "./Cheats.sol";
import {Model} from "./Model.sol";

/// @title Handler
/// @notice Random people doing random things, each compared with the model as it is done. No action reverts unless
/// the contracts do something else than the model. Requests, answers and money; `EndsHandler` has the rest.
abstract contract Handler is Model {
    uint256 public constant ACTORS = 5;
    uint256 public constant MODELS = 5;
    /// @dev From this one on, models are paid in another currency than the chain's own.
    uint256 internal constant TOKEN_MODEL = 4;
    uint256 internal constant CONSUMERS = 2;
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

    /// @notice An event that a batch has to leave.
    struct Expected {
        bytes32 topic;
        uint256 execution;
        uint256 task;
        /// Of an accepted or seconded item.
        uint256 node;
        IClusterExecutions.SkipReason reason;
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
        uint256 agentsBack;
        uint256 agentsLeft;
        uint256 quorumAnswers;
        uint256 quorumMisses;
        uint256 tokenRequests;
        uint256 tokenSuccesses;
        uint256 tokenWithdrawals;
        uint256 routedRequests;
        uint256 refusedRequests;
        uint256 grantsUsed;
        uint256 delegatesAnswers;
        uint256 delegatesWithdrawals;
        uint256 paidToOthers;
        uint256 cancels;
        uint256 earlyCancels;
        uint256 reports;
        uint256 reportRefusals;
        uint256 failures;
        uint256 deliveries;
        uint256 deliveryRefusals;
        uint256 consumerCalls;
        uint256 consumerFailures;
        uint256 reentries;
        uint256 delegates;
        uint256 closings;
        uint256 stops;
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
    /// @dev What the batch of this action has to leave.
    Expected[] internal _expected;
    /// @dev The bytes that the last task of an execution was answered with.
    mapping(uint256 execution => bytes) internal _responses;
    /// @dev Whether a cluster's models are paid in the other currency.
    mapping(uint256 cluster => bool) internal _isTokenCluster;
    Token__MockForExecutions internal _token;
    Consumer__MockForExecutions[] internal _consumers;

    constructor() {
        VM.warp(1_800_000_000);
        _deployAll();
        _token = new Token__MockForExecutions();
        executionRecords.push();
        for (uint256 i; i < ACTORS; ++i) {
            uint256 privateKey = _key("actor", i);
            _actorKeys.push(privateKey);
            _actors.push(VM.addr(privateKey));
            _keyOfSigner[VM.addr(privateKey)] = privateKey;
            _endow(VM.addr(privateKey));
        }
        _endow(_router);
        for (uint256 i; i < CONSUMERS; ++i) {
            _consumers.push(new Consumer__MockForExecutions());
        }
        for (uint256 i; i < MODELS; ++i) {
            // A price that no share divides, a node that gets all, one that gets nothing, and two of another currency.
            _registerModelIn(
                _currencyOf(i + 1), _actors[i], uint96(1 ether + 1 + i), uint16([3_333, 10_000, 0, 6_667, 9_999][i])
            );
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

    /// @dev So much of both currencies, all of it allowed to the executions.
    function _endow(address account) private {
        VM.deal(account, WEI_EACH);
        _token.setBalance(account, WEI_EACH);
        VM.prank(account);
        _token.approve(address(executions), type(uint256).max);
    }

    function _currencyOf(uint256 model) internal view returns (address) {
        return model < TOKEN_MODEL ? address(0) : address(_token);
    }

    function _balanceOf(address currency, address account) internal view returns (uint256) {
        return currency == address(0) ? account.balance : _token.balanceOf(account);
    }

    // ------------------------------------------------------------------------------------------------- registries

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

    // ------------------------------------------------------------------------------------------------- executions

    function execute(uint256 seed) external {
        uint256 count = clusters.clusterCount();
        if (count == 0 || executionRecords.length > EXECUTIONS_MAX) return;
        uint256 cluster = _bound(_draw(seed, 0), 1, count);
        uint256 number = _bound(_draw(seed, 1), 1, versionRecords[cluster].length);
        address requester = _actors[_draw(seed, 2) % ACTORS];
        bool owns = requester == _ownerOf(address(clusters), cluster);
        bytes32 grant = _grantPlace(cluster, requester);
        bool needsGrant = restrictedRecords[cluster] && !owns;
        bool expected = !closedRecords[cluster] && !stoppedRecords[cluster][number]
            && (!needsGrant || grantRecords[grant] != 0);
        ExecutionRecord storage execution = executionRecords.push();
        _fill(execution, cluster, number, requester, seed);
        if (!_sendExecute(execution, abi.encode(seed), seed % 3 == 0, expected)) {
            executionRecords.pop();
            ++_tally.refusedRequests;
            return;
        }
        if (!needsGrant) return;
        --grantRecords[grant];
        ++_tally.grantsUsed;
    }

    function _fill(
        ExecutionRecord storage execution,
        uint256 cluster,
        uint256 number,
        address requester,
        uint256 seed
    ) private {
        VersionRecord storage version = versionRecords[cluster][number - 1];
        execution.cluster = cluster;
        execution.version = number;
        execution.requester = requester;
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
        // Now and then a consumer, or an account without code.
        uint256 told = _draw(seed, 5) % 6;
        if (told > CONSUMERS) return;
        execution.consumer = told == CONSUMERS ? _actors[0] : address(_consumers[told]);
        execution.callbackGas = _bound(_draw(seed, 6), 1, 400_000);
        execution.budgetWei = _draw(seed, 7) % 0.01 ether;
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
            _accepted(completion, output, role, sender);
            _seal();
            ++_tally.directAnswers;
            if (_isDelegate(completion, role, sender)) ++_tally.delegatesAnswers;
        } else {
            ++_tally.directRefusals;
        }
    }

    /// @dev One to six signed items, good and bad, sent by anybody.
    function submitBatch(uint256 seed) external {
        if (executionRecords.length == 1) return;
        uint256 groups = _bound(_draw(seed, 0), 1, 5);
        address sender = _actors[_draw(seed, 1) % ACTORS];
        IClusterExecutions.SignedCompletion[] memory items = new IClusterExecutions.SignedCompletion[](groups * 5);
        delete _expected;
        Batch memory batch;
        batch.sender = sender;
        // The model goes ahead group by group, and back if the whole call has to revert: nothing was accepted then.
        for (uint256 i; i < groups; ++i) {
            _addGroup(items, batch, _draw(seed, 100 + i));
        }
        assembly ("memory-safe") {
            mstore(items, mload(batch))
        }
        _sendBatch(items, batch);
        _seal();
    }

    /// @notice A batch while it is made.
    struct Batch {
        uint256 count;
        uint256 accepted;
        IClusterExecutions.SkipReason first;
        address sender;
    }

    /// @dev One item; for a quorum's task some more that mostly say the same, by other nodes.
    function _addGroup(IClusterExecutions.SignedCompletion[] memory items, Batch memory batch, uint256 seed) private {
        address[] memory signers = new address[](5);
        uint256 count = 1;
        uint256 from = batch.count;
        (items[from], signers[0]) = _item(seed);
        IClusterExecutions.Completion memory first = items[from].completion;
        if (_judgeContent(first) == IClusterExecutions.SkipReason.None) {
            uint256 quorum = _version(executionRecords[first.execution]).quorum[first.task];
            if (quorum > 1) count = _bound(_draw(seed, 70), quorum - 1, 5);
        }
        for (uint256 i = 1; i < count; ++i) {
            (items[from + i], signers[i]) = _second(items[from], _draw(seed, 80 + i), i);
        }
        batch.count += count;
        uint256 at;
        while (at < count) {
            at = _judgeFrom(items, signers, from, at, count, batch);
        }
    }

    /// @dev Judges the item at `from + at`, or the quorum that begins there, of those that were made with it; no item of
    /// another group says the same. Answers which follows.
    function _judgeFrom(
        IClusterExecutions.SignedCompletion[] memory items,
        address[] memory signers,
        uint256 from,
        uint256 at,
        uint256 count,
        Batch memory batch
    ) private returns (uint256) {
        IClusterExecutions.SignedCompletion memory item = items[from + at];
        IClusterExecutions.SkipReason content = _judgeContent(item.completion);
        if (content == IClusterExecutions.SkipReason.None) {
            uint256 quorum = _version(executionRecords[item.completion.execution]).quorum[item.completion.task];
            if (quorum > 1) return _judgeQuorum(items, signers, from, at, count, batch);
            Verdict memory verdict = _judge(item.completion, item.output, signers[at]);
            content = verdict.reason;
            if (content == IClusterExecutions.SkipReason.None) {
                ++batch.accepted;
                _expectAccepted(item.completion, IClusterExecutions.CompletionAccepted.selector);
                _accepted(item.completion, item.output, verdict.role, batch.sender);
                _sent.push(Sent({item: item, signer: signers[at]}));
                return at + 1;
            }
        }
        if (from + at == 0) batch.first = content;
        _expectSkipped(item.completion, content);
        return at + 1;
    }

    /// @dev Looks at items as long as they say the same, until there are enough good ones.
    function _judgeQuorum(
        IClusterExecutions.SignedCompletion[] memory items,
        address[] memory signers,
        uint256 from,
        uint256 at,
        uint256 count,
        Batch memory batch
    ) private returns (uint256 next) {
        Gathered memory gathered;
        IClusterExecutions.Completion memory first = items[from + at].completion;
        gathered.members =
            new IClusterExecutions.Completion[](_version(executionRecords[first.execution]).quorum[first.task]);
        for (next = at; next < count; ++next) {
            if (gathered.count == gathered.members.length || !_saysTheSame(first, items[from + next].completion)) break;
            IClusterExecutions.SkipReason reason = _judgeMember(gathered, items[from + next], signers[next]);
            if (from + next == 0) batch.first = reason;
            if (reason != IClusterExecutions.SkipReason.None) {
                _expectSkipped(items[from + next].completion, reason);
                continue;
            }
            gathered.members[gathered.count] = items[from + next].completion;
            gathered.owners[gathered.count++] = _ownerOf(address(nodes), items[from + next].completion.node);
        }
        if (gathered.count < gathered.members.length) {
            for (uint256 i; i < gathered.count; ++i) {
                _expectSkipped(gathered.members[i], IClusterExecutions.SkipReason.QuorumMissing);
            }
            if (from + at == 0 && batch.first == IClusterExecutions.SkipReason.None) {
                batch.first = IClusterExecutions.SkipReason.QuorumMissing;
            }
            ++_tally.quorumMisses;
            return next;
        }
        batch.accepted += gathered.count;
        for (uint256 i; i < gathered.count; ++i) {
            _expectAccepted(
                gathered.members[i],
                i == 0
                    ? IClusterExecutions.CompletionAccepted.selector
                    : IClusterExecutions.CompletionSeconded.selector
            );
            if (gathered.members[i].tip != 0) ++_tally.tips;
        }
        _answerTogether(gathered.members, batch.sender);
        ++acceptances[first.execution][first.task];
        ++_tally.quorumAnswers;
        _noteAnswer(first, gathered.output);
    }

    /// @notice A quorum while it comes together.
    struct Gathered {
        IClusterExecutions.Completion[] members;
        address[3] owners;
        uint256 count;
        /// Empty while no item had it.
        bytes output;
    }

    /// @dev Why an item does not count for its quorum.
    function _judgeMember(
        Gathered memory gathered,
        IClusterExecutions.SignedCompletion memory item,
        address signer
    ) private view returns (IClusterExecutions.SkipReason) {
        IClusterExecutions.Completion memory completion = item.completion;
        if (item.output.length != 0 || gathered.output.length == 0) {
            if (!_isOutput(completion, item.output)) return IClusterExecutions.SkipReason.OutputInvalid;
            gathered.output = item.output;
        }
        if (completion.node == 0) return IClusterExecutions.SkipReason.QuorumNeeded;
        if (signer == address(0) || signer != keyRecords[completion.node]) {
            return IClusterExecutions.SkipReason.SignatureInvalid;
        }
        address owner = _ownerOf(address(nodes), completion.node);
        for (uint256 i; i < gathered.count; ++i) {
            if (gathered.owners[i] == owner) return IClusterExecutions.SkipReason.QuorumOwnerTwice;
        }
        (bool eligible, uint256 opensAt) =
            _window(completion.execution, completion.task, completion.node, IClusterExecutions.Role.Node);
        if (!eligible) return IClusterExecutions.SkipReason.NotEligible;
        if (block.timestamp < opensAt) return IClusterExecutions.SkipReason.TooEarly;
        if (completion.tip > _share(executionRecords[completion.execution], completion.task, IClusterExecutions.Role.Node))
        {
            return IClusterExecutions.SkipReason.TipTooHigh;
        }
        return IClusterExecutions.SkipReason.None;
    }

    function _saysTheSame(IClusterExecutions.Completion memory a, IClusterExecutions.Completion memory b)
        private
        pure
        returns (bool)
    {
        return a.execution == b.execution && a.task == b.task && a.contextHash == b.contextHash
            && a.outputDigest == b.outputDigest;
    }

    /// @dev Another node's agreement to an item, sometimes with a fault.
    function _second(IClusterExecutions.SignedCompletion memory item, uint256 seed, uint256 step)
        private
        view
        returns (IClusterExecutions.SignedCompletion memory other, address signer)
    {
        IClusterExecutions.Completion memory completion = item.completion;
        other.completion = IClusterExecutions.Completion({
            execution: completion.execution,
            task: completion.task,
            contextHash: completion.contextHash,
            outputDigest: completion.outputDigest,
            evidenceDigest: bytes32(seed),
            node: _openNode(completion.execution, completion.task, completion.node + step),
            tip: _draw(seed, 1) % 3 == 0 ? _draw(seed, 2) % 0.2 ether : 0
        });
        if (_draw(seed, 3) % 2 == 0) other.output = item.output;
        signer = VM.addr(_nodeKeys[other.completion.node]);
        uint256 twist = _draw(seed, 4) % 24;
        if (twist == 0) other.output = "other bytes";
        if (twist == 1) other.completion.node = completion.node;
        if (twist == 2) other.completion.outputDigest = keccak256("other bytes");
        if (twist == 3) other.completion.node = 0;
        if (twist == 4) other.completion.tip = type(uint256).max;
        uint256 privateKey = _keyOfSigner[signer];
        other.signature = _sign64(privateKey, _completionHash(other.completion));
    }

    function _expectAccepted(IClusterExecutions.Completion memory completion, bytes32 topic) private {
        Expected storage expected = _expected.push();
        (expected.topic, expected.execution, expected.task) = (topic, completion.execution, completion.task);
        expected.node = completion.node;
    }

    function _expectSkipped(IClusterExecutions.Completion memory completion, IClusterExecutions.SkipReason reason)
        private
    {
        Expected storage expected = _expected.push();
        expected.topic = IClusterExecutions.CompletionSkipped.selector;
        (expected.execution, expected.task) = (completion.execution, completion.task);
        expected.reason = reason;
        reasonsSeen |= 1 << uint256(reason);
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
            _endedUnspent(id, IClusterExecutions.ExecutionState.Expired);
            ++_tally.expiries;
            _seal();
        } catch {
            require(!due, "C19: could not be expired");
            ++_tally.earlyExpiries;
        }
    }

    function withdraw(uint256 seed) external {
        Withdrawal memory order;
        order.kind = IClusterExecutions.CreditKind(_draw(seed, 0) % 4);
        order.currency = _draw(seed, 4) % 2 == 0 ? address(_token) : address(0);
        address holder;
        if (order.kind == IClusterExecutions.CreditKind.Account) {
            holder = _actors[_draw(seed, 1) % ACTORS];
            order.id = uint160(holder);
        } else {
            order.registry = [address(nodes), address(models), address(clusters)][uint256(order.kind)];
            uint256 count = [nodes.nodeCount(), MODELS, clusters.clusterCount()][uint256(order.kind)];
            if (count == 0) return;
            order.id = _bound(_draw(seed, 1), 1, count);
            // Mostly one that has something.
            for (uint256 i; i < count && seed % 4 != 0; ++i) {
                uint256 next = 1 + (order.id + i) % count;
                if (creditRecords[order.currency][uint8(order.kind)][next] == 0) continue;
                order.id = next;
                break;
            }
            holder = _ownerOf(order.registry, order.id);
        }
        address sender = _draw(seed, 2) % 3 == 0 ? _actors[_draw(seed, 3) % ACTORS] : holder;
        if (order.registry != address(0) && _draw(seed, 7) % 3 == 0) sender = _delegateOf(order.registry, order.id, 8);
        bool may = order.registry == address(0) ? sender == holder : _acts(order.registry, order.id, sender, 8);
        _withdraw(order, sender, _draw(seed, 5) % 2 == 0 ? sender : _actors[_draw(seed, 6) % ACTORS], may, holder);
    }

    /// @notice What somebody wants to have paid out.
    struct Withdrawal {
        IClusterExecutions.CreditKind kind;
        uint256 id;
        address currency;
        /// Zero for an account's.
        address registry;
    }

    function _withdraw(Withdrawal memory order, address sender, address to, bool may, address holder) private {
        uint256 amountWei = creditRecords[order.currency][uint8(order.kind)][order.id];
        uint256 before = _balanceOf(order.currency, to);
        VM.prank(sender);
        try executions.withdraw(order.kind, order.id, order.currency, to) returns (uint256 paidWei) {
            require(may, "C23: somebody else's credit was paid out");
            _equal(paidWei, amountWei, "paid");
            _equal(_balanceOf(order.currency, to) - before, amountWei, "arrived");
            creditRecords[order.currency][uint8(order.kind)][order.id] = 0;
            heldWei[order.currency] -= amountWei;
            ++_tally.withdrawals;
            if (order.currency != address(0)) ++_tally.tokenWithdrawals;
            if (sender != holder) ++_tally.delegatesWithdrawals;
            if (to != sender) ++_tally.paidToOthers;
        } catch {
            require(!may || amountWei == 0, "C20: a withdrawal was stopped");
            if (!may) ++_tally.strangersWithdrawals;
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
            _endedUnspent(id, IClusterExecutions.ExecutionState.Expired);
        }
        _seal();
        for (uint256 id = 1; id < executionRecords.length; ++id) {
            _deliverIfAny(id, _actors[id % ACTORS]);
        }
        address[2] memory currencies = [address(0), address(_token)];
        for (uint256 c; c < currencies.length; ++c) {
            _takeAllOut(currencies[c]);
            uint256 sumWei = _balanceOf(currencies[c], _router);
            for (uint256 i; i < ACTORS; ++i) {
                sumWei += _balanceOf(currencies[c], _actors[i]);
            }
            _equal(_balanceOf(currencies[c], address(executions)), 0, "C01: left when everybody has been paid");
            _equal(sumWei, (ACTORS + 1) * WEI_EACH, "C01: wei that all have together");
        }
        _equal(executions.owedOf(address(_token)), 0, "C01: owed when everybody has been paid");
    }

    /// @dev Tells the consumer of an ended execution, if that is to be done still.
    function _deliverIfAny(uint256 id, address deliverer) internal virtual;

    function _takeAllOut(address currency) private {
        for (uint256 i; i < ACTORS; ++i) {
            _takeOut(IClusterExecutions.CreditKind.Account, uint160(_actors[i]), currency, _actors[i]);
        }
        for (uint256 id = 1; id <= NODES_MAX; ++id) {
            if (id <= nodes.nodeCount()) {
                _takeOut(IClusterExecutions.CreditKind.Node, id, currency, _ownerOf(address(nodes), id));
            }
            if (id <= MODELS) {
                _takeOut(IClusterExecutions.CreditKind.Model, id, currency, _ownerOf(address(models), id));
            }
            if (id <= clusters.clusterCount()) {
                _takeOut(IClusterExecutions.CreditKind.Cluster, id, currency, _ownerOf(address(clusters), id));
            }
        }
    }

    function _takeOut(IClusterExecutions.CreditKind kind, uint256 id, address currency, address holder) private {
        uint256 amountWei = creditRecords[currency][uint8(kind)][id];
        if (amountWei == 0) return;
        VM.prank(holder);
        _equal(executions.withdraw(kind, id, currency, holder), amountWei, "C19: taken out at the end");
        creditRecords[currency][uint8(kind)][id] = 0;
        heldWei[currency] -= amountWei;
    }

    // ------------------------------------------------------------------------------------------------------ checks

    /// @dev C01: what the contract holds of each currency is open escrow, credits and callbacks' budgets, to the wei.
    function checkSolvency() external view {
        _checkSolvency(address(0));
        _checkSolvency(address(_token));
        _equal(executions.owedOf(address(_token)), heldWei[address(_token)], "C01: owed of the other currency");
    }

    function _checkSolvency(address currency) private view {
        uint256 owedWei;
        for (uint256 id = 1; id < executionRecords.length; ++id) {
            IClusterExecutions.ExecutionView memory present = executions.executionOf(id);
            if (present.currency == currency) owedWei += present.escrowWei;
            if (currency == address(0)) owedWei += present.callbackBudgetWei;
        }
        for (uint256 id = 1; id <= NODES_MAX; ++id) {
            for (uint8 kind; kind < 3; ++kind) {
                uint256 creditWei = executions.creditOf(IClusterExecutions.CreditKind(kind), id, currency);
                _equal(creditWei, creditRecords[currency][kind][id], "C23: credit of a token");
                owedWei += creditWei;
            }
        }
        for (uint256 i; i < ACTORS; ++i) {
            uint256 account = uint160(_actors[i]);
            uint256 creditWei = executions.creditOf(IClusterExecutions.CreditKind.Account, account, currency);
            _equal(creditWei, creditRecords[currency][3][account], "C23: credit of an account");
            owedWei += creditWei;
        }
        _equal(_balanceOf(currency, address(executions)), owedWei, "C01: balance");
        _equal(owedWei, heldWei[currency], "C01: paid in less paid out");
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
        uint256 free;
        for (uint256 agent; agent < count; ++agent) {
            if (clusterOfAgentRecord[agent] == 0) ++free;
        }
        for (uint256 cluster = 1; cluster <= clusters.clusterCount(); ++cluster) {
            uint256[] memory members = clusters.membersOf(cluster);
            sum += members.length;
            require(members.length <= 32, "C10: too many members");
            _checkVersions(cluster);
            _equal(
                keccak256(abi.encode(members)), keccak256(abi.encode(membersRecord[cluster])), "C10: members"
            );
            for (uint256 i; i < members.length; ++i) {
                _equal(clusters.clusterOfAgent(members[i]), cluster, "C09: cluster of a member");
            }
        }
        _equal(sum + free, count, "C09: members of all clusters together");
    }

    /// @dev C11: whoever leaves, whatever is published next, a version stays what it was.
    function _checkVersions(uint256 cluster) private view {
        VersionRecord[] storage versions = versionRecords[cluster];
        _equal(clusters.versionCount(cluster), versions.length, "C12: versions");
        for (uint256 i; i < versions.length; ++i) {
            _equal(clusters.versionCode(cluster, i + 1).codehash, versions[i].digest, "C11: a version changed");
        }
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
        require(present.currency == version.currency, "C03: currency");
        require(present.consumer == execution.consumer, "C03: consumer");
        _equal(present.callbackGas, execution.callbackGas, "C03: gas of a callback");
        _equal(present.callbackBudgetWei, execution.budgetWei, "C01: budget of a callback");
        bool running = execution.state == IClusterExecutions.ExecutionState.Running;
        if (running) {
            _equal(present.digest, execution.inputDigest, "C07: input digest");
        } else {
            _equal(present.escrowWei, 0, "C02: escrow of an ended execution");
            bytes32 digest = keccak256(abi.encode(version.digest, execution.inputDigest, execution.outputDigests));
            _equal(present.digest, digest, "C07: run digest");
            _equal(_endedView(present), endedViews[id], "C04: an ended execution changed");
        }
        for (uint256 task; task < version.modelOf.length; ++task) {
            bytes32 stored = executions.outputDigestOf(id, task);
            _equal(stored, running ? execution.outputDigests[task] : bytes32(0), "C07: output digest");
            _equal(acceptances[id][task], (execution.completedTasks >> task) & 1, "C07: acceptances of a task");
            _equal(executions.failureReportsOf(id, task), reportRecords[id][task], "C18: reports of failure");
        }
    }

    /// @dev All that the end fixes: the callback is there until it is delivered.
    function _endedView(IClusterExecutions.ExecutionView memory present) private pure returns (bytes32) {
        (present.consumer, present.callbackGas, present.callbackBudgetWei) = (address(0), 0, 0);
        return keccak256(abi.encode(present));
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
        address modelOwner = _ownerOf(address(models), model);
        VM.prank(modelOwner);
        models.serve(model, node);
        // Whoever may speak for both has said it for both.
        if (!_acts(address(nodes), node, modelOwner, 1)) {
            VM.prank(_ownerOf(address(nodes), node));
            models.serve(model, node);
        }
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

    // -------------------------------------------------------------------------------------------------- executions

    /// @dev By the requester, or by the router in its name, which then pays.
    function _sendExecute(ExecutionRecord storage execution, bytes memory input, bool routed, bool expected)
        private
        returns (bool)
    {
        execution.inputDigest = keccak256(input);
        IClusterExecutions.ExecuteParams memory params = _params(execution.deadline);
        params.ownerMayAnswer = execution.ownerMayAnswer;
        params.consumer = execution.consumer;
        params.callbackGas = uint32(execution.callbackGas);
        params.callbackBudgetWei = uint64(execution.budgetWei);
        address currency = _version(execution).currency;
        uint256 valueWei = execution.budgetWei + (currency == address(0) ? execution.fundedWei : 0);
        VM.prank(routed ? _router : execution.requester);
        try executions.executeFor{value: valueWei}(
            execution.requester, execution.cluster, execution.version, input, params
        ) returns (uint256 id) {
            require(expected, "a request was let in");
            _equal(id, executionRecords.length - 1, "C12: id");
        } catch {
            require(!expected, "a request was refused");
            return false;
        }
        heldWei[currency] += execution.fundedWei;
        heldWei[address(0)] += execution.budgetWei;
        if (routed) ++_tally.routedRequests;
        if (currency != address(0)) ++_tally.tokenRequests;
        return true;
    }

    /// @dev An answer that is often right: to a task that is ready, by some node, bound to what was accepted.
    function _completion(uint256 seed)
        internal
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
        if (_draw(seed, 4) % 4 != 0) completion.node = _openNode(id, task, completion.node);
    }

    /// @dev The first node from the `from`-th on, in a ring, that may answer now; if none may, that one.
    function _openNode(uint256 id, uint256 task, uint256 from) private view returns (uint256) {
        uint256 count = nodes.nodeCount();
        from %= count;
        for (uint256 i; i < count; ++i) {
            uint256 node = 1 + (from + i) % count;
            (bool eligible, uint256 opensAt) = _window(id, task, node, IClusterExecutions.Role.Node);
            if (eligible && block.timestamp >= opensAt && keyRecords[node] != address(0)) return node;
        }
        return 1 + from;
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
        internal
        view
        returns (address)
    {
        if (seed % 5 == 0) return _actors[_draw(seed, 0) % ACTORS];
        (address registry, uint256 token) = (address(nodes), completion.node);
        if (role == IClusterExecutions.Role.ModelOwner) (registry, token) = (address(models), _modelOfTask(completion));
        if (role == IClusterExecutions.Role.ClusterOwner) {
            (registry, token) = (address(clusters), executionRecords[completion.execution].cluster);
        }
        if (seed % 5 < 3) return _delegateOf(registry, token, 2);
        bool byKey = role == IClusterExecutions.Role.Node && seed % 2 == 0;
        return byKey ? VM.addr(_nodeKeys[completion.node]) : _ownerOf(registry, token);
    }

    /// @dev A delegate with a role; the owner where there is none.
    function _delegateOf(address registry, uint256 token, uint8 role) internal view returns (address) {
        address owner = _ownerOf(registry, token);
        for (uint256 i; i < ACTORS; ++i) {
            if (_actors[i] != owner && _acts(registry, token, _actors[i], role)) return _actors[i];
        }
        return owner;
    }

    function _mayDirectly(
        IClusterExecutions.Completion memory completion,
        bytes memory output,
        IClusterExecutions.Role role,
        address sender
    ) private view returns (bool) {
        if (_judgeContent(completion) != IClusterExecutions.SkipReason.None) return false;
        if (!_isOutput(completion, output)) return false;
        ExecutionRecord storage execution = executionRecords[completion.execution];
        if (_version(execution).quorum[completion.task] > 1) return false;
        if (role == IClusterExecutions.Role.Node) {
            if (!_speaksFor(completion.node, sender)) return false;
        } else if (role == IClusterExecutions.Role.ModelOwner) {
            if (!_acts(address(models), _modelOfTask(completion), sender, 2)) return false;
        } else if (!_acts(address(clusters), execution.cluster, sender, 2)) {
            return false;
        }
        (bool eligible, uint256 opensAt) = _window(completion.execution, completion.task, completion.node, role);
        return eligible && block.timestamp >= opensAt;
    }

    function _isDelegate(IClusterExecutions.Completion memory completion, IClusterExecutions.Role role, address sender)
        private
        view
        returns (bool)
    {
        if (role == IClusterExecutions.Role.ModelOwner) {
            return sender != _ownerOf(address(models), _modelOfTask(completion));
        }
        if (role == IClusterExecutions.Role.ClusterOwner) {
            return sender != _ownerOf(address(clusters), executionRecords[completion.execution].cluster);
        }
        return sender != keyRecords[completion.node] && sender != _ownerOf(address(nodes), completion.node);
    }

    /// @dev As its key, its owner or a delegate, unless the key waits for a proof.
    function _speaksFor(uint256 node, address sender) internal view returns (bool) {
        address key = keyRecords[node];
        return key != address(0) && (sender == key || _acts(address(nodes), node, sender, 2));
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

    function _sendBatch(IClusterExecutions.SignedCompletion[] memory items, Batch memory batch) private {
        VM.recordLogs();
        VM.prank(batch.sender);
        try executions.submitCompletions(items) returns (uint256 accepted) {
            _equal(accepted, batch.accepted, "C08: accepted of a batch");
            _checkLogs();
            _tally.batchAnswers += accepted;
            _tally.batchSkips += items.length - accepted;
        } catch (bytes memory reason) {
            _equal(batch.accepted, 0, "a batch with good items was refused");
            _equal(
                keccak256(reason),
                keccak256(abi.encodeWithSelector(IExecutionErrors.BatchNothingAccepted.selector, batch.first)),
                "the reason of a refused batch"
            );
            ++_tally.batchRefusals;
        }
    }

    /// @dev Each item left one event, accepted, seconded or skipped for the reason that the model names.
    function _checkLogs() private {
        Vm.Log[] memory logs = VM.getRecordedLogs();
        uint256 next;
        for (uint256 i; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            bool skipped = topic == IClusterExecutions.CompletionSkipped.selector;
            if (
                !skipped && topic != IClusterExecutions.CompletionAccepted.selector
                    && topic != IClusterExecutions.CompletionSeconded.selector
            ) continue;
            Expected storage expected = _expected[next++];
            _equal(topic, expected.topic, "C18: kind of an event");
            _equal(uint256(logs[i].topics[1]), expected.execution, "C18: execution of an event");
            uint256 task;
            if (skipped) {
                uint256 reason;
                (task, reason) = abi.decode(logs[i].data, (uint256, uint256));
                // Within the call that answers the last task the execution has not ended yet: every task of it that
                // there is has been answered.
                bool ending = expected.reason == IClusterExecutions.SkipReason.ExecutionEnded
                    && (reason == uint256(IClusterExecutions.SkipReason.TaskCompleted)
                        || reason == uint256(IClusterExecutions.SkipReason.TaskUnknown));
                if (!ending) _equal(reason, uint256(expected.reason), "C18: reason of a skip");
            } else {
                task = abi.decode(logs[i].data, (uint256));
                _equal(uint256(logs[i].topics[2]), expected.node, "C18: node of an event");
            }
            _equal(task, expected.task, "C18: task of an event");
        }
        _equal(next, _expected.length, "C18: events of a batch");
    }

    function _accepted(
        IClusterExecutions.Completion memory completion,
        bytes memory output,
        IClusterExecutions.Role role,
        address sender
    ) private {
        _answer(completion, role, sender);
        ++acceptances[completion.execution][completion.task];
        if (role == IClusterExecutions.Role.Node) ++_tally.nodeAnswers;
        if (role == IClusterExecutions.Role.ModelOwner) ++_tally.modelOwnerAnswers;
        if (role == IClusterExecutions.Role.ClusterOwner) ++_tally.clusterOwnerAnswers;
        if (completion.tip != 0) ++_tally.tips;
        _noteAnswer(completion, output);
    }

    /// @dev What an answer leaves besides money.
    function _noteAnswer(IClusterExecutions.Completion memory completion, bytes memory output) private {
        ExecutionRecord storage execution = executionRecords[completion.execution];
        if (completion.task + 1 == execution.outputDigests.length) _responses[completion.execution] = output;
        if (execution.state != IClusterExecutions.ExecutionState.Succeeded) return;
        ++_tally.successes;
        if (_version(execution).currency != address(0)) ++_tally.tokenSuccesses;
        _ended.push(completion.execution);
    }

    /// @dev An execution ended in another way than by its last answer.
    function _endedUnspent(uint256 id, IClusterExecutions.ExecutionState state) internal {
        ExecutionRecord storage execution = executionRecords[id];
        uint256 refundWei = _escrow(execution);
        execution.refundedWei += refundWei;
        execution.state = state;
        _credit(
            _version(execution).currency,
            IClusterExecutions.CreditKind.Account,
            uint160(execution.requester),
            refundWei
        );
        _ended.push(id);
    }

    /// @dev Remembers how the executions that ended in this action look now.
    function _seal() internal {
        for (; _ended.length != 0; _ended.pop()) {
            uint256 id = _ended[_ended.length - 1];
            endedViews[id] = _endedView(executions.executionOf(id));
        }
    }
}
