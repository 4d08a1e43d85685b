// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ECDSA} from "solady/src/utils/ECDSA.sol";
import {EIP712} from "solady/src/utils/EIP712.sol";
import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {DigestURI} from "../libraries/DigestURI.sol";
import {ERC721Packed} from "../libraries/ERC721Packed.sol";
import {OwnerSignature} from "../libraries/OwnerSignature.sol";

/// @title AgentRegistry
/// @notice See `IAgentRegistry`. The 96 bits beside a token's owner hold the model it is on (low 64) and which wallet
/// it has (top 2): that an agent's wallet is its owner costs no slot.
/// @dev Reverts with words, not custom errors, only where ERC-8004's reference has words. Nothing here calls a contract
/// that somebody else chose but the gas-capped static ERC-1271 question in `setAgentWallet`.
///
/// What a hostile owner can do: say anything of its agent. What it cannot: name a wallet that did not sign for it, or have a
/// wallet or a model last through a sale. Sources: ERC-8004 and its reference implementation, ERC-721, ERC-1271, EIP-712,
/// EIP-2098.
contract AgentRegistry is IAgentRegistry, ERC721Packed, EIP712 {
    /// @dev A data URI with a small registration file fits; the log and storage pay for every byte.
    uint256 private constant AGENT_URI_BYTES_MAX = 2_048;
    /// @dev A key is a word or two; twice the longest name of an agent.
    uint256 private constant METADATA_KEY_BYTES_MAX = 64;
    /// @dev 33 slots, 730,000 gas: what is larger belongs in the registration file, of which this is a part at most.
    uint256 private constant METADATA_VALUE_BYTES_MAX = 1_024;
    /// @dev All of the largest size with the longest URI take less than 16,777,216 gas, a transaction's most (EIP-7825).
    uint256 private constant METADATA_ENTRIES_MAX = 16;
    /// @dev ERC-8004's reference has 5 minutes: a wallet's consent is for now.
    uint256 private constant WALLET_DEADLINE_SECONDS_MAX = 300;

    string private constant WALLET_KEY = "agentWallet";
    bytes32 private constant WALLET_KEY_HASH = keccak256(bytes(WALLET_KEY));
    bytes32 private constant AGENT_WALLET_SET_TYPEHASH =
        keccak256("AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)");

    /// @dev Which wallet an agent has, in the top bits of its 96. Neither bit: the owner, as from registration on.
    uint96 private constant WALLET_CLEARED = 1 << 94;
    /// @dev The one in `_wallets`.
    uint96 private constant WALLET_NAMED = 1 << 95;

    /// @dev Asked only whether a model exists.
    IModelRegistry private immutable _MODELS;

    /// @dev SHA-256 of the registration file; where it is zero the URI below counts. At most one of the two is set: who sets
    /// either clears the other.
    mapping(uint256 agent => bytes32 digest) private _digests;
    mapping(uint256 agent => string uri) private _uris;
    /// @dev Without the wallet, which is metadata to readers only.
    mapping(uint256 agent => mapping(string key => bytes value)) private _metadata;
    /// @dev Counts only where `WALLET_NAMED` is set.
    mapping(uint256 agent => address wallet) private _wallets;
    /// @dev Also the next id: ids count from 0, so agent 0 is one, and no sign for none.
    uint256 private _agentCount;

    constructor(IModelRegistry models) ERC721("Pleiad Agent", "PAGENT") {
        _MODELS = models;
    }

    /// @inheritdoc IAgentRegistry
    function register() external returns (uint256 agentId) {
        agentId = _agentCount++;
        // No `_safeMint`: whoever calls asked for the token, and no receiver's code runs between token and event.
        _mint(msg.sender, agentId);
        _announce(agentId, "");
    }

    /// @inheritdoc IAgentRegistry
    function register(string calldata agentURI) external returns (uint256 agentId) {
        agentId = _registerAt(agentURI);
    }

    /// @inheritdoc IAgentRegistry
    function register(string calldata agentURI, MetadataEntry[] calldata metadata) external returns (uint256 agentId) {
        uint256 count = metadata.length;
        if (count > METADATA_ENTRIES_MAX) revert AgentMetadataTooMany(count, METADATA_ENTRIES_MAX);
        // Each piece has its own bounds, and one that is refused takes the registration back with it.
        agentId = _registerAt(agentURI);
        for (uint256 i; i < count; ++i) {
            _writeMetadata(agentId, metadata[i].metadataKey, metadata[i].metadataValue);
        }
    }

    /// @inheritdoc IAgentRegistry
    function register(bytes32 digest, uint256 model) external returns (uint256 agentId) {
        agentId = _agentCount++;
        if (model != 0) _checkModel(model);
        _mintWithData(msg.sender, agentId, uint64(model));
        if (digest != 0) _digests[agentId] = digest;
        _announce(agentId, _digestURI(digest));
        if (model != 0) emit AgentModelSet(agentId, model);
    }

    /// @inheritdoc IAgentRegistry
    function setAgentURI(uint256 agentId, string calldata newURI) external {
        // The digest goes first: `tokenURI` shows it before any URI.
        _checkAuthorizedToEdit(agentId);
        delete _digests[agentId];
        _writeURI(agentId, newURI);
        emit URIUpdated(agentId, newURI, msg.sender);
    }

    /// @inheritdoc IAgentRegistry
    function setAgentDigest(uint256 agentId, bytes32 digest) external {
        _checkAuthorizedToEdit(agentId);
        delete _uris[agentId];
        _digests[agentId] = digest;
        emit URIUpdated(agentId, _digestURI(digest), msg.sender);
    }

    /// @inheritdoc IAgentRegistry
    function setMetadata(uint256 agentId, string calldata metadataKey, bytes calldata metadataValue) external {
        // An unknown agent reverts with `AgentUnknown`, before anybody's right is asked.
        _checkAuthorizedToEdit(agentId);
        _writeMetadata(agentId, metadataKey, metadataValue);
    }

    /// @inheritdoc IAgentRegistry
    function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes calldata signature) external {
        address owner = _checkAuthorizedToEdit(agentId);
        // The wallet agrees to this owner: the consent that an approved account brings is worth nothing after a sale.
        require(newWallet != address(0), "bad wallet");
        require(block.timestamp <= deadline, "expired");
        require(deadline <= block.timestamp + WALLET_DEADLINE_SECONDS_MAX, "deadline too far");
        bytes32 hash =
            _hashTypedData(keccak256(abi.encode(AGENT_WALLET_SET_TYPEHASH, agentId, newWallet, owner, deadline)));
        // No nonce: within its few minutes the same consent does the same again, for the same owner.
        // Either form of a signature by key is taken: nothing here is found by the signature's bytes.
        // So a wallet that was cleared may be named again by the same consent, for at most 300 s.
        address recovered = ECDSA.tryRecoverCalldata(hash, signature);
        require(OwnerSignature.isBy(newWallet, recovered, hash, signature), "invalid wallet sig");
        _wallets[agentId] = newWallet;
        _setWalletState(agentId, WALLET_NAMED);
        emit MetadataSet(agentId, WALLET_KEY, WALLET_KEY, abi.encodePacked(newWallet));
    }

    /// @inheritdoc IAgentRegistry
    function unsetAgentWallet(uint256 agentId) external {
        _checkAuthorizedToEdit(agentId);
        _clearWallet(agentId);
    }

    /// @inheritdoc IAgentRegistry
    function setModel(uint256 agentId, uint256 model) external {
        _checkAuthorizedToEdit(agentId);
        if (model != 0) _checkModel(model);
        // The cast cuts nothing: a model that exists has an id far below 2^64.
        _setData(agentId, (_dataOf(agentId) & (WALLET_CLEARED | WALLET_NAMED)) | uint64(model));
        emit AgentModelSet(agentId, model);
    }

    /// @inheritdoc IAgentRegistry
    function getMetadata(uint256 agentId, string calldata metadataKey) external view returns (bytes memory) {
        if (!_isWalletKey(metadataKey)) return _metadata[agentId][metadataKey];
        address wallet = _walletOf(agentId);
        // The reserved key reads as ERC-8004 has it, packed to 20 bytes; nothing is stored under it.
        return wallet == address(0) ? bytes("") : abi.encodePacked(wallet);
    }

    /// @inheritdoc IAgentRegistry
    function getAgentWallet(uint256 agentId) external view returns (address) {
        return _walletOf(agentId);
    }

    /// @inheritdoc IAgentRegistry
    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool) {
        return _isAuthorized(_requireOwned(agentId), spender, agentId);
    }

    /// @inheritdoc IAgentRegistry
    function modelOf(uint256 agentId) external view returns (uint256 model) {
        (, model) = _known(agentId);
    }

    /// @inheritdoc IAgentRegistry
    function ownerAndModelOf(uint256 agentId) external view returns (address owner, uint256 model) {
        return _known(agentId);
    }

    /// @inheritdoc IAgentRegistry
    function agentCount() external view returns (uint256) {
        return _agentCount;
    }

    /// @inheritdoc ERC721
    function tokenURI(uint256 agentId) public view override returns (string memory) {
        _requireOwned(agentId);
        bytes32 digest = _digests[agentId];
        return digest == 0 ? _uris[agentId] : DigestURI.ipfs(digest);
    }

    /// @dev Any transfer clears the wallet, also one to the owner itself: it agreed to be this owner's. A change of hands
    /// takes the agent off its model: else whoever gave an agent away would have chosen what the new owner's right to
    /// use a model is used for.
    /// @inheritdoc ERC721Packed
    function _update(address to, uint256 agentId, address auth) internal override returns (address from) {
        from = super._update(to, agentId, auth);
        if (from == address(0)) return from;
        // A mint: its data are not there yet (`_mintWithData`), and its wallet is its owner without a bit set.
        uint96 data = _dataOf(agentId);
        // As it moved with the token: only the owner's bits have changed.
        if (from != to && uint64(data) != 0) {
            _setData(agentId, data & (WALLET_CLEARED | WALLET_NAMED));
            emit AgentModelSet(agentId, 0);
        }
        _clearWallet(agentId);
    }

    function _registerAt(string calldata agentURI) private returns (uint256 agentId) {
        agentId = _agentCount++;
        _mint(msg.sender, agentId);
        _writeURI(agentId, agentURI);
        _announce(agentId, agentURI);
    }

    /// @dev What every registration tells (ERC-8004): the agent, then its wallet, which nothing need be written for.
    function _announce(uint256 agentId, string memory agentURI) private {
        emit Registered(agentId, agentURI, msg.sender);
        emit MetadataSet(agentId, WALLET_KEY, WALLET_KEY, abi.encodePacked(msg.sender));
    }

    /// @dev The wallet's key is refused: it is proven, and what is written here is only said. Keys and values in bytes, of any
    /// content.
    function _writeMetadata(uint256 agentId, string calldata key, bytes calldata value) private {
        require(!_isWalletKey(key), "reserved key");
        uint256 keyLength = bytes(key).length;
        if (keyLength > METADATA_KEY_BYTES_MAX) revert AgentMetadataKeyTooLong(keyLength, METADATA_KEY_BYTES_MAX);
        if (value.length > METADATA_VALUE_BYTES_MAX) {
            revert AgentMetadataValueTooLong(value.length, METADATA_VALUE_BYTES_MAX);
        }
        _metadata[agentId][key] = value;
        emit MetadataSet(agentId, key, key, value);
    }

    /// @dev A transfer pays for this: the owner's slot is warm by then, and a wallet's is touched only where there is one.
    /// Told also where there was none: who follows the log need not know what was before.
    function _clearWallet(uint256 agentId) private {
        if (_dataOf(agentId) & WALLET_NAMED != 0) delete _wallets[agentId];
        _setWalletState(agentId, WALLET_CLEARED);
        emit MetadataSet(agentId, WALLET_KEY, WALLET_KEY, "");
    }

    function _setWalletState(uint256 agentId, uint96 state) private {
        _setData(agentId, (_dataOf(agentId) & ~(WALLET_CLEARED | WALLET_NAMED)) | state);
    }

    /// @dev Zero for an agent that does not exist: its word is zero, and so is the owner in it.
    function _walletOf(uint256 agentId) private view returns (address) {
        (address owner, uint96 data) = _ownerAndDataOf(agentId);
        // At most one of the two bits is set: `_setWalletState` clears both first.
        if (data & WALLET_NAMED != 0) return _wallets[agentId];
        return data & WALLET_CLEARED != 0 ? address(0) : owner;
    }

    function _isWalletKey(string calldata key) private pure returns (bool) {
        return keccak256(bytes(key)) == WALLET_KEY_HASH;
    }

    function _digestURI(bytes32 digest) private pure returns (string memory) {
        return digest == 0 ? "" : DigestURI.ipfs(digest);
    }

    function _writeURI(uint256 agentId, string calldata uri) private {
        uint256 length = bytes(uri).length;
        // In bytes; that it is a URI at all is for its readers to see to.
        if (length > AGENT_URI_BYTES_MAX) revert AgentURITooLong(length, AGENT_URI_BYTES_MAX);
        _uris[agentId] = uri;
    }

    /// @dev By the owner: agent 0 without a model has no other bit that tells it from one that does not exist.
    function _known(uint256 agentId) private view returns (address owner, uint256 model) {
        uint96 data;
        (owner, data) = _ownerAndDataOf(agentId);
        if (owner == address(0)) revert AgentUnknown(agentId);
        model = uint64(data);
    }

    /// @dev Whether the agent may use the model is checked by `publish`, which pins it: a policy can change until then.
    function _checkModel(uint256 model) private view {
        // Models are numbered from 1 without gaps; there will never be 2^64 of them.
        if (model > _MODELS.modelCount()) revert AgentModelUnknown(model);
    }

    /// @dev The words of the revert are ERC-8004's. Owner, approved for the token, or operator of the owner (ERC-721);
    /// delegates of `PermissionRegistry` are not asked here.
    function _checkAuthorizedToEdit(uint256 agentId) private view returns (address owner) {
        (owner,) = _known(agentId);
        require(_isAuthorized(owner, msg.sender, agentId), "Not authorized");
    }

    /// @dev Domain of a wallet's consent, as in ERC-8004's reference: a signature made for any registry fits its clients.
    function _domainNameAndVersion() internal pure override returns (string memory name, string memory version) {
        return ("ERC8004IdentityRegistry", "1");
    }
}
