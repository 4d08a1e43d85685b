// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title IClusterRegistry
/// @notice Which agents make up a cluster, which tasks they do, and which versions of that were published. A cluster
/// is an ERC-721 token.
/// @dev A cluster has one draft, edited by its owner, and any number of versions, each frozen by `publish`. Text
/// lives in code, not in storage; a version is one contract's code, laid out as `VersionCode` documents, and its
/// digest is that code's hash. Safety rests on: a version never changes, and an agent is in at most one cluster.
interface IClusterRegistry {
    /// @notice An agent as a member: its ERC-8004 id, and the persona that prompts speak with.
    struct AgentEntry {
        uint256 agent;
        /// 1 to 32 characters of `[A-Za-z0-9 _-]`, unique in the cluster.
        string name;
        string role;
        string goal;
        string backstory;
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
        /// Bit i: depends on task i, an earlier one. 0: on the task before (the first: on none). `INDEPENDENT`: on none.
        uint32 dependsOn;
    }

    /// @notice A whole cluster in one piece.
    struct ClusterBlueprint {
        /// 3 to 31 characters of `[a-z0-9-]`; unique for ever.
        string slug;
        string name;
        string description;
        AgentEntry[] agents;
        TaskEntry[] tasks;
    }

    /// @notice What a version pins besides the tasks.
    struct PublishTerms {
        /// What the cluster's owner earns from each succeeded execution, in wei.
        uint96 feeWei;
        /// Length of a step-in window in seconds: at least three block times of the chain, 3 to 86,400.
        uint32 windowSeconds;
    }

    /// @notice A cluster was created.
    event ClusterCreated(
        uint256 indexed cluster, address indexed owner, string slug, string name, string description
    );
    /// @notice An agent joined a cluster under `name`.
    event AgentAddedToCluster(uint256 indexed cluster, uint256 indexed agent, string name);
    /// @notice A task was added to a cluster's draft; its text is the code of `text` (see `VersionCode`).
    event TaskAddedToCluster(uint256 indexed cluster, uint256 indexed task, uint256 indexed agent, address text);
    /// @notice A version was frozen; it is the code of `code`, whose hash is `digest`.
    event VersionPublished(uint256 indexed cluster, uint256 indexed version, bytes32 digest, address code);

    /// @notice Thrown when `cluster` does not exist.
    error ClusterUnknown(uint256 cluster);
    /// @notice Thrown when `version` of `cluster` was never published.
    error ClusterVersionUnknown(uint256 cluster, uint256 version);
    /// @notice Thrown when the cluster takes no new executions.
    error ClusterIsClosed(uint256 cluster);
    /// @notice Thrown when the version takes no new executions: the owner of the cluster, or of a model or agent in it, stopped it.
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
    /// @notice Thrown when an agent that has a task is on no model.
    error ClusterAgentWithoutModel(uint256 agent);
    /// @notice Thrown when a model is used by grant only, belongs to somebody else than the agent, and the agent's owner has no
    /// grant for it.
    error ClusterModelNotOpen(uint256 model, uint256 agent);
    /// @notice Thrown when the tasks of a version would be paid in different currencies.
    error ClusterCurrenciesDiffer(address currency, address other);
    /// @notice Thrown when a name is not 1 to 32 characters of `[A-Za-z0-9 _-]`.
    error ClusterNameInvalid(string name);
    /// @notice Thrown when two agents or two tasks have the same name.
    error ClusterNameTaken(string name);
    /// @notice Thrown when a text is longer than `lengthMax` bytes, or empty where it must not be (`lengthMax` 0).
    error ClusterTextLength(string field, uint256 length, uint256 lengthMax);
    /// @notice Thrown when a version, or a draft with what is added to it, would not fit one contract's code.
    error ClusterVersionTooLarge(uint256 length, uint256 lengthMax);
    /// @notice Thrown when a version would have no task.
    error ClusterWithoutTasks(uint256 cluster);
    /// @notice Thrown when there are more agents than `countMax`.
    error ClusterAgentsFull(uint256 countMax);
    /// @notice Thrown when there are more tasks than `countMax`.
    error ClusterTasksFull(uint256 countMax);
    /// @notice Thrown when a task depends on itself or on a later one.
    error ClusterDependencyNotEarlier(string task, uint32 dependsOn);
    /// @notice Thrown when a window is outside its range.
    error ClusterWindowOutOfRange(uint256 windowSeconds, uint256 secondsMin, uint256 secondsMax);
    /// @notice Thrown when the prices and the fee together do not fit 96 bits.
    error ClusterPriceTooHigh(uint256 totalWei);

    /// @notice Creates an empty cluster for the caller.
    /// @return cluster Ids count from 1.
    function create(string calldata slug, string calldata name, string calldata description)
        external
        returns (uint256 cluster);

    /// @notice Adds an agent to a cluster. Owner of the cluster, or a delegate with the role edit, who is the same for the agent;
    /// or the cluster's owner has a grant for the agent, of which one use is taken.
    function addAgent(uint256 cluster, AgentEntry calldata entry) external;

    /// @notice Adds a task to the end of the draft. Owner, or a delegate with the role edit.
    /// @return task Its index, from 0.
    function addTask(uint256 cluster, TaskEntry calldata entry) external returns (uint256 task);

    /// @notice Freezes the draft as the next version and pins models, prices, node shares, fee and window. Owner, or a delegate
    /// with the role edit.
    /// @return version Versions count from 1.
    function publish(uint256 cluster, PublishTerms calldata terms) external returns (uint256 version);

    /// @notice Creates a cluster, adds its agents and tasks and publishes version 1, in one call.
    function createAndPublish(ClusterBlueprint calldata blueprint, PublishTerms calldata terms)
        external
        returns (uint256 cluster, uint256 version);

    /// @notice The cluster that has `slug`; 0 for none.
    function clusterOfSlug(string calldata slug) external view returns (uint256 cluster);

    /// @notice The cluster that `agent` is in; 0 for none.
    function clusterOfAgent(uint256 agent) external view returns (uint256 cluster);

    /// @notice The agents of a cluster, in the order they joined; at most 32.
    function membersOf(uint256 cluster) external view returns (uint256[] memory agents);

    /// @notice How many versions a cluster has; the newest version.
    function versionCount(uint256 cluster) external view returns (uint256);

    /// @notice Number of the contract that holds a version, for `ClusterExecutions`: the nonce with which this
    /// registry made it, so its address follows from the two. Reverts for an unknown version.
    function versionPointer(uint256 cluster, uint256 version) external view returns (uint32 pointer);

    /// @notice What `execute` has to know: the number of the version's code, and whether the requester needs a grant unless it
    /// owns the cluster. Reverts for an unknown version, and for one that takes no new executions.
    function versionFor(uint256 cluster, uint256 version) external view returns (uint32 pointer, bool restricted);

    /// @notice The contract whose code is the version. Its code hash is the version's digest.
    function versionCode(uint256 cluster, uint256 version) external view returns (address code);

    /// @notice A version's bytes, laid out as `VersionCode` documents.
    function versionData(uint256 cluster, uint256 version) external view returns (bytes memory);

    /// @notice Slug, name and description.
    function describe(uint256 cluster)
        external
        view
        returns (string memory slug, string memory name, string memory description);

    /// @notice The draft as it stands, texts included.
    function draftOf(uint256 cluster) external view returns (AgentEntry[] memory agents, TaskEntry[] memory tasks);

    /// @notice How many clusters were ever created; the newest id.
    function clusterCount() external view returns (uint256);
}
