// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";
import {IClusterRegistry} from "../interfaces/IClusterRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IPermissionRegistry} from "../interfaces/IPermissionRegistry.sol";
import {ExecutionWord, ExecutionWords} from "../libraries/ExecutionWord.sol";
import {VersionCode} from "../libraries/VersionCode.sol";
import {Endings} from "./Endings.sol";
import {Requests} from "./Requests.sol";
import {Runs} from "./Runs.sol";
import {Submissions} from "./Submissions.sol";
import {Withdrawals} from "./Withdrawals.sol";

/// @title ClusterExecutions
/// @notice See `IClusterExecutions`.
/// @dev The parts, each with its subject: `Credits` (what is owed), `Runs` (an execution in memory), `Windows` (who may
/// answer when), `Acceptance` and `Submissions` (completions), `Requests` (the beginning), `Endings` (the ends that
/// nobody is paid for), `Callbacks` (who is told), `Withdrawals` (how money leaves); here, what is known of an execution.
///
/// No call here reaches code that somebody else chose but: the gas-capped static ERC-1271 question; the currency's
/// contract, before `execute` writes anything and after `withdraw` has; the receiver of `withdraw`, last; the consumer of
/// `deliver`, when nothing is left to do but to tell. So there is no lock against re-entry: each of these finds the books as
/// they are to stay.
///
/// What holds at the end of every call, and is tested by random histories (`docs/guarantees.md`, C01 to C18): the ether held
/// is at least all credits, running escrow and callback budgets together; for every execution, what was paid in is what was
/// paid, refunded, taken as fee and still held; an ended execution never changes; a task is paid for at most once.
///
/// Reads that a keeper or a page needs are here and not in a lens, as they need what the parts keep to themselves.
///
/// There is no owner, no pause and no upgrade. The order of the base contracts sets the order of storage slots, which
/// `test/contracts/gas/layout.json` keeps.
contract ClusterExecutions is Requests, Submissions, Endings, Withdrawals {
    /// @param router Who may ask in anybody's name, after checking that they want it; zero for nobody.
    constructor(
        INodeRegistry nodes,
        IModelRegistry models,
        IClusterRegistry clusters,
        IPermissionRegistry permissions,
        address router
    ) Runs(nodes, models, clusters, permissions) Requests(router) {}

    /// @inheritdoc IClusterExecutions
    function executionOf(uint256 execution) external view returns (ExecutionView memory) {
        // Of one moment: a wallet that asks from within a batch, by its static call, sees what is about to be written over.
        Run memory run = _known(execution);
        ExecutionWord word = run.word;
        Callback memory callback = _callbackOf(execution, word);
        return ExecutionView({
            state: word.state(),
            requester: _accountHolder(word.requesterRef()),
            cluster: VersionCode.cluster(run.pins),
            version: VersionCode.version(run.pins),
            versionDigest: run.versionDigest,
            createdAt: word.createdAt(),
            deadline: word.deadline(),
            readyAt: word.readyAt(),
            completedTasks: word.completedTasks(),
            ownerMayAnswer: word.has(ExecutionWords.OPTION_OWNER_MAY_ANSWER),
            outputsByReference: word.has(ExecutionWords.OPTION_OUTPUTS_BY_REFERENCE),
            digest: run.digest,
            escrowWei: word.isRunning() ? _escrowWei(run) : 0,
            currency: run.currency,
            consumer: callback.consumer,
            callbackGas: callback.gasExact,
            callbackBudgetWei: callback.budgetWei
        });
    }

    /// @inheritdoc IClusterExecutions
    function outputDigestOf(uint256 execution, uint256 task) external view returns (bytes32) {
        // Erased at the end, where the run's digest folds them all: reads as zero from then on.
        return _outputDigests[execution][task];
    }

    /// @inheritdoc IClusterExecutions
    function contextHashOf(uint256 execution, uint256 task) external view returns (bytes32) {
        Run memory run = _running(execution);
        if (task >= run.taskCount) revert TaskUnknown(execution, task);
        uint256 dependsOn = VersionCode.dependsOnAt(run.pins, task);
        uint256 missing = dependsOn & ~run.word.completedTasks();
        // While one is missing there is no hash: it would be of an output that nobody has given yet.
        if (missing != 0) revert TaskNotReady(execution, task, missing);
        return _contextHash(run, task, dependsOn);
    }

    /// @inheritdoc IClusterExecutions
    function windowOf(uint256 execution, uint256 task, uint256 node)
        external
        view
        returns (bool eligible, uint256 opensAt)
    {
        Run memory run = _known(execution);
        if (task >= run.taskCount) revert TaskUnknown(execution, task);
        // A suspended node keeps its place and its window, and cannot use them until its owner proves a key.
        (address key,) = _NODES.signersOf(node);
        (uint256 model,,,) = VersionCode.taskAt(run.pins, task);
        (eligible, opensAt,,) = _nodeWindow(run, task, model, node, VersionCode.quorumAt(run.pins, task));
        eligible = eligible && key != address(0);
    }
}
