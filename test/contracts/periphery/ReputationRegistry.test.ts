import { expect } from "chai";
import fc from "fast-check";
import { beforeEach, describe, it } from "mocha";
import {
  type Address,
  type Hex,
  keccak256,
  toEventSelector,
  toFunctionSelector,
  toHex,
  zeroAddress,
  zeroHash,
} from "viem";
import { restoring } from "../fixtures/executions.ts";
import { createPeriphery } from "../fixtures/periphery.ts";
import { eventsOf } from "../fixtures/registries.ts";

const SEED_DEFAULT = 20_251;
const SEED = Number(process.env.PLEIAD_TEST_SEED ?? SEED_DEFAULT);
const RUNS = Number(process.env.PLEIAD_TEST_RUNS ?? 20);
const VALUE_MAX = 10n ** 38n;
const TAG_BYTES_MAX = 64;
const URI_BYTES_MAX = 2_048;

const line = await createPeriphery();
const { reputation, agents, viem } = line;
const { assertions } = viem;
const restore = restoring(line);
const agent = line.agentIds[0] as bigint;
const owner = line.clusterOwner;
const [client, second] = [line.requester, line.stranger];

/** What a test says of feedback; the rest goes without saying. */
interface Feedback {
  agent?: bigint;
  value?: bigint;
  decimals?: number;
  tag1?: string;
  tag2?: string;
  endpoint?: string;
  uri?: string;
  hash?: Hex;
}

function give(account: Address, feedback: Feedback = {}): Promise<Hex> {
  const { value = 87n, decimals = 0, tag1 = "starred", tag2 = "", endpoint = "", uri = "" } = feedback;
  return reputation.write.giveFeedback(
    [feedback.agent ?? agent, value, decimals, tag1, tag2, endpoint, uri, feedback.hash ?? zeroHash],
    { account },
  );
}

function summary(clients: readonly Address[], tag1 = "", tag2 = "") {
  return reputation.read.getSummary([agent, clients, tag1, tag2]);
}

function all(clients: readonly Address[], tag1 = "", tag2 = "", includeRevoked = false) {
  return reputation.read.readAllFeedback([agent, clients, tag1, tag2, includeRevoked]);
}

