// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title IAgentRegistry
/// @notice Who owns an agent, where its registration file is, and on which model it is. An agent is an ERC-721 token
/// and an ERC-8004 identity: `register`, `setAgentURI` and their events are that standard's.
/// @dev Ids count from 0, as in ERC-8004's reference; nothing may take agent 0 for "none".
interface IAgentRegistry {
    /// @notice An agent was registered (ERC-8004).
    event Registered(uint256 indexed agentId, string agentURI, address indexed owner);
    /// @notice An agent's registration file moved (ERC-8004).
    event URIUpdated(uint256 indexed agentId, string newURI, address indexed updatedBy);
    /// @notice The agent is on `model` from now on; 0 for none.
    event AgentModelSet(uint256 indexed agentId, uint256 indexed model);

    /// @notice Thrown when `agent` was never registered.
    error AgentUnknown(uint256 agent);
    /// @notice Thrown when the model does not exist.
    error AgentModelUnknown(uint256 model);
    /// @notice Thrown when a URI is longer than `lengthMax` bytes.
    error AgentURITooLong(uint256 length, uint256 lengthMax);

    /// @notice Registers an agent without a file or model (ERC-8004).
    function register() external returns (uint256 agentId);

    /// @notice Registers an agent whose registration file is at `agentURI` (ERC-8004).
    function register(string calldata agentURI) external returns (uint256 agentId);

    /// @notice Registers an agent by the SHA-256 of its registration file, on a model. `tokenURI` answers the digest
    /// as an `ipfs://` URI. The cheapest way to register: one slot for the file, the model beside the owner.
    /// @param digest SHA-256 of the registration file; zero for none yet.
    /// @param model The model the agent is on, or 0 for none yet.
    function register(bytes32 digest, uint256 model) external returns (uint256 agentId);

    /// @notice Moves the registration file (ERC-8004). Owner or approved; anybody else reverts with "Not authorized".
    function setAgentURI(uint256 agentId, string calldata newURI) external;

    /// @notice Names the registration file by its SHA-256. Owner or approved; else "Not authorized".
    function setAgentDigest(uint256 agentId, bytes32 digest) external;

    /// @notice Puts the agent on another model. Published versions keep the model they pinned. Owner or approved.
    function setModel(uint256 agentId, uint256 model) external;

    /// @notice The model an agent is on; 0 for none. Reverts for an unknown agent.
    function modelOf(uint256 agentId) external view returns (uint256 model);

    /// @notice Owner and model by one storage read, for `addAgent` and `publish`. Reverts for an unknown agent.
    function ownerAndModelOf(uint256 agentId) external view returns (address owner, uint256 model);

    /// @notice How many agents were ever registered; the next id.
    function agentCount() external view returns (uint256);
}
