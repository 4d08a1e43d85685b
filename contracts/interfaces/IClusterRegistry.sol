// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title IClusterRegistry
/// @notice Which agents make up a cluster, which tasks they do, and which versions of that were published. A cluster
/// is an ERC-721 token.
/// @dev A cluster has one draft, edited by its owner or a delegate with the role edit, and any number of versions, each
/// frozen by `publish`. Text lives in code, not in storage; a version is one to three contracts' code, laid out as
/// `VersionCode` documents, and its digest is the first code's hash, which binds the others'. `ClusterLens` decodes
/// what is read here. Safety rests on: a version never changes, and an agent is in at most one cluster. What an edit
/// leaves wrong is refused by `publish` and can be edited again, so no draft is ever lost.
///
/// An integrator must not assume
///
/// - that a version is the one it saw a moment ago: name versions by number, and compare `versionCode`'s hash where it matters;
/// - that a version that accepts executions now will: owners of the cluster, of its agents and of its models may stop it;
/// - that texts are harmless: slugs and names are plain ASCII, everything else is bytes that its author chose.
///
/// Warning to whoever puts an agent into a cluster of another's: each `publish` of that cluster may take a use of the agent's
/// owner's grant for the model that the agent is on. Give such grants in numbers, and take the agent out to end it.
interface IClusterRegistry {
    /// @notice An agent as a member: its ERC-8004 id, and the persona that prompts speak with.
    struct AgentEntry {
        uint256 agent;
        /// 1 to 32 characters of `[A-Za-z0-9 _-]`, unique in the cluster.
        string name;
        string role;
        string goal;
        string backstory;
        /// Most tokens of an answer; 0 for no say.
        uint32 tokensMax;
        /// Sampling temperature in thousandths, 0 to 2,000; 65,535 for no say.
        uint16 temperatureMilli;
    }

    /// @notice One step of the work.
    struct TaskEntry {
        /// 1 to 32 characters of `[A-Za-z0-9 _-]`, unique in the cluster.
        string name;
        /// Id of the member that does it.
        uint256 agent;
        /// What the agent is asked to do, 1 to 8,192 bytes.
        string prompt;
        /// Name of the tool the task needs, or empty; operators decide what stands behind a name.
        string tool;
        /// What the tool is to be called with, at most 1,024 bytes; empty where there is no tool.
        string toolArguments;
        /// Bit i: depends on task i, an earlier one. 0: on the task before (the first: on none). `INDEPENDENT`: on none.
        uint32 dependsOn;
        /// How many nodes must agree on the answer: 2 to 7; 0 or 1 for one answer.
        uint8 quorum;
    }

    /// @notice A whole cluster in one piece.
    struct ClusterBlueprint {
        /// 3 to 31 characters of `[a-z0-9-]`; unique for ever.
        string slug;
        string name;
        string description;
        /// Names of the variables that an input brings; none where an input is one text.
        string[] inputs;
        AgentEntry[] agents;
        TaskEntry[] tasks;
    }

    /// @notice What a version pins besides the tasks.
    struct PublishTerms {
        /// What the cluster's owner earns from each succeeded execution, in wei.
        uint96 feeWei;
        /// Length of a step-in window in seconds: at least three block times of the chain, 3 to 86,400; one window for each
        /// task of the longest path must fit 30 days, the longest run.
        uint32 windowSeconds;
        /// After so many nodes' reports of failure a task has failed: 1 to 8; 0 means 3.
        uint8 attempts;
    }

    /// @notice What may be done with a version.
    /// Unknown: never published. Accepting: anybody may execute it. Restricted: the cluster's owner may, and who has a
    /// grant. Stopped: it takes no new executions, for ever. Closed: its cluster takes none at present.
    enum VersionStatus {
        Unknown,
        Accepting,
        Restricted,
        Stopped,
        Closed
    }

