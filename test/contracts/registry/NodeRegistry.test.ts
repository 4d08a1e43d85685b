import { expect } from "chai";
import type { NetworkConnection } from "hardhat/types/network";
import { describe, it } from "mocha";
import { getAddress, type Hex, keccak256, parseSignature, slice, toHex, zeroAddress, zeroHash } from "viem";
import {
  compact,
  createChain,
  deployRegistries,
  eventsOf,
  nodeKey,
  type Registries,
  registerNode,
  signKeyProof,
  transferEvent,
} from "../fixtures/registries.ts";
import { behavesLikeERC721 } from "./ERC721.behavior.ts";

const STATUS = { None: 0, Active: 1, Suspended: 2 } as const;
const URI = "https://node.example.org/pleiad.json";
const DIGEST = keccak256(toHex("metadata"));

const { connection, viem, networkHelpers } = await createChain();
const { assertions } = viem;

/** One node of alice's with key 1. */
async function oneNode(chain: NetworkConnection) {
  const registries = await deployRegistries(chain);
  const node = await registerNode(registries, 1, registries.alice);
  return { ...registries, node };
}

/** Rotates a node to the `index`-th key, with the proof that its nonce asks for. */
async function rotate(registries: Registries, node: bigint, index: number, owner: Hex) {
  const { nodes, chainId } = registries;
  const key = nodeKey(index);
  const nonce = await nodes.read.keyProofNonce([key.address]);
  const proof = await signKeyProof(key, { owner, nonce, chainId, registry: nodes.address });
  return nodes.write.rotateKey([node, key.address, proof], { account: owner });
}

/** What `keyAndMarkOf` answers of a node: its key, and the low 88 bits of its owner's address. */
function signerOf(key: Hex, owner: Hex): readonly [Hex, bigint] {
  return [key, BigInt.asUintN(88, BigInt(owner))];
}

