// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClusterRegistry} from "../../interfaces/IClusterRegistry.sol";
import {IModelRegistry} from "../../interfaces/IModelRegistry.sol";
import {BlueprintText} from "../../libraries/BlueprintText.sol";
import {VersionCode} from "../../libraries/VersionCode.sol";
import {ClusterDrafts} from "./ClusterDrafts.sol";

/// @title ClusterVersions
/// @notice The part of `ClusterRegistry` that freezes versions and reads them.
/// @dev What a version pins cannot be changed by anybody, its publisher included: a run's price, shares and rules are what its
/// requester saw. So everything that a run will rest on is checked here, once, and nothing of it again by `execute`.
///
/// Warning: prices are those of the moment in which `publish` is mined; the caller names no highest. A model's owner that
/// sees a `publish` on its way may raise its price before it. The version is then dearer than was meant, and nobody has paid:
/// `execute` takes exactly what its caller sends, and a caller sends what it saw quoted. Look at `quote` after publishing,
/// and stop the version if it is not what you meant.
///
/// What a hostile model's owner can do: ask more, close the model, take back a grant, all before the `publish` and none of it
/// after. What a hostile publisher can do: spend, at every `publish`, uses of grants that its members' owners have (see
/// `IClusterRegistry`). Every check is of this moment: a pinned model may lose its nodes the next second.
abstract contract ClusterVersions is ClusterDrafts {
    /// @dev What an agent's model comes to in the version that is being frozen.
    struct Pin {
        /// 0 for an agent that no task has named yet.
        uint256 model;
        IModelRegistry.Terms terms;
        /// Who used a grant for the model; zero for nobody.
        address grantee;
    }

    /// @dev No chain makes blocks so fast that fewer seconds would be three of them.
    uint256 private constant WINDOW_SECONDS_MIN = 3;
    /// @dev A node that is silent for a day is not late but gone.
    uint256 private constant WINDOW_SECONDS_MAX = 86_400;
    /// @dev `ClusterExecutions` takes no longer run, and none with less than one window for each task of the longest path:
    /// nobody could execute a version that needs more.
    uint256 private constant RUN_SECONDS_MAX = 30 days;
    /// @dev What one node cannot do another may; what three cannot do is not worth a fourth.
    uint256 private constant ATTEMPTS_DEFAULT = 3;
    /// @dev Each costs a window: more only put off that the requester gets its money back.
    uint256 private constant ATTEMPTS_MAX = 8;

    /// @inheritdoc IClusterRegistry
    function publish(uint256 cluster, PublishTerms calldata terms) external returns (uint256 version) {
        _checkEditor(cluster);
        (version,) = _freeze(cluster, _assembleDraft(cluster), terms);
    }

    /// @inheritdoc IClusterRegistry
    function versionCount(uint256 cluster) external view returns (uint256) {
        _checkKnown(cluster);
        return _current[cluster].version;
    }

    /// @inheritdoc IClusterRegistry
    function versionPointer(uint256 cluster, uint256 version) external view returns (uint32) {
        return _knownVersion(cluster, version);
    }

    /// @inheritdoc IClusterRegistry
    function versionCode(uint256 cluster, uint256 version) external view returns (address) {
        return _codeAddress(_knownVersion(cluster, version));
    }

    /// @inheritdoc IClusterRegistry
    function versionData(uint256 cluster, uint256 version) external view returns (bytes memory) {
        return _versionBytes(_knownVersion(cluster, version));
    }

    /// @dev Pins the terms in `data`, which is laid out as a version in which nothing is pinned, and writes it as the next
    /// version. Answers the version's number and that of its code.
    function _freeze(uint256 cluster, bytes memory data, PublishTerms memory terms)
        internal
        returns (uint256 version, uint32 pointer)
    {
        uint256 seconds_ = terms.windowSeconds;
        // How long the shortest run takes that `execute` lets in: nobody could run a version whose path has no time. A version
        // without tasks has a path of 0, for which nothing is divided; it is refused below.
        uint256 pathLength = _longestPath(data);
        uint256 secondsMax = WINDOW_SECONDS_MAX;
        if (pathLength * secondsMax > RUN_SECONDS_MAX) secondsMax = RUN_SECONDS_MAX / pathLength;
        if (seconds_ < WINDOW_SECONDS_MIN || seconds_ > secondsMax) {
            revert ClusterWindowOutOfRange(seconds_, WINDOW_SECONDS_MIN, secondsMax);
        }
        if (terms.attempts > ATTEMPTS_MAX) revert ClusterAttemptsTooMany(terms.attempts, ATTEMPTS_MAX);
        if (VersionCode.taskCount(data) == 0) revert ClusterWithoutTasks(cluster);
        if (data.length > VersionCode.VERSION_BYTES_MAX) {
            revert ClusterVersionTooLarge(data.length, VersionCode.VERSION_BYTES_MAX);
        }
        Current storage current = _current[cluster];
        version = current.version + 1;
        // Fits 32 bits: each costs its publisher a contract.
        // Takes uses of grants: if anything below reverts, they come back with the rest.
        // `data` is changed in place: what stood for the agents' ids are models from here on.
        VersionCode.Header memory header = _pinTasks(data, terms.feeWei);
        header.cluster = cluster;
        header.version = version;
        header.windowSeconds = seconds_;
        header.feeWei = terms.feeWei;
        header.pathLength = pathLength;
        header.attempts = terms.attempts == 0 ? ATTEMPTS_DEFAULT : terms.attempts;
        VersionCode.putHeader(data, header);
        _putFurtherHashes(data);
        address code;
        (pointer, code) = _writeCode(data);
        if (version != 1) {
            // The newest moves to where the earlier ones are, a stop with it: a stop is for ever.
            _earlier[cluster][version - 1] = Earlier({code: current.code, stopped: current.stopped});
        }
        // A stop was of the version before; the new one begins without.
        current.version = uint32(version);
        current.code = pointer;
        current.stopped = false;
        emit VersionPublished(cluster, version, code.codehash, code);
    }

    /// @dev Puts model, price and share of each task in the place of its agent's id; answers currency and quote. A member that
    /// no task names is frozen with its persona, and may be on no model: only tasks are paid.
    function _pinTasks(bytes memory data, uint256 feeWei) private returns (VersionCode.Header memory header) {
        // Cannot overflow: at most 32 prices of 96 bits and a fee of 96. That the sum has 96, too, is checked at the end:
        // `feeWei`, prices and quote are in the smallest unit of the one currency.
        unchecked {
            Pin[] memory pins = new Pin[](VersionCode.agentCount(data));
            uint256 count = VersionCode.taskCount(data);
            uint256 totalWei = feeWei;
            for (uint256 i; i < count; ++i) {
                (uint256 agent,,, uint256 dependsOn) = VersionCode.taskAt(data, i);
                uint256 index = VersionCode.agentIndexAt(data, i);
                if (index == VersionCode.AGENT_GONE) revert ClusterAgentMissing(_taskNameAt(data, i), agent);
                Pin memory pin = pins[index];
                if (pin.model == 0) _pinModel(data, i, agent, pins, pin);
                address currency = pin.terms.currency;
                // One currency for all: a quote is one number, and escrow one sum.
                // The first task's, whatever it is; a version without tasks was refused before.
                if (i == 0) header.currency = currency;
                else if (header.currency != currency) revert ClusterCurrenciesDiffer(header.currency, currency);
                totalWei += pin.terms.priceWei;
                VersionCode.putTask(
                    data,
                    i,
                    pin.model,
                    pin.terms.priceWei,
                    pin.terms.nodeShareBps,
                    dependsOn,
                    index,
                    VersionCode.quorumAt(data, i)
                );
            }
            if (totalWei > type(uint96).max) revert ClusterPriceTooHigh(totalWei);
            header.quoteWei = totalWei;
        }
    }

    /// @dev Finds the model an agent is on, if it may get into a version: anybody's agent may use an open one, else its
    /// owner's, or that of somebody who has a grant, of which one use is taken for each model and owner.
    function _pinModel(bytes memory data, uint256 task, uint256 agent, Pin[] memory pins, Pin memory pin) private {
        (address agentOwner, uint256 model) = _AGENTS.ownerAndModelOf(agent);
        if (model == 0) revert ClusterAgentWithoutModel(_taskNameAt(data, task), agent);
        address modelOwner;
        bool closed;
        // As the model's owner asks it now: see the warning above. An agent's owner may change its model until here, too.
        // Two agents on one model are asked about twice, within one call and so with one answer.
        (pin.terms, modelOwner, closed) = _MODELS.termsAndOwnerOf(model);
        if (closed) revert ClusterModelClosed(_taskNameAt(data, task), model);
        if (!pin.terms.open && modelOwner != agentOwner) {
            // The grant is the agent's owner's, not the publisher's: whoever may publish a cluster spends the grants of those
            // whose agents are in it.
            bool used;
            for (uint256 i; i < pins.length; ++i) {
                if (pins[i].model == model && pins[i].grantee == agentOwner) used = true;
            }
            if (!used && !_useGrant(address(_MODELS), model, agentOwner)) {
                revert ClusterModelNotOpen(_taskNameAt(data, task), model, agent);
            }
            pin.grantee = agentOwner;
        }
        pin.model = model;
    }

    /// @dev Puts the hashes of the codes that the texts go on in at their places in the first.
    function _putFurtherHashes(bytes memory data) private pure {
        uint256 further = VersionCode.furtherCodes(data);
        for (uint256 i; i < further; ++i) {
            uint256 offset = (i + 1) * VersionCode.CODE_BYTES_MAX;
            uint256 part = data.length - offset;
            if (part > VersionCode.CODE_BYTES_MAX) part = VersionCode.CODE_BYTES_MAX;
            bytes32 hash;
            // For as long as it is hashed, the byte before the part is the STOP byte.
            // At `data + offset` begins the word that ends right before the part: its last byte is that one. It is put back.
            assembly ("memory-safe") {
                let slice := add(data, offset)
                let kept := mload(slice)
                mstore8(add(slice, 31), 0)
                hash := keccak256(add(slice, 31), add(part, 1))
                mstore(slice, kept)
            }
            VersionCode.putFurtherHash(data, i, hash);
        }
    }

    /// @dev Number of tasks on the longest path of dependencies. Masks name earlier tasks only, so one pass does.
    /// At most 32 times 32 steps.
    function _longestPath(bytes memory data) private pure returns (uint256 longest) {
        uint256 count = VersionCode.taskCount(data);
        uint256[] memory depth = new uint256[](count);
        // Cannot overflow: at most 32 tasks.
        unchecked {
            for (uint256 i; i < count; ++i) {
                uint256 mask = VersionCode.dependsOnAt(data, i);
                uint256 deepest;
                for (uint256 j; mask != 0; ++j) {
                    if (mask & 1 == 1 && depth[j] > deepest) deepest = depth[j];
                    mask >>= 1;
                }
                depth[i] = deepest + 1;
                if (depth[i] > longest) longest = depth[i];
            }
        }
    }

    /// @dev For errors: the name of a task of a version or draft.
    function _taskNameAt(bytes memory data, uint256 task) private pure returns (string memory name) {
        uint256 before = 4 + 4 * VersionCode.agentCount(data) + 4 * task;
        (name,) = BlueprintText.textAt(data, BlueprintText.skip(data, VersionCode.textsAt(data), before));
    }
}
