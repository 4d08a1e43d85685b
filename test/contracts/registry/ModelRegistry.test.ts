import { expect } from "chai";
import type { NetworkConnection } from "hardhat/types/network";
import { describe, it } from "mocha";
import { type Address, getAddress, zeroAddress } from "viem";
import {
  createChain,
  deployRegistries,
  eventsOf,
  OPEN_TERMS,
  registerModel,
  registerNode,
  type Terms,
  timeOf,
  transferEvent,
} from "../fixtures/registries.ts";
import { behavesLikeERC721 } from "./ERC721.behavior.ts";

const PLACES_MAX = 64;

const { connection, viem, networkHelpers } = await createChain();
const { assertions } = viem;

/** A model of alice's and a node of bob's, with nothing between them; and a node of alice's. */
async function modelAndNode(chain: NetworkConnection) {
  const registries = await deployRegistries(chain);
  const model = await registerModel(registries, registries.alice);
  const node = await registerNode(registries, 1, registries.bob);
  const aliceNode = await registerNode(registries, 2, registries.alice);
  return { ...registries, model, node, aliceNode };
}

/** Bob's node serves alice's model. */
async function servedModel(chain: NetworkConnection) {
  const fixture = await modelAndNode(chain);
  const { models, model, node, alice, bob } = fixture;
  await models.write.serve([model, node], { account: alice });
  const joinedAt = await timeOf(fixture, models.write.serve([model, node], { account: bob }));
  return { ...fixture, joinedAt };
}

/** Lets `seconds` pass, so that the next block is that much later than the last one. */
async function pass(seconds: number): Promise<void> {
  await networkHelpers.time.setNextBlockTimestamp((await networkHelpers.time.latest()) + seconds);
}

