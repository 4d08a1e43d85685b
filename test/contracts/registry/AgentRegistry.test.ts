import { createHash } from "node:crypto";
import { expect } from "chai";
import type { NetworkConnection } from "hardhat/types/network";
import { describe, it } from "mocha";
import {
  type Hex,
  hexToBytes,
  toEventSelector,
  toFunctionSelector,
  toHex,
  zeroAddress,
  zeroHash,
} from "viem";
import {
  createChain,
  deployRegistries,
  eventsOf,
  registerAgent,
  registerModel,
  transferEvent,
  walletEvent,
} from "../fixtures/registries.ts";
import { behavesLikeERC721 } from "./ERC721.behavior.ts";

const FILE = '{"type":"https://eips.ethereum.org/EIPS/eip-8004#registration-v1","name":"reader"}';
const DIGEST: Hex = `0x${createHash("sha256").update(FILE).digest("hex")}`;
const DIGEST_URI = `ipfs://f01551220${DIGEST.slice(2)}`;
const URI = "https://agents.example.org/reader.json";

const { connection, viem, networkHelpers } = await createChain();
const { assertions } = viem;

/** A model of alice's and an agent of hers on it, by digest. */
async function oneAgent(chain: NetworkConnection) {
  const registries = await deployRegistries(chain);
  const { agents, alice } = registries;
  const model = await registerModel(registries, alice);
  await agents.write.register([DIGEST, model], { account: alice });
  return { ...registries, model, agent: 0n };
}

/** The bytes of a CID in base16, taken apart by the rules of the CID and multihash specifications. */
function decodeCID(cid: string) {
  expect(cid[0], "multibase prefix of base16 in small letters").to.equal("f");
  expect(cid.slice(1)).to.match(/^([0-9a-f]{2})+$/);
  const [version, codec, hash, length, ...digest] = hexToBytes(`0x${cid.slice(1)}`);
  return { version, codec, hash, length, digest: toHex(Uint8Array.from(digest)) };
}