    /// @notice A cluster was created.
    event ClusterCreated(
        uint256 indexed cluster, address indexed owner, string slug, string name, string description
    );
    /// @notice An agent joined a cluster under `name`.
    event AgentAddedToCluster(uint256 indexed cluster, uint256 indexed agent, string name);
    /// @notice A member's persona and settings in the draft; name, role, goal and backstory are the code of `text`. Members
    /// of a cluster built in one call have theirs in its first version.
    event AgentPersonaSet(
        uint256 indexed cluster, uint256 indexed agent, uint32 tokensMax, uint16 temperatureMilli, address text
    );
    /// @notice An agent is in the cluster no longer. Tasks of its stay in the draft, which cannot be published until they
    /// have another.
    event AgentRemovedFromCluster(uint256 indexed cluster, uint256 indexed agent);
    /// @notice A task was added to a cluster's draft. `dependsOn` is the mask of earlier tasks, resolved; name, prompt, tool
    /// and its arguments are the code of `text`.
    event TaskAddedToCluster(
        uint256 indexed cluster,
        uint256 indexed task,
        uint256 indexed agent,
        uint32 dependsOn,
        uint8 quorum,
        address text
    );
    /// @notice A task of the draft says something else; as `TaskAddedToCluster`.
    event TaskReplacedInCluster(
        uint256 indexed cluster,
        uint256 indexed task,
        uint256 indexed agent,
        uint32 dependsOn,
        uint8 quorum,
        address text
    );
    /// @notice A task left the draft. Later ones move up by one; what depended on it depends on what it depended on.
    event TaskRemovedFromCluster(uint256 indexed cluster, uint256 indexed task);
    /// @notice The draft's tasks stand in another order: the i-th is the one that was `order[i]`.
    event TasksReordered(uint256 indexed cluster, uint8[] order);
    /// @notice Name and description changed, for versions published from now on.
    event ClusterDescribed(uint256 indexed cluster, string name, string description);
    /// @notice The names of the variables that an input brings, with a comma between two.
    event ClusterInputsSet(uint256 indexed cluster, string inputs);
    /// @notice A version was frozen; it is the code of `code`, whose hash is `digest`, and where that says so of the codes
    /// made right after it.
    event VersionPublished(uint256 indexed cluster, uint256 indexed version, bytes32 digest, address code);
    /// @notice A version takes no new executions, for ever; `by` said so.
    event VersionStopped(uint256 indexed cluster, uint256 indexed version, address indexed by);
    /// @notice The cluster takes no new executions, or takes them again.
    event ClusterClosedSet(uint256 indexed cluster, bool closed);
    /// @notice Only the cluster's owner and who has a grant may execute it, or anybody again.
    event ClusterRestrictedSet(uint256 indexed cluster, bool restricted);

