// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title IPermissionRegistry
/// @notice What the owner of a token lets others do: act in its place (*delegates*), or use what it owns (*grants*).
/// @dev A token is named by its registry and its id, and belongs to whoever `ownerOf` says. Permissions hold for one
/// *tenure*: the time from one change of hands to the next (`ITenure.tenureOf`). When a token is sold, delegates, grants
/// and unused invitations of the owner before are void, also should the token come back.
///
/// Safety rests on: the registry that is named, and nothing else: whoever names a contract of its own only writes
/// permissions that nobody asks for. An integrator must ask with the registry's own address as `registry`.
///
/// An integrator must not assume that an account without roles has no say: the owner has none here, and an account approved
/// by ERC-721 may take the token. Nor that a permission seen now is there when a transaction is mined: it may expire, be
/// revoked, or end with a sale in between. Times are unix seconds, inclusive.
/// Warning: a grant for a model is used by `ClusterRegistry.publish`, which the owner of the cluster calls: see there.
interface IPermissionRegistry {
    /// @notice Who may act for a token's owner.
    struct Delegate {
        address account;
        /// Sum of role bits: edit 1, submit 2, grant 4, withdraw 8.
        uint8 roles;
        /// Until when, inclusive, unix seconds; 0 for no end.
        uint40 expiresAt;
    }

    /// @notice A grant as its giver signs it (EIP-712), so that the grantee can bring it along.
    struct Invitation {
        address registry;
        uint256 token;
        /// The contract at which the grant counts.
        address gate;
        address grantee;
        uint32 uses;
        /// Until when grant and invitation are good, inclusive, unix seconds; 0 for no end.
        uint40 expiresAt;
        /// The token's tenure at the time of signing.
        uint64 tenure;
        /// Any number: two invitations that differ in nothing else are two.
        uint256 nonce;
    }

    /// @notice `delegate` has `roles` for `token` during `tenure`; no roles: it is one no longer.
    event DelegateSet(
        address indexed registry,
        uint256 indexed token,
        address indexed delegate,
        uint8 roles,
        uint40 expiresAt,
        uint64 tenure
    );
    /// @notice `grantee` may use `token` at `gate` for `uses` more times; none: no longer. `invitation` is the digest of
    /// the invitation that was accepted, zero for a grant given directly.
    event GrantSet(
        address indexed registry,
        uint256 indexed token,
        address indexed grantee,
        address gate,
        uint32 uses,
        uint40 expiresAt,
        uint64 tenure,
        bytes32 invitation
    );
    /// @notice One use of a grant was taken; `usesLeft` remain.
    event GrantUsed(
        address indexed registry, uint256 indexed token, address indexed grantee, address gate, uint32 usesLeft
    );
    /// @notice An invitation was revoked before it was accepted.
    event InvitationRevoked(bytes32 indexed invitation);

    /// @notice Thrown when the caller does not own the token.
    error PermissionNotOwner(address registry, uint256 token, address caller);
    /// @notice Thrown when the caller, or whoever signed, is neither the token's owner nor a delegate with `role`.
    error PermissionRoleMissing(address registry, uint256 token, address account, uint8 role);
    /// @notice Thrown when role bits are outside of 1 to 15.
    error PermissionRolesInvalid(uint8 roles);
    /// @notice Thrown when an expiry is in the past.
    error PermissionExpiryPassed(uint40 expiresAt);
    /// @notice Thrown when a delegate or grantee is the zero address, or a delegate the owner itself.
    error PermissionAccountInvalid(address account);
    /// @notice Thrown when a token has all its `countMax` delegates.
    error PermissionDelegatesFull(uint256 countMax);
    /// @notice Thrown when there is nothing to revoke or to renounce.
    error PermissionUnknown(address registry, uint256 token, address account);
    /// @notice Thrown when `grantee` has no grant left for the token at the contract that asks.
    error GrantMissing(address registry, uint256 token, address gate, address grantee);
    /// @notice Thrown when an invitation was accepted or revoked before.
    error InvitationUsed(bytes32 invitation);
    /// @notice Thrown when an invitation is of another tenure: the token changed hands since.
    error InvitationStale(uint64 tenure, uint64 tenureNow);
    /// @notice Thrown when an invitation was not signed by `signer`.
    error InvitationSignatureInvalid(address signer);

