// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IAgentRegistry} from "../../../contracts/interfaces/IAgentRegistry.sol";
import {IClusterExecutions} from "../../../contracts/interfaces/IClusterExecutions.sol";
import {IClusterLens} from "../../../contracts/interfaces/IClusterLens.sol";
import {IClusterRegistry} from "../../../contracts/interfaces/IClusterRegistry.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IPermissionRegistry} from "../../../contracts/interfaces/IPermissionRegistry.sol";
import {Cheats} from "./Cheats.sol";

/// @title World
/// @notice The contracts, new, and what tests do with them often.
abstract contract World is Cheats {
    uint256 internal constant WEI_EACH = 1_000 ether;
    bytes32 internal constant COMPLETION_TYPEHASH = keccak256(
        "Completion(uint256 execution,uint16 task,bytes32 contextHash,bytes32 outputDigest,bytes32 evidenceDigest,uint256 node,uint256 tip)"
    );
    bytes32 internal constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    IPermissionRegistry public permissions;
    INodeRegistry public nodes;
    IModelRegistry public models;
    IAgentRegistry public agents;
    IClusterRegistry public clusters;
    IClusterLens public lens;
    IClusterExecutions public executions;

    /// @dev May ask in anybody's name.
    address internal _router = VM.addr(_key("router", 0));

    function _deployAll() internal {
        permissions =
            IPermissionRegistry(_deploy("contracts/registry/PermissionRegistry.sol:PermissionRegistry", ""));
        nodes = INodeRegistry(_deploy("contracts/registry/NodeRegistry.sol:NodeRegistry", abi.encode(permissions)));
        models = IModelRegistry(
            _deploy("contracts/registry/ModelRegistry.sol:ModelRegistry", abi.encode(nodes, permissions))
        );
        agents = IAgentRegistry(_deploy("contracts/registry/AgentRegistry.sol:AgentRegistry", abi.encode(models)));
        clusters = IClusterRegistry(
            _deploy("contracts/registry/ClusterRegistry.sol:ClusterRegistry", abi.encode(models, agents, permissions))
        );
        lens = IClusterLens(_deploy("contracts/periphery/ClusterLens.sol:ClusterLens", abi.encode(clusters)));
        executions = IClusterExecutions(
            _deploy(
                "contracts/execution/ClusterExecutions.sol:ClusterExecutions", abi.encode(nodes, models, clusters, permissions, _router)
            )
        );
    }

    /// @dev The private key of the `index`-th account, or node, of the tests.
    function _key(string memory kind, uint256 index) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(kind, index))) >> 1;
    }

    function _ownerOf(address registry, uint256 token) internal view returns (address) {
        return IERC721(registry).ownerOf(token);
    }

    /// @dev A key's 65-byte proof that it wants to be a node's of `owner`.
    function _keyProof(uint256 privateKey, address owner) internal view returns (bytes memory) {
        bytes32 typeHash = keccak256("NodeKeyProof(address owner,uint256 nonce)");
        uint256 nonce = nodes.keyProofNonce(VM.addr(privateKey));
        bytes32 structHash = keccak256(abi.encode(typeHash, owner, nonce));
        return _sign65(privateKey, _typed(_domain("Pleiad NodeRegistry", block.chainid, address(nodes)), structHash));
    }

    function _domain(string memory name, uint256 chainId, address verifier) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256(bytes(name)), keccak256("1"), chainId, verifier)
        );
    }

    function _typed(bytes32 domain, bytes32 structHash) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    /// @dev What a completion's signer signs, spelt out field by field.
    function _completionHash(IClusterExecutions.Completion memory completion) internal view returns (bytes32) {
        return _typed(
            _domain("Pleiad ClusterExecutions", block.chainid, address(executions)), _structHash(completion)
        );
    }

    function _structHash(IClusterExecutions.Completion memory completion) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                COMPLETION_TYPEHASH,
                completion.execution,
                completion.task,
                completion.contextHash,
                completion.outputDigest,
                completion.evidenceDigest,
                completion.node,
                completion.tip
            )
        );
    }

    function _sign65(uint256 privateKey, bytes32 hash) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(privateKey, hash);
        return abi.encodePacked(r, s, v);
    }

    function _sign64(uint256 privateKey, bytes32 hash) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(privateKey, hash);
        return abi.encodePacked(r, bytes32(uint256(s) | (uint256(v - 27) << 255)));
    }

    function _registerNode(address owner, uint256 privateKey) internal returns (uint256) {
        bytes memory proof = _keyProof(privateKey, owner);
        VM.prank(owner);
        return nodes.register(VM.addr(privateKey), proof, 0, "");
    }

    function _registerModel(address owner, uint96 priceWei, uint16 nodeShareBps) internal returns (uint256) {
        return _registerModelIn(address(0), owner, priceWei, nodeShareBps);
    }

    function _registerModelIn(address currency, address owner, uint96 priceWei, uint16 nodeShareBps)
        internal
        returns (uint256)
    {
        VM.prank(owner);
        return models.register(
            "a model",
            IModelRegistry.Terms({currency: currency, priceWei: priceWei, nodeShareBps: nodeShareBps, open: true})
        );
    }

    function _registerAgent(address owner, uint256 model) internal returns (uint256) {
        VM.prank(owner);
        return agents.register(bytes32(uint256(1)), model);
    }

    /// @dev Makes a node serve a model, by both owners.
    function _serve(uint256 model, uint256 node) internal {
        address modelOwner = _ownerOf(address(models), model);
        address nodeOwner = _ownerOf(address(nodes), node);
        VM.prank(modelOwner);
        models.serve(model, node);
        if (modelOwner == nodeOwner) return;
        VM.prank(nodeOwner);
        models.serve(model, node);
    }

    /// @dev A cluster whose `i`-th task is done by an agent of its own on `modelOf[i]` and depends on `dependsOn[i]`.
    function _publish(
        address owner,
        string memory slug,
        uint256[] memory modelOf,
        uint32[] memory dependsOn,
        uint96 feeWei,
        uint32 windowSeconds
    ) internal returns (uint256 cluster) {
        uint8[] memory quorums = new uint8[](modelOf.length);
        return _publishWith(owner, slug, modelOf, dependsOn, quorums, _publishTerms(feeWei, windowSeconds));
    }

    /// @dev The same, with how many nodes must agree on each task; 0 for one.
    function _publishWith(
        address owner,
        string memory slug,
        uint256[] memory modelOf,
        uint32[] memory dependsOn,
        uint8[] memory quorums,
        IClusterRegistry.PublishTerms memory terms
    ) internal returns (uint256 cluster) {
        IClusterRegistry.ClusterBlueprint memory blueprint;
        blueprint.slug = slug;
        blueprint.name = slug;
        blueprint.agents = new IClusterRegistry.AgentEntry[](modelOf.length);
        blueprint.tasks = new IClusterRegistry.TaskEntry[](modelOf.length);
        for (uint256 i; i < modelOf.length; ++i) {
            uint256 agent = _registerAgent(owner, modelOf[i]);
            blueprint.agents[i] = _agentEntry(agent, i);
            blueprint.tasks[i] = _taskEntry(agent, i, dependsOn[i]);
            blueprint.tasks[i].quorum = quorums[i];
        }
        VM.prank(owner);
        (cluster,) = clusters.createAndPublish(blueprint, terms);
    }

    function _agentEntry(uint256 agent, uint256 index) internal pure returns (IClusterRegistry.AgentEntry memory) {
        return IClusterRegistry.AgentEntry({
            agent: agent,
            name: _decimal(index),
            role: "role",
            goal: "goal",
            backstory: "",
            tokensMax: 0,
            temperatureMilli: type(uint16).max
        });
    }

    function _taskEntry(uint256 agent, uint256 index, uint32 dependsOn)
        internal
        pure
        returns (IClusterRegistry.TaskEntry memory)
    {
        return IClusterRegistry.TaskEntry({
            name: _decimal(index),
            agent: agent,
            prompt: "prompt",
            tool: "",
            toolArguments: "",
            dependsOn: dependsOn,
            quorum: 0
        });
    }

    function _publishTerms(uint96 feeWei, uint32 windowSeconds)
        internal
        pure
        returns (IClusterRegistry.PublishTerms memory)
    {
        return IClusterRegistry.PublishTerms({feeWei: feeWei, windowSeconds: windowSeconds, attempts: 0});
    }

    /// @dev Choices of a request with inline input.
    function _params(uint256 deadline) internal pure returns (IClusterExecutions.ExecuteParams memory params) {
        params.deadline = uint40(deadline);
    }
}