    /// @notice Thrown when `cluster` does not exist.
    error ClusterUnknown(uint256 cluster);
    /// @notice Thrown when `version` of `cluster` was never published.
    error ClusterVersionUnknown(uint256 cluster, uint256 version);
    /// @notice Thrown when the cluster takes no new executions.
    error ClusterIsClosed(uint256 cluster);
    /// @notice Thrown when the version takes no new executions: the owner of the cluster, or of a model or agent in it,
    /// stopped it.
    error ClusterVersionStopped(uint256 cluster, uint256 version);
    /// @notice Thrown when the caller does not own the cluster, nor is a delegate whose roles are enough.
    error ClusterNotOwned(uint256 cluster, address caller);
    /// @notice Thrown when a slug has not 3 to 31 characters of `[a-z0-9-]`.
    error ClusterSlugInvalid(string slug);
    /// @notice Thrown when `slug` belongs to `cluster`.
    error ClusterSlugTaken(string slug, uint256 cluster);
    /// @notice Thrown when the caller neither owns the agent nor is a delegate with the role edit, and the cluster's owner
    /// has no grant for it.
    error ClusterAgentNotOwned(uint256 agent, address caller);
    /// @notice Thrown when `agent` is in `cluster` already: an agent is in at most one.
    error ClusterAgentTaken(uint256 agent, uint256 cluster);
    /// @notice Thrown when a task names an agent that is not a member.
    error ClusterAgentMissing(string task, uint256 agent);
    /// @notice Thrown when `agent` is not a member of the cluster.
    error ClusterAgentNotMember(uint256 cluster, uint256 agent);
    /// @notice Thrown when the agent that has a task is on no model.
    error ClusterAgentWithoutModel(string task, uint256 agent);
    /// @notice Thrown when the model of a task's agent is used by grant only, belongs to somebody else than the agent, and
    /// the agent's owner has no grant for it.
    error ClusterModelNotOpen(string task, uint256 model, uint256 agent);
    /// @notice Thrown when the model of a task's agent is closed to new versions.
    error ClusterModelClosed(string task, uint256 model);
    /// @notice Thrown when the caller neither owns the model nor is a delegate with the role edit.
    error ClusterModelNotOwned(uint256 model, address caller);
    /// @notice Thrown when no task of the version is on `model`.
    error ClusterVersionWithoutModel(uint256 cluster, uint256 version, uint256 model);
    /// @notice Thrown when `agent` is not in the version.
    error ClusterVersionWithoutAgent(uint256 cluster, uint256 version, uint256 agent);
    /// @notice Thrown when the draft has no task `task`.
    error ClusterTaskUnknown(uint256 cluster, uint256 task);
    /// @notice Thrown when an order does not name each of `count` tasks once.
    error ClusterOrderInvalid(uint256 count);
    /// @notice Thrown when a quorum is above `quorumMax`.
    error ClusterQuorumTooHigh(string task, uint256 quorum, uint256 quorumMax);
    /// @notice Thrown when a temperature is above `milliMax` and does not say that there is no say.
    error ClusterTemperatureTooHigh(string agent, uint256 temperatureMilli, uint256 milliMax);
    /// @notice Thrown when there are more attempts than `attemptsMax`.
    error ClusterAttemptsTooMany(uint256 attempts, uint256 attemptsMax);
    /// @notice Thrown when there are more input variables than `countMax`.
    error ClusterInputsFull(uint256 countMax);
    /// @notice Thrown when the tasks of a version would be paid in different currencies.
    error ClusterCurrenciesDiffer(address currency, address other);
    /// @notice Thrown when a name is not 1 to 32 characters of `[A-Za-z0-9 _-]`, for an input's variable without spaces.
    error ClusterNameInvalid(string name);
    /// @notice Thrown when two agents, two tasks or two input variables have the same name.
    error ClusterNameTaken(string name);
    /// @notice Thrown when a text is longer than `lengthMax` bytes, or empty where it must not be (`lengthMax` 0).
    error ClusterTextLength(string field, uint256 length, uint256 lengthMax);
    /// @notice Thrown when a version would be longer than `lengthMax` bytes.
    error ClusterVersionTooLarge(uint256 length, uint256 lengthMax);
    /// @notice Thrown when a version would have no task.
    error ClusterWithoutTasks(uint256 cluster);
    /// @notice Thrown when there are more agents than `countMax`.
    error ClusterAgentsFull(uint256 countMax);
    /// @notice Thrown when there are more tasks than `countMax`.
    error ClusterTasksFull(uint256 countMax);
    /// @notice Thrown when a task depends on itself or on a later one.
    error ClusterDependencyNotEarlier(string task, uint32 dependsOn);
    /// @notice Thrown when a window is outside its range, which ends earlier where the longest path has more than 30 tasks.
    error ClusterWindowOutOfRange(uint256 windowSeconds, uint256 secondsMin, uint256 secondsMax);
    /// @notice Thrown when the prices and the fee together do not fit 96 bits.
    error ClusterPriceTooHigh(uint256 totalWei);

    /// @notice Creates an empty cluster for the caller.
    /// Anybody may. `ClusterSlugInvalid`, `ClusterSlugTaken`, `ClusterTextLength`. A name has at most 64 bytes, a description
    /// 1,024.
    /// @return cluster Ids count from 1.
    function create(string calldata slug, string calldata name, string calldata description)
        external
        returns (uint256 cluster);

    /// @notice Creates a cluster, adds its agents and tasks and publishes version 1, in one call.
    /// Anybody may, with agents that it may edit or has grants for. Reverts as `create`, `setInputs`, `addAgent`, `addTask` and
    /// `publish` do; all of it, or nothing.
    function createAndPublish(ClusterBlueprint calldata blueprint, PublishTerms calldata terms)
        external
        returns (uint256 cluster, uint256 version);

