// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterExecutions} from "./IClusterExecutions.sol";

/// @title IReputationRegistry
/// @notice What clients say of agents: an ERC-8004 Reputation Registry for the agents of `AgentRegistry`, and on top of
/// it feedback that proves that its giver paid for a run in which the agent did a task.
///
/// | | plain feedback | paid feedback |
/// |---|---|---|
/// | who may give it | anybody but the agent's owner and approved accounts | the requester of a run that succeeded, who has no say over agent, model, cluster and nodes |
/// | how often | without limit | once for each run and agent |
/// | what it says | any value | a rating from 0 to 100 |
/// | how it is summed | by a loop over the clients that the reader trusts | by totals kept at writing, in one read |
///
/// @dev What is marked (ERC-8004) has that standard's names, types, events and, where its reference has words, words.
/// Safety rests on: the registries and `ClusterExecutions` that this contract was made with.
/// An integrator must not assume that plain feedback was paid for, or that paid feedback comes from a stranger: an
/// operator may pay itself from another account. That costs it what the run's other payees earn, and nothing if it is
/// all of them. Weigh paid feedback by who gave it, as any other.
/// Warning: a version's prices may be **zero**, and then a "paid" rating cost its giver gas alone. The totals do not say what
/// was paid. Look at the price of the agent's tasks in the version of the run (`getFeedbackExecution`, then
/// `IClusterExecutions.executionOf` and `IClusterLens.versionOf`, `priceWei` and `currency`) before a rating weighs anything.
/// Warning: that a requester has no say is asked when it rates. An owner can keep a requester from rating by naming it a
/// delegate, or by approving it for the token, which it then can take: the absence of ratings says nothing.
/// Warning: `getSummary`, `readAllFeedback`, `getResponseCount` and `getClients` are loops as the standard has them,
/// over what anybody may add to: call them from outside the chain. From a contract call `getPaidSummary`.
interface IReputationRegistry {
    /// @notice Feedback was given (ERC-8004). Endpoint, URI and hash are in this event only.
    event NewFeedback(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        int128 value,
        uint8 valueDecimals,
        string indexed indexedTag1,
        string tag1,
        string tag2,
        string endpoint,
        string feedbackURI,
        bytes32 feedbackHash
    );
    /// @notice The feedback of `NewFeedback` right before it is paid: its giver requested `execution`.
    event PaidFeedback(
        uint256 indexed execution, uint256 indexed agentId, address indexed clientAddress, uint64 feedbackIndex
    );
    /// @notice Its giver took feedback back (ERC-8004).
    event FeedbackRevoked(
        uint256 indexed agentId, address indexed clientAddress, uint64 indexed feedbackIndex
    );
    /// @notice Somebody answered to feedback (ERC-8004).
    event ResponseAppended(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        address indexed responder,
        string responseURI,
        bytes32 responseHash
    );

    /// @notice Thrown when a tag, an endpoint or a URI is longer than `lengthMax` bytes.
    error ReputationTextTooLong(uint256 length, uint256 lengthMax);
    /// @notice Thrown when a paid rating is not from 0 to 100.
    error ReputationRatingOutOfRange(int128 value, uint8 valueDecimals);
    /// @notice Thrown when the caller did not request the execution.
    error ReputationNotRequester(uint256 execution, address caller);
    /// @notice Thrown when the execution has not succeeded.
    error ReputationExecutionNotSucceeded(uint256 execution, IClusterExecutions.ExecutionState state);
    /// @notice Thrown when the execution allowed the cluster's owner to answer, whose answers nobody pays for.
    error ReputationRunUnpaid(uint256 execution);
    /// @notice Thrown when the version that the execution ran has no task of the agent.
    error ReputationAgentWithoutTask(uint256 execution, uint256 agent);
    /// @notice Thrown when paid feedback was given for this execution and agent before, be it revoked since.
    error ReputationPaidAlready(uint256 execution, uint256 agent);
    /// @notice Thrown when the giver has a say over a token that earned from the execution, or may have: the agent, its
    /// model, the cluster, or a node in the model's list. `registry` is the contract of that token.
    error ReputationGiverInvolved(address giver, address registry, uint256 token);

