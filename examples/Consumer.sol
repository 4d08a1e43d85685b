// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterConsumer} from "../contracts/interfaces/IClusterConsumer.sol";
import {IClusterExecutions} from "../contracts/interfaces/IClusterExecutions.sol";

/// @title Consumer
/// @notice A contract that asks a cluster and keeps the answer: how a dapp uses Pleiad from Solidity.
/// @dev What it shows: pay exactly the quote and the callback's budget; check who calls back and about which execution; keep
/// what comes and act on it later. What it leaves out: who may ask (anybody), what becomes of refunds (anybody may take them,
/// see `withdraw`), and asking a restricted cluster, which needs a grant for this contract.
///
/// What it rests on: `EXECUTIONS` and whoever owns `CLUSTER`, which may publish versions at other prices; the asker names the
/// version. An answer is what node keys signed, never a fact: no money should move because of its text.
contract Consumer is IClusterConsumer {
    /// @notice What became of a question.
    struct Answer {
        IClusterExecutions.ExecutionState state;
        /// Of a run that did not succeed it may hold the last task's output all the same: look at `state` first.
        /// The response, where the run succeeded.
        string text;
    }

    /// @dev Room for an answer of some hundred bytes; whoever asks for more pays for more.
    /// In gas. Too little is no error: the delivery then says `success` false, and the answer is read from the log.
    uint32 private constant CALLBACK_GAS = 400_000;
    /// @dev In wei: what whoever delivers the answer earns, gas at 10 gwei and a little. Where gas is dearer nobody may find it
    /// worth it.
    uint64 private constant CALLBACK_BUDGET_WEI = 0.01 ether;

    IClusterExecutions public immutable EXECUTIONS;
    uint256 public immutable CLUSTER;

    /// @dev Who asked; zero for an execution that is none of ours.
    mapping(uint256 execution => address) public askers;
    mapping(uint256 execution => Answer) private _answers;

    event Asked(uint256 indexed execution, address indexed asker);
    event Answered(uint256 indexed execution, IClusterExecutions.ExecutionState state);

    /// @notice Thrown when somebody else than `ClusterExecutions` says that an execution has ended.
    error NotExecutions(address caller);
    /// @notice Thrown when the execution was not asked for here: anybody may name any consumer.
    error NotAsked(uint256 execution);

    constructor(IClusterExecutions executions, uint256 cluster) {
        EXECUTIONS = executions;
        CLUSTER = cluster;
    }

    /// @notice Asks the cluster. Send exactly what `costWei` says.
    /// @dev For a version in the chain's own currency: one in an ERC-20 would have to be paid by an allowance of this
    /// contract's.
    function ask(uint256 version, string calldata question) external payable returns (uint256 execution) {
        IClusterExecutions.ExecuteParams memory params;
        params.deadline = uint40(block.timestamp + 1 hours);
        // Unix seconds. A version with long windows refuses a deadline that leaves no time for its longest path.
        params.consumer = address(this);
        params.callbackGas = CALLBACK_GAS;
        params.callbackBudgetWei = CALLBACK_BUDGET_WEI;
        execution = EXECUTIONS.execute{value: msg.value}(CLUSTER, version, bytes(question), params);
        // Written after the call, as the id comes from it. No delivery can come before: this execution has only begun.
        askers[execution] = msg.sender;
        emit Asked(execution, msg.sender);
    }

    /// @inheritdoc IClusterConsumer
    function onClusterExecutionEnded(
        uint256 execution,
        IClusterExecutions.ExecutionState state,
        bytes32,
        bytes calldata response
    ) external {
        if (msg.sender != address(EXECUTIONS)) revert NotExecutions(msg.sender);
        if (askers[execution] == address(0)) revert NotAsked(execution);
        // No lock: `deliver` tells an execution once, and a delivery that a lock refused would be lost.
        // Written by strangers: it is kept as it came, and nothing is done because of it.
        _answers[execution] = Answer({state: state, text: string(response)});
        emit Answered(execution, state);
    }

    /// @notice Takes what came back from runs that did not succeed: this contract is their requester. A real one would
    /// say which asker gets it.
    /// @dev Warning: anybody may call this, with any receiver: never use it as it is.
    function withdraw(address to) external returns (uint256 amountWei) {
        return EXECUTIONS.withdraw(
            IClusterExecutions.CreditKind.Account, uint160(address(this)), address(0), to
        );
    }

    /// @notice What became of a question.
    function answerOf(uint256 execution) external view returns (Answer memory) {
        return _answers[execution];
    }

    /// @notice What a question costs, in the chain's own currency.
    function costWei(uint256 version) external view returns (uint256) {
        (uint256 quoteWei,,) = EXECUTIONS.quote(CLUSTER, version);
        // Whether it is accepted now, and in which currency, is not looked at here.
        return quoteWei + CALLBACK_BUDGET_WEI;
    }
}