    /// @notice Changes name and description. Owner, or a delegate with the role edit, as for every edit of the draft.
    /// Anybody else gets `ClusterNotOwned`, and `ClusterUnknown` says that there is no such cluster. `ClusterTextLength`.
    function setDescription(uint256 cluster, string calldata name, string calldata description) external;

    /// @notice Names the variables that an input brings: at most 16 names of 1 to 32 characters of `[A-Za-z0-9_-]`, each once;
    /// none where an input is one text.
    /// `ClusterInputsFull`, `ClusterNameInvalid`, `ClusterNameTaken`.
    function setInputs(uint256 cluster, string[] calldata names) external;

    /// @notice Adds an agent to a cluster. Owner of the cluster, or a delegate with the role edit, who is the same for the agent;
    /// or the cluster's owner has a grant for the agent, of which one use is taken.
    /// `ClusterAgentNotOwned`, `ClusterAgentTaken`, `ClusterAgentsFull`; for its entry `ClusterNameInvalid`,
    /// `ClusterNameTaken`, `ClusterTextLength`, `ClusterTemperatureTooHigh`.
    function addAgent(uint256 cluster, AgentEntry calldata entry) external;

    /// @notice Gives a member another name, persona or settings.
    /// `ClusterAgentNotMember`, and for the entry as `addAgent`. The agent's owner is not asked.
    function replaceAgent(uint256 cluster, AgentEntry calldata entry) external;

    /// @notice Takes an agent out of a cluster. The owner of the cluster or of the agent, or an edit delegate of either, at any
    /// time. Published versions and running executions are untouched.
    /// `ClusterAgentNotMember`, `ClusterNotOwned`.
    function removeAgent(uint256 cluster, uint256 agent) external;

    /// @notice Adds a task to the end of the draft.
    /// `ClusterTasksFull`, `ClusterAgentMissing`, `ClusterDependencyNotEarlier`, `ClusterQuorumTooHigh`; for its texts
    /// `ClusterNameInvalid`, `ClusterNameTaken`, `ClusterTextLength`.
    /// @return task Its index, from 0.
    function addTask(uint256 cluster, TaskEntry calldata entry) external returns (uint256 task);

    /// @notice Puts another task in a task's place. What depends on it stays.
    /// `ClusterTaskUnknown`, and for the entry as `addTask`.
    function replaceTask(uint256 cluster, uint256 task, TaskEntry calldata entry) external;

    /// @notice Takes a task out of the draft. Later ones move up by one; what depended on it depends on what it depended on.
    function removeTask(uint256 cluster, uint256 task) external;

    /// @notice Puts the tasks in another order. What a task depends on must still be earlier.
    /// `ClusterOrderInvalid`, `ClusterDependencyNotEarlier`.
    /// @param order The i-th task shall be the one that is now `order[i]`.
    function reorderTasks(uint256 cluster, uint8[] calldata order) external;

    /// @notice Gives a task a tool and what it is to be called with; two empty texts take the tool away.
    /// `ClusterTaskUnknown`, `ClusterNameInvalid`, `ClusterTextLength`. What stands behind a tool's name each operator decides
    /// for itself.
    function attachTool(uint256 cluster, uint256 task, string calldata tool, string calldata toolArguments) external;

    /// @notice Freezes the draft as the next version and pins models, prices, node shares, fee, window and attempts. Owner, or a
    /// delegate with the role edit. Reverts for what the draft lacks or what does not fit together: `ClusterWithoutTasks`,
    /// `ClusterAgentMissing`, `ClusterAgentWithoutModel`, `ClusterModelClosed`, `ClusterModelNotOpen`,
    /// `ClusterCurrenciesDiffer`, `ClusterWindowOutOfRange`, `ClusterAttemptsTooMany`, `ClusterPriceTooHigh`,
    /// `ClusterVersionTooLarge`; the draft stays as it is.
    ///
    /// Warning: pins what the models' owners ask at the moment in which it is mined; there is no highest price to name. Nobody
    /// pays by that: `execute` takes exactly what its caller sends. Look at `IClusterExecutions.quote` before you announce a
    /// version, and stop one that became too dear.
    /// Warning: where an agent of another owner is on a model that is used by grant, one use of the **agent's owner's** grant
    /// is taken for each such model and owner, at every `publish`.
    /// @return version Versions count from 1.
    function publish(uint256 cluster, PublishTerms calldata terms) external returns (uint256 version);

