// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {LibString} from "solady/src/utils/LibString.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IPermissionRegistry} from "../interfaces/IPermissionRegistry.sol";
import {ERC721Packed} from "../libraries/ERC721Packed.sol";
import {Roles} from "../libraries/Roles.sol";

/// @title ModelRegistry
/// @notice See `IModelRegistry`.
/// @dev What running executions rest on: a place, once taken, is its node's for ever, and the list is ordered by the time of
/// joining. So who stands where for an execution follows from its creation, whatever comes and goes later. What versions rest
/// on is copied by `publish`: `setTerms` reaches none of them.
///
/// What a hostile model's owner can do: choose who serves, fill the 64 places with nodes of its own, send nodes away from runs
/// that are to come. What it cannot: take a place away, put a node into a run that began before it joined, or answer before the
/// nodes that a run began with have had their windows. What a hostile node can do: join where it is let, and be silent. Nothing
/// here holds money or calls a contract that somebody else chose: of a currency only the size of its code is looked at.
contract ModelRegistry is IModelRegistry, ERC721Packed {
    /// @dev The terms and what the list of nodes looks like, in two slots: 160 + 96 bits, and the rest.
    struct Model {
        address currency;
        uint96 priceWei;
        uint16 nodeShareBps;
        bool open;
        /// Places ever taken; never falls.
        uint8 places;
        /// Places whose node serves now.
        uint8 activePlaces;
        /// When the last place was taken and when a node last left, unix seconds.
        uint40 lastJoinedAt;
        uint40 lastLeftAt;
        /// Whether it gets into no new version.
        bool closed;
    }

    /// @dev One place, in one slot. `node` and `joinedAt` (unix seconds) never change once written; nodes have ids far below
    /// 2^64.
    struct Place {
        uint64 node;
        uint40 joinedAt;
        bool active;
    }

    /// @dev What is between a model and a node, in one slot.
    struct Serving {
        /// The owner for whose side it was offered and not answered yet; zero for nobody.
        address offeredBy;
        /// Whether the offer came from the model's side.
        bool offeredByModel;
        /// Place in the list plus 1; 0 for none.
        uint8 placePlusOne;
        bool active;
        /// When it first joined and last left, unix seconds (32 bits last until 2106).
        uint32 joinedAt;
        uint32 leftAt;
    }

    /// @dev A rotation over 64 nodes waits 64 windows for the last of them; more would only wait longer.
    uint256 private constant PLACES_MAX = 64;
    /// @dev Basis points of the whole.
    uint256 private constant BPS = 10_000;
    /// @dev A name fits one slot with its length.
    uint256 private constant NAME_BYTES_MAX = 31;

    INodeRegistry private immutable _NODES;
    IPermissionRegistry private immutable _PERMISSIONS;

    mapping(uint256 model => Model) private _models;
    mapping(uint256 model => bytes32 smallString) private _names;
    /// @dev By place, for whoever lists them or searches by time; and by node, for whoever checks one. Both say the same.
    mapping(uint256 model => mapping(uint256 place => Place)) private _places;
    mapping(uint256 model => mapping(uint256 node => Serving)) private _servings;
    uint256 private _modelCount;

    constructor(INodeRegistry nodes, IPermissionRegistry permissions) ERC721("Pleiad Model", "PMODEL") {
        _NODES = nodes;
        _PERMISSIONS = permissions;
    }

    /// @inheritdoc IModelRegistry
    function register(string calldata name, Terms calldata terms) external returns (uint256 model) {
        uint256 length = bytes(name).length;
        // Bytes, not characters, and any of them: a name is for people to read, and two models may share one.
        if (length == 0 || length > NAME_BYTES_MAX) revert ModelNameLength(length);
        model = ++_modelCount;
        _writeTerms(model, terms);
        _names[model] = LibString.packOne(name);
        // With its length in one word, which is why a name has 31 bytes at most.
        _mint(msg.sender, model);
        emit ModelRegistered(model, msg.sender, name, terms);
    }

    /// @inheritdoc IModelRegistry
    function setTerms(uint256 model, Terms calldata terms) external {
        // The currency, too, may change: what a version pinned it is paid in for ever.
        if (!_editsModel(model, _knownOwner(model))) revert ModelNotOwned(model, msg.sender);
        _writeTerms(model, terms);
        emit ModelTermsSet(model, terms);
    }

    /// @inheritdoc IModelRegistry
    function setClosed(uint256 model, bool closed) external {
        // Runs and nodes are not touched: it is `publish` that asks.
        if (!_editsModel(model, _knownOwner(model))) revert ModelNotOwned(model, msg.sender);
        _models[model].closed = closed;
        emit ModelClosedSet(model, closed);
    }

    /// @inheritdoc IModelRegistry
    function serve(uint256 model, uint256 node) external {
        address modelOwner = _knownOwner(model);
        address nodeOwner = _nodeOwner(node);
        bool forModel = _editsModel(model, modelOwner);
        // Both are asked whoever calls: a delegate of both sides joins a node in one call.
        bool forNode = _editsNode(node, nodeOwner);
        if (!forModel && !forNode) revert ModelServingNotYours(model, node, msg.sender);
        Serving storage serving = _servings[model][node];
        if (serving.active) revert ModelAlreadyServed(model, node);
        // One owner of both has nobody to ask, also where its delegate for one of the two calls: such a delegate may do that
        // much.
        bool agreed = (forModel && forNode) || modelOwner == nodeOwner;
        // The other side's offer stands as long as whoever it was made for owns that side: a buyer is bound by no offer of
        // the seller's.
        // By address, as of now: a token that was sold and bought back finds the offer standing, for the same owner.
        if (!agreed) {
            agreed = forModel
                ? !serving.offeredByModel && serving.offeredBy == nodeOwner
                : serving.offeredByModel && serving.offeredBy == modelOwner;
        }
        if (agreed) {
            _join(model, node, serving);
        } else {
            // In place of an older offer: the same side's, or one from the other side that is void by now.
            serving.offeredBy = forModel ? modelOwner : nodeOwner;
            serving.offeredByModel = forModel;
            emit ModelServingOffered(model, node, serving.offeredBy);
        }
    }

    /// @inheritdoc IModelRegistry
    function leave(uint256 model, uint256 node) external {
        if (!_editsModel(model, _knownOwner(model)) && !_editsNode(node, _nodeOwner(node))) {
            revert ModelServingNotYours(model, node, msg.sender);
        }
        Serving storage serving = _servings[model][node];
        // Either side may take back either side's offer: to refuse one is the same as to withdraw it.
        bool offered = serving.offeredBy != address(0);
        if (!serving.active && !offered) revert ModelNotServed(model, node);
        serving.offeredBy = address(0);
        if (serving.active) {
            uint256 place = serving.placePlusOne - 1;
            // Cannot underflow: whoever serves has a place.
            Model storage record = _models[model];
            serving.active = false;
            serving.leftAt = uint32(block.timestamp);
            _places[model][place].active = false;
            --record.activePlaces;
            record.lastLeftAt = uint40(block.timestamp);
            emit NodeLeftModel(model, node, place);
        } else {
            emit ModelServingOfferWithdrawn(model, node, msg.sender);
        }
    }

    /// @inheritdoc IModelRegistry
    function termsOf(uint256 model) external view returns (Terms memory) {
        _knownOwner(model);
        return _terms(model);
    }

    /// @inheritdoc IModelRegistry
    function termsAndOwnerOf(uint256 model) external view returns (Terms memory terms, address owner, bool closed) {
        owner = _knownOwner(model);
        terms = _terms(model);
        closed = _models[model].closed;
    }

    /// @inheritdoc IModelRegistry
    function nameOf(uint256 model) external view returns (string memory) {
        _knownOwner(model);
        return LibString.unpackOne(_names[model]);
    }

    /// @inheritdoc IModelRegistry
    function servingNodes(uint256 model) external view returns (ServingNode[] memory list) {
        uint256 count = _models[model].places;
        // Zero for an unknown model: an empty list, and no revert.
        list = new ServingNode[](count);
        for (uint256 i; i < count; ++i) {
            Place storage place = _places[model][i];
            list[i] = ServingNode({node: place.node, joinedAt: place.joinedAt, active: place.active});
        }
    }

    /// @inheritdoc IModelRegistry
    function nodeStandingOf(uint256 model, uint256 node, uint256 createdAt)
        external
        view
        returns (uint256 place, uint256 places)
    {
        uint256 placePlusOne = _standing(_servings[model][node], createdAt);
        if (placePlusOne == 0) return (0, 0);
        // Cannot underflow: it is not zero.
        unchecked {
            return (placePlusOne - 1, _placesBefore(model, createdAt));
        }
    }

    /// @inheritdoc IModelRegistry
    function ownerStandingOf(uint256 model, uint256 createdAt) external view returns (address owner, uint256 places) {
        owner = _ownerOf(model);
        // Zero for an unknown model; a caller compares it with somebody, who is never zero.
        Model storage record = _models[model];
        // Nodes that were sent away while the execution runs still have their windows: else a model's owner could send them
        // away and answer at once.
        bool deserted = record.activePlaces == 0 && record.lastLeftAt < createdAt;
        // Strictly before, as everywhere: a node that left in the second of the creation counts as still there.
        places = deserted ? 0 : _placesBefore(model, createdAt);
    }

    /// @inheritdoc IModelRegistry
    function modelCount() external view returns (uint256) {
        return _modelCount;
    }

    /// @dev A model has no metadata file: its name and terms are read from here.
    /// @inheritdoc ERC721
    function tokenURI(uint256 model) public view override returns (string memory) {
        _requireOwned(model);
        return "";
    }

    /// @dev Gives a node its place: the next one, or the one that it had. Coming back does not change when it joined: its rank
    /// in executions that are older than its return is what it would have been.
    function _join(uint256 model, uint256 node, Serving storage serving) private {
        Model storage record = _models[model];
        serving.offeredBy = address(0);
        serving.active = true;
        // At most 64, like the places themselves: `serve` refuses a node that is active.
        ++record.activePlaces;
        uint256 place;
        if (serving.placePlusOne != 0) {
            place = serving.placePlusOne - 1;
            _places[model][place].active = true;
        } else {
            // Never freed: were a place given to another, it would take over its rank in executions that run. Who controls a
            // model decides who gets one of the 64.
            place = record.places;
            if (place == PLACES_MAX) revert ModelPlacesFull(model, PLACES_MAX);
            record.places = uint8(place + 1);
            record.lastJoinedAt = uint40(block.timestamp);
            serving.placePlusOne = uint8(place + 1);
            serving.joinedAt = uint32(block.timestamp);
            _places[model][place] = Place({node: uint64(node), joinedAt: uint40(block.timestamp), active: true});
        }
        emit NodeJoinedModel(model, node, place);
    }

    /// @dev Checks and keeps terms. Counts and flags in the same slots stay. `priceWei` has no bound but its 96 bits: `publish`
    /// refuses sums that do not fit, and nobody need pay.
    function _writeTerms(uint256 model, Terms calldata terms) private {
        if (terms.nodeShareBps > BPS) revert ModelShareTooHigh(terms.nodeShareBps);
        // That there is code is all that can be checked: whether it is an ERC-20 shows when it is paid with.
        if (terms.currency != address(0) && terms.currency.code.length == 0) {
            revert ModelCurrencyUnsupported(terms.currency);
        }
        Model storage record = _models[model];
        record.currency = terms.currency;
        record.priceWei = terms.priceWei;
        record.nodeShareBps = terms.nodeShareBps;
        record.open = terms.open;
    }

    /// @dev A node's place plus 1 for an execution created at `createdAt`; 0 for one that may not answer.
    function _standing(Serving storage serving, uint256 createdAt) private view returns (uint256 placePlusOne) {
        // Of one that never joined it is zero already.
        placePlusOne = serving.placePlusOne;
        if (serving.joinedAt >= createdAt) return 0;
        // A node that left after the execution was created may still answer: were it not so, a model's owner could
        // see an answer on its way, end the serving and take the answer for its own.
        // `leftAt` of one that came back is from before; `active` says that it is there.
        if (!serving.active && serving.leftAt < createdAt) return 0;
    }

    /// @dev How many places had been taken before `createdAt`. Mostly the last place is older than the execution and
    /// the answer is one read; else at most 6 reads, as the list is ordered by time and has at most 64 places.
    function _placesBefore(uint256 model, uint256 createdAt) private view returns (uint256) {
        Model storage record = _models[model];
        uint256 high = record.places;
        // Strictly before: within one second the order of transactions is not kept, so such a node waits for the next run.
        if (record.lastJoinedAt < createdAt) return high;
        // Below `low` all joined before, from `high` on none: when they meet, that is the number.
        uint256 low;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (_places[model][middle].joinedAt < createdAt) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    function _terms(uint256 model) private view returns (Terms memory) {
        Model storage record = _models[model];
        return Terms({
            currency: record.currency,
            priceWei: record.priceWei,
            nodeShareBps: record.nodeShareBps,
            open: record.open
        });
    }

    /// @dev Whether the caller may edit the model: its owner, or a delegate with that role. Never asked for an owner of zero.
    function _editsModel(uint256 model, address owner) private view returns (bool) {
        return Roles.allow(_PERMISSIONS, model, owner, msg.sender, Roles.EDIT);
    }

    /// @dev Whether the caller may edit the node.
    function _editsNode(uint256 node, address owner) private view returns (bool) {
        return Roles.allowAt(_PERMISSIONS, address(_NODES), node, owner, msg.sender, Roles.EDIT);
    }

    function _knownOwner(uint256 model) private view returns (address owner) {
        owner = _ownerOf(model);
        if (owner == address(0)) revert ModelUnknown(model);
    }

    /// @dev The owner, also of a suspended node: it may join and leave while its key is not proven yet.
    function _nodeOwner(uint256 node) private view returns (address owner) {
        (, owner) = _NODES.signersOf(node);
        if (owner == address(0)) revert ModelNodeUnknown(node);
    }
}
