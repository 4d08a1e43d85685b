// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {Consumer__MockForExecutions} from "../../../contracts/test/Consumer__MockForExecutions.sol";
import {Token__MockForExecutions} from "../../../contracts/test/Token__MockForExecutions.sol";
import {Model} from "./Model.sol";

/// @title HandlerBooks
/// @notice What all actions share: who there is and with which keys, what was sent, what this action must have ended or told, and
/// how often each kind of thing happened.
abstract contract HandlerBooks is Model {
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

    function _newNode(address owner) internal {
        uint256 privateKey = _key("node", ++_keysMade);
        _setKey(_registerNode(owner, privateKey), privateKey);
    }

    function _setKey(uint256 node, uint256 privateKey) internal {
        _nodeKeys[node] = privateKey;
        keyRecords[node] = VM.addr(privateKey);
        _keyOfSigner[VM.addr(privateKey)] = privateKey;
    }

    function _join(uint256 model, uint256 node) internal {
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

    /// @dev A delegate with a role; the owner where there is none.
    function _delegateOf(address registry, uint256 token, uint8 role) internal view returns (address) {
        address owner = _ownerOf(registry, token);
        for (uint256 i; i < ACTORS; ++i) {
            if (_actors[i] != owner && _acts(registry, token, _actors[i], role)) return _actors[i];
        }
        return owner;
    }

    /// @dev As its key, its owner or a delegate, unless the key waits for a proof.
    function _speaksFor(uint256 node, address sender) internal view returns (bool) {
        address key = keyRecords[node];
        return key != address(0) && (sender == key || _acts(address(nodes), node, sender, 2));
    }

    /// @dev What an answer leaves besides money.
    function _noteAnswer(IClusterExecutions.Completion memory completion, bytes memory output) internal {
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

    /// @dev All that the end fixes: the callback is there until it is delivered.
    function _endedView(IClusterExecutions.ExecutionView memory present) internal pure returns (bytes32) {
        (present.consumer, present.callbackGas, present.callbackBudgetWei) = (address(0), 0, 0);
        return keccak256(abi.encode(present));
    }

    /// @dev Remembers how the executions that ended in this action look now.
    function _seal() internal {
        for (; _ended.length != 0; _ended.pop()) {
            uint256 id = _ended[_ended.length - 1];
            endedViews[id] = _endedView(executions.executionOf(id));
        }
    }
}
