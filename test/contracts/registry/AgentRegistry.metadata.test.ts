import { expect } from "chai";
import { describe, it } from "mocha";
import { type Hex, size, toHex } from "viem";
import {
  createChain,
  deployRegistries,
  eventsOf,
  metadataEvent,
  type Registries,
  transferEvent,
  walletEvent,
} from "../fixtures/registries.ts";

const URI = "https://agents.example.org/reader.json";
const KEY_BYTES_MAX = 64;
const VALUE_BYTES_MAX = 1_024;
const ENTRIES_MAX = 16;
/** A transaction's most gas (EIP-7825). */
const TRANSACTION_GAS_MAX = 16_777_216n;

const { viem, networkHelpers } = await createChain();
const { assertions } = viem;

/** An agent of alice's. */
async function oneAgent(chain: Parameters<typeof deployRegistries>[0]) {
  const registries = await deployRegistries(chain);
  await registries.agents.write.register({ account: registries.alice });
  return { ...registries, agent: 0n };
}

function bytes(length: number): Hex {
  return `0x${"ab".repeat(length)}`;
}

function read({ agents }: Registries, agent: bigint, key: string): Promise<Hex> {
  return agents.read.getMetadata([agent, key]);
}

describe("AgentRegistry metadata", () => {
  describe("register with metadata", () => {
    it("register_withMetadata_succeeds", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      const { agents, alice } = registries;
      const metadata = [
        { metadataKey: "agentName", metadataValue: toHex("Reader") },
        { metadataKey: "empty", metadataValue: "0x" },
        { metadataKey: "long", metadataValue: bytes(100) },
      ] as const;
      const hash = await agents.write.register([URI, metadata], { account: alice });
      expect(await eventsOf(registries, agents, hash)).to.deep.equal([
        transferEvent("0x0000000000000000000000000000000000000000", alice, 0n),
        { event: "Registered", args: { agentId: 0n, agentURI: URI, owner: alice } },
        walletEvent(0n, alice),
        ...metadata.map(({ metadataKey, metadataValue }) => metadataEvent(0n, metadataKey, metadataValue)),
      ]);
      for (const { metadataKey, metadataValue } of metadata) {
        expect(await read(registries, 0n, metadataKey), metadataKey).to.equal(metadataValue);
      }
      expect(await agents.read.tokenURI([0n])).to.equal(URI);
      expect(await agents.read.getAgentWallet([0n])).to.equal(alice);
    });

    it("register_withoutAnyMetadata_succeeds", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      const { agents, alice } = registries;
      await agents.write.register(["", []], { account: alice });
      expect(await agents.read.tokenURI([0n])).to.equal("");
      expect(await agents.read.agentCount()).to.equal(1n);
    });

    it("register_keyTwice_keepsTheLast", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      const metadata = [1, 2].map((n) => ({ metadataKey: "k", metadataValue: toHex(n, { size: 1 }) }));
      await registries.agents.write.register(["", metadata], { account: registries.alice });
      expect(await read(registries, 0n, "k")).to.equal("0x02");
    });

    it("register_reservedKey_reverts", async () => {
      const { agents, alice } = await networkHelpers.loadFixture(deployRegistries);
      const metadata = [
        { metadataKey: "fine", metadataValue: "0x" as Hex },
        { metadataKey: "agentWallet", metadataValue: alice },
      ];
      await assertions.revertWith(agents.write.register(["", metadata], { account: alice }), "reserved key");
      expect(await agents.read.agentCount()).to.equal(0n);
    });

    it("register_keyThatOnlyLooksReserved_succeeds", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      const { agents, alice, bob } = registries;
      for (const metadataKey of ["agentwallet", "agentWallet ", "AgentWallet"]) {
        await agents.write.register(["", [{ metadataKey, metadataValue: bob }]], { account: alice });
      }
      expect(await agents.read.getAgentWallet([2n])).to.equal(alice);
    });

    it("register_tooManyPieces_reverts", async () => {
      const { agents, alice } = await networkHelpers.loadFixture(deployRegistries);
      const metadata = Array.from({ length: ENTRIES_MAX + 1 }, (_, i) => ({
        metadataKey: `key ${i}`,
        metadataValue: "0x" as Hex,
      }));
      await assertions.revertWithCustomErrorWithArgs(
        agents.write.register(["", metadata], { account: alice }),
        agents,
        "AgentMetadataTooMany",
        [BigInt(ENTRIES_MAX + 1), BigInt(ENTRIES_MAX)],
      );
    });

    it("register_mostAndLongestPieces_succeedsWithinOneTransaction", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      const { agents, alice, client } = registries;
      const metadata = Array.from({ length: ENTRIES_MAX }, (_, i) => ({
        metadataKey: String(i).padStart(KEY_BYTES_MAX, "k"),
        metadataValue: bytes(VALUE_BYTES_MAX),
      }));
      const hash = await agents.write.register(["u".repeat(2_048), metadata], {
        account: alice,
        gas: TRANSACTION_GAS_MAX,
      });
      const { gasUsed, status } = await client.waitForTransactionReceipt({ hash });
      expect(status).to.equal("success");
      expect(gasUsed < TRANSACTION_GAS_MAX, `gas ${gasUsed}`).to.equal(true);
      const last = metadata.at(-1);
      expect(size(await read(registries, 0n, last?.metadataKey ?? ""))).to.equal(VALUE_BYTES_MAX);
    });
  });

  describe("setMetadata", () => {
    it("setMetadata_byOwner_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneAgent);
      const { agents, agent, alice } = fixture;
      for (const value of [toHex("first"), bytes(200), "0x"] as const) {
        const hash = await agents.write.setMetadata([agent, "key", value], { account: alice });
        expect(await eventsOf(fixture, agents, hash)).to.deep.equal([metadataEvent(agent, "key", value)]);
        expect(await read(fixture, agent, "key"), value).to.equal(value);
      }
    });

    it("setMetadata_oneKeyOfOneAgent_leavesTheOthers", async () => {
      const fixture = await networkHelpers.loadFixture(oneAgent);
      const { agents, alice } = fixture;
      await agents.write.register({ account: alice });
      await agents.write.setMetadata([0n, "a", "0x0a"], { account: alice });
      await agents.write.setMetadata([0n, "b", "0x0b"], { account: alice });
      await agents.write.setMetadata([1n, "a", "0x1a"], { account: alice });
      expect(
        await Promise.all([read(fixture, 0n, "a"), read(fixture, 0n, "b"), read(fixture, 1n, "a")]),
      ).to.deep.equal(["0x0a", "0x0b", "0x1a"]);
      expect(await read(fixture, 1n, "b")).to.equal("0x");
    });

    it("setMetadata_byApproved_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneAgent);
      const { agents, agent, alice, bob, carol } = fixture;
      await agents.write.approve([bob, agent], { account: alice });
      await agents.write.setApprovalForAll([carol, true], { account: alice });
      await agents.write.setMetadata([agent, "key", "0x01"], { account: bob });
      await agents.write.setMetadata([agent, "key", "0x02"], { account: carol });
      expect(await read(fixture, agent, "key")).to.equal("0x02");
    });

    it("setMetadata_byStrangerOrOwnerBefore_reverts", async () => {
      const { agents, agent, alice, bob, stranger } = await networkHelpers.loadFixture(oneAgent);
      await agents.write.transferFrom([alice, bob, agent], { account: alice });
      for (const account of [stranger, alice]) {
        await assertions.revertWith(
          agents.write.setMetadata([agent, "key", "0x01"], { account }),
          "Not authorized",
        );
      }
    });

    it("setMetadata_unknownAgent_reverts", async () => {
      const { agents, alice } = await networkHelpers.loadFixture(oneAgent);
      await assertions.revertWithCustomErrorWithArgs(
        agents.write.setMetadata([1n, "key", "0x"], { account: alice }),
        agents,
        "AgentUnknown",
        [1n],
      );
    });

    it("setMetadata_reservedKey_reverts", async () => {
      const { agents, agent, alice } = await networkHelpers.loadFixture(oneAgent);
      await assertions.revertWith(
        agents.write.setMetadata([agent, "agentWallet", alice], { account: alice }),
        "reserved key",
      );
    });

    it("setMetadata_longestKeyAndValue_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(oneAgent);
      const { agents, agent, alice } = fixture;
      const key = "k".repeat(KEY_BYTES_MAX);
      await agents.write.setMetadata([agent, key, bytes(VALUE_BYTES_MAX)], { account: alice });
      expect(await read(fixture, agent, key)).to.equal(bytes(VALUE_BYTES_MAX));
    });

    it("setMetadata_keyTooLong_reverts", async () => {
      const { agents, agent, alice } = await networkHelpers.loadFixture(oneAgent);
      await assertions.revertWithCustomErrorWithArgs(
        agents.write.setMetadata([agent, "k".repeat(KEY_BYTES_MAX + 1), "0x"], { account: alice }),
        agents,
        "AgentMetadataKeyTooLong",
        [BigInt(KEY_BYTES_MAX + 1), BigInt(KEY_BYTES_MAX)],
      );
    });

    it("setMetadata_valueTooLong_reverts", async () => {
      const { agents, agent, alice } = await networkHelpers.loadFixture(oneAgent);
      await assertions.revertWithCustomErrorWithArgs(
        agents.write.setMetadata([agent, "key", bytes(VALUE_BYTES_MAX + 1)], { account: alice }),
        agents,
        "AgentMetadataValueTooLong",
        [BigInt(VALUE_BYTES_MAX + 1), BigInt(VALUE_BYTES_MAX)],
      );
    });
  });

  describe("views", () => {
    it("getMetadata_afterATransfer_stays", async () => {
      const fixture = await networkHelpers.loadFixture(oneAgent);
      const { agents, agent, alice, bob } = fixture;
      await agents.write.setMetadata([agent, "key", "0x01"], { account: alice });
      await agents.write.transferFrom([alice, bob, agent], { account: alice });
      expect(await read(fixture, agent, "key")).to.equal("0x01");
    });

    it("getMetadata_ofTheWallet_isItsBytes", async () => {
      const fixture = await networkHelpers.loadFixture(oneAgent);
      const { agents, agent, alice } = fixture;
      expect(await read(fixture, agent, "agentWallet")).to.equal(alice.toLowerCase());
      await agents.write.unsetAgentWallet([agent], { account: alice });
      expect(await read(fixture, agent, "agentWallet")).to.equal("0x");
    });

    it("getMetadata_unknownAgent_isEmpty", async () => {
      const fixture = await networkHelpers.loadFixture(oneAgent);
      for (const key of ["key", "agentWallet"]) expect(await read(fixture, 1n, key), key).to.equal("0x");
    });

    it("isAuthorizedOrOwner_eachRole_succeeds", async () => {
      const { agents, agent, alice, bob, carol, stranger } = await networkHelpers.loadFixture(oneAgent);
      await agents.write.approve([bob, agent], { account: alice });
      await agents.write.setApprovalForAll([carol, true], { account: alice });
      for (const [account, expected] of [
        [alice, true],
        [bob, true],
        [carol, true],
        [stranger, false],
      ] as const) {
        expect(await agents.read.isAuthorizedOrOwner([account, agent]), account).to.equal(expected);
      }
    });

    it("isAuthorizedOrOwner_unknownAgent_reverts", async () => {
      const { agents, alice } = await networkHelpers.loadFixture(oneAgent);
      await assertions.revertWithCustomErrorWithArgs(
        agents.read.isAuthorizedOrOwner([alice, 1n]),
        agents,
        "ERC721NonexistentToken",
        [1n],
      );
    });
  });
});