describe("AgentRegistry", () => {
  describe("interface", () => {
    it("interface_namesAndFieldsOfERC8004_succeeds", async () => {
      const { agents } = await networkHelpers.loadFixture(deployRegistries);
      const functions = agents.abi
        .filter((item) => item.type === "function")
        .map((item) => toFunctionSelector(item));
      for (const signature of [
        "function register() returns (uint256)",
        "function register(string agentURI) returns (uint256)",
        "function register(string agentURI, (string metadataKey, bytes metadataValue)[] metadata) returns (uint256)",
        "function setAgentURI(uint256 agentId, string newURI)",
        "function getMetadata(uint256 agentId, string metadataKey) view returns (bytes)",
        "function setMetadata(uint256 agentId, string metadataKey, bytes metadataValue)",
        "function getAgentWallet(uint256 agentId) view returns (address)",
        "function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes signature)",
        "function unsetAgentWallet(uint256 agentId)",
        "function isAuthorizedOrOwner(address spender, uint256 agentId) view returns (bool)",
      ]) {
        expect(functions, signature).to.include(toFunctionSelector(signature));
      }
      const events = agents.abi.filter((item) => item.type === "event");
      for (const signature of [
        "event Registered(uint256 indexed agentId, string agentURI, address indexed owner)",
        "event URIUpdated(uint256 indexed agentId, string newURI, address indexed updatedBy)",
        "event MetadataSet(uint256 indexed agentId, string indexed indexedMetadataKey, string metadataKey, bytes metadataValue)",
      ]) {
        const event = events.find((item) => toEventSelector(item) === toEventSelector(signature));
        expect(
          event?.inputs
            .map(({ type, name, indexed }) => `${type}${indexed ? " indexed" : ""} ${name}`)
            .join(", "),
        ).to.equal(signature.slice(signature.indexOf("(") + 1, -1));
      }
    });
  });

  describe("register", () => {
    it("register_withoutFile_succeeds", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      const { agents, alice } = registries;
      expect(await agents.read.agentCount()).to.equal(0n);
      const hash = await agents.write.register({ account: alice });
      expect(await eventsOf(registries, agents, hash)).to.deep.equal([
        transferEvent(zeroAddress, alice, 0n),
        { event: "Registered", args: { agentId: 0n, agentURI: "", owner: alice } },
        walletEvent(0n, alice),
      ]);
      expect(await agents.read.ownerOf([0n])).to.equal(alice);
      expect(await agents.read.tokenURI([0n])).to.equal("");
      expect(await agents.read.modelOf([0n])).to.equal(0n);
      expect(await agents.read.ownerAndModelOf([0n])).to.deep.equal([alice, 0n]);
      expect(await agents.read.agentCount()).to.equal(1n);
    });

    it("register_withURI_succeeds", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      const { agents, alice } = registries;
      const hash = await agents.write.register([URI], { account: alice });
      expect(await eventsOf(registries, agents, hash)).to.deep.equal([
        transferEvent(zeroAddress, alice, 0n),
        { event: "Registered", args: { agentId: 0n, agentURI: URI, owner: alice } },
        walletEvent(0n, alice),
      ]);
      expect(await agents.read.tokenURI([0n])).to.equal(URI);
    });

    it("register_withDigestAndModel_succeeds", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      const { agents, alice, bob } = registries;
      const model = await registerModel(registries, bob);
      const hash = await agents.write.register([DIGEST, model], { account: alice });
      expect(await eventsOf(registries, agents, hash)).to.deep.equal([
        transferEvent(zeroAddress, alice, 0n),
        { event: "Registered", args: { agentId: 0n, agentURI: DIGEST_URI, owner: alice } },
        walletEvent(0n, alice),
        { event: "AgentModelSet", args: { agentId: 0n, model } },
      ]);
      expect(await agents.read.tokenURI([0n])).to.equal(DIGEST_URI);
      expect(await agents.read.modelOf([0n])).to.equal(model);
      expect(await agents.read.ownerAndModelOf([0n])).to.deep.equal([alice, model]);
    });

    it("register_withDigestAlone_succeeds", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      const { agents, alice } = registries;
      const hash = await agents.write.register([DIGEST, 0n], { account: alice });
      expect(await eventsOf(registries, agents, hash)).to.deep.equal([
        transferEvent(zeroAddress, alice, 0n),
        { event: "Registered", args: { agentId: 0n, agentURI: DIGEST_URI, owner: alice } },
        walletEvent(0n, alice),
      ]);
      expect(await agents.read.modelOf([0n])).to.equal(0n);
    });

    it("register_withModelAlone_succeeds", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      const { agents, alice } = registries;
      const model = await registerModel(registries, alice);
      const hash = await agents.write.register([zeroHash, model], { account: alice });
      expect((await eventsOf(registries, agents, hash))[1]).to.deep.equal({
        event: "Registered",
        args: { agentId: 0n, agentURI: "", owner: alice },
      });
      expect(await agents.read.tokenURI([0n])).to.equal("");
      expect(await agents.read.modelOf([0n])).to.equal(model);
    });

    it("register_countsFromZero_succeeds", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      for (const id of [0n, 1n, 2n]) {
        expect(await registerAgent(registries, registries.alice, 0n)).to.equal(id);
        expect(await registries.agents.read.ownerOf([id])).to.equal(registries.alice);
      }
    });

    it("register_URIOf2048Bytes_succeeds", async () => {
      const { agents, alice } = await networkHelpers.loadFixture(deployRegistries);
      const uri = `data:application/json,${"x".repeat(2_048 - 22)}`;
      await agents.write.register([uri], { account: alice });
      expect(await agents.read.tokenURI([0n])).to.equal(uri);
    });

    it("register_URITooLong_reverts", async () => {
      const { agents, alice } = await networkHelpers.loadFixture(deployRegistries);
      await assertions.revertWithCustomErrorWithArgs(
        agents.write.register(["u".repeat(2_049)], { account: alice }),
        agents,
        "AgentURITooLong",
        [2_049n, 2_048n],
      );
      expect(await agents.read.agentCount()).to.equal(0n);
    });

    it("register_unknownModel_reverts", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      const { agents, alice } = registries;
      await registerModel(registries, alice);
      for (const unknown of [2n, 2n ** 96n + 1n, 2n ** 256n - 1n]) {
        await assertions.revertWithCustomErrorWithArgs(
          agents.write.register([DIGEST, unknown], { account: alice }),
          agents,
          "AgentModelUnknown",
          [unknown],
        );
      }
    });
  });

  describe("tokenURI", () => {
    it("tokenURI_ofADigestIsACID_succeeds", async () => {
      const { agents, agent } = await networkHelpers.loadFixture(oneAgent);
      const uri = await agents.read.tokenURI([agent]);
      expect(uri.slice(0, 7)).to.equal("ipfs://");
      // CIDv1, raw bytes, sha2-256 of 32 bytes: the file's own SHA-256.
      expect(decodeCID(uri.slice(7))).to.deep.equal({
        version: 1,
        codec: 0x55,
        hash: 0x12,
        length: 32,
        digest: `0x${createHash("sha256").update(FILE).digest("hex")}`,
      });
    });

    it("tokenURI_ofADigestWithLeadingZeros_succeeds", async () => {
      const { agents, alice } = await networkHelpers.loadFixture(deployRegistries);
      const digest: Hex = `0x${"00".repeat(31)}01`;
      await agents.write.register([digest, 0n], { account: alice });
      expect(decodeCID((await agents.read.tokenURI([0n])).slice(7)).digest).to.equal(digest);
    });
  });

  describe("setAgentURI", () => {
    it("setAgentURI_byOwner_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneAgent);
      const { agents, agent, alice, model } = fixture;
      const hash = await agents.write.setAgentURI([agent, URI], { account: alice });
      expect(await eventsOf(fixture, agents, hash)).to.deep.equal([
        { event: "URIUpdated", args: { agentId: agent, newURI: URI, updatedBy: alice } },
      ]);
      // The URI takes the digest's place; the model stays.
      expect(await agents.read.tokenURI([agent])).to.equal(URI);
      expect(await agents.read.modelOf([agent])).to.equal(model);
      await agents.write.setAgentURI([agent, ""], { account: alice });
      expect(await agents.read.tokenURI([agent])).to.equal("");
    });

    it("setAgentURI_byApproved_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneAgent);
      const { agents, agent, alice, bob, carol } = fixture;
      await agents.write.approve([bob, agent], { account: alice });
      await agents.write.setApprovalForAll([carol, true], { account: alice });
      for (const account of [bob, carol]) {
        const hash = await agents.write.setAgentURI([agent, URI], { account });
        expect(await eventsOf(fixture, agents, hash)).to.deep.equal([
          { event: "URIUpdated", args: { agentId: agent, newURI: URI, updatedBy: account } },
        ]);
      }
    });

    it("setAgentURI_byStranger_reverts", async () => {
      const { agents, agent, stranger } = await networkHelpers.loadFixture(oneAgent);
      await assertions.revertWith(
        agents.write.setAgentURI([agent, URI], { account: stranger }),
        "Not authorized",
      );
    });

    it("setAgentURI_byOwnerBeforeAndItsApproved_reverts", async () => {
      const { agents, agent, alice, bob, carol } = await networkHelpers.loadFixture(oneAgent);
      await agents.write.approve([carol, agent], { account: alice });
      await agents.write.transferFrom([alice, bob, agent], { account: alice });
      for (const account of [alice, carol]) {
        await assertions.revertWith(agents.write.setAgentURI([agent, URI], { account }), "Not authorized");
      }
      expect(await agents.read.tokenURI([agent])).to.equal(DIGEST_URI);
    });

    it("setAgentURI_unknownAgent_reverts", async () => {
      const { agents, alice } = await networkHelpers.loadFixture(deployRegistries);
      await assertions.revertWithCustomErrorWithArgs(
        agents.write.setAgentURI([0n, URI], { account: alice }),
        agents,
        "AgentUnknown",
        [0n],
      );
    });

    it("setAgentURI_URITooLong_reverts", async () => {
      const { agents, agent, alice } = await networkHelpers.loadFixture(oneAgent);
      await assertions.revertWithCustomErrorWithArgs(
        agents.write.setAgentURI([agent, "u".repeat(5_000)], { account: alice }),
        agents,
        "AgentURITooLong",
        [5_000n, 2_048n],
      );
      expect(await agents.read.tokenURI([agent])).to.equal(DIGEST_URI);
    });
  });

  describe("setAgentDigest", () => {
    it("setAgentDigest_byOwner_succeeds", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      const { agents, alice } = registries;
      await agents.write.register([URI], { account: alice });
      const hash = await agents.write.setAgentDigest([0n, DIGEST], { account: alice });
      expect(await eventsOf(registries, agents, hash)).to.deep.equal([
        { event: "URIUpdated", args: { agentId: 0n, newURI: DIGEST_URI, updatedBy: alice } },
      ]);
      expect(await agents.read.tokenURI([0n])).to.equal(DIGEST_URI);
      // Taking the digest away leaves nothing, not the URI from before.
      const cleared = await agents.write.setAgentDigest([0n, zeroHash], { account: alice });
      expect(await eventsOf(registries, agents, cleared)).to.deep.equal([
        { event: "URIUpdated", args: { agentId: 0n, newURI: "", updatedBy: alice } },
      ]);
      expect(await agents.read.tokenURI([0n])).to.equal("");
    });

    it("setAgentDigest_byApproved_succeeds", async () => {
      const { agents, agent, alice, bob } = await networkHelpers.loadFixture(oneAgent);
      await agents.write.approve([bob, agent], { account: alice });
      await agents.write.setAgentDigest([agent, `0x${"11".repeat(32)}`], { account: bob });
      expect(await agents.read.tokenURI([agent])).to.equal(`ipfs://f01551220${"11".repeat(32)}`);
    });

    it("setAgentDigest_byStranger_reverts", async () => {
      const { agents, agent, stranger } = await networkHelpers.loadFixture(oneAgent);
      await assertions.revertWith(
        agents.write.setAgentDigest([agent, DIGEST], { account: stranger }),
        "Not authorized",
      );
    });

    it("setAgentDigest_unknownAgent_reverts", async () => {
      const { agents, alice } = await networkHelpers.loadFixture(oneAgent);
      await assertions.revertWithCustomErrorWithArgs(
        agents.write.setAgentDigest([1n, DIGEST], { account: alice }),
        agents,
        "AgentUnknown",
        [1n],
      );
    });
  });

  describe("setModel", () => {
    it("setModel_byOwner_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneAgent);
      const { agents, agent, alice, bob } = fixture;
      const second = await registerModel(fixture, bob);
      const hash = await agents.write.setModel([agent, second], { account: alice });
      expect(await eventsOf(fixture, agents, hash)).to.deep.equal([
        { event: "AgentModelSet", args: { agentId: agent, model: second } },
      ]);
      expect(await agents.read.ownerAndModelOf([agent])).to.deep.equal([alice, second]);
      expect(await agents.read.tokenURI([agent])).to.equal(DIGEST_URI);
    });

    it("setModel_toNone_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneAgent);
      const { agents, agent, alice } = fixture;
      const hash = await agents.write.setModel([agent, 0n], { account: alice });
      expect(await eventsOf(fixture, agents, hash)).to.deep.equal([
        { event: "AgentModelSet", args: { agentId: agent, model: 0n } },
      ]);
      expect(await agents.read.ownerAndModelOf([agent])).to.deep.equal([alice, 0n]);
    });

    it("setModel_byApproved_succeeds", async () => {
      const { agents, agent, alice, bob } = await networkHelpers.loadFixture(oneAgent);
      await agents.write.setApprovalForAll([bob, true], { account: alice });
      await agents.write.setModel([agent, 0n], { account: bob });
      expect(await agents.read.modelOf([agent])).to.equal(0n);
    });

    it("setModel_byStranger_reverts", async () => {
      const { agents, agent, stranger } = await networkHelpers.loadFixture(oneAgent);
      await assertions.revertWith(
        agents.write.setModel([agent, 0n], { account: stranger }),
        "Not authorized",
      );
    });

    it("setModel_byOwnerBefore_reverts", async () => {
      const { agents, agent, model, alice, bob } = await networkHelpers.loadFixture(oneAgent);
      await agents.write.transferFrom([alice, bob, agent], { account: alice });
      await assertions.revertWith(agents.write.setModel([agent, 0n], { account: alice }), "Not authorized");
      expect(await agents.read.ownerAndModelOf([agent])).to.deep.equal([bob, 0n]);
      await agents.write.setModel([agent, model], { account: bob });
      expect(await agents.read.ownerAndModelOf([agent])).to.deep.equal([bob, model]);
    });

    it("transferFrom_toAnother_takesTheAgentOffItsModel", async () => {
      const fixture = await networkHelpers.loadFixture(oneAgent);
      const { agents, agent, model, alice, bob } = fixture;
      await agents.write.transferFrom([alice, alice, agent], { account: alice });
      expect(await agents.read.modelOf([agent]), "to the owner itself").to.equal(model);
      const hash = await agents.write.transferFrom([alice, bob, agent], { account: alice });
      expect(await agents.read.modelOf([agent])).to.equal(0n);
      const names = (await eventsOf(fixture, agents, hash)).map(({ event }) => event);
      expect(names).to.deep.equal(["Transfer", "AgentModelSet", "MetadataSet"]);
      const back = await agents.write.transferFrom([bob, alice, agent], { account: bob });
      expect(await agents.read.modelOf([agent]), "also when it comes back").to.equal(0n);
      expect((await eventsOf(fixture, agents, back)).map(({ event }) => event)).to.deep.equal([
        "Transfer",
        "MetadataSet",
      ]);
    });

    it("setModel_unknownModel_reverts", async () => {
      const { agents, agent, model, alice } = await networkHelpers.loadFixture(oneAgent);
      for (const unknown of [2n, 2n ** 96n]) {
        await assertions.revertWithCustomErrorWithArgs(
          agents.write.setModel([agent, unknown], { account: alice }),
          agents,
          "AgentModelUnknown",
          [unknown],
        );
      }
      expect(await agents.read.modelOf([agent])).to.equal(model);
    });

    it("setModel_unknownAgent_reverts", async () => {
      const { agents, model, alice } = await networkHelpers.loadFixture(oneAgent);
      await assertions.revertWithCustomErrorWithArgs(
        agents.write.setModel([8n, model], { account: alice }),
        agents,
        "AgentUnknown",
        [8n],
      );
    });
  });

  describe("views", () => {
    it("modelOf_unknownAgent_reverts", async () => {
      // Agent 0 is an agent like others: before it is registered it is unknown, not "none".
      const { agents } = await networkHelpers.loadFixture(deployRegistries);
      for (const unknown of [0n, 1n]) {
        await assertions.revertWithCustomErrorWithArgs(
          agents.read.modelOf([unknown]),
          agents,
          "AgentUnknown",
          [unknown],
        );
        await assertions.revertWithCustomErrorWithArgs(
          agents.read.ownerAndModelOf([unknown]),
          agents,
          "AgentUnknown",
          [unknown],
        );
      }
    });
  });

  behavesLikeERC721(connection, {
    contract: "AgentRegistry",
    name: "Pleiad Agent",
    symbol: "PAGENT",
    async deploy(registries) {
      const { agents, alice, bob } = registries;
      const model = await registerModel(registries, bob);
      await agents.write.register([DIGEST, model], { account: alice });
      return {
        address: agents.address,
        tokens: [0n, await registerAgent(registries, alice, 0n), await registerAgent(registries, bob, 0n)],
        unknown: 3n,
        tokenURI: DIGEST_URI,
        // Not the model, which the new owner chooses anew.
        readData: () => agents.read.tokenURI([0n]),
      };
    },
  });
});