    /// @notice Whether the cluster takes no new executions at all, of any version. Owner, or a delegate with the role edit
    /// (`ClusterNotOwned`). Can be undone, unlike a stop; running executions are untouched.
    function setClosed(uint256 cluster, bool closed) external;

    /// @notice Whether only the cluster's owner, and who has a grant for it at `ClusterExecutions`, may execute it. Owner, or a
    /// delegate with the role edit.
    function setRestricted(uint256 cluster, bool restricted) external;

    /// @notice Ends new executions of a version, for ever; running ones are untouched. The cluster's owner, or an edit delegate
    /// (`ClusterNotOwned`). `ClusterVersionUnknown`, `ClusterVersionStopped`. Other versions go on.
    function stopVersion(uint256 cluster, uint256 version) external;

    /// @notice The same, by the owner of a model, or its edit delegate, that a task of the version is on.
    /// `ClusterVersionWithoutModel`, `ClusterModelNotOwned`.
    function stopVersionAsModel(uint256 cluster, uint256 version, uint256 model) external;

    /// @notice The same, by the owner of an agent, or its edit delegate, that is in the version.
    /// `ClusterVersionWithoutAgent`, `ClusterAgentNotOwned`.
    function stopVersionAsAgent(uint256 cluster, uint256 version, uint256 agent) external;

    /// @notice The cluster that has `slug`; 0 for none.
    function clusterOfSlug(string calldata slug) external view returns (uint256 cluster);

    /// @notice The cluster that `agent` is in; 0 for none.
    function clusterOfAgent(uint256 agent) external view returns (uint256 cluster);

    /// @notice The agents of a cluster, in the order they joined; at most 32.
    /// Of the draft; `ClusterUnknown` where there is none.
    function membersOf(uint256 cluster) external view returns (uint256[] memory agents);

    /// @notice How many versions a cluster has; the newest version.
    function versionCount(uint256 cluster) external view returns (uint256);

    /// @notice Number of the contract that holds a version, for `ClusterExecutions`: the nonce with which this
    /// registry made it, so its address follows from the two. Reverts for an unknown version.
    function versionPointer(uint256 cluster, uint256 version) external view returns (uint32 pointer);

    /// @notice What `execute` has to know: the number of the version's code, and whether the requester needs a grant unless it
    /// owns the cluster. Reverts for an unknown version, and for one that takes no new executions.
    /// `ClusterUnknown`, `ClusterVersionUnknown`; `ClusterIsClosed`, `ClusterVersionStopped`.
    function versionFor(uint256 cluster, uint256 version) external view returns (uint32 pointer, bool restricted);

    /// @notice The same without reverting, for whoever asks before: the most that hinders a new execution.
    function statusOf(uint256 cluster, uint256 version) external view returns (VersionStatus);

    /// @notice The contract whose code is the version, or its first part. Its code hash is the version's digest.
    function versionCode(uint256 cluster, uint256 version) external view returns (address code);

    /// @notice All of a version's bytes, laid out as `VersionCode` documents, those in further codes included.
    function versionData(uint256 cluster, uint256 version) external view returns (bytes memory);

    /// @notice Slug, name, description and names of variables as they are now, laid out as in a version.
    function textsOf(uint256 cluster) external view returns (bytes memory);

    /// @notice The draft as it stands, laid out as a version (`VersionCode`) in which nothing is pinned: a task has the id of its
    /// agent in place of a model, and 255 in place of the agent's index where that is not a member any more.
    function draftData(uint256 cluster) external view returns (bytes memory);

    /// @notice How many clusters were ever created; the newest id.
    function clusterCount() external view returns (uint256);
}