    /// @notice Names a delegate, or changes its roles and expiry. Owner only. Warning: a delegate with the role withdraw
    /// may take all of the token's credit, to wherever it likes.
    /// `PermissionNotOwner`, `PermissionRolesInvalid`, `PermissionAccountInvalid`, `PermissionExpiryPassed`,
    /// `PermissionDelegatesFull`.
    /// @param roles Sum of role bits, 1 to 15.
    /// @param expiresAt Until when, inclusive, unix seconds; 0 for no end.
    function setDelegate(address registry, uint256 token, address delegate, uint8 roles, uint40 expiresAt) external;

    /// @notice Ends a delegate. Owner only; the delegate itself may give its roles back.
    /// `PermissionNotOwner`, `PermissionUnknown`.
    function revokeDelegate(address registry, uint256 token, address delegate) external;

    /// @notice Lets `grantee` use the token at `gate`. Owner, or a delegate with the role grant. Replaces the grant that
    /// there is; 0 uses revoke it, for everything that is asked for from now on.
    /// `PermissionRoleMissing`, `PermissionAccountInvalid`, `PermissionExpiryPassed`, `PermissionUnknown` (nothing to revoke).
    /// @param gate The contract that will ask: `ClusterRegistry` for a model that agents are to be on, and for an agent that
    /// is to join another owner's cluster; `ClusterExecutions` for a cluster that is to be executed.
    /// @param uses How often; the largest number is not counted down.
    /// @param expiresAt Until when, inclusive, unix seconds; 0 for no end.
    function setGrant(
        address registry,
        uint256 token,
        address gate,
        address grantee,
        uint32 uses,
        uint40 expiresAt
    ) external;

    /// @notice Makes a grant of an invitation, which adds to the uses that the grantee has; all of them last until the later
    /// expiry of the two. Anyone may bring it, once.
    /// `InvitationUsed`, `PermissionAccountInvalid`, `PermissionExpiryPassed`, `InvitationStale`, `PermissionRoleMissing` (the
    /// signer's), `InvitationSignatureInvalid`, in this order.
    /// @param signer Who signed: the token's owner or a delegate with the role grant; a key or an ERC-1271 wallet.
    /// @param signature 64 (EIP-2098) or 65 bytes; anything that an ERC-1271 wallet takes.
    function acceptInvitation(Invitation calldata invitation, address signer, bytes calldata signature) external;

    /// @notice Makes an invitation worthless that nobody has accepted. Owner, or a delegate with the role grant.
    /// `PermissionRoleMissing`, `InvitationUsed`.
    function revokeInvitation(Invitation calldata invitation) external;

    /// @notice Takes one use of `grantee`'s grant for the token at the calling contract; reverts where there is none
    /// (`GrantMissing`). The caller is the gate: called by anybody else it finds no grant. A contract that is a gate must see
    /// to it that the grantee wants what the use is taken for.
    function useGrant(address registry, uint256 token, address grantee) external;

    /// @notice The role bits that `account` has now; 0 for none. The owner has no roles here: it may do everything.
    function rolesOf(address registry, uint256 token, address account) external view returns (uint8 roles);

    /// @notice The delegates of the present tenure, expired ones included, at most 16.
    function delegatesOf(address registry, uint256 token) external view returns (Delegate[] memory);

    /// @notice How often `grantee` may still use the token at `gate`, and until when; 0 uses for not at all.
    function grantOf(address registry, uint256 token, address gate, address grantee)
        external
        view
        returns (uint32 uses, uint40 expiresAt);

    /// @notice The EIP-712 digest of an invitation.
    function invitationDigest(Invitation calldata invitation) external view returns (bytes32);

    /// @notice Whether an invitation was accepted or revoked.
    function isInvitationUsed(bytes32 invitation) external view returns (bool);
}