describe("NodeRegistry", () => {
  describe("register", () => {
    it("register_proofOf65Bytes_succeeds", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      const { nodes, alice, chainId } = registries;
      const key = nodeKey(1);
      const proof = await signKeyProof(key, { owner: alice, chainId, registry: nodes.address });
      expect((proof.length - 2) / 2).to.equal(65);
      const hash = await nodes.write.register([key.address, proof, DIGEST, URI], { account: alice });
      expect(await eventsOf(registries, nodes, hash)).to.deep.equal([
        transferEvent(zeroAddress, alice, 1n),
        {
          event: "NodeRegistered",
          args: { node: 1n, owner: alice, key: key.address, metadataDigest: DIGEST, metadataURI: URI },
        },
      ]);
      expect(await nodes.read.ownerOf([1n])).to.equal(alice);
      expect(await nodes.read.keyOf([1n])).to.deep.equal([key.address, STATUS.Active]);
      expect(await nodes.read.signersOf([1n])).to.deep.equal([key.address, alice]);
      expect(await nodes.read.activeKeyOf([1n])).to.equal(key.address);
      expect(await nodes.read.nodeOfKey([key.address])).to.equal(1n);
      expect(await nodes.read.keyProofNonce([key.address])).to.equal(1n);
      expect(await nodes.read.metadataDigestOf([1n])).to.equal(DIGEST);
      expect(await nodes.read.nodeCount()).to.equal(1n);
    });

    it("register_proofOf64Bytes_succeeds", async () => {
      const { nodes, alice, chainId } = await networkHelpers.loadFixture(deployRegistries);
      const key = nodeKey(1);
      const proof = compact(await signKeyProof(key, { owner: alice, chainId, registry: nodes.address }));
      expect((proof.length - 2) / 2).to.equal(64);
      await nodes.write.register([key.address, proof, zeroHash, ""], { account: alice });
      expect(await nodes.read.nodeOfKey([key.address])).to.equal(1n);
    });

    it("register_ownKeyOfTheOwner_succeeds", async () => {
      // A small operator may sign with the account that owns the node: nothing forbids it.
      const { nodes, chainId } = await networkHelpers.loadFixture(deployRegistries);
      const key = nodeKey(1);
      await networkHelpers.setBalance(key.address, 10n ** 18n);
      await networkHelpers.impersonateAccount(key.address);
      const proof = await signKeyProof(key, { owner: key.address, chainId, registry: nodes.address });
      await nodes.write.register([key.address, proof, zeroHash, ""], { account: key.address });
      expect(await nodes.read.signersOf([1n])).to.deep.equal([key.address, key.address]);
    });

    it("register_secondNodeOfOneOwner_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneNode);
      const second = await registerNode(fixture, 2, fixture.alice);
      expect(second).to.equal(2n);
      expect(await fixture.nodes.read.nodeCount()).to.equal(2n);
      expect(await fixture.nodes.read.balanceOf([fixture.alice])).to.equal(2n);
    });

    it("register_metadataURIOf256Bytes_succeeds", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      const { nodes, alice, chainId } = registries;
      const key = nodeKey(1);
      const proof = await signKeyProof(key, { owner: alice, chainId, registry: nodes.address });
      await nodes.write.register([key.address, proof, zeroHash, "u".repeat(256)], { account: alice });
      expect(await nodes.read.nodeCount()).to.equal(1n);
    });

    it("register_metadataURITooLong_reverts", async () => {
      const { nodes, alice, chainId } = await networkHelpers.loadFixture(deployRegistries);
      const key = nodeKey(1);
      const proof = await signKeyProof(key, { owner: alice, chainId, registry: nodes.address });
      await assertions.revertWithCustomErrorWithArgs(
        nodes.write.register([key.address, proof, zeroHash, "u".repeat(257)], { account: alice }),
        nodes,
        "NodeMetadataTooLong",
        [257n, 256n],
      );
    });

    it("register_keyOfAnotherNode_reverts", async () => {
      const { nodes, bob, chainId, node } = await networkHelpers.loadFixture(oneNode);
      const key = nodeKey(1);
      const proof = await signKeyProof(key, { owner: bob, nonce: 1n, chainId, registry: nodes.address });
      await assertions.revertWithCustomErrorWithArgs(
        nodes.write.register([key.address, proof, zeroHash, ""], { account: bob }),
        nodes,
        "NodeKeyTaken",
        [key.address, node],
      );
    });

    it("register_keyThatAnotherNodeHadBefore_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(oneNode);
      const { nodes, alice, bob, chainId, node } = fixture;
      await rotate(fixture, node, 2, alice);
      const key = nodeKey(1);
      const proof = await signKeyProof(key, { owner: bob, nonce: 1n, chainId, registry: nodes.address });
      await assertions.revertWithCustomErrorWithArgs(
        nodes.write.register([key.address, proof, zeroHash, ""], { account: bob }),
        nodes,
        "NodeKeyTaken",
        [key.address, node],
      );
    });

    it("register_proofByAnotherKey_reverts", async () => {
      const { nodes, alice, chainId } = await networkHelpers.loadFixture(deployRegistries);
      const proof = await signKeyProof(nodeKey(2), { owner: alice, chainId, registry: nodes.address });
      await assertions.revertWithCustomErrorWithArgs(
        nodes.write.register([nodeKey(1).address, proof, zeroHash, ""], { account: alice }),
        nodes,
        "NodeKeyProofInvalid",
        [nodeKey(1).address, nodeKey(2).address],
      );
    });

    it("register_proofForAnotherOwner_reverts", async () => {
      // Whoever sees a proof in the mempool cannot register the key for himself.
      const { nodes, alice, bob, chainId } = await networkHelpers.loadFixture(deployRegistries);
      const key = nodeKey(1);
      const proof = await signKeyProof(key, { owner: alice, chainId, registry: nodes.address });
      await assertions.revertWithCustomErrorWithArgs(
        nodes.write.register([key.address, proof, zeroHash, ""], { account: bob }),
        nodes,
        "NodeKeyProofInvalid",
        [key.address, (recovered: Hex) => recovered !== key.address && recovered !== zeroAddress],
      );
      expect(await nodes.read.keyProofNonce([key.address])).to.equal(0n);
    });

    it("register_proofForAnotherChain_reverts", async () => {
      const { nodes, alice, chainId } = await networkHelpers.loadFixture(deployRegistries);
      const key = nodeKey(1);
      const proof = await signKeyProof(key, { owner: alice, chainId: chainId + 1, registry: nodes.address });
      await assertions.revertWithCustomErrorWithArgs(
        nodes.write.register([key.address, proof, zeroHash, ""], { account: alice }),
        nodes,
        "NodeKeyProofInvalid",
        [key.address, (recovered: Hex) => recovered !== key.address],
      );
    });

    it("register_proofForAnotherRegistry_reverts", async () => {
      const { nodes, permissions, alice, chainId } = await networkHelpers.loadFixture(deployRegistries);
      const other = await viem.deployContract("NodeRegistry", [permissions.address]);
      const key = nodeKey(1);
      const proof = await signKeyProof(key, { owner: alice, chainId, registry: nodes.address });
      await assertions.revertWithCustomErrorWithArgs(
        other.write.register([key.address, proof, zeroHash, ""], { account: alice }),
        other,
        "NodeKeyProofInvalid",
        [key.address, (recovered: Hex) => recovered !== key.address],
      );
    });

    it("register_proofWithALaterNonce_reverts", async () => {
      const { nodes, alice, chainId } = await networkHelpers.loadFixture(deployRegistries);
      const key = nodeKey(1);
      const proof = await signKeyProof(key, { owner: alice, nonce: 1n, chainId, registry: nodes.address });
      await assertions.revertWithCustomError(
        nodes.write.register([key.address, proof, zeroHash, ""], { account: alice }),
        nodes,
        "NodeKeyProofInvalid",
      );
    });

    it("register_proofIsNoSignature_reverts", async () => {
      const { nodes, alice, chainId } = await networkHelpers.loadFixture(deployRegistries);
      const key = nodeKey(1);
      const signature = await signKeyProof(key, { owner: alice, chainId, registry: nodes.address });
      const { r, s } = parseSignature(signature);
      const forged: Record<string, Hex> = {
        empty: "0x",
        "63 bytes": slice(signature, 0, 63),
        "66 bytes": `${signature}00`,
        "v of 0": `${r}${s.slice(2)}00`,
        zeros: `0x${"00".repeat(65)}`,
      };
      for (const [what, proof] of Object.entries(forged)) {
        await assertions.revertWithCustomErrorWithArgs(
          nodes.write.register([key.address, proof, zeroHash, what], { account: alice }),
          nodes,
          "NodeKeyProofInvalid",
          [key.address, zeroAddress],
        );
      }
    });

    it("register_zeroKeyWithUnrecoverableProof_reverts", async () => {
      // What recovers to nobody must not prove the key nobody has.
      const { nodes, alice } = await networkHelpers.loadFixture(deployRegistries);
      await assertions.revertWithCustomErrorWithArgs(
        nodes.write.register([zeroAddress, `0x${"00".repeat(65)}`, zeroHash, ""], { account: alice }),
        nodes,
        "NodeKeyProofInvalid",
        [zeroAddress, zeroAddress],
      );
      expect(await nodes.read.nodeCount()).to.equal(0n);
    });
  });

  describe("rotateKey", () => {
    it("rotateKey_newKey_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneNode);
      const { nodes, alice, node } = fixture;
      const hash = await rotate(fixture, node, 2, alice);
      expect(await eventsOf(fixture, nodes, hash)).to.deep.equal([
        {
          event: "NodeKeyRotated",
          args: { node, previousKey: nodeKey(1).address, key: nodeKey(2).address },
        },
      ]);
      expect(await nodes.read.keyOf([node])).to.deep.equal([nodeKey(2).address, STATUS.Active]);
      expect(await nodes.read.signersOf([node])).to.deep.equal([nodeKey(2).address, alice]);
      // Both keys name this node for ever.
      expect(await nodes.read.nodeOfKey([nodeKey(1).address])).to.equal(node);
      expect(await nodes.read.nodeOfKey([nodeKey(2).address])).to.equal(node);
      expect(await nodes.read.keyProofNonce([nodeKey(1).address])).to.equal(1n);
      expect(await nodes.read.keyProofNonce([nodeKey(2).address])).to.equal(1n);
    });

    it("rotateKey_compactProof_succeeds", async () => {
      const { nodes, alice, chainId, node } = await networkHelpers.loadFixture(oneNode);
      const key = nodeKey(2);
      const proof = compact(await signKeyProof(key, { owner: alice, chainId, registry: nodes.address }));
      await nodes.write.rotateKey([node, key.address, proof], { account: alice });
      expect(await nodes.read.nodeOfKey([key.address])).to.equal(node);
    });

    it("rotateKey_backToAnEarlierKeyOfTheNode_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneNode);
      const { nodes, alice, node } = fixture;
      await rotate(fixture, node, 2, alice);
      await rotate(fixture, node, 1, alice);
      expect(await nodes.read.keyOf([node])).to.deep.equal([nodeKey(1).address, STATUS.Active]);
      expect(await nodes.read.keyProofNonce([nodeKey(1).address])).to.equal(2n);
    });

    it("rotateKey_proofUsedBefore_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(oneNode);
      const { nodes, alice, chainId, node } = fixture;
      await rotate(fixture, node, 2, alice);
      const key = nodeKey(1);
      // The very proof with which key 1 was registered.
      const proof = await signKeyProof(key, { owner: alice, chainId, registry: nodes.address });
      await assertions.revertWithCustomErrorWithArgs(
        nodes.write.rotateKey([node, key.address, proof], { account: alice }),
        nodes,
        "NodeKeyProofInvalid",
        [key.address, (recovered: Hex) => recovered !== key.address],
      );
    });

    it("rotateKey_keyOfAnotherNode_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(oneNode);
      const { nodes, alice, chainId, node } = fixture;
      const second = await registerNode(fixture, 2, alice);
      const key = nodeKey(2);
      const proof = await signKeyProof(key, { owner: alice, nonce: 1n, chainId, registry: nodes.address });
      await assertions.revertWithCustomErrorWithArgs(
        nodes.write.rotateKey([node, key.address, proof], { account: alice }),
        nodes,
        "NodeKeyTaken",
        [key.address, second],
      );
    });

    it("rotateKey_proofByAnotherKey_reverts", async () => {
      const { nodes, alice, chainId, node } = await networkHelpers.loadFixture(oneNode);
      const proof = await signKeyProof(nodeKey(3), { owner: alice, chainId, registry: nodes.address });
      await assertions.revertWithCustomErrorWithArgs(
        nodes.write.rotateKey([node, nodeKey(2).address, proof], { account: alice }),
        nodes,
        "NodeKeyProofInvalid",
        [nodeKey(2).address, nodeKey(3).address],
      );
      expect(await nodes.read.keyOf([node])).to.deep.equal([nodeKey(1).address, STATUS.Active]);
    });

    it("rotateKey_byStranger_reverts", async () => {
      const { nodes, stranger, chainId, node } = await networkHelpers.loadFixture(oneNode);
      const key = nodeKey(2);
      const proof = await signKeyProof(key, { owner: stranger, chainId, registry: nodes.address });
      await assertions.revertWithCustomErrorWithArgs(
        nodes.write.rotateKey([node, key.address, proof], { account: stranger }),
        nodes,
        "NodeNotOwned",
        [node, stranger],
      );
    });

    it("rotateKey_byApprovedOperator_reverts", async () => {
      // An approval is for moving the token, not for what it signs with.
      const { nodes, alice, bob, chainId, node } = await networkHelpers.loadFixture(oneNode);
      await nodes.write.setApprovalForAll([bob, true], { account: alice });
      const key = nodeKey(2);
      const proof = await signKeyProof(key, { owner: bob, chainId, registry: nodes.address });
      await assertions.revertWithCustomErrorWithArgs(
        nodes.write.rotateKey([node, key.address, proof], { account: bob }),
        nodes,
        "NodeNotOwned",
        [node, bob],
      );
    });

    it("rotateKey_unknownNode_reverts", async () => {
      const { nodes, alice } = await networkHelpers.loadFixture(deployRegistries);
      for (const unknown of [0n, 1n]) {
        await assertions.revertWithCustomErrorWithArgs(
          nodes.write.rotateKey([unknown, nodeKey(1).address, "0x"], { account: alice }),
          nodes,
          "NodeUnknown",
          [unknown],
        );
      }
    });
  });

  describe("transfer", () => {
    it("transferFrom_activeNode_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneNode);
      const { nodes, alice, bob, node } = fixture;
      const hash = await nodes.write.transferFrom([alice, bob, node], { account: alice });
      expect(await eventsOf(fixture, nodes, hash)).to.deep.equal([
        transferEvent(alice, bob, node),
        { event: "NodeSuspended", args: { node } },
      ]);
      expect(await nodes.read.keyOf([node])).to.deep.equal([nodeKey(1).address, STATUS.Suspended]);
      // No key signs for it, and its owner is the new one.
      expect(await nodes.read.signersOf([node])).to.deep.equal([zeroAddress, bob]);
      expect(await nodes.read.activeKeyOf([node])).to.equal(zeroAddress);
      expect(await nodes.read.nodeOfKey([nodeKey(1).address])).to.equal(node);
    });

    it("transferFrom_toTheOwnerItself_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneNode);
      const { nodes, alice, node } = fixture;
      const hash = await nodes.write.transferFrom([alice, alice, node], { account: alice });
      expect(await eventsOf(fixture, nodes, hash)).to.deep.equal([transferEvent(alice, alice, node)]);
      expect(await nodes.read.keyOf([node])).to.deep.equal([nodeKey(1).address, STATUS.Active]);
    });

    it("rotateKey_newOwnerProvesANewKey_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneNode);
      const { nodes, alice, bob, node } = fixture;
      await nodes.write.transferFrom([alice, bob, node], { account: alice });
      await rotate(fixture, node, 2, bob);
      expect(await nodes.read.signersOf([node])).to.deep.equal([nodeKey(2).address, bob]);
      expect(await nodes.read.activeKeyOf([node])).to.equal(nodeKey(2).address);
    });

    it("rotateKey_newOwnerProvesThePresentKey_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneNode);
      const { nodes, alice, bob, node } = fixture;
      await nodes.write.transferFrom([alice, bob, node], { account: alice });
      const hash = await rotate(fixture, node, 1, bob);
      expect(await eventsOf(fixture, nodes, hash)).to.deep.equal([
        {
          event: "NodeKeyRotated",
          args: { node, previousKey: nodeKey(1).address, key: nodeKey(1).address },
        },
      ]);
      expect(await nodes.read.keyOf([node])).to.deep.equal([nodeKey(1).address, STATUS.Active]);
    });

    it("rotateKey_byTheOwnerBefore_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(oneNode);
      const { nodes, alice, bob, node } = fixture;
      await nodes.write.transferFrom([alice, bob, node], { account: alice });
      await assertions.revertWithCustomErrorWithArgs(rotate(fixture, node, 2, alice), nodes, "NodeNotOwned", [
        node,
        alice,
      ]);
      expect(await nodes.read.signersOf([node])).to.deep.equal([zeroAddress, bob]);
    });

    it("rotateKey_proofThatTheKeyGaveToTheOwnerBefore_reverts", async () => {
      const { nodes, alice, bob, chainId, node } = await networkHelpers.loadFixture(oneNode);
      await nodes.write.transferFrom([alice, bob, node], { account: alice });
      const key = nodeKey(1);
      const proof = await signKeyProof(key, { owner: alice, nonce: 1n, chainId, registry: nodes.address });
      await assertions.revertWithCustomErrorWithArgs(
        nodes.write.rotateKey([node, key.address, proof], { account: bob }),
        nodes,
        "NodeKeyProofInvalid",
        [key.address, (recovered: Hex) => recovered !== key.address],
      );
    });

    it("transferFrom_backToTheFirstOwner_succeeds", async () => {
      // Coming back does not bring the key back: it is proven again.
      const { nodes, alice, bob, node } = await networkHelpers.loadFixture(oneNode);
      await nodes.write.transferFrom([alice, bob, node], { account: alice });
      await nodes.write.transferFrom([bob, alice, node], { account: bob });
      expect(await nodes.read.keyOf([node])).to.deep.equal([nodeKey(1).address, STATUS.Suspended]);
    });
  });

  describe("setMetadata", () => {
    it("setMetadata_byOwner_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneNode);
      const { nodes, alice, node } = fixture;
      expect(await nodes.read.tokenURI([node])).to.equal("");
      const hash = await nodes.write.setMetadata([node, DIGEST, URI], { account: alice });
      expect(await eventsOf(fixture, nodes, hash)).to.deep.equal([
        { event: "NodeMetadataSet", args: { node, metadataDigest: DIGEST, metadataURI: URI } },
      ]);
      expect(await nodes.read.metadataDigestOf([node])).to.equal(DIGEST);
      expect(await nodes.read.tokenURI([node])).to.equal(`ipfs://f01551220${DIGEST.slice(2)}`);
      await nodes.write.setMetadata([node, zeroHash, ""], { account: alice });
      expect(await nodes.read.metadataDigestOf([node])).to.equal(zeroHash);
      expect(await nodes.read.tokenURI([node])).to.equal("");
    });

    it("setMetadata_ofASuspendedNode_succeeds", async () => {
      const { nodes, alice, bob, node } = await networkHelpers.loadFixture(oneNode);
      await nodes.write.transferFrom([alice, bob, node], { account: alice });
      await nodes.write.setMetadata([node, DIGEST, URI], { account: bob });
      expect(await nodes.read.keyOf([node])).to.deep.equal([nodeKey(1).address, STATUS.Suspended]);
    });

    it("setMetadata_byStranger_reverts", async () => {
      const { nodes, stranger, node } = await networkHelpers.loadFixture(oneNode);
      await assertions.revertWithCustomErrorWithArgs(
        nodes.write.setMetadata([node, DIGEST, URI], { account: stranger }),
        nodes,
        "NodeNotOwned",
        [node, stranger],
      );
    });

    it("setMetadata_unknownNode_reverts", async () => {
      const { nodes, alice } = await networkHelpers.loadFixture(deployRegistries);
      await assertions.revertWithCustomErrorWithArgs(
        nodes.write.setMetadata([7n, DIGEST, URI], { account: alice }),
        nodes,
        "NodeUnknown",
        [7n],
      );
    });

    it("setMetadata_URITooLong_reverts", async () => {
      const { nodes, alice, node } = await networkHelpers.loadFixture(oneNode);
      await assertions.revertWithCustomErrorWithArgs(
        nodes.write.setMetadata([node, DIGEST, "u".repeat(300)], { account: alice }),
        nodes,
        "NodeMetadataTooLong",
        [300n, 256n],
      );
    });
  });

  describe("views", () => {
    it("keyAndMarkOf_followsKeyStatusAndOwner_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneNode);
      const { nodes, alice, bob, node } = fixture;
      const keyAndMark = () => nodes.read.keyAndMarkOf([node]);
      expect(await keyAndMark()).to.deep.equal(signerOf(nodeKey(1).address, alice));
      // Suspended: no key signs for it, and its owner is the new one.
      await nodes.write.transferFrom([alice, bob, node], { account: alice });
      expect(await keyAndMark()).to.deep.equal(signerOf(zeroAddress, bob));
      await rotate(fixture, node, 2, bob);
      const proven = signerOf(nodeKey(2).address, bob);
      expect(await keyAndMark()).to.deep.equal(proven);
      await nodes.write.transferFrom([bob, bob, node], { account: bob });
      expect(await keyAndMark()).to.deep.equal(proven);
    });

    it("views_nodeThatDoesNotExist_succeeds", async () => {
      const { nodes } = await networkHelpers.loadFixture(deployRegistries);
      expect(await nodes.read.keyOf([9n])).to.deep.equal([zeroAddress, STATUS.None]);
      expect(await nodes.read.signersOf([9n])).to.deep.equal([zeroAddress, zeroAddress]);
      expect(await nodes.read.activeKeyOf([9n])).to.equal(zeroAddress);
      expect(await nodes.read.keyAndMarkOf([9n])).to.deep.equal([zeroAddress, 0n]);
      expect(await nodes.read.nodeOfKey([nodeKey(1).address])).to.equal(0n);
      expect(await nodes.read.keyProofNonce([nodeKey(1).address])).to.equal(0n);
      expect(await nodes.read.metadataDigestOf([9n])).to.equal(zeroHash);
      expect(await nodes.read.nodeCount()).to.equal(0n);
    });

    it("eip712Domain_namesThisRegistryOnThisChain_succeeds", async () => {
      const { nodes, chainId } = await networkHelpers.loadFixture(deployRegistries);
      const [fields, name, version, chain, verifyingContract] = await nodes.read.eip712Domain();
      expect([fields, name, version, chain, getAddress(verifyingContract)]).to.deep.equal([
        "0x0f",
        "Pleiad NodeRegistry",
        "1",
        BigInt(chainId),
        getAddress(nodes.address),
      ]);
    });
  });

  behavesLikeERC721(connection, {
    contract: "NodeRegistry",
    name: "Pleiad Node",
    symbol: "PNODE",
    async deploy(registries) {
      const { nodes, alice } = registries;
      const first = await registerNode(registries, 1, alice);
      await nodes.write.setMetadata([first, DIGEST, URI], { account: alice });
      return {
        address: nodes.address,
        tokens: [
          first,
          await registerNode(registries, 2, alice),
          await registerNode(registries, 3, registries.bob),
        ],
        unknown: 4n,
        tokenURI: `ipfs://f01551220${DIGEST.slice(2)}`,
        // The status is what a transfer is meant to change.
        readData: async () => [
          (await nodes.read.keyOf([first]))[0],
          await nodes.read.metadataDigestOf([first]),
        ],
      };
    },
  });
});
