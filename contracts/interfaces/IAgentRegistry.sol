// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

/// @title IAgentRegistry
/// @notice Who owns an agent, where its registration file is, what else is known of it, where it is paid, and on which
/// model it is. An agent is an ERC-721 token, and this is an ERC-8004 Identity Registry: what is marked (ERC-8004) has
/// that standard's names, types, events and words.
/// @dev Ids count from 0, as in ERC-8004's reference; nothing may take agent 0 for "none".
/// Safety rests on: ERC-721's approvals (an approved account may edit, also the wallet), keccak256 and secp256k1, and,
/// where a wallet is a contract, on that contract's answer to ERC-1271.
/// An integrator must not assume that a file, a piece of metadata or a name is true: its owner wrote it. What is proven
/// is the wallet alone: it agreed to be this owner's for this agent, and a transfer clears it.
interface IAgentRegistry {
    /// @notice A piece of metadata given with `register` (ERC-8004).
    struct MetadataEntry {
        /// At most 64 bytes; not "agentWallet".
        string metadataKey;
        /// At most 1,024 bytes.
        bytes metadataValue;
    }

    /// @notice An agent was registered (ERC-8004).
    event Registered(uint256 indexed agentId, string agentURI, address indexed owner);
    /// @notice An agent's registration file moved (ERC-8004).
    event URIUpdated(uint256 indexed agentId, string newURI, address indexed updatedBy);
    /// @notice A piece of an agent's metadata was set; an empty value for none any more (ERC-8004). The reserved key
    /// "agentWallet" has the wallet's 20 bytes, or none where it was cleared.
    event MetadataSet(
        uint256 indexed agentId, string indexed indexedMetadataKey, string metadataKey, bytes metadataValue
    );
    /// @notice The agent is on `model` from now on; 0 for none, as after every change of hands.
    event AgentModelSet(uint256 indexed agentId, uint256 indexed model);

    /// @notice Thrown when `agent` was never registered.
    error AgentUnknown(uint256 agent);
    /// @notice Thrown when the model does not exist.
    error AgentModelUnknown(uint256 model);
    /// @notice Thrown when a URI is longer than `lengthMax` bytes.
    error AgentURITooLong(uint256 length, uint256 lengthMax);

    /// @notice Thrown when a metadata key is longer than `lengthMax` bytes.
    error AgentMetadataKeyTooLong(uint256 length, uint256 lengthMax);
    /// @notice Thrown when a metadata value is longer than `lengthMax` bytes.
    error AgentMetadataValueTooLong(uint256 length, uint256 lengthMax);
    /// @notice Thrown when `register` is given more than `countMax` pieces of metadata.
    error AgentMetadataTooMany(uint256 count, uint256 countMax);

    /// @notice Registers an agent for the caller, without a file or model (ERC-8004). Its wallet is the caller.
    function register() external returns (uint256 agentId);

    /// @notice Registers an agent for the caller, whose registration file is at `agentURI` (ERC-8004). Its wallet is the
    /// caller.
    /// @param agentURI At most 2,048 bytes.
    function register(string calldata agentURI) external returns (uint256 agentId);

    /// @notice The same, with up to 16 pieces of metadata (ERC-8004). The reserved key "agentWallet" among them reverts
    /// with "reserved key". Of a key that comes twice the last value counts.
    function register(string calldata agentURI, MetadataEntry[] calldata metadata) external returns (uint256 agentId);

    /// @notice Registers an agent by the SHA-256 of its registration file, on a model. `tokenURI` answers the digest
    /// as an `ipfs://` URI. The cheapest way to register: one slot for the file, the model beside the owner. The wallet is
    /// the caller.
    /// @param digest SHA-256 of the registration file; zero for none yet.
    /// @param model The model the agent is on, or 0 for none yet.
    function register(bytes32 digest, uint256 model) external returns (uint256 agentId);

    /// @notice Moves the registration file (ERC-8004). Owner or approved; anybody else reverts with "Not authorized".
    function setAgentURI(uint256 agentId, string calldata newURI) external;

    /// @notice Names the registration file by its SHA-256. Owner or approved; else "Not authorized".
    function setAgentDigest(uint256 agentId, bytes32 digest) external;

    /// @notice Sets a piece of metadata; an empty value takes it away (ERC-8004). Owner or approved; anybody else reverts
    /// with "Not authorized", the key "agentWallet" with "reserved key". Metadata stays when the agent is transferred.
    /// @param metadataKey At most 64 bytes.
    /// @param metadataValue At most 1,024 bytes.
    function setMetadata(uint256 agentId, string calldata metadataKey, bytes calldata metadataValue) external;

    /// @notice Names the account where the agent is paid, which has to agree (ERC-8004). Owner or approved; anybody else
    /// reverts with "Not authorized".
    ///
    /// Reverts with "bad wallet" for the zero address, "expired" after `deadline`, "deadline too far" where that is more
    /// than 300 s away, and "invalid wallet sig" where `newWallet` did not sign. The wallet's consent may be used again
    /// until its deadline, but only by whoever may call this for the same owner.
    /// @param deadline Unix seconds; accepted up to and at this time.
    /// @param signature `newWallet`'s EIP-712 signature of
    /// `AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)` in the domain
    /// "ERC8004IdentityRegistry", version "1": 64 (EIP-2098) or 65 bytes by its key, or whatever its ERC-1271 accepts
    /// within 100,000 gas.
    function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes calldata signature) external;

    /// @notice Clears the wallet: it reads as zero until one agrees (ERC-8004). Owner or approved; else "Not authorized".
    function unsetAgentWallet(uint256 agentId) external;

    /// @notice Puts the agent on another model. Published versions keep the model they pinned. Owner or approved; else "Not
    /// authorized", and `AgentModelUnknown`. Whether the agent may use the model shows at `publish`. An agent
    /// that changes hands is on none until its new owner says on which: nobody can use up the right of another to use a
    /// model by giving an agent away.
    function setModel(uint256 agentId, uint256 model) external;

    /// @notice A piece of metadata; empty for one that was never set, and for an agent that does not exist (ERC-8004).
    /// For "agentWallet" the wallet's 20 bytes, or none.
    function getMetadata(uint256 agentId, string calldata metadataKey) external view returns (bytes memory);

    /// @notice Where the agent is paid (ERC-8004). From registration on its owner, until another wallet agreed or it was
    /// cleared; zero after a transfer, also after one that was undone. Zero for an agent that does not exist.
    /// Warning: whoever pays must check for zero.
    function getAgentWallet(uint256 agentId) external view returns (address);

    /// @notice Whether `spender` is the agent's owner or approved for it (ERC-8004). Reverts with
    /// `ERC721NonexistentToken` for an agent that does not exist.
    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool);

    /// @notice The model an agent is on; 0 for none, also after a change of hands. Reverts for an unknown agent.
    function modelOf(uint256 agentId) external view returns (uint256 model);

    /// @notice Owner and model by one storage read, for `addAgent` and `publish`. Reverts for an unknown agent.
    function ownerAndModelOf(uint256 agentId) external view returns (address owner, uint256 model);

    /// @notice How many agents were ever registered; the next id.
    function agentCount() external view returns (uint256);
}
