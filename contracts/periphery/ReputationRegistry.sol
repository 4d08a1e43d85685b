// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IClusterExecutions} from "../interfaces/IClusterExecutions.sol";
import {IClusterRegistry} from "../interfaces/IClusterRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IPermissionRegistry} from "../interfaces/IPermissionRegistry.sol";
import {IReputationRegistry} from "../interfaces/IReputationRegistry.sol";
import {VersionAgents} from "../libraries/VersionAgents.sol";
import {TokenControl} from "./TokenControl.sol";

/// @title ReputationRegistry
/// @notice See `IReputationRegistry`.
/// @dev Holds no money and calls nothing but the contracts it was made with. Reverts with words, not custom errors, only
/// where ERC-8004's reference has words.
///
/// Two books in one: the standard's, in which anybody may write anything and a reader chooses whom to believe; and totals of
/// ratings whose giver can show a run that succeeded. The second can be read by a contract in one slot, which is why each
/// rating is bounded, counted once for a run and agent, and taken out of the totals where it is revoked.
///
/// What a hostile giver can do: write as much plain feedback as it pays gas for, from as many accounts as it likes, and make
/// the standard's lists long. So no list is read by anything that writes, and the totals are reached by one slot. What it can
/// do to the totals costs a run for each rating, and a rating is at most 100. What a hostile agent's owner
/// can do: nothing to feedback that was given; it can keep a requester from giving any (see the interface's warnings).
///
/// Nothing here is called back: all contracts that are asked are the project's own, by views, so there is no re-entry to fear.
/// Sources: ERC-8004 (names, types, events, words); its reference implementation (bounds and revert words).
contract ReputationRegistry is IReputationRegistry {
    /// @dev One piece of feedback; all but the tags in one slot (128, 8, 8 and 64 of its bits). Never deleted: an index means
    /// the same piece of feedback for ever.
    struct Feedback {
        int128 value;
        uint8 valueDecimals;
        bool isRevoked;
        /// The run that its giver paid for; 0 for plain feedback, as executions count from 1.
        uint64 execution;
        string tag1;
        string tag2;
    }

    /// @dev All paid ratings of an agent that stand, in one slot. 2^64 ratings of 100 with 18 decimals stay below 2^131, and
    /// the sum has 192 bits. Who bought or sold the agent since does not matter: the totals are the token's, like its feedback.
    struct PaidTotals {
        uint64 count;
        /// With 18 decimals, whatever decimals each was given with: so that adding and taking back are exact.
        uint192 sum;
    }

    /// @dev Tags are stored, and compared by readers: a word or two.
    uint256 private constant TAG_BYTES_MAX = 64;
    /// @dev Endpoints and URIs are in the log only, 8 gas a byte; a data URI with a short text fits.
    uint256 private constant URI_BYTES_MAX = 2_048;
    /// @dev ERC-8004 has at most 18.
    uint8 private constant DECIMALS_MAX = 18;
    /// @dev As ERC-8004's reference: with 18 decimals 2^64 of them still add up to less than 2^255.
    int128 private constant VALUE_MAX = 1e38;
    /// @dev The scale of ERC-8004's "starred"; a rating outside of it would drown all others in the mean.
    uint256 private constant RATING_MAX = 100;

    IAgentRegistry private immutable _AGENTS;
    IModelRegistry private immutable _MODELS;
    INodeRegistry private immutable _NODES;
    IClusterRegistry private immutable _CLUSTERS;
    IClusterExecutions private immutable _EXECUTIONS;
    IPermissionRegistry private immutable _PERMISSIONS;

    mapping(uint256 agent => mapping(address client => mapping(uint64 index => Feedback))) private _feedback;
    /// @dev How much feedback a client gave an agent, which is the index of its last: they count from 1.
    mapping(uint256 agent => mapping(address client => uint64 index)) private _lastIndex;
    /// @dev Each once, at its first feedback; only grows, by anybody. Looped over by views alone.
    mapping(uint256 agent => address[] clients) private _clients;
    /// @dev To one piece of feedback, by everybody.
    mapping(uint256 agent => mapping(address client => mapping(uint64 index => uint64 count))) private _responses;
    /// @dev The same by one responder. Kept beside the sum, as a sum over responders that nobody lists could not be had
    /// otherwise.
    mapping(
        uint256 agent
            => mapping(address client => mapping(uint64 index => mapping(address responder => uint64 count)))
    ) private _responsesBy;
    mapping(uint256 agent => PaidTotals) private _paidTotals;
    /// @dev Whether a run's rating of an agent was given, be it revoked since. The giver need not be in the key: an execution
    /// has one requester.
    mapping(uint256 execution => mapping(uint256 agent => bool)) private _isPaid;

    constructor(
        IAgentRegistry agents,
        IModelRegistry models,
        INodeRegistry nodes,
        IClusterRegistry clusters,
        IClusterExecutions executions,
        IPermissionRegistry permissions
    ) {
        _AGENTS = agents;
        _MODELS = models;
        _NODES = nodes;
        _CLUSTERS = clusters;
        _EXECUTIONS = executions;
        _PERMISSIONS = permissions;
    }

    /// @inheritdoc IReputationRegistry
    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash
    ) external {
        _checkValue(value, valueDecimals);
        // All that the standard asks, of this moment: who owned the agent before may rate it. Another account of the owner's
        // passes: hence the second book. Reverts for an unknown agent, so no feedback waits for one that comes later.
        require(!_AGENTS.isAuthorizedOrOwner(msg.sender, agentId), "Self-feedback not allowed");
        _give(agentId, value, valueDecimals, tag1, tag2, endpoint, feedbackURI, feedbackHash, 0);
    }

    /// @inheritdoc IReputationRegistry
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
    ) external {
        // First, as the next line multiplies by it.
        _checkValue(value, valueDecimals);
        uint256 rating = _ratingOf(value, valueDecimals);
        // For a negative value a huge number, which is never used: the sign is asked on its own.
        if (value < 0 || rating > RATING_MAX * 10 ** DECIMALS_MAX) {
            revert ReputationRatingOutOfRange(value, valueDecimals);
        }
        _checkPaid(agentId, execution);
        // Stays set when the rating is revoked: one run gives one rating, not one at a time.
        // A giver that changes its mind can take its rating back, and not give another that weighs more by having come later.
        _isPaid[execution][agentId] = true;
        PaidTotals storage totals = _paidTotals[agentId];
        ++totals.count;
        // Checked, and far from its bound: see `PaidTotals`.
        // The cast cuts nothing: a rating is at most 10^20.
        totals.sum += uint192(rating);
        uint64 index =
            _give(agentId, value, valueDecimals, tag1, tag2, endpoint, feedbackURI, feedbackHash, execution);
        emit PaidFeedback(execution, agentId, msg.sender, index);
    }

    /// @inheritdoc IReputationRegistry
    function revokeFeedback(uint256 agentId, uint64 feedbackIndex) external {
        Feedback storage feedback = _known(agentId, msg.sender, feedbackIndex);
        // By the caller's own list: there is no way to name another's feedback here.
        require(!feedback.isRevoked, "Already revoked");
        // The entry stays, as the standard has it; the index of later ones does not move.
        feedback.isRevoked = true;
        if (feedback.execution != 0) {
            PaidTotals storage totals = _paidTotals[agentId];
            --totals.count;
            totals.sum -= uint192(_ratingOf(feedback.value, feedback.valueDecimals));
            // Neither underflows: exactly this was added when it was given, and it is revoked once.
        }
        emit FeedbackRevoked(agentId, msg.sender, feedbackIndex);
    }

    /// @inheritdoc IReputationRegistry
    function appendResponse(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        string calldata responseURI,
        bytes32 responseHash
    ) external {
        // Anybody may answer, also to feedback that was revoked: readers choose whose answers they count.
        // The URI and its hash are in the event alone; of a response only that it was made is counted, for each responder.
        _known(agentId, clientAddress, feedbackIndex);
        require(bytes(responseURI).length != 0, "Empty URI");
        _checkLength(responseURI, URI_BYTES_MAX);
        ++_responses[agentId][clientAddress][feedbackIndex];
        ++_responsesBy[agentId][clientAddress][feedbackIndex][msg.sender];
        emit ResponseAppended(agentId, clientAddress, feedbackIndex, msg.sender, responseURI, responseHash);
    }

    /// @inheritdoc IReputationRegistry
    function getIdentityRegistry() external view returns (address) {
        return address(_AGENTS);
    }

    /// @inheritdoc IReputationRegistry
    function getSummary(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2
    ) external view returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals) {
        require(clientAddresses.length != 0, "clientAddresses required");
        // A client that is named twice counts twice, as for responders: the list is the reader's.
        // All with 18 decimals, so that values of different precision add up.
        // Cannot overflow: a value of 10^38 with 18 more digits is below 2^187, and no call reads 2^68 of them.
        int256 sum;
        uint64[DECIMALS_MAX + 1] memory countOfDecimals;
        for (uint256 i; i < clientAddresses.length; ++i) {
            uint64 last = _lastIndex[agentId][clientAddresses[i]];
            for (uint64 index = 1; index <= last; ++index) {
                Feedback storage feedback = _feedback[agentId][clientAddresses[i]][index];
                if (!_matches(feedback, tag1, tag2, false)) continue;
                sum += feedback.value * _scale(feedback.valueDecimals);
                ++countOfDecimals[feedback.valueDecimals];
                ++count;
            }
        }
        if (count == 0) return (0, 0, 0);
        // The decimals of most; of those that as many have, the fewest.
        for (uint8 decimals = 1; decimals <= DECIMALS_MAX; ++decimals) {
            if (countOfDecimals[decimals] > countOfDecimals[summaryValueDecimals]) summaryValueDecimals = decimals;
        }
        int256 mean = sum / int256(uint256(count));
        // Rounded towards zero, as Solidity divides.
        int256 scaled = mean / _scale(summaryValueDecimals);
        // A huge value among many with decimals does not fit with as many; without any, it always does.
        // The loop ends at 0 decimals at the latest, where the mean is at most 10^38, and an `int128` holds 1.7 * 10^38.
        while (scaled != int128(scaled)) scaled = mean / _scale(--summaryValueDecimals);
        summaryValue = int128(scaled);
    }

    /// @inheritdoc IReputationRegistry
    function getPaidSummary(uint256 agentId)
        external
        view
        returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals)
    {
        PaidTotals storage totals = _paidTotals[agentId];
        count = totals.count;
        // Fits: the mean is at most 100 with 18 decimals.
        // Decimals are always 18, also for no rating: a reader need not tell the cases apart.
        if (count != 0) summaryValue = int128(uint128(totals.sum / count));
        summaryValueDecimals = DECIMALS_MAX;
    }

    /// @inheritdoc IReputationRegistry
    function getPaidTotals(uint256 agentId) external view returns (uint64 count, uint256 sum) {
        PaidTotals storage totals = _paidTotals[agentId];
        return (totals.count, totals.sum);
    }

    /// @inheritdoc IReputationRegistry
    function getFeedbackExecution(uint256 agentId, address clientAddress, uint64 feedbackIndex)
        external
        view
        returns (uint256)
    {
        return _known(agentId, clientAddress, feedbackIndex).execution;
    }

    /// @inheritdoc IReputationRegistry
    function readFeedback(uint256 agentId, address clientAddress, uint64 feedbackIndex)
        external
        view
        returns (int128 value, uint8 valueDecimals, string memory tag1, string memory tag2, bool isRevoked)
    {
        Feedback storage feedback = _known(agentId, clientAddress, feedbackIndex);
        return (feedback.value, feedback.valueDecimals, feedback.tag1, feedback.tag2, feedback.isRevoked);
    }

    /// @inheritdoc IReputationRegistry
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
        )
    {
        // None named stands for all, as the standard has it; that list is anybody's to lengthen.
        address[] memory from = clientAddresses;
        if (from.length == 0) from = _clients[agentId];
        // Counted first, without the filters: lists in memory cannot grow.
        // Memory for all, though few may match; a reader that pays for memory by gas asks for fewer clients.
        uint256 total;
        for (uint256 i; i < from.length; ++i) {
            total += _lastIndex[agentId][from[i]];
        }
        clients = new address[](total);
        feedbackIndexes = new uint64[](total);
        values = new int128[](total);
        valueDecimals = new uint8[](total);
        tag1s = new string[](total);
        tag2s = new string[](total);
        revokedStatuses = new bool[](total);
        uint256 found;
        for (uint256 i; i < from.length; ++i) {
            uint64 last = _lastIndex[agentId][from[i]];
            for (uint64 index = 1; index <= last; ++index) {
                Feedback storage feedback = _feedback[agentId][from[i]][index];
                if (!_matches(feedback, tag1, tag2, includeRevoked)) continue;
                clients[found] = from[i];
                feedbackIndexes[found] = index;
                values[found] = feedback.value;
                valueDecimals[found] = feedback.valueDecimals;
                tag1s[found] = feedback.tag1;
                tag2s[found] = feedback.tag2;
                revokedStatuses[found++] = feedback.isRevoked;
            }
        }
        // The lists were made for all there is; what did not match is cut off.
        // By writing their lengths: `found` is at most what they were made for.
        assembly ("memory-safe") {
            mstore(clients, found)
            mstore(feedbackIndexes, found)
            mstore(values, found)
            mstore(valueDecimals, found)
            mstore(tag1s, found)
            mstore(tag2s, found)
            mstore(revokedStatuses, found)
        }
    }

    /// @inheritdoc IReputationRegistry
    function getResponseCount(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        address[] calldata responders
    ) external view returns (uint64 count) {
        // A client, index or agent that there is not has no responses: this reverts for none.
        if (clientAddress == address(0)) {
            address[] storage clients = _clients[agentId];
            for (uint256 i; i < clients.length; ++i) {
                count += _responsesToAll(agentId, clients[i], responders);
            }
        } else if (feedbackIndex == 0) {
            count = _responsesToAll(agentId, clientAddress, responders);
        } else {
            count = _responsesTo(agentId, clientAddress, feedbackIndex, responders);
        }
    }

    /// @inheritdoc IReputationRegistry
    function getClients(uint256 agentId) external view returns (address[] memory) {
        return _clients[agentId];
    }

    /// @inheritdoc IReputationRegistry
    function getLastIndex(uint256 agentId, address clientAddress) external view returns (uint64) {
        return _lastIndex[agentId][clientAddress];
    }

    /// @dev Stores and tells feedback that may be given. What is stored is what others compute with; endpoint, URI and hash are
    /// for readers of the log.
    /// Every text is bounded, so what one call can store is two tags of 64 bytes and a slot, besides the list's new client.
    function _give(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash,
        uint256 execution
    ) private returns (uint64 index) {
        _checkLength(tag1, TAG_BYTES_MAX);
        _checkLength(tag2, TAG_BYTES_MAX);
        _checkLength(endpoint, URI_BYTES_MAX);
        _checkLength(feedbackURI, URI_BYTES_MAX);
        // No bound but gas on how often: 2^64 of them nobody pays for.
        index = ++_lastIndex[agentId][msg.sender];
        if (index == 1) _clients[agentId].push(msg.sender);
        _feedback[agentId][msg.sender][index] = Feedback({
            value: value,
            valueDecimals: valueDecimals,
            isRevoked: false,
            // Executions are numbered from 1 and made one by one: nobody will make 2^64.
            execution: uint64(execution),
            tag1: tag1,
            tag2: tag2
        });
        emit NewFeedback(
            agentId, msg.sender, index, value, valueDecimals, tag1, tag1, tag2, endpoint, feedbackURI, feedbackHash
        );
    }

    /// @dev Whether the caller paid for `execution` and has no say over whoever could earn from it.
    ///
    /// All of it is asked of the present, but for the version, which is of the run. An owner that sold its model after the run
    /// may rate it as a stranger; a requester that bought it since may not. No check finds one person behind two accounts: what
    /// praising oneself from another account costs is what the run paid to others, as the interface warns.
    function _checkPaid(uint256 agentId, uint256 execution) private view {
        // Reverts for an unknown execution.
        IClusterExecutions.ExecutionView memory run = _EXECUTIONS.executionOf(execution);
        if (run.requester != msg.sender) revert ReputationNotRequester(execution, msg.sender);
        // A wallet contract may be a requester and rate; a router is never one: it asks in its requester's name.
        if (run.state != IClusterExecutions.ExecutionState.Succeeded) {
            revert ReputationExecutionNotSucceeded(execution, run.state);
        }
        // The cluster's owner's answers cost nothing, and who answered is in the log alone: a cluster's owner could rate the
        // agents in its versions for gas, by runs that it requests from another account and answers itself.
        // What the requester allowed counts, not whether such an answer came.
        if (run.ownerMayAnswer) revert ReputationRunUnpaid(execution);
        // Reads at most 1,410 bytes of code, whatever the version's texts: the cost does not grow with them.
        bytes memory head = VersionAgents.load(_CLUSTERS.versionCode(run.cluster, run.version));
        (bool found, uint256 model) = VersionAgents.modelOfAgent(head, agentId);
        // By the version that ran, not by where the agent is now. Who did the task is not known here: an agent is who was
        // asked, and any node of its model may have answered.
        if (!found) revert ReputationAgentWithoutTask(execution, agentId);
        if (_isPaid[execution][agentId]) revert ReputationPaidAlready(execution, agentId);
        // Set in the caller of this after it came back, with nothing foreign between: no second rating slips in.
        // Asked now, of whoever rates. The price is not asked: where a version's tasks cost nothing a rating proves a run and no
        // payment, as the interface warns.
        _checkStranger(address(_AGENTS), agentId);
        _checkStranger(address(_MODELS), model);
        _checkStranger(address(_CLUSTERS), run.cluster);
        // At most 64 places. Nodes that have left count as well: one could leave as soon as it was paid.
        // Of the agent's own model only: a giver may own nodes of the run's other models, which earn from other tasks.
        IModelRegistry.ServingNode[] memory places = _MODELS.servingNodes(model);
        for (uint256 i; i < places.length; ++i) {
            _checkStranger(address(_NODES), places[i].node);
        }
    }

    /// @dev The caller must have no say over the token: see `TokenControl`.
    /// All tokens asked about exist, as a version or a list of places names them: `ownerOf` does not revert here.
    function _checkStranger(address registry, uint256 token) private view {
        if (TokenControl.hasSay(_PERMISSIONS, registry, token, msg.sender)) {
            revert ReputationGiverInvolved(msg.sender, registry, token);
        }
    }

    /// @dev The bounds and words of ERC-8004's reference. Both signs: -10^38 has an `int128`, too.
    function _checkValue(int128 value, uint8 valueDecimals) private pure {
        require(valueDecimals <= DECIMALS_MAX, "too many decimals");
        require(value >= -VALUE_MAX && value <= VALUE_MAX, "value too large");
    }

    /// @dev In bytes, not characters; that they are UTF-8 is not checked, and readers escape what they show.
    function _checkLength(string calldata text, uint256 lengthMax) private pure {
        uint256 length = bytes(text).length;
        if (length > lengthMax) revert ReputationTextTooLong(length, lengthMax);
    }

    /// @dev Indexes count from 1, and a client's have no gaps.
    /// Revoked feedback is known: what was said and taken back can be read.
    function _known(uint256 agentId, address client, uint64 index) private view returns (Feedback storage) {
        require(index != 0, "index must be > 0");
        require(index <= _lastIndex[agentId][client], "index out of bounds");
        return _feedback[agentId][client][index];
    }

    /// @dev To all feedback that a client gave, revoked or not: responses to it were made.
    function _responsesToAll(uint256 agentId, address client, address[] calldata responders)
        private
        view
        returns (uint64 count)
    {
        uint64 last = _lastIndex[agentId][client];
        for (uint64 index = 1; index <= last; ++index) {
            count += _responsesTo(agentId, client, index, responders);
        }
    }

    /// @dev To one piece of it. A responder that is named twice counts twice: the list is the reader's.
    function _responsesTo(uint256 agentId, address client, uint64 index, address[] calldata responders)
        private
        view
        returns (uint64 count)
    {
        if (responders.length == 0) return _responses[agentId][client][index];
        for (uint256 i; i < responders.length; ++i) {
            count += _responsesBy[agentId][client][index][responders[i]];
        }
    }

    /// @dev Whether a reader's filters let feedback through.
    function _matches(Feedback storage feedback, string calldata tag1, string calldata tag2, bool includeRevoked)
        private
        view
        returns (bool)
    {
        // An empty filter lets everything through; tags are compared as bytes, without case or space folded.
        if (feedback.isRevoked && !includeRevoked) return false;
        return (bytes(tag1).length == 0 || _isSame(feedback.tag1, tag1))
            && (bytes(tag2).length == 0 || _isSame(feedback.tag2, tag2));
    }

    /// @dev By hash: of tags of at most 64 bytes, and of a filter of any length, which the reader pays for.
    function _isSame(string memory tag, string calldata wanted) private pure returns (bool) {
        return keccak256(bytes(tag)) == keccak256(bytes(wanted));
    }

    /// @dev A value with 18 decimals: of a paid rating, which is 0 to 100, at most 10^20. Warning: of a negative value this is
    /// no rating; `givePaidFeedback` refuses those.
    function _ratingOf(int128 value, uint8 valueDecimals) private pure returns (uint256) {
        return uint256(value * _scale(valueDecimals));
    }

    /// @dev What a value with so many decimals is multiplied by to have 18. Warning: `decimals` is at most 18; what is stored
    /// was checked.
    function _scale(uint8 decimals) private pure returns (int256) {
        return int256(10 ** uint256(DECIMALS_MAX - decimals));
    }
}
