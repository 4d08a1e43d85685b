// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IAgentRegistry} from "../interfaces/IAgentRegistry.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {DigestURI} from "../libraries/DigestURI.sol";
import {ERC721Packed} from "../libraries/ERC721Packed.sol";

/// @title AgentRegistry
/// @notice See `IAgentRegistry`. The 96 bits beside a token's owner hold the model it is on.
contract AgentRegistry is IAgentRegistry, ERC721Packed {
    /// @dev A data URI with a small registration file fits; the log and storage pay for every byte.
    uint256 private constant AGENT_URI_BYTES_MAX = 2_048;

    IModelRegistry private immutable _MODELS;

    /// @dev SHA-256 of the registration file; where it is zero the URI below counts.
    mapping(uint256 agent => bytes32 digest) private _digests;
    mapping(uint256 agent => string uri) private _uris;
    uint256 private _agentCount;

    constructor(IModelRegistry models) ERC721("Pleiad Agent", "PAGENT") {
        _MODELS = models;
    }

    /// @inheritdoc IAgentRegistry
    function register() external returns (uint256 agentId) {
        agentId = _agentCount++;
        _mint(msg.sender, agentId);
        emit Registered(agentId, "", msg.sender);
    }

    /// @inheritdoc IAgentRegistry
    function register(string calldata agentURI) external returns (uint256 agentId) {
        agentId = _agentCount++;
        _mint(msg.sender, agentId);
        _writeURI(agentId, agentURI);
        emit Registered(agentId, agentURI, msg.sender);
    }

    /// @inheritdoc IAgentRegistry
    function register(bytes32 digest, uint256 model) external returns (uint256 agentId) {
        agentId = _agentCount++;
        if (model != 0) _checkModel(model);
        _mintWithData(msg.sender, agentId, uint96(model));
        if (digest != 0) _digests[agentId] = digest;
        emit Registered(agentId, _digestURI(digest), msg.sender);
        if (model != 0) emit AgentModelSet(agentId, model);
    }

    /// @inheritdoc IAgentRegistry
    function setAgentURI(uint256 agentId, string calldata newURI) external {
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
    function setModel(uint256 agentId, uint256 model) external {
        _checkAuthorizedToEdit(agentId);
        if (model != 0) _checkModel(model);
        _setData(agentId, uint96(model));
        emit AgentModelSet(agentId, model);
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

    function _digestURI(bytes32 digest) private pure returns (string memory) {
        return digest == 0 ? "" : DigestURI.ipfs(digest);
    }

    function _writeURI(uint256 agentId, string calldata uri) private {
        uint256 length = bytes(uri).length;
        if (length > AGENT_URI_BYTES_MAX) revert AgentURITooLong(length, AGENT_URI_BYTES_MAX);
        _uris[agentId] = uri;
    }

    function _known(uint256 agentId) private view returns (address owner, uint256 model) {
        uint96 data;
        (owner, data) = _ownerAndDataOf(agentId);
        if (owner == address(0)) revert AgentUnknown(agentId);
        model = data;
    }

    /// @dev Whether the agent may use the model is checked by `publish`, which pins it: a policy can change until then.
    function _checkModel(uint256 model) private view {
        // Models are numbered from 1 without gaps.
        if (model > _MODELS.modelCount()) revert AgentModelUnknown(model);
    }

    /// @dev The words of the revert are ERC-8004's.
    function _checkAuthorizedToEdit(uint256 agentId) private view {
        (address owner,) = _known(agentId);
        require(_isAuthorized(owner, msg.sender, agentId), "Not authorized");
    }
}
