// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title IValidationRegistry
/// @notice Requests to check agents' work, and what the validators answered: an ERC-8004 Validation Registry for the
/// agents of `AgentRegistry`, and on top of it requests that are tied to one completion of one execution.
/// @dev What is marked (ERC-8004) has that standard's names, types, events and, where its reference has words, words.
/// Safety rests on: the registries and `ClusterExecutions` that this contract was made with.
/// An integrator must not assume anything about a validator: an agent's owner chooses it. Ask for those you trust, by
/// `validatorAddresses`. What a validator is paid, and what it loses, is between it and whoever asks. Nor that a low answer
/// is seen: an agent's owner need not ask again, or may ask another. Nothing rests on this contract: no payment waits for it.
/// Warning: `getSummary`, `getAgentValidations` and `getValidatorRequests` are lists as the standard has them, and
/// anybody who has an agent may add to a validator's: call them from outside the chain, or follow the events.
interface IValidationRegistry {
    /// @notice What proves an output of an execution that has ended: everything its run digest was made from. Empty for
    /// one that is running, whose outputs the chain still has.
    struct RunProof {
        bytes32 inputDigest;
        /// Of all tasks, in their order; zero for one that nobody answered.
        bytes32[] outputDigests;
    }

    /// @notice The completion that a request is about. All zero for a request that is about none.
    struct ValidatedCompletion {
        uint256 execution;
        uint256 task;
        bytes32 outputDigest;
    }

    /// @notice An agent's work was put up for validation (ERC-8004).
    event ValidationRequest(
        address indexed validatorAddress, uint256 indexed agentId, string requestURI, bytes32 indexed requestHash
    );
    /// @notice The request of `ValidationRequest` right before it is about this completion.
    event CompletionValidationRequested(
        bytes32 indexed requestHash, uint256 indexed execution, uint256 indexed task, bytes32 outputDigest
    );
    /// @notice A validator answered, for the first time or anew (ERC-8004).
    event ValidationResponse(
        address indexed validatorAddress,
        uint256 indexed agentId,
        bytes32 indexed requestHash,
        uint8 response,
        string responseURI,
        bytes32 responseHash,
        string tag
    );

    /// @notice Thrown when a tag or a URI is longer than `lengthMax` bytes.
    error ValidationTextTooLong(uint256 length, uint256 lengthMax);
    /// @notice Thrown when the execution has no such task, or it is another agent's.
    error ValidationTaskNotOfAgent(uint256 execution, uint256 task, uint256 agent);
    /// @notice Thrown when the output was not accepted for the task.
    error ValidationOutputNotAccepted(uint256 execution, uint256 task, bytes32 outputDigest);
    /// @notice Thrown when what was given does not hash to the run digest of an execution that has ended.
    error ValidationRunDigestWrong(uint256 execution, bytes32 digest, bytes32 runDigest);

    /// @notice Asks a validator to check an agent's work (ERC-8004). The agent's owner or approved may; anybody else
    /// reverts with "Not authorized". Also "bad validator" for the zero address, and "exists" where the hash names a
    /// request already.
    /// Warning: a hash names one request for ever, and whoever sees it on its way may use it first, for its own agent.
    /// @param requestURI Where the validator finds what it needs, at most 2,048 bytes; in the event only.
    /// @param requestHash keccak256 of that; names the request.
    function validationRequest(
        address validatorAddress,
        uint256 agentId,
        string calldata requestURI,
        bytes32 requestHash
    ) external;

    /// @notice The same for one completion: the agent's own task of an execution, and the output that was accepted for it.
    /// The agent's owner or approved may.
    /// Reverts as `validationRequest`, with `ExecutionUnknown` of `ClusterExecutions`, and with `ValidationTaskNotOfAgent`,
    /// `ValidationRunDigestWrong` or `ValidationOutputNotAccepted`. Anybody's execution will do, whatever it came to.
    /// @param salt Any value; another one makes another request about the same, also where somebody used the hash first.
    /// @param proof Empty while the execution runs.
    /// @return requestHash keccak256(abi.encode(chain id, this contract, validator, agent, execution, task, output
    /// digest, salt)).
    function requestCompletionValidation(
        address validatorAddress,
        uint256 agentId,
        string calldata requestURI,
        ValidatedCompletion calldata completion,
        bytes32 salt,
        RunProof calldata proof
    ) external returns (bytes32 requestHash);

    /// @notice Answers a request, any number of times; the last answer counts (ERC-8004). Only the validator it names
    /// may: else "not validator", or "unknown" where there is no such request.
    /// @param response 0 (failed) to 100 (passed), else "resp>100".
    /// @param responseURI At most 2,048 bytes; in the event only.
    /// @param tag At most 64 bytes.
    /// @param responseHash keccak256 of the file at `responseURI`, or zero; nothing checks it.
    function validationResponse(
        bytes32 requestHash,
        uint8 response,
        string calldata responseURI,
        bytes32 responseHash,
        string calldata tag
    ) external;

    /// @notice The `AgentRegistry` (ERC-8004).
    function getIdentityRegistry() external view returns (address);

    /// @notice A request and its last answer (ERC-8004); reverts with "unknown" where there is none.
    /// `lastUpdate` is when it was asked or last answered, in unix seconds.
    function getValidationStatus(bytes32 requestHash)
        external
        view
        returns (
            address validatorAddress,
            uint256 agentId,
            uint8 response,
            bytes32 responseHash,
            string memory tag,
            uint256 lastUpdate
        );

    /// @notice Whether a request was answered: a response of 0 is an answer, too.
    function hasValidationResponse(bytes32 requestHash) external view returns (bool);

    /// @notice The completion that a request is about; zeros for a plain request, and for one that there is not.
    function getValidatedCompletion(bytes32 requestHash) external view returns (ValidatedCompletion memory);

    /// @notice Count and mean, rounded down, of the answers about an agent (ERC-8004): of these validators, or of all where
    /// none is named; with this tag, or any where it is empty.
    /// Of each request its last answer, compared by the tag of that; requests without an answer do not count.
    function getSummary(uint256 agentId, address[] calldata validatorAddresses, string calldata tag)
        external
        view
        returns (uint64 count, uint8 averageResponse);

    /// @notice The requests about an agent, in the order in which they came, answered or not (ERC-8004).
    function getAgentValidations(uint256 agentId) external view returns (bytes32[] memory requestHashes);

    /// @notice The requests to a validator, in the order in which they came, answered or not (ERC-8004).
    function getValidatorRequests(address validatorAddress) external view returns (bytes32[] memory requestHashes);
}