describe("ReputationRegistry", () => {
  beforeEach(restore);

  it("interface_namesAndFieldsOfERC8004_succeeds", () => {
    const functions = reputation.abi
      .filter((item) => item.type === "function")
      .map((item) => toFunctionSelector(item));
    for (const signature of [
      "function giveFeedback(uint256 agentId, int128 value, uint8 valueDecimals, string tag1, string tag2, string endpoint, string feedbackURI, bytes32 feedbackHash)",
      "function revokeFeedback(uint256 agentId, uint64 feedbackIndex)",
      "function appendResponse(uint256 agentId, address clientAddress, uint64 feedbackIndex, string responseURI, bytes32 responseHash)",
      "function getIdentityRegistry() view returns (address)",
      "function getSummary(uint256 agentId, address[] clientAddresses, string tag1, string tag2) view returns (uint64, int128, uint8)",
      "function readFeedback(uint256 agentId, address clientAddress, uint64 feedbackIndex) view returns (int128, uint8, string, string, bool)",
      "function readAllFeedback(uint256 agentId, address[] clientAddresses, string tag1, string tag2, bool includeRevoked) view",
      "function getResponseCount(uint256 agentId, address clientAddress, uint64 feedbackIndex, address[] responders) view returns (uint64)",
      "function getClients(uint256 agentId) view returns (address[])",
      "function getLastIndex(uint256 agentId, address clientAddress) view returns (uint64)",
    ]) {
      expect(functions, signature).to.include(toFunctionSelector(signature));
    }
    const events = reputation.abi.filter((item) => item.type === "event");
    for (const signature of [
      "event NewFeedback(uint256 indexed agentId, address indexed clientAddress, uint64 feedbackIndex, int128 value, uint8 valueDecimals, string indexed indexedTag1, string tag1, string tag2, string endpoint, string feedbackURI, bytes32 feedbackHash)",
      "event FeedbackRevoked(uint256 indexed agentId, address indexed clientAddress, uint64 indexed feedbackIndex)",
      "event ResponseAppended(uint256 indexed agentId, address indexed clientAddress, uint64 feedbackIndex, address indexed responder, string responseURI, bytes32 responseHash)",
    ]) {
      const event = events.find((item) => toEventSelector(item) === toEventSelector(signature));
      expect(
        event?.inputs
          .map(
            (input) => `${input.type}${"indexed" in input && input.indexed ? " indexed" : ""} ${input.name}`,
          )
          .join(", "),
      ).to.equal(signature.slice(signature.indexOf("(") + 1, -1));
    }
  });

  it("getIdentityRegistry_isTheAgentRegistry_succeeds", async () => {
    expect((await reputation.read.getIdentityRegistry()).toLowerCase()).to.equal(agents.address);
  });

  describe("giveFeedback", () => {
    it("giveFeedback_byAClient_succeeds", async () => {
      const hash = keccak256(toHex("file"));
      const feedback = {
        value: -32n,
        decimals: 1,
        tag1: "tradingYield",
        tag2: "week",
        endpoint: "https://agent.example.org",
        uri: "ipfs://file",
        hash,
      };
      expect(await eventsOf(line, reputation, give(client, feedback))).to.deep.equal([
        {
          event: "NewFeedback",
          args: {
            agentId: agent,
            clientAddress: client,
            feedbackIndex: 1n,
            value: -32n,
            valueDecimals: 1,
            indexedTag1: keccak256(toHex("tradingYield")),
            tag1: "tradingYield",
            tag2: "week",
            endpoint: "https://agent.example.org",
            feedbackURI: "ipfs://file",
            feedbackHash: hash,
          },
        },
      ]);
      expect(await reputation.read.readFeedback([agent, client, 1n])).to.deep.equal([
        -32n,
        1,
        "tradingYield",
        "week",
        false,
      ]);
      expect(await reputation.read.getFeedbackExecution([agent, client, 1n])).to.equal(0n);
      expect(await reputation.read.getPaidTotals([agent])).to.deep.equal([0n, 0n]);
    });

    it("giveFeedback_againAndByOthers_countsFromOneForEach", async () => {
      await give(client);
      await give(second);
      await give(client, { value: 5n });
      await give(client, { agent: line.agentIds[1] as bigint });
      expect(await reputation.read.getLastIndex([agent, client])).to.equal(2n);
      expect(await reputation.read.getLastIndex([agent, second])).to.equal(1n);
      expect(await reputation.read.getLastIndex([agent, owner])).to.equal(0n);
      expect(await reputation.read.getClients([agent])).to.deep.equal([client, second]);
      expect((await reputation.read.readFeedback([agent, client, 2n]))[0]).to.equal(5n);
    });

    it("giveFeedback_largestValuesAndTexts_succeeds", async () => {
      const tag = "t".repeat(TAG_BYTES_MAX);
      const uri = "u".repeat(URI_BYTES_MAX);
      for (const value of [VALUE_MAX, -VALUE_MAX]) {
        await give(client, { value, decimals: 18, tag1: tag, tag2: tag, endpoint: uri, uri });
      }
      expect(await reputation.read.readFeedback([agent, client, 2n])).to.deep.equal([
        -VALUE_MAX,
        18,
        tag,
        tag,
        false,
      ]);
    });

    it("giveFeedback_tooManyDecimals_reverts", async () => {
      await assertions.revertWith(give(client, { decimals: 19 }), "too many decimals");
    });

    it("giveFeedback_valueTooLarge_reverts", async () => {
      for (const value of [VALUE_MAX + 1n, -VALUE_MAX - 1n, 2n ** 127n - 1n, -(2n ** 127n)]) {
        await assertions.revertWith(give(client, { value }), "value too large");
      }
    });

    it("giveFeedback_byOwnerOrApproved_reverts", async () => {
      await agents.write.approve([second, agent], { account: owner });
      await agents.write.setApprovalForAll([line.relayer, true], { account: owner });
      for (const account of [owner, second, line.relayer]) {
        await assertions.revertWith(give(account), "Self-feedback not allowed");
      }
    });

    it("giveFeedback_byTheOwnerBefore_succeeds", async () => {
      await agents.write.transferFrom([owner, second, agent], { account: owner });
      await give(owner);
      await assertions.revertWith(give(second), "Self-feedback not allowed");
    });

    it("giveFeedback_unknownAgent_reverts", async () => {
      await assertions.revertWithCustomErrorWithArgs(
        give(client, { agent: 999n }),
        agents,
        "ERC721NonexistentToken",
        [999n],
      );
    });

    for (const [field, lengthMax] of [
      ["tag1", TAG_BYTES_MAX],
      ["tag2", TAG_BYTES_MAX],
      ["endpoint", URI_BYTES_MAX],
      ["uri", URI_BYTES_MAX],
    ] as const) {
      it(`giveFeedback_${field}TooLong_reverts`, async () => {
        await assertions.revertWithCustomErrorWithArgs(
          give(client, { [field]: "x".repeat(lengthMax + 1) }),
          reputation,
          "ReputationTextTooLong",
          [BigInt(lengthMax + 1), BigInt(lengthMax)],
        );
      });
    }
  });

  describe("revokeFeedback", () => {
    it("revokeFeedback_byItsGiver_succeeds", async () => {
      await give(client);
      const hash = reputation.write.revokeFeedback([agent, 1n], { account: client });
      expect(await eventsOf(line, reputation, hash)).to.deep.equal([
        { event: "FeedbackRevoked", args: { agentId: agent, clientAddress: client, feedbackIndex: 1n } },
      ]);
      expect((await reputation.read.readFeedback([agent, client, 1n]))[4]).to.equal(true);
    });

    it("revokeFeedback_twice_reverts", async () => {
      await give(client);
      await reputation.write.revokeFeedback([agent, 1n], { account: client });
      await assertions.revertWith(
        reputation.write.revokeFeedback([agent, 1n], { account: client }),
        "Already revoked",
      );
    });

    it("revokeFeedback_indexZero_reverts", async () => {
      await give(client);
      await assertions.revertWith(
        reputation.write.revokeFeedback([agent, 0n], { account: client }),
        "index must be > 0",
      );
    });

    it("revokeFeedback_beyondTheLastOrAnothers_reverts", async () => {
      await give(client);
      for (const [account, index] of [
        [client, 2n],
        [second, 1n],
        [owner, 1n],
      ] as const) {
        await assertions.revertWith(
          reputation.write.revokeFeedback([agent, index], { account }),
          "index out of bounds",
        );
      }
    });
  });

  describe("appendResponse", () => {
    const hash = keccak256(toHex("response"));
    const append = (account: Address, index = 1n, uri = "ipfs://response", of = client) =>
      reputation.write.appendResponse([agent, of, index, uri, hash], { account });

    it("appendResponse_byAnybody_succeeds", async () => {
      await give(client);
      expect(await eventsOf(line, reputation, append(owner))).to.deep.equal([
        {
          event: "ResponseAppended",
          args: {
            agentId: agent,
            clientAddress: client,
            feedbackIndex: 1n,
            responder: owner,
            responseURI: "ipfs://response",
            responseHash: hash,
          },
        },
      ]);
      await append(second, 1n, "u".repeat(URI_BYTES_MAX));
    });

    it("appendResponse_toNothing_reverts", async () => {
      await give(client);
      await assertions.revertWith(append(owner, 0n), "index must be > 0");
      await assertions.revertWith(append(owner, 2n), "index out of bounds");
      await assertions.revertWith(append(owner, 1n, "ipfs://x", second), "index out of bounds");
    });

    it("appendResponse_emptyURI_reverts", async () => {
      await give(client);
      await assertions.revertWith(append(owner, 1n, ""), "Empty URI");
    });

    it("appendResponse_URITooLong_reverts", async () => {
      await give(client);
      await assertions.revertWithCustomErrorWithArgs(
        append(owner, 1n, "u".repeat(URI_BYTES_MAX + 1)),
        reputation,
        "ReputationTextTooLong",
        [BigInt(URI_BYTES_MAX + 1), BigInt(URI_BYTES_MAX)],
      );
    });

    it("getResponseCount_byEachFilter_succeeds", async () => {
      await give(client);
      await give(client);
      await give(second);
      await append(owner, 1n);
      await append(owner, 1n);
      await append(second, 1n);
      await append(owner, 2n);
      await append(line.relayer, 1n, "ipfs://x", second);
      const count = (of: Address, index: bigint, by: Address[]) =>
        reputation.read.getResponseCount([agent, of, index, by]);
      expect(await count(client, 1n, [])).to.equal(3n);
      expect(await count(client, 1n, [owner])).to.equal(2n);
      expect(await count(client, 1n, [owner, second])).to.equal(3n);
      expect(await count(client, 2n, [])).to.equal(1n);
      expect(await count(client, 3n, [])).to.equal(0n);
      expect(await count(client, 0n, [])).to.equal(4n);
      expect(await count(client, 0n, [second])).to.equal(1n);
      expect(await count(zeroAddress, 0n, [])).to.equal(5n);
      expect(await count(zeroAddress, 0n, [owner, line.relayer])).to.equal(4n);
      expect(await count(zeroAddress, 7n, [])).to.equal(5n);
    });
  });

  describe("views", () => {
    it("readFeedback_ofNothing_reverts", async () => {
      for (const [index, words] of [
        [0n, "index must be > 0"],
        [1n, "index out of bounds"],
      ] as const) {
        await assertions.revertWith(reputation.read.readFeedback([agent, client, index]), words);
        await assertions.revertWith(reputation.read.getFeedbackExecution([agent, client, index]), words);
      }
    });

    it("getSummary_withoutClients_reverts", async () => {
      await give(client);
      await assertions.revertWith(summary([]), "clientAddresses required");
    });

    it("getSummary_ofNothing_isZero", async () => {
      expect(await summary([client])).to.deep.equal([0n, 0n, 0]);
    });

    it("getSummary_tagsRevocationsAndClients_filter", async () => {
      await give(client, { value: 10n, tag1: "a", tag2: "x" });
      await give(client, { value: 20n, tag1: "a", tag2: "y" });
      await give(second, { value: 40n, tag1: "b", tag2: "x" });
      await give(second, { value: 1_000n, tag1: "a" });
      await reputation.write.revokeFeedback([agent, 2n], { account: second });
      expect(await summary([client, second])).to.deep.equal([3n, 23n, 0]);
      expect(await summary([client])).to.deep.equal([2n, 15n, 0]);
      expect(await summary([client, second], "a")).to.deep.equal([2n, 15n, 0]);
      expect(await summary([client, second], "", "x")).to.deep.equal([2n, 25n, 0]);
      expect(await summary([client, second], "b", "y")).to.deep.equal([0n, 0n, 0]);
    });

    it("getSummary_mixedDecimals_takesThoseOfMost", async () => {
      await give(client, { value: 9_977n, decimals: 2 });
      await give(client, { value: 98n });
      await give(second, { value: 9_999n, decimals: 2 });
      // (99.77 + 98 + 99.99) / 3 = 99.2533…
      expect(await summary([client, second])).to.deep.equal([3n, 9_925n, 2]);
    });

    it("getSummary_asManyOfEachDecimals_takesTheFewest", async () => {
      await give(client, { value: 15n, decimals: 1 });
      await give(client, { value: 1n });
      expect(await summary([client])).to.deep.equal([2n, 1n, 0]);
    });

    it("getSummary_meanThatDoesNotFit_hasFewerDecimals", async () => {
      await give(client, { value: VALUE_MAX });
      await give(client, { value: 1n, decimals: 18 });
      await give(client, { value: 1n, decimals: 18 });
      const [count, value, decimals] = await summary([client]);
      expect(count).to.equal(3n);
      expect(decimals).to.equal(0);
      expect(value).to.equal(VALUE_MAX / 3n);
    });

    it("readAllFeedback_byEachFilter_succeeds", async () => {
      await give(client, { value: 1n, tag1: "a" });
      await give(second, { value: 2n, decimals: 3, tag1: "b", tag2: "c" });
      await give(client, { value: 3n, tag1: "a" });
      await reputation.write.revokeFeedback([agent, 1n], { account: client });
      expect(await all([])).to.deep.equal([
        [client, second],
        [2n, 1n],
        [3n, 2n],
        [0, 3],
        ["a", "b"],
        ["", "c"],
        [false, false],
      ]);
      expect(await all([], "", "", true)).to.deep.equal([
        [client, client, second],
        [1n, 2n, 1n],
        [1n, 3n, 2n],
        [0, 0, 3],
        ["a", "a", "b"],
        ["", "", "c"],
        [true, false, false],
      ]);
      expect((await all([second]))[2]).to.deep.equal([2n]);
      expect((await all([], "a"))[2]).to.deep.equal([3n]);
      expect((await all([], "a", "c"))[2]).to.deep.equal([]);
    });

    it(`getSummary_anyFeedback_isTheMeanThatTheLogGives (PLEIAD_TEST_SEED=${SEED})`, async () => {
      const entry = fc.record({
        by: fc.nat({ max: 1 }),
        value: fc.bigInt({ min: -VALUE_MAX, max: VALUE_MAX }),
        decimals: fc.nat({ max: 18 }),
        tag: fc.constantFrom("a", "b", ""),
        revoked: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 8 }), async (entries) => {
          await restore();
          const clients = [client, second] as const;
          const counts = [0n, 0n];
          for (const { by, value, decimals, tag, revoked } of entries) {
            const account = clients[by] as Address;
            await give(account, { value, decimals, tag1: tag });
            counts[by] = (counts[by] ?? 0n) + 1n;
            if (revoked) await reputation.write.revokeFeedback([agent, counts[by] ?? 0n], { account });
          }
          for (const tag of ["", "a"]) {
            const kept = entries.filter((each) => !each.revoked && (tag === "" || each.tag === tag));
            expect(await summary(clients, tag), `tag "${tag}"`).to.deep.equal(meanOf(kept));
          }
        }),
        { seed: SEED, numRuns: RUNS },
      );
    }).timeout(60_000);
  });
});

/** Count, mean and decimals as the interface documents them. */
function meanOf(entries: readonly { value: bigint; decimals: number }[]): [bigint, bigint, number] {
  if (entries.length === 0) return [0n, 0n, 0];
  const of = (decimals: number) => entries.filter((each) => each.decimals === decimals).length;
  let decimals = 0;
  for (let each = 1; each <= 18; each++) if (of(each) > of(decimals)) decimals = each;
  const sum = entries.reduce((total, each) => total + each.value * 10n ** BigInt(18 - each.decimals), 0n);
  const mean = sum / BigInt(entries.length);
  const fits = () => mean / 10n ** BigInt(18 - decimals);
  while (fits() !== BigInt.asIntN(128, fits())) decimals--;
  return [BigInt(entries.length), fits(), decimals];
}
