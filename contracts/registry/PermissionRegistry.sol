// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ECDSA} from "solady/src/utils/ECDSA.sol";
import {EIP712} from "solady/src/utils/EIP712.sol";
import {IPermissionRegistry} from "../interfaces/IPermissionRegistry.sol";
import {ITenure} from "../interfaces/ITenure.sol";
import {OwnerSignature} from "../libraries/OwnerSignature.sol";
import {Roles} from "../libraries/Roles.sol";

/// @title PermissionRegistry
/// @notice See `IPermissionRegistry`.
/// @dev Everything is kept under a key of (registry, token, tenure): a change of hands leaves it all behind without
/// a write. Nothing here calls anything but the named registry's two views and, for a signature, its signer
/// by a static call with bounded gas.
///
/// The caller names the registry. That is safe because nobody believes a permission but who asks with the registry it trusts:
/// one that is made up writes under keys of its own. What a made-up registry answers can change in the middle of a call; all
/// that it can confuse by that is its own tokens' permissions.
///
/// What a hostile delegate can do: what its roles say, until they end; with the role grant, give grants that outlast its role
/// until the owner revokes them or the token is sold. What a hostile gate can do: use up the grants that were given for it.
/// What a hostile bringer of invitations can do: choose the moment. Sources: EIP-712, ERC-1271.
contract PermissionRegistry is IPermissionRegistry, EIP712 {
    /// @dev One delegate, in one slot.
    struct Entry {
        uint8 roles;
        uint40 expiresAt;
        /// Place in the list plus 1.
        uint8 placePlusOne;
    }

    /// @dev One grant, in one slot.
    struct Grant {
        /// How often it may still be used; all bits set: without counting.
        uint32 uses;
        /// Until when, inclusive, unix seconds; 0 for no end.
        uint40 expiresAt;
    }

    /// @dev A list that a page can show and a call can read whole.
    uint256 private constant DELEGATES_MAX = 16;
    /// @dev A grant of so many uses is not counted down.
    uint32 private constant USES_UNCOUNTED = type(uint32).max;

    bytes32 private constant INVITATION_TYPEHASH = keccak256(
        "Invitation(address registry,uint256 token,address gate,address grantee,uint32 uses,uint40 expiresAt,uint64 tenure,uint256 nonce)"
    );

    /// @dev To be listed; the roles stand in `_entries`.
    mapping(bytes32 tokenAndTenure => address[]) private _delegates;
    mapping(bytes32 tokenAndTenure => mapping(address account => Entry)) private _entries;
    mapping(bytes32 tokenAndTenure => mapping(address gate => mapping(address grantee => Grant))) private _grants;
    /// @dev Accepted or revoked. By digest, not by signature: another form of a signature is no other invitation.
    mapping(bytes32 invitation => bool) private _used;

    /// @inheritdoc IPermissionRegistry
    function setDelegate(address registry, uint256 token, address delegate, uint8 roles, uint40 expiresAt) external {
        address owner = _checkOwner(registry, token);
        // A delegate need not agree: to be named one obliges to nothing, and it can give its roles back.
        if (roles == 0 || roles > Roles.ALL) revert PermissionRolesInvalid(roles);
        // An owner needs no roles: it may do everything.
        if (delegate == address(0) || delegate == owner) revert PermissionAccountInvalid(delegate);
        _checkExpiry(expiresAt);
        uint64 tenure = ITenure(registry).tenureOf(token);
        bytes32 key = _keyOf(registry, token, tenure);
        Entry storage entry = _entries[key][delegate];
        // An expired delegate keeps its place until it is revoked: the owner may renew it, and has to make room itself.
        if (entry.placePlusOne == 0) {
            address[] storage list = _delegates[key];
            if (list.length == DELEGATES_MAX) revert PermissionDelegatesFull(DELEGATES_MAX);
            list.push(delegate);
            entry.placePlusOne = uint8(list.length);
        }
        entry.roles = roles;
        entry.expiresAt = expiresAt;
        emit DelegateSet(registry, token, delegate, roles, expiresAt, tenure);
    }

    /// @inheritdoc IPermissionRegistry
    function revokeDelegate(address registry, uint256 token, address delegate) external {
        // A delegate may always lay its roles down: nobody need answer for a key that it has lost.
        if (msg.sender != delegate) _checkOwner(registry, token);
        uint64 tenure = ITenure(registry).tenureOf(token);
        bytes32 key = _keyOf(registry, token, tenure);
        uint256 placePlusOne = _entries[key][delegate].placePlusOne;
        // Also of one that has expired: it frees its place.
        if (placePlusOne == 0) revert PermissionUnknown(registry, token, delegate);
        address[] storage list = _delegates[key];
        address last = list[list.length - 1];
        // The last takes the free place: the order of delegates says nothing.
        // Both casts are of places up to 16.
        if (last != delegate) {
            list[placePlusOne - 1] = last;
            _entries[key][last].placePlusOne = uint8(placePlusOne);
        }
        list.pop();
        delete _entries[key][delegate];
        emit DelegateSet(registry, token, delegate, 0, 0, tenure);
    }

    /// @inheritdoc IPermissionRegistry
    function setGrant(
        address registry,
        uint256 token,
        address gate,
        address grantee,
        uint32 uses,
        uint40 expiresAt
    ) external {
        _checkRole(registry, token, msg.sender);
        // Invitations are not counted against a grant: what was signed and not brought yet adds to what is set here.
        if (grantee == address(0)) revert PermissionAccountInvalid(grantee);
        // That `gate` is a contract, or ever asks, is not checked: a grant at one that does not ask is used by nobody.
        uint64 tenure = ITenure(registry).tenureOf(token);
        Grant storage grant = _grants[_keyOf(registry, token, tenure)][gate][grantee];
        if (uses == 0) {
            if (grant.uses == 0) revert PermissionUnknown(registry, token, grantee);
            expiresAt = 0;
        } else {
            _checkExpiry(expiresAt);
        }
        // In place of what there was, not on top: whoever sets a number means that number.
        grant.uses = uses;
        grant.expiresAt = expiresAt;
        emit GrantSet(registry, token, grantee, gate, uses, expiresAt, tenure, 0);
    }

    /// @inheritdoc IPermissionRegistry
    function acceptInvitation(Invitation calldata invitation, address signer, bytes calldata signature) external {
        address registry = invitation.registry;
        uint256 token = invitation.token;
        bytes32 digest = _digestOf(invitation);
        if (_used[digest]) revert InvitationUsed(digest);
        if (invitation.grantee == address(0)) revert PermissionAccountInvalid(address(0));
        // An invitation of no uses is used up like any other, and adds none.
        _checkExpiry(invitation.expiresAt);
        uint64 tenure = ITenure(registry).tenureOf(token);
        if (invitation.tenure != tenure) revert InvitationStale(invitation.tenure, tenure);
        // Asked now, not when it was signed: an invitation by a delegate ends with its role.
        // Before the wallet is asked: a `signer` without a say is refused by this.
        _checkRole(registry, token, signer);
        if (!OwnerSignature.isBy(signer, ECDSA.tryRecoverCalldata(digest, signature), digest, signature)) {
            revert InvitationSignatureInvalid(signer);
        }
        // After the wallet was asked, by a static call: it could not have accepted it meanwhile.
        _used[digest] = true;
        Grant storage grant = _grants[_keyOf(registry, token, tenure)][invitation.gate][invitation.grantee];
        uint32 usesLeft = _usesLeft(grant);
        uint32 uses = _sum(usesLeft, invitation.uses);
        uint40 expiresAt = invitation.expiresAt;
        // Anybody may bring an invitation: it must not shorten what the grantee has.
        if (usesLeft != 0 && expiresAt != 0 && (grant.expiresAt == 0 || grant.expiresAt > expiresAt)) {
            expiresAt = grant.expiresAt;
        }
        grant.uses = uses;
        grant.expiresAt = expiresAt;
        emit GrantSet(registry, token, invitation.grantee, invitation.gate, uses, expiresAt, tenure, digest);
    }

    /// @inheritdoc IPermissionRegistry
    function revokeInvitation(Invitation calldata invitation) external {
        // Marked as used, which is for ever: the same words can be signed again with another nonce only.
        _checkRole(invitation.registry, invitation.token, msg.sender);
        bytes32 digest = _digestOf(invitation);
        if (_used[digest]) revert InvitationUsed(digest);
        _used[digest] = true;
        emit InvitationRevoked(digest);
    }

    /// @inheritdoc IPermissionRegistry
    function useGrant(address registry, uint256 token, address grantee) external {
        // The caller is the gate: nobody can use up a grant that was given for another contract.
        Grant storage grant = _grants[_keyNow(registry, token)][msg.sender][grantee];
        uint32 uses = _usesLeft(grant);
        // An expired one reads as none; those of another tenure stand under another key.
        if (uses == 0) revert GrantMissing(registry, token, msg.sender, grantee);
        // Cannot underflow: not 0. An uncounted grant is not written, and costs its user 2,900 gas less.
        if (uses != USES_UNCOUNTED) grant.uses = --uses;
        emit GrantUsed(registry, token, grantee, msg.sender, uses);
    }

    /// @inheritdoc IPermissionRegistry
    function rolesOf(address registry, uint256 token, address account) public view returns (uint8) {
        // Asks the registry for the tenure: two calls and a read for whoever asks, which is why owners are never asked about.
        Entry storage entry = _entries[_keyNow(registry, token)][account];
        return _isOver(entry.expiresAt) ? 0 : entry.roles;
    }

    /// @inheritdoc IPermissionRegistry
    function delegatesOf(address registry, uint256 token) external view returns (Delegate[] memory list) {
        bytes32 key = _keyNow(registry, token);
        address[] storage accounts = _delegates[key];
        list = new Delegate[](accounts.length);
        for (uint256 i; i < list.length; ++i) {
            Entry storage entry = _entries[key][accounts[i]];
            list[i] = Delegate({account: accounts[i], roles: entry.roles, expiresAt: entry.expiresAt});
        }
    }

    /// @inheritdoc IPermissionRegistry
    function grantOf(address registry, uint256 token, address gate, address grantee)
        external
        view
        returns (uint32 uses, uint40 expiresAt)
    {
        Grant storage grant = _grants[_keyNow(registry, token)][gate][grantee];
        return (_usesLeft(grant), grant.expiresAt);
    }

    /// @inheritdoc IPermissionRegistry
    function invitationDigest(Invitation calldata invitation) external view returns (bytes32) {
        return _digestOf(invitation);
    }

    /// @inheritdoc IPermissionRegistry
    function isInvitationUsed(bytes32 invitation) external view returns (bool) {
        return _used[invitation];
    }

    /// @dev None once it has expired; the slot stays as it is until it is set again.
    function _usesLeft(Grant storage grant) private view returns (uint32) {
        return _isOver(grant.expiresAt) ? 0 : grant.uses;
    }

    /// @dev The uses of a grant and of an invitation together; a sum that does not fit is not counted at all.
    function _sum(uint32 a, uint32 b) private pure returns (uint32) {
        // Cannot overflow: 32 bits each.
        unchecked {
            uint256 sum = uint256(a) + b;
            return sum > USES_UNCOUNTED ? USES_UNCOUNTED : uint32(sum);
        }
    }

    /// @dev An expiry of 0 never comes; any other is in unix seconds and inclusive.
    function _isOver(uint40 expiresAt) private view returns (bool) {
        return expiresAt != 0 && expiresAt < block.timestamp;
    }

    function _checkExpiry(uint40 expiresAt) private view {
        if (_isOver(expiresAt)) revert PermissionExpiryPassed(expiresAt);
    }

    /// @dev The owner alone: a delegate that named delegates could outlive its own role.
    function _checkOwner(address registry, uint256 token) private view returns (address owner) {
        owner = ITenure(registry).ownerOf(token);
        // The registry is believed: whoever it names may write, under that registry's own keys.
        if (owner != msg.sender) revert PermissionNotOwner(registry, token, msg.sender);
    }

    /// @dev The owner, or a delegate that may give grants.
    function _checkRole(address registry, uint256 token, address account) private view {
        if (ITenure(registry).ownerOf(token) == account) return;
        // Owner first: it has no entry of its own.
        if (rolesOf(registry, token, account) & Roles.GRANT == 0) {
            revert PermissionRoleMissing(registry, token, account, Roles.GRANT);
        }
    }

    /// @dev Where the permissions of the present tenure are.
    function _keyNow(address registry, uint256 token) private view returns (bytes32) {
        return _keyOf(registry, token, ITenure(registry).tenureOf(token));
    }

    function _keyOf(address registry, uint256 token, uint64 tenure) private pure returns (bytes32) {
        return keccak256(abi.encode(registry, token, tenure));
    }

    /// @dev The struct is made of value types, so its encoding is that of EIP-712's encodeData.
    /// With the token's tenure in it: an invitation of an owner before is another digest than any that the present one can
    /// sign.
    function _digestOf(Invitation calldata invitation) private view returns (bytes32) {
        return _hashTypedData(keccak256(abi.encode(INVITATION_TYPEHASH, invitation)));
    }

    /// @dev Domain of invitations.
    function _domainNameAndVersion() internal pure override returns (string memory name, string memory version) {
        return ("Pleiad PermissionRegistry", "1");
    }
}
