// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title IModelRegistry
/// @notice Who owns a model, what an answer costs, how the price is shared, and which nodes serve it. A model is an
/// ERC-721 token.
/// @dev Safety rests on: the list of serving nodes only grows and is ordered by joining time, so the nodes that had
/// joined before an execution was created are the first places of the list, for ever. Liveness of a run rests on the nodes of
/// its models: a model without any is answered by its owner alone.
///
/// An integrator must not assume
///
/// - that terms stay: they are its owner's to change at any time, and `publish` pins what they are at that moment;
/// - that a model is what its name says, or that the nodes in its list run it: each operator says so for itself;
/// - that nodes of one list are of different people.
///
/// Warning to a model's owner: with no active node, its own answers come before any window, and the requester may cancel at
/// any time, also when it has seen the answer on its way. Let at least one node serve.
interface IModelRegistry {
    /// @notice What an answer costs and who gets it.
    struct Terms {
        /// Currency of the price; zero is the chain's own, else an ERC-20's address. Warning: whoever publishes a version
        /// with a model trusts its currency: one that takes fees or changes balances cannot be paid with.
        address currency;
        /// Price of one completion, in wei.
        uint96 priceWei;
        /// Share of the serving node, in basis points (0 to 10,000); the model keeps the rest.
        uint16 nodeShareBps;
        /// Whether anybody's agent may use the model, or only its owner's.
        bool open;
    }

    /// @notice One place in a model's list. `active` is false for a node that left; its place stays.
    struct ServingNode {
        uint256 node;
        uint256 joinedAt;
        bool active;
    }

    /// @notice A model was registered under a `name` of 1 to 31 bytes.
    event ModelRegistered(uint256 indexed model, address indexed owner, string name, Terms terms);
    /// @notice The terms changed. Published versions keep the terms they pinned.
    event ModelTermsSet(uint256 indexed model, Terms terms);
    /// @notice The model gets into no new version, or into new ones again. Published versions are untouched.
    event ModelClosedSet(uint256 indexed model, bool closed);
    /// @notice One side, owned by `by`, wants `node` to serve `model`; the other side has to agree.
    event ModelServingOffered(uint256 indexed model, uint256 indexed node, address indexed by);
    /// @notice An offer that nobody had answered was taken back.
    event ModelServingOfferWithdrawn(uint256 indexed model, uint256 indexed node, address indexed by);
    /// @notice Both sides agree: `node` serves `model` from `place` of its list.
    event NodeJoinedModel(uint256 indexed model, uint256 indexed node, uint256 place);
    /// @notice `node` serves `model` no longer; its place stays, inactive.
    event NodeLeftModel(uint256 indexed model, uint256 indexed node, uint256 place);

    /// @notice Thrown when `model` was never registered.
    error ModelUnknown(uint256 model);
    /// @notice Thrown when the caller does not own the model, nor is a delegate whose roles are enough.
    error ModelNotOwned(uint256 model, address caller);
    /// @notice Thrown when the caller neither owns the model or the node nor is a delegate of either with the role edit.
    error ModelServingNotYours(uint256 model, uint256 node, address caller);
    /// @notice Thrown when `node` was never registered.
    error ModelNodeUnknown(uint256 node);
    /// @notice Thrown when `node` serves `model` already.
    error ModelAlreadyServed(uint256 model, uint256 node);
    /// @notice Thrown when `node` does not serve `model`.
    error ModelNotServed(uint256 model, uint256 node);
    /// @notice Thrown when a model's list has all its `placesMax` places taken.
    error ModelPlacesFull(uint256 model, uint256 placesMax);
    /// @notice Thrown when a share is above 10,000 basis points.
    error ModelShareTooHigh(uint256 nodeShareBps);
    /// @notice Thrown when the currency has no code, so that it can be no ERC-20.
    error ModelCurrencyUnsupported(address currency);
    /// @notice Thrown when a name has no or more than 31 bytes.
    error ModelNameLength(uint256 length);

    /// @notice Registers a model for the caller.
    /// Anybody may. `ModelNameLength`, `ModelShareTooHigh`, `ModelCurrencyUnsupported`.
    /// @param name 1 to 31 bytes of UTF-8 that people know it by; need not be unique.
    /// @return model Ids count from 1.
    function register(string calldata name, Terms calldata terms) external returns (uint256 model);

    /// @notice Changes the terms for versions published from now on. Owner, or a delegate with the role edit
    /// (`ModelNotOwned`); `ModelUnknown`, `ModelShareTooHigh`, `ModelCurrencyUnsupported`.
    /// Warning: a `publish` that is on its way pins the new price. It shows in the quote, which nobody has to pay.
    function setTerms(uint256 model, Terms calldata terms) external;

    /// @notice Closes the model to new versions, whoever publishes them, or opens it again. Owner, or a delegate with the role
    /// edit.
    function setClosed(uint256 model, bool closed) external;

    /// @notice Says that `node` shall serve `model`. The owner of either may say it, or a delegate with the role edit; the
    /// node joins as soon as both sides have (at once where one caller may speak for both). An offer counts only as long as
    /// the owner for whom it was made owns the token, model or node, for which it was made.
    /// `ModelUnknown`, `ModelNodeUnknown`, `ModelServingNotYours`, `ModelAlreadyServed`, `ModelPlacesFull`.
    function serve(uint256 model, uint256 node) external;

    /// @notice Ends the serving, or takes back an offer. The owner of either may, or an edit delegate. The place stays, inactive; a node
    /// that joins again gets its old place, with the time it first joined. Executions that were running before may
    /// still be answered by the node.
    /// `ModelServingNotYours`, `ModelNotServed`.
    function leave(uint256 model, uint256 node) external;

    /// @notice The present terms. Reverts for an unknown model. What a published version pinned is in its code, not here.
    function termsOf(uint256 model) external view returns (Terms memory);

    /// @notice What `publish` has to know, in one call: terms, owner, and whether the model is closed to new versions. Reverts
    /// for an unknown model.
    function termsAndOwnerOf(uint256 model) external view returns (Terms memory terms, address owner, bool closed);

    /// @notice The model's name.
    function nameOf(uint256 model) external view returns (string memory);

    /// @notice The whole list, in the order of joining; at most 64 places. Empty for an unknown model.
    function servingNodes(uint256 model) external view returns (ServingNode[] memory);

    /// @notice Where a node stands for an execution created at `createdAt`, in unix seconds.
    /// @return place Its place in the list, from 0.
    /// @return places How many places had been taken before `createdAt`; 0 for a node that joined later, or had left by
    /// then and has not come back: one that came back counts as if it had never been away.
    function nodeStandingOf(uint256 model, uint256 node, uint256 createdAt)
        external
        view
        returns (uint256 place, uint256 places);

    /// @notice What the model owner's answer is checked against, for an execution created at `createdAt`.
    /// @return owner The model's owner.
    /// @return places How many places had been taken before `createdAt`; 0 where no node serves it now and none did at
    /// `createdAt` or since. One that has come back counts as if it had never been away, with all places before it.
    function ownerStandingOf(uint256 model, uint256 createdAt) external view returns (address owner, uint256 places);

    /// @notice How many models were ever registered; the newest id.
    function modelCount() external view returns (uint256);
}
