// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";
import {IClusterRegistry} from "../interfaces/IClusterRegistry.sol";
import {IValidationRegistry} from "../interfaces/IValidationRegistry.sol";
import {VersionAgents} from "../libraries/VersionAgents.sol";
import {VersionCode} from "../libraries/VersionCode.sol";

/// @title ValidationRegistry
/// @notice See `IValidationRegistry`.
/// @dev Holds no money and calls nothing but the contracts it was made with. Reverts with words, not custom errors, only
/// where ERC-8004's reference has words.
///
/// Of a request about a completion the chain checks that this output was accepted for that task of that agent; of an answer
/// only that the named validator gave it. What it means is between the reader and the validator.
///
/// What a hostile agent's owner can do: ask a validator that it owns, ask for what it knows to be good, fill a validator's
/// list. What a hostile validator can do: answer anything, change its answer, never answer. What neither can do: make an answer
/// appear that the named validator did not send, or tie a request to an output that was not accepted for that agent's task.
///
/// No re-entry to fear: every call here is a view of one of the project's own contracts. Source: ERC-8004, and the revert words
/// of its reference implementation.
contract ValidationRegistry is IValidationRegistry {
    /// @dev A request and its last answer; who asked is not kept. A validator of zero stands for no request, which is why
    /// nobody may ask the zero address.
    struct Validation {
        address validator;
        /// 0 to 100. Means nothing until `hasResponse` is set.
        uint8 response;
        bool hasResponse;
        /// When it was asked or last answered, unix seconds.
        uint64 lastUpdate;
        uint256 agentId;
        bytes32 responseHash;
        string tag;
    }

    /// @dev Tags are stored, and compared by readers: a word or two.
    uint256 private constant TAG_BYTES_MAX = 64;
    /// @dev URIs are in the log only, 8 gas a byte; a data URI with a short text fits.
    uint256 private constant URI_BYTES_MAX = 2_048;
    /// @dev ERC-8004's scale: 0 for failed, this for passed.
    uint256 private constant RESPONSE_MAX = 100;

    IAgentRegistry private immutable _AGENTS;
    IClusterRegistry private immutable _CLUSTERS;
    IClusterExecutions private immutable _EXECUTIONS;

    mapping(bytes32 requestHash => Validation) private _validations;
    /// @dev What a request is about; all zero for a plain one. Written once, beside the request.
    mapping(bytes32 requestHash => ValidatedCompletion) private _completions;
    /// @dev Both lists only grow, and anybody who owns an agent may make a validator's longer: views alone loop over them.
    mapping(uint256 agent => bytes32[] requestHashes) private _agentValidations;
    mapping(address validator => bytes32[] requestHashes) private _validatorRequests;

    constructor(IAgentRegistry agents, IClusterRegistry clusters, IClusterExecutions executions) {
        _AGENTS = agents;
        _CLUSTERS = clusters;
        _EXECUTIONS = executions;
    }

    /// @inheritdoc IValidationRegistry
    function validationRequest(
        address validatorAddress,
        uint256 agentId,
        string calldata requestURI,
        bytes32 requestHash
    ) external {
        _request(validatorAddress, agentId, requestURI, requestHash);
    }

    /// @inheritdoc IValidationRegistry
    function requestCompletionValidation(
        address validatorAddress,
        uint256 agentId,
        string calldata requestURI,
        ValidatedCompletion calldata completion,
        bytes32 salt,
        RunProof calldata proof
    ) external returns (bytes32 requestHash) {
        // Chain and contract are in it, so that a validator's report about one cannot be shown as one about another. The URI is
        // not: the same request may be told with the file elsewhere.
        requestHash = keccak256(
            abi.encode(
                block.chainid,
                address(this),
                validatorAddress,
                agentId,
                completion.execution,
                completion.task,
                completion.outputDigest,
                salt
            )
        );
        // Whoever sees the hash on its way may use it first for a plain request of its own: another salt makes another hash. Such
        // a request has no completion, as only what passes here is noted as about one.
        // The request is noted before the completion is checked: if the check fails, all of it reverts.
        _request(validatorAddress, agentId, requestURI, requestHash);
        _checkCompletion(agentId, completion, proof);
        _completions[requestHash] = completion;
        emit CompletionValidationRequested(
            requestHash, completion.execution, completion.task, completion.outputDigest
        );
    }

    /// @inheritdoc IValidationRegistry
    function validationResponse(
        bytes32 requestHash,
        uint8 response,
        string calldata responseURI,
        bytes32 responseHash,
        string calldata tag
    ) external {
        require(response <= RESPONSE_MAX, "resp>100");
        Validation storage validation = _known(requestHash);
        // The address that was asked, for ever: a validator that loses its key answers no more, and another may be asked.
        // A validator that is a contract answers by a call of its own; no signature is taken here, so none can be replayed.
        require(msg.sender == validation.validator, "not validator");
        _checkLength(responseURI, URI_BYTES_MAX);
        _checkLength(tag, TAG_BYTES_MAX);
        // Over the answer before, which stays in the log: a validator may correct itself, and readers see when it last did.
        validation.response = response;
        validation.hasResponse = true;
        validation.lastUpdate = uint64(block.timestamp);
        validation.responseHash = responseHash;
        validation.tag = tag;
        emit ValidationResponse(
            msg.sender, validation.agentId, requestHash, response, responseURI, responseHash, tag
        );
    }

    /// @inheritdoc IValidationRegistry
    function getIdentityRegistry() external view returns (address) {
        return address(_AGENTS);
    }

    /// @inheritdoc IValidationRegistry
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
        )
    {
        Validation storage validation = _known(requestHash);
        return (
            validation.validator,
            validation.agentId,
            validation.response,
            validation.responseHash,
            validation.tag,
            validation.lastUpdate
        );
    }

    /// @inheritdoc IValidationRegistry
    function hasValidationResponse(bytes32 requestHash) external view returns (bool) {
        // The standard's status has no such field: a 0 there is a failed check or none at all.
        return _known(requestHash).hasResponse;
    }

    /// @inheritdoc IValidationRegistry
    function getValidatedCompletion(bytes32 requestHash) external view returns (ValidatedCompletion memory) {
        // No revert for an unknown request: an execution of 0 says that it is about no completion, as executions count from 1.
        return _completions[requestHash];
    }

    /// @inheritdoc IValidationRegistry
    function getSummary(uint256 agentId, address[] calldata validatorAddresses, string calldata tag)
        external
        view
        returns (uint64 count, uint8 averageResponse)
    {
        bytes32[] storage requestHashes = _agentValidations[agentId];
        // Over all requests that there ever were: see the warning in the interface.
        // No overflow: each adds at most 100.
        uint256 sum;
        for (uint256 i; i < requestHashes.length; ++i) {
            Validation storage validation = _validations[requestHashes[i]];
            // A request without an answer is no 0.
            if (!validation.hasResponse || !_isIn(validatorAddresses, validation.validator)) continue;
            if (bytes(tag).length != 0 && keccak256(bytes(validation.tag)) != keccak256(bytes(tag))) continue;
            sum += validation.response;
            ++count;
        }
        if (count != 0) averageResponse = uint8(sum / count);
        // The cast cuts nothing: a mean of numbers up to 100.
    }

    /// @inheritdoc IValidationRegistry
    function getAgentValidations(uint256 agentId) external view returns (bytes32[] memory) {
        return _agentValidations[agentId];
    }

    /// @inheritdoc IValidationRegistry
    function getValidatorRequests(address validatorAddress) external view returns (bytes32[] memory) {
        return _validatorRequests[validatorAddress];
    }

    /// @dev Keeps and tells a request. The lists only grow, as the standard has them. The order of the checks decides which
    /// words a bad request is answered with.
    function _request(address validator, uint256 agentId, string calldata requestURI, bytes32 requestHash) private {
        require(validator != address(0), "bad validator");
        // One request for each hash: an answer must not come to be about something else.
        require(_validations[requestHash].validator == address(0), "exists");
        // Reverts for an unknown agent.
        // Asked of this moment: a request stays when the agent is sold, and may be answered for its next owner.
        require(_AGENTS.isAuthorizedOrOwner(msg.sender, agentId), "Not authorized");
        _checkLength(requestURI, URI_BYTES_MAX);
        Validation storage validation = _validations[requestHash];
        validation.validator = validator;
        validation.lastUpdate = uint64(block.timestamp);
        validation.agentId = agentId;
        _agentValidations[agentId].push(requestHash);
        _validatorRequests[validator].push(requestHash);
        emit ValidationRequest(validator, agentId, requestURI, requestHash);
    }

    /// @dev Whether the output was accepted for a task of the agent's. By what the version froze: where the agent is now, or
    /// who answered for it, does not matter. Anybody's execution will do, also one that the agent's owner requested itself.
    function _checkCompletion(uint256 agentId, ValidatedCompletion calldata completion, RunProof calldata proof)
        private
        view
    {
        uint256 execution = completion.execution;
        uint256 task = completion.task;
        bytes32 outputDigest = completion.outputDigest;
        // Reverts for an unknown execution.
        // `run.version` is one that exists, so `versionCode` does not revert, and the head has at least one task.
        IClusterExecutions.ExecutionView memory run = _EXECUTIONS.executionOf(execution);
        bytes memory head = VersionAgents.load(_CLUSTERS.versionCode(run.cluster, run.version));
        uint256 taskCount = VersionCode.taskCount(head);
        if (task >= taskCount || VersionAgents.agentOfTask(head, task) != agentId) {
            revert ValidationTaskNotOfAgent(execution, task, agentId);
        }
        bytes32 accepted;
        // An output that was accepted stays accepted, however the run ends: a failed run's tasks can be validated, too.
        if (run.state == IClusterExecutions.ExecutionState.Running) {
            accepted = _EXECUTIONS.outputDigestOf(execution, task);
        } else {
            // The fold that `ClusterResponse` documents; a list of another length hashes to something else.
            // `task` is below the version's count, which is the list's length where the fold is right: no index is out of
            // bounds.
            bytes32 digest = keccak256(abi.encode(run.versionDigest, proof.inputDigest, proof.outputDigests));
            if (digest != run.digest) revert ValidationRunDigestWrong(execution, digest, run.digest);
            accepted = proof.outputDigests[task];
        }
        // Zero stands for a task without an answer, which no output has.
        if (accepted == 0 || accepted != outputDigest) {
            revert ValidationOutputNotAccepted(execution, task, outputDigest);
        }
    }

    /// @dev By the validator, which is never zero.
    function _known(bytes32 requestHash) private view returns (Validation storage validation) {
        validation = _validations[requestHash];
        require(validation.validator != address(0), "unknown");
    }

    /// @dev Whether a reader's list has the validator; an empty one has all.
    function _isIn(address[] calldata validators, address validator) private pure returns (bool) {
        for (uint256 i; i < validators.length; ++i) {
            if (validators[i] == validator) return true;
        }
        return validators.length == 0;
    }

    /// @dev In bytes, not characters; that they are UTF-8 is not checked.
    function _checkLength(string calldata text, uint256 lengthMax) private pure {
        uint256 length = bytes(text).length;
        if (length > lengthMax) revert ValidationTextTooLong(length, lengthMax);
    }
}