describe("ModelRegistry", () => {
  describe("register", () => {
    it("register_withTerms_succeeds", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      const { models, alice } = registries;
      const terms: Terms = {
        currency: zeroAddress,
        priceWei: 2n ** 96n - 1n,
        nodeShareBps: 10_000,
        open: false,
      };
      const hash = await models.write.register(["summariser", terms], { account: alice });
      expect(await eventsOf(registries, models, hash)).to.deep.equal([
        transferEvent(zeroAddress, alice, 1n),
        { event: "ModelRegistered", args: { model: 1n, owner: alice, name: "summariser", terms } },
      ]);
      expect(await models.read.termsOf([1n])).to.deep.equal(terms);
      expect(await models.read.termsAndOwnerOf([1n])).to.deep.equal([terms, alice, false]);
      expect(await models.read.nameOf([1n])).to.equal("summariser");
      expect(await models.read.servingNodes([1n])).to.deep.equal([]);
      expect(await models.read.ownerOf([1n])).to.equal(alice);
      expect(await models.read.modelCount()).to.equal(1n);
    });

    it("register_freeAndWithoutNodeShare_succeeds", async () => {
      const { models, alice } = await networkHelpers.loadFixture(deployRegistries);
      const terms: Terms = { currency: zeroAddress, priceWei: 0n, nodeShareBps: 0, open: true };
      await models.write.register(["m", terms], { account: alice });
      expect(await models.read.termsOf([1n])).to.deep.equal(terms);
    });

    it("register_countsFromOne_succeeds", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      expect(await registerModel(registries, registries.alice)).to.equal(1n);
      expect(await registerModel(registries, registries.bob)).to.equal(2n);
    });

    it("register_namesOfEachLength_succeeds", async () => {
      const { models, alice } = await networkHelpers.loadFixture(deployRegistries);
      const names = ["a", "llama 3 · 70B", "é".repeat(15), "x".repeat(31)];
      for (const [i, name] of names.entries()) {
        await models.write.register([name, OPEN_TERMS], { account: alice });
        expect(await models.read.nameOf([BigInt(i + 1)])).to.equal(name);
      }
    });

    it("register_nameLength_reverts", async () => {
      const { models, alice } = await networkHelpers.loadFixture(deployRegistries);
      for (const [name, length] of [
        ["", 0n],
        ["x".repeat(32), 32n],
        ["é".repeat(16), 32n],
      ] as const) {
        await assertions.revertWithCustomErrorWithArgs(
          models.write.register([name, OPEN_TERMS], { account: alice }),
          models,
          "ModelNameLength",
          [length],
        );
      }
    });

    it("register_shareTooHigh_reverts", async () => {
      const { models, alice } = await networkHelpers.loadFixture(deployRegistries);
      await assertions.revertWithCustomErrorWithArgs(
        models.write.register(["m", { ...OPEN_TERMS, nodeShareBps: 10_001 }], { account: alice }),
        models,
        "ModelShareTooHigh",
        [10_001n],
      );
    });

    it("register_currencyUnsupported_reverts", async () => {
      // Nobody's address and an account's: neither has code.
      const { models, alice, bob } = await networkHelpers.loadFixture(deployRegistries);
      for (const currency of [bob, "0x0000000000000000000000000000000000000044"] as const) {
        await assertions.revertWithCustomErrorWithArgs(
          models.write.register(["m", { ...OPEN_TERMS, currency }], { account: alice }),
          models,
          "ModelCurrencyUnsupported",
          [getAddress(currency)],
        );
      }
    });

    it("register_currencyWithCode_succeeds", async () => {
      const { models, alice, nodes } = await networkHelpers.loadFixture(deployRegistries);
      const terms = { ...OPEN_TERMS, currency: getAddress(nodes.address) };
      await models.write.register(["m", terms], { account: alice });
      expect(await models.read.termsOf([1n])).to.deep.equal(terms);
    });
  });

  describe("setTerms", () => {
    it("setTerms_byOwner_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(servedModel);
      const { models, model, alice, node, joinedAt } = fixture;
      const terms: Terms = { currency: zeroAddress, priceWei: 7n, nodeShareBps: 1, open: false };
      const hash = await models.write.setTerms([model, terms], { account: alice });
      expect(await eventsOf(fixture, models, hash)).to.deep.equal([
        { event: "ModelTermsSet", args: { model, terms } },
      ]);
      expect(await models.read.termsOf([model])).to.deep.equal(terms);
      // What shares the slots stays.
      expect(await models.read.servingNodes([model])).to.deep.equal([{ node, joinedAt, active: true }]);
      expect(await models.read.ownerStandingOf([model, joinedAt + 1n])).to.deep.equal([alice, 1n]);
    });

    it("setTerms_byNewOwner_succeeds", async () => {
      const { models, model, alice, bob } = await networkHelpers.loadFixture(modelAndNode);
      await models.write.transferFrom([alice, bob, model], { account: alice });
      await models.write.setTerms([model, { ...OPEN_TERMS, priceWei: 1n }], { account: bob });
      expect((await models.read.termsOf([model])).priceWei).to.equal(1n);
      expect(await models.read.termsAndOwnerOf([model])).to.deep.equal([
        { ...OPEN_TERMS, priceWei: 1n },
        bob,
        false,
      ]);
    });

    it("setTerms_byOwnerBefore_reverts", async () => {
      const { models, model, alice, bob } = await networkHelpers.loadFixture(modelAndNode);
      await models.write.transferFrom([alice, bob, model], { account: alice });
      await assertions.revertWithCustomErrorWithArgs(
        models.write.setTerms([model, OPEN_TERMS], { account: alice }),
        models,
        "ModelNotOwned",
        [model, alice],
      );
    });

    it("setTerms_byApprovedOperator_reverts", async () => {
      const { models, model, alice, bob } = await networkHelpers.loadFixture(modelAndNode);
      await models.write.setApprovalForAll([bob, true], { account: alice });
      await assertions.revertWithCustomErrorWithArgs(
        models.write.setTerms([model, OPEN_TERMS], { account: bob }),
        models,
        "ModelNotOwned",
        [model, bob],
      );
    });

    it("setTerms_unknownModel_reverts", async () => {
      const { models, alice } = await networkHelpers.loadFixture(modelAndNode);
      for (const unknown of [0n, 2n]) {
        await assertions.revertWithCustomErrorWithArgs(
          models.write.setTerms([unknown, OPEN_TERMS], { account: alice }),
          models,
          "ModelUnknown",
          [unknown],
        );
      }
    });

    it("setTerms_shareTooHigh_reverts", async () => {
      const { models, model, alice } = await networkHelpers.loadFixture(modelAndNode);
      await assertions.revertWithCustomErrorWithArgs(
        models.write.setTerms([model, { ...OPEN_TERMS, nodeShareBps: 65_535 }], { account: alice }),
        models,
        "ModelShareTooHigh",
        [65_535n],
      );
    });

    it("setTerms_currencyUnsupported_reverts", async () => {
      const { models, model, alice, bob } = await networkHelpers.loadFixture(modelAndNode);
      await assertions.revertWithCustomErrorWithArgs(
        models.write.setTerms([model, { ...OPEN_TERMS, currency: bob }], { account: alice }),
        models,
        "ModelCurrencyUnsupported",
        [bob],
      );
      expect(await models.read.termsOf([model])).to.deep.equal(OPEN_TERMS);
    });
  });

  describe("setClosed", () => {
    it("setClosed_byOwner_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(servedModel);
      const { models, model, alice, node, joinedAt } = fixture;
      for (const closed of [true, false]) {
        const hash = await models.write.setClosed([model, closed], { account: alice });
        expect(await eventsOf(fixture, models, hash)).to.deep.equal([
          { event: "ModelClosedSet", args: { model, closed } },
        ]);
        expect(await models.read.termsAndOwnerOf([model])).to.deep.equal([OPEN_TERMS, alice, closed]);
        expect(await models.read.servingNodes([model])).to.deep.equal([{ node, joinedAt, active: true }]);
      }
    });

    it("setClosed_byAnother_reverts", async () => {
      const { models, model, bob } = await networkHelpers.loadFixture(modelAndNode);
      await assertions.revertWithCustomErrorWithArgs(
        models.write.setClosed([model, true], { account: bob }),
        models,
        "ModelNotOwned",
        [model, bob],
      );
    });

    it("setClosed_unknownModel_reverts", async () => {
      const { models, alice } = await networkHelpers.loadFixture(modelAndNode);
      await assertions.revertWithCustomErrorWithArgs(
        models.write.setClosed([9n, true], { account: alice }),
        models,
        "ModelUnknown",
        [9n],
      );
    });
  });

  describe("serve", () => {
    for (const [first, second] of [
      ["alice", "bob"],
      ["bob", "alice"],
    ] as const) {
      const side = first === "alice" ? "model" : "node";
      it(`serve_${side}SideFirst_succeeds`, async () => {
        const fixture = await networkHelpers.loadFixture(modelAndNode);
        const { models, model, node } = fixture;
        const offer = await models.write.serve([model, node], { account: fixture[first] });
        expect(await eventsOf(fixture, models, offer)).to.deep.equal([
          { event: "ModelServingOffered", args: { model, node, by: fixture[first] } },
        ]);
        expect(await models.read.servingNodes([model])).to.deep.equal([]);
        const join = await models.write.serve([model, node], { account: fixture[second] });
        expect(await eventsOf(fixture, models, join)).to.deep.equal([
          { event: "NodeJoinedModel", args: { model, node, place: 0n } },
        ]);
        expect(await models.read.servingNodes([model])).to.deep.equal([
          { node, joinedAt: await timeOf(fixture, join), active: true },
        ]);
      });
    }

    it("serve_oneOwnerOfBoth_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(modelAndNode);
      const { models, model, aliceNode, alice } = fixture;
      const hash = await models.write.serve([model, aliceNode], { account: alice });
      expect(await eventsOf(fixture, models, hash)).to.deep.equal([
        { event: "NodeJoinedModel", args: { model, node: aliceNode, place: 0n } },
      ]);
    });

    it("serve_offeredTwiceByOneSide_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(modelAndNode);
      const { models, model, node, bob } = fixture;
      await models.write.serve([model, node], { account: bob });
      const again = await models.write.serve([model, node], { account: bob });
      expect(await eventsOf(fixture, models, again)).to.deep.equal([
        { event: "ModelServingOffered", args: { model, node, by: bob } },
      ]);
      expect(await models.read.servingNodes([model]), "one side never joins alone").to.deep.equal([]);
    });

    it("serve_suspendedNode_succeeds", async () => {
      // It has a place, and signs nothing until its owner proves a key.
      const { models, nodes, model, node, alice, bob, carol } =
        await networkHelpers.loadFixture(modelAndNode);
      await nodes.write.transferFrom([bob, carol, node], { account: bob });
      await models.write.serve([model, node], { account: alice });
      await models.write.serve([model, node], { account: carol });
      expect(await models.read.servingNodes([model])).to.have.lengthOf(1);
    });

    it("serve_offerByModelOwnerWhoSoldTheModel_succeeds", async () => {
      // The node's owner cannot take up what the owner before offered: his call is a new offer.
      const fixture = await networkHelpers.loadFixture(modelAndNode);
      const { models, model, node, alice, bob, carol } = fixture;
      await models.write.serve([model, node], { account: alice });
      await models.write.transferFrom([alice, carol, model], { account: alice });
      const hash = await models.write.serve([model, node], { account: bob });
      expect(await eventsOf(fixture, models, hash)).to.deep.equal([
        { event: "ModelServingOffered", args: { model, node, by: bob } },
      ]);
      expect(await models.read.servingNodes([model])).to.deep.equal([]);
      await models.write.serve([model, node], { account: carol });
      expect(await models.read.servingNodes([model])).to.have.lengthOf(1);
    });

    it("serve_offerByNodeOwnerWhoSoldTheNode_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(modelAndNode);
      const { models, nodes, model, node, alice, bob, carol } = fixture;
      await models.write.serve([model, node], { account: bob });
      await nodes.write.transferFrom([bob, carol, node], { account: bob });
      const hash = await models.write.serve([model, node], { account: alice });
      expect(await eventsOf(fixture, models, hash)).to.deep.equal([
        { event: "ModelServingOffered", args: { model, node, by: alice } },
      ]);
      expect(await models.read.servingNodes([model])).to.deep.equal([]);
    });

    it("serve_offererChangesSides_succeeds", async () => {
      // Alice offers as the model's owner, sells the model and buys the node: her offer does not become the node's.
      const fixture = await networkHelpers.loadFixture(modelAndNode);
      const { models, nodes, model, node, alice, bob, carol } = fixture;
      await models.write.serve([model, node], { account: alice });
      await models.write.transferFrom([alice, carol, model], { account: alice });
      await nodes.write.transferFrom([bob, alice, node], { account: bob });
      const hash = await models.write.serve([model, node], { account: carol });
      expect(await eventsOf(fixture, models, hash)).to.deep.equal([
        { event: "ModelServingOffered", args: { model, node, by: carol } },
      ]);
    });

    it("serve_otherWayRoundOffererChangesSides_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(modelAndNode);
      const { models, nodes, model, node, alice, bob, carol } = fixture;
      await models.write.serve([model, node], { account: bob });
      await nodes.write.transferFrom([bob, carol, node], { account: bob });
      await models.write.transferFrom([alice, bob, model], { account: alice });
      const hash = await models.write.serve([model, node], { account: carol });
      expect(await eventsOf(fixture, models, hash)).to.deep.equal([
        { event: "ModelServingOffered", args: { model, node, by: carol } },
      ]);
    });

    it("serve_byStranger_reverts", async () => {
      const { models, model, node, stranger } = await networkHelpers.loadFixture(modelAndNode);
      await assertions.revertWithCustomErrorWithArgs(
        models.write.serve([model, node], { account: stranger }),
        models,
        "ModelServingNotYours",
        [model, node, stranger],
      );
    });

    it("serve_byOwnersBefore_reverts", async () => {
      const fixture = await networkHelpers.loadFixture(modelAndNode);
      const { models, nodes, model, node, alice, bob, carol } = fixture;
      await models.write.transferFrom([alice, carol, model], { account: alice });
      await nodes.write.transferFrom([bob, carol, node], { account: bob });
      for (const before of [alice, bob]) {
        await assertions.revertWithCustomErrorWithArgs(
          models.write.serve([model, node], { account: before }),
          models,
          "ModelServingNotYours",
          [model, node, before],
        );
      }
    });

    it("serve_servesAlready_reverts", async () => {
      const { models, model, node, alice, bob } = await networkHelpers.loadFixture(servedModel);
      for (const account of [alice, bob]) {
        await assertions.revertWithCustomErrorWithArgs(
          models.write.serve([model, node], { account }),
          models,
          "ModelAlreadyServed",
          [model, node],
        );
      }
    });

    it("serve_unknownModel_reverts", async () => {
      const { models, node, bob } = await networkHelpers.loadFixture(modelAndNode);
      await assertions.revertWithCustomErrorWithArgs(
        models.write.serve([5n, node], { account: bob }),
        models,
        "ModelUnknown",
        [5n],
      );
    });

    it("serve_unknownNode_reverts", async () => {
      const { models, model, alice } = await networkHelpers.loadFixture(modelAndNode);
      for (const unknown of [0n, 3n, 2n ** 64n + 1n]) {
        await assertions.revertWithCustomErrorWithArgs(
          models.write.serve([model, unknown], { account: alice }),
          models,
          "ModelNodeUnknown",
          [unknown],
        );
      }
    });

    it("serve_allPlacesTaken_reverts", async () => {
      const registries = await networkHelpers.loadFixture(deployRegistries);
      const { models, alice } = registries;
      const model = await registerModel(registries, alice);
      for (let i = 1; i <= PLACES_MAX + 1; i++) {
        await registerNode(registries, i, alice);
        if (i <= PLACES_MAX) await models.write.serve([model, BigInt(i)], { account: alice });
      }
      // Also a place whose node left is taken, and its node may come back to it.
      await models.write.leave([model, 3n], { account: alice });
      await assertions.revertWithCustomErrorWithArgs(
        models.write.serve([model, BigInt(PLACES_MAX + 1)], { account: alice }),
        models,
        "ModelPlacesFull",
        [model, BigInt(PLACES_MAX)],
      );
      const back = await models.write.serve([model, 3n], { account: alice });
      expect(await eventsOf(registries, models, back)).to.deep.equal([
        { event: "NodeJoinedModel", args: { model, node: 3n, place: 2n } },
      ]);
      const list = await models.read.servingNodes([model]);
      expect(list.map(({ node }) => node)).to.deep.equal(
        Array.from({ length: PLACES_MAX }, (_, i) => BigInt(i + 1)),
      );
      expect(list.every(({ active }) => active)).to.equal(true);
      // The search for the places before a moment meets each of them.
      for (const [place, { node, joinedAt }] of list.entries()) {
        expect(
          await models.read.nodeStandingOf([model, node, joinedAt]),
          `place ${place} when joining`,
        ).to.deep.equal([0n, 0n]);
        expect(
          await models.read.nodeStandingOf([model, node, joinedAt + 1n]),
          `place ${place}`,
        ).to.deep.equal([BigInt(place), BigInt(list.filter((other) => other.joinedAt <= joinedAt).length)]);
      }
    });
  });

  describe("leave", () => {
    for (const who of ["alice", "bob"] as const) {
      it(`leave_by${who === "alice" ? "Model" : "Node"}Owner_succeeds`, async () => {
        const fixture = await networkHelpers.loadFixture(servedModel);
        const { models, model, node, joinedAt } = fixture;
        const hash = await models.write.leave([model, node], { account: fixture[who] });
        expect(await eventsOf(fixture, models, hash)).to.deep.equal([
          { event: "NodeLeftModel", args: { model, node, place: 0n } },
        ]);
        // It keeps its place, inactive.
        expect(await models.read.servingNodes([model])).to.deep.equal([{ node, joinedAt, active: false }]);
      });

      it(`leave_${who === "alice" ? "node" : "model"}OfferTakenBackByItsMaker_succeeds`, async () => {
        const fixture = await networkHelpers.loadFixture(modelAndNode);
        const { models, model, node, alice, bob } = fixture;
        const maker: Address = who === "alice" ? bob : alice;
        const other: Address = who === "alice" ? alice : bob;
        await models.write.serve([model, node], { account: maker });
        const hash = await models.write.leave([model, node], { account: maker });
        expect(await eventsOf(fixture, models, hash)).to.deep.equal([
          { event: "ModelServingOfferWithdrawn", args: { model, node, by: maker } },
        ]);
        // Now the other side's word is a first offer.
        await models.write.serve([model, node], { account: other });
        expect(await models.read.servingNodes([model])).to.deep.equal([]);
      });
    }

    it("leave_offerRefusedByTheOtherSide_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(modelAndNode);
      const { models, model, node, alice, bob } = fixture;
      await models.write.serve([model, node], { account: bob });
      const hash = await models.write.leave([model, node], { account: alice });
      expect(await eventsOf(fixture, models, hash)).to.deep.equal([
        { event: "ModelServingOfferWithdrawn", args: { model, node, by: alice } },
      ]);
    });

    it("leave_rejoinTakesBothSidesAgain_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(servedModel);
      const { models, model, node, aliceNode, alice, bob, joinedAt } = fixture;
      await models.write.serve([model, aliceNode], { account: alice });
      await models.write.leave([model, node], { account: alice });
      await models.write.serve([model, node], { account: bob });
      expect((await models.read.servingNodes([model]))[0]).to.deep.equal({ node, joinedAt, active: false });
      const hash = await models.write.serve([model, node], { account: alice });
      expect(await eventsOf(fixture, models, hash)).to.deep.equal([
        { event: "NodeJoinedModel", args: { model, node, place: 0n } },
      ]);
      // The old place and the time of the first joining.
      const list = await models.read.servingNodes([model]);
      expect(list[0]).to.deep.equal({ node, joinedAt, active: true });
      expect(list[1]?.node).to.equal(aliceNode);
      expect(list).to.have.lengthOf(2);
    });

    it("leave_newOwnersMayEndIt_succeeds", async () => {
      // Serving survives both tokens' moves until a new owner ends it.
      const { models, nodes, model, node, alice, bob, carol, joinedAt } =
        await networkHelpers.loadFixture(servedModel);
      await models.write.transferFrom([alice, carol, model], { account: alice });
      await nodes.write.transferFrom([bob, carol, node], { account: bob });
      expect(await models.read.servingNodes([model])).to.deep.equal([{ node, joinedAt, active: true }]);
      for (const before of [alice, bob]) {
        await assertions.revertWithCustomErrorWithArgs(
          models.write.leave([model, node], { account: before }),
          models,
          "ModelServingNotYours",
          [model, node, before],
        );
      }
      await models.write.leave([model, node], { account: carol });
      expect(await models.read.servingNodes([model])).to.deep.equal([{ node, joinedAt, active: false }]);
    });

    it("leave_byStranger_reverts", async () => {
      const { models, model, node, stranger } = await networkHelpers.loadFixture(servedModel);
      await assertions.revertWithCustomErrorWithArgs(
        models.write.leave([model, node], { account: stranger }),
        models,
        "ModelServingNotYours",
        [model, node, stranger],
      );
    });

    it("leave_doesNotServe_reverts", async () => {
      const { models, model, node, aliceNode, alice, bob } = await networkHelpers.loadFixture(servedModel);
      await assertions.revertWithCustomErrorWithArgs(
        models.write.leave([model, aliceNode], { account: alice }),
        models,
        "ModelNotServed",
        [model, aliceNode],
      );
      await models.write.leave([model, node], { account: bob });
      await assertions.revertWithCustomErrorWithArgs(
        models.write.leave([model, node], { account: bob }),
        models,
        "ModelNotServed",
        [model, node],
      );
    });

    it("leave_unknownModel_reverts", async () => {
      const { models, node, bob } = await networkHelpers.loadFixture(servedModel);
      await assertions.revertWithCustomErrorWithArgs(
        models.write.leave([9n, node], { account: bob }),
        models,
        "ModelUnknown",
        [9n],
      );
    });

    it("leave_unknownNode_reverts", async () => {
      const { models, model, bob } = await networkHelpers.loadFixture(servedModel);
      await assertions.revertWithCustomErrorWithArgs(
        models.write.leave([model, 9n], { account: bob }),
        models,
        "ModelNodeUnknown",
        [9n],
      );
    });
  });

  describe("standing", () => {
    it("nodeStandingOf_aroundJoining_succeeds", async () => {
      const { models, model, node, joinedAt, alice } = await networkHelpers.loadFixture(servedModel);
      // An execution of the very second does not count the node: the order inside a second is not kept.
      expect(await models.read.nodeStandingOf([model, node, joinedAt - 1n])).to.deep.equal([0n, 0n]);
      expect(await models.read.nodeStandingOf([model, node, joinedAt])).to.deep.equal([0n, 0n]);
      expect(await models.read.nodeStandingOf([model, node, joinedAt + 1n])).to.deep.equal([0n, 1n]);
      expect(await models.read.ownerStandingOf([model, joinedAt])).to.deep.equal([alice, 0n]);
      expect(await models.read.ownerStandingOf([model, joinedAt + 1n])).to.deep.equal([alice, 1n]);
    });

    it("nodeStandingOf_aroundLeaving_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(servedModel);
      const { models, model, node, bob, alice } = fixture;
      await pass(100);
      const leftAt = await timeOf(fixture, models.write.leave([model, node], { account: bob }));
      // Executions that ran when it left are still its; later ones are not.
      expect(await models.read.nodeStandingOf([model, node, leftAt - 1n])).to.deep.equal([0n, 1n]);
      expect(await models.read.nodeStandingOf([model, node, leftAt])).to.deep.equal([0n, 1n]);
      expect(await models.read.nodeStandingOf([model, node, leftAt + 1n])).to.deep.equal([0n, 0n]);
      // The owner waits for nodes it sent away while an execution ran, and not for those that had gone before.
      expect(await models.read.ownerStandingOf([model, leftAt - 1n])).to.deep.equal([alice, 1n]);
      expect(await models.read.ownerStandingOf([model, leftAt])).to.deep.equal([alice, 1n]);
      expect(await models.read.ownerStandingOf([model, leftAt + 1n])).to.deep.equal([alice, 0n]);
    });

    it("nodeStandingOf_rejoined_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(servedModel);
      const { models, model, node, bob, alice, joinedAt } = fixture;
      await pass(100);
      const leftAt = await timeOf(fixture, models.write.leave([model, node], { account: bob }));
      await pass(100);
      await models.write.serve([model, node], { account: bob });
      await models.write.serve([model, node], { account: alice });
      // Back, it counts as if it had never been away: its place was kept free for it.
      for (const createdAt of [joinedAt + 1n, leftAt, leftAt + 50n, leftAt + 500n]) {
        expect(await models.read.nodeStandingOf([model, node, createdAt])).to.deep.equal([0n, 1n]);
        expect(await models.read.ownerStandingOf([model, createdAt])).to.deep.equal([alice, 1n]);
      }
    });

    it("nodeStandingOf_placesOfOthers_succeeds", async () => {
      const fixture = await networkHelpers.loadFixture(servedModel);
      const { models, model, node, aliceNode, alice, bob, joinedAt } = fixture;
      await pass(100);
      const second = await timeOf(fixture, models.write.serve([model, aliceNode], { account: alice }));
      expect(await models.read.nodeStandingOf([model, node, second])).to.deep.equal([0n, 1n]);
      expect(await models.read.nodeStandingOf([model, node, second + 1n])).to.deep.equal([0n, 2n]);
      expect(await models.read.nodeStandingOf([model, aliceNode, second])).to.deep.equal([0n, 0n]);
      expect(await models.read.nodeStandingOf([model, aliceNode, second + 1n])).to.deep.equal([1n, 2n]);
      // A leaver's place still counts, so that nobody's rank moves while an execution runs.
      await pass(100);
      const leftAt = await timeOf(fixture, models.write.leave([model, node], { account: bob }));
      expect(await models.read.nodeStandingOf([model, aliceNode, leftAt + 1n])).to.deep.equal([1n, 2n]);
      expect(await models.read.ownerStandingOf([model, leftAt + 1n])).to.deep.equal([alice, 2n]);
      expect(await models.read.ownerStandingOf([model, joinedAt + 1n])).to.deep.equal([alice, 1n]);
    });

    it("nodeStandingOf_nodeThatNeverServed_succeeds", async () => {
      const { models, model, aliceNode } = await networkHelpers.loadFixture(servedModel);
      const later = BigInt(await networkHelpers.time.latest()) + 1_000n;
      expect(await models.read.nodeStandingOf([model, aliceNode, later])).to.deep.equal([0n, 0n]);
      expect(await models.read.nodeStandingOf([model, 99n, later])).to.deep.equal([0n, 0n]);
      expect(await models.read.nodeStandingOf([99n, aliceNode, later])).to.deep.equal([0n, 0n]);
    });

    it("nodeStandingOf_offerAlone_succeeds", async () => {
      const { models, model, node, bob } = await networkHelpers.loadFixture(modelAndNode);
      await models.write.serve([model, node], { account: bob });
      const later = BigInt(await networkHelpers.time.latest()) + 1_000n;
      expect(await models.read.nodeStandingOf([model, node, later])).to.deep.equal([0n, 0n]);
    });

    it("ownerStandingOf_followsTheToken_succeeds", async () => {
      const { models, model, alice, carol, joinedAt } = await networkHelpers.loadFixture(servedModel);
      await models.write.transferFrom([alice, carol, model], { account: alice });
      expect(await models.read.ownerStandingOf([model, joinedAt + 1n])).to.deep.equal([carol, 1n]);
    });

    it("ownerStandingOf_withoutNodes_succeeds", async () => {
      const { models, model, alice } = await networkHelpers.loadFixture(modelAndNode);
      const later = BigInt(await networkHelpers.time.latest()) + 1_000n;
      expect(await models.read.ownerStandingOf([model, later])).to.deep.equal([alice, 0n]);
      expect(await models.read.ownerStandingOf([99n, later])).to.deep.equal([zeroAddress, 0n]);
    });
  });

  describe("views", () => {
    it("termsOf_unknownModel_reverts", async () => {
      const { models } = await networkHelpers.loadFixture(deployRegistries);
      await assertions.revertWithCustomErrorWithArgs(models.read.termsOf([1n]), models, "ModelUnknown", [1n]);
      await assertions.revertWithCustomErrorWithArgs(
        models.read.termsAndOwnerOf([1n]),
        models,
        "ModelUnknown",
        [1n],
      );
      await assertions.revertWithCustomErrorWithArgs(models.read.nameOf([1n]), models, "ModelUnknown", [1n]);
    });

    it("servingNodes_unknownModel_succeeds", async () => {
      const { models } = await networkHelpers.loadFixture(deployRegistries);
      expect(await models.read.servingNodes([1n])).to.deep.equal([]);
      expect(await models.read.modelCount()).to.equal(0n);
    });
  });

  behavesLikeERC721(connection, {
    contract: "ModelRegistry",
    name: "Pleiad Model",
    symbol: "PMODEL",
    async deploy(registries) {
      const { models, alice, bob } = registries;
      const first = await registerModel(registries, alice);
      const node = await registerNode(registries, 1, alice);
      await models.write.serve([first, node], { account: alice });
      return {
        address: models.address,
        tokens: [first, await registerModel(registries, alice), await registerModel(registries, bob)],
        unknown: 4n,
        tokenURI: "",
        readData: async () => [
          await models.read.termsOf([first]),
          await models.read.nameOf([first]),
          await models.read.servingNodes([first]),
        ],
      };
    },
  });
});