    /// @notice Gives feedback on an agent (ERC-8004). Anybody may but the agent's owner and whom it approved, who get
    /// "Self-feedback not allowed". For an unknown agent `ERC721NonexistentToken`.
    /// @param value From −10^38 to 10^38, else "value too large".
    /// @param valueDecimals How many of its digits are decimals, at most 18, else "too many decimals".
    /// @param tag1 At most 64 bytes, as `tag2`.
    /// @param endpoint At most 2,048 bytes, as `feedbackURI`.
    /// @param feedbackHash keccak256 of the file at `feedbackURI`, or zero.
    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash
    ) external;

    /// @notice Rates an agent for a run that the caller paid for. The caller is the requester of `execution`, which has
    /// succeeded, did not allow the cluster's owner to answer, and has a task of the agent; it has no say (as owner,
    /// approved account or delegate) over the agent, the model that its task was paid to, the cluster, or any node that has
    /// a place in the model's list. Once for each execution and agent. Counts as feedback like any other, too.
    /// Reverts with `ExecutionUnknown` of `ClusterExecutions`, `ReputationNotRequester`, `ReputationExecutionNotSucceeded`,
    /// `ReputationRunUnpaid`, `ReputationAgentWithoutTask`, `ReputationPaidAlready`, `ReputationGiverInvolved`,
    /// `ReputationRatingOutOfRange`, and for values and texts as `giveFeedback`. Asks up to 67 tokens: below 2 million gas.
    /// @param value The rating: with its decimals from 0 to 100, whatever the tags, so that no giver outweighs others.
    function givePaidFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash,
        uint256 execution
    ) external;

    /// @notice Takes the caller's own feedback back (ERC-8004); paid feedback leaves the totals. Reverts with
    /// "index must be > 0", "index out of bounds" or "Already revoked".
    /// What was revoked can be read, and its run cannot be rated again.
    function revokeFeedback(uint256 agentId, uint64 feedbackIndex) external;

    /// @notice Answers to feedback; anybody may, any number of times (ERC-8004). Reverts with "index must be > 0",
    /// "index out of bounds", or "Empty URI".
    /// `responseHash` is keccak256 of the file at the URI, or zero; nothing checks it.
    /// @param responseURI 1 to 2,048 bytes.
    function appendResponse(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        string calldata responseURI,
        bytes32 responseHash
    ) external;

    /// @notice The `AgentRegistry` (ERC-8004).
    function getIdentityRegistry() external view returns (address);

    /// @notice Count and mean of what these clients say (ERC-8004). The mean has the decimals that most of the
    /// feedback has, or fewer where it would not fit; revoked feedback does not count. An empty tag stands for any.
    /// Reverts with "clientAddresses required" for none.
    /// The mean is rounded towards zero. Where as many have each of several decimals it has the fewest of those.
    function getSummary(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2
    ) external view returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals);

    /// @notice Count and mean of all paid ratings of an agent that were not revoked, in one read. The mean has 18
    /// decimals, rounded down; 0 for none. Ratings of runs that cost nothing count as much as any: see the warning above.
    function getPaidSummary(uint256 agentId)
        external
        view
        returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals);

    /// @notice The totals behind `getPaidSummary`, to be added to others'.
    /// @return count How many ratings that were not revoked.
    /// @return sum Their sum, with 18 decimals.
    function getPaidTotals(uint256 agentId) external view returns (uint64 count, uint256 sum);

    /// @notice The execution that the giver of this feedback paid for; 0 for plain feedback. Reverts as `readFeedback`.
    function getFeedbackExecution(uint256 agentId, address clientAddress, uint64 feedbackIndex)
        external
        view
        returns (uint256 execution);

    /// @notice One piece of feedback (ERC-8004). Reverts with "index must be > 0" or "index out of bounds".
    function readFeedback(uint256 agentId, address clientAddress, uint64 feedbackIndex)
        external
        view
        returns (int128 value, uint8 valueDecimals, string memory tag1, string memory tag2, bool isRevoked);

    /// @notice All feedback of these clients, or of all where none is named (ERC-8004). An empty tag stands for any.
    function readAllFeedback(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2,
        bool includeRevoked
    )
        external
        view
        returns (
            address[] memory clients,
            uint64[] memory feedbackIndexes,
            int128[] memory values,
            uint8[] memory valueDecimals,
            string[] memory tag1s,
            string[] memory tag2s,
            bool[] memory revokedStatuses
        );

    /// @notice How many responses there are (ERC-8004): by these responders, or by all where none is named; to this
    /// feedback, to all of a client's where the index is 0, or to all of an agent's where the client is zero.
    function getResponseCount(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        address[] calldata responders
    ) external view returns (uint64 count);

    /// @notice Everybody who ever gave an agent feedback, in the order of their first (ERC-8004), also who took all of it back.
    function getClients(uint256 agentId) external view returns (address[] memory clients);

    /// @notice How often a client has given an agent feedback; the newest index, which count from 1 (ERC-8004).
    function getLastIndex(uint256 agentId, address clientAddress) external view returns (uint64 lastIndex);
}
