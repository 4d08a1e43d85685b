import { expect } from "chai";
import { describe, it } from "mocha";
import { keccak256, stringToBytes } from "viem";
import { completionOf } from "./completions.ts";
import { FIRST, inWorld, outputsOf } from "./engineWorld.ts";
import { CLUSTER } from "./fakeChain.ts";

describe("createEngine: hostile peers", () => {
  it(
    "aFloodOfInventedExecutions_staysBounded",
    inWorld(async (world) => {
      const node = await world.node(1n);
      const execution = world.chain.execute();
      await world.flush();
      const ids: bigint[] = [];
      const template = completionOf(world.chain, execution, { node: 2n, task: 1, text: "noise" });
      for (let i = 0; i < 3_000; i++) {
        const id = 1_000_000n + BigInt(i);
        ids.push(id);
        world.say({
          ...template,
          completion: { ...template.completion, execution: id, node: BigInt(2 + (i % 2)) },
        });
        if (i % 100 === 0) await world.flush();
      }
      await world.flush();
      expect(node.engine.find(ids).length).to.be.at.most(256);
      expect(node.engine.find([execution]), "what is under way is not pushed out").to.have.length(1);
      expect(world.clock.waits().length).to.be.at.most(1);
    }),
  );

  it(
    "aFloodAboutOneTask_doesNotPushOutTheOthers",
    inWorld(async (world) => {
      const second = await world.node(2n);
      const execution = world.chain.execute();
      for (let i = 0; i < 500; i++) {
        world.say(completionOf(world.chain, execution, { node: 3n, task: 0, text: `noise ${i}` }));
      }
      await world.flush();
      expect(second.engine.find([execution]).length).to.be.at.most(4);
      world.say(completionOf(world.chain, execution, { node: 1n, task: 0, text: FIRST }));
      await world.flush();
      expect(second.asked).to.deep.equal(["task 1"]);
    }),
  );

  it(
    "tasksThatNoVersionHas_areNotKept",
    inWorld(async (world) => {
      const node = await world.node(1n);
      const execution = world.chain.execute();
      await world.flush();
      const template = completionOf(world.chain, execution, { node: 2n, task: 1, text: "noise" });
      for (let task = 3; task < 2_000; task++) {
        world.say({ ...template, completion: { ...template.completion, task } });
      }
      await world.flush();
      expect(node.engine.find([execution]).length).to.be.at.most(32);
    }),
  );

  it(
    "aFalseCluster_isNotPassedOn",
    inWorld(async (world) => {
      const second = await world.node(2n);
      const execution = world.chain.execute();
      world.say(completionOf(world.chain, execution, { node: 1n, task: 0, text: FIRST, cluster: 666n }));
      await world.flush();
      expect(second.asked).to.deep.equal(["task 1"]);
      expect(second.engine.find([execution]).map(({ cluster }) => cluster)).to.deep.equal([CLUSTER, CLUSTER]);
    }),
  );

  it(
    "noise_doesNotPutTheSettlementOff",
    inWorld(async (world) => {
      const first = await world.node(1n);
      const execution = world.chain.execute();
      await world.flush();
      for (let i = 0; i < 20; i++) {
        // From a stranger, about a task that is not its own.
        world.say(
          completionOf(world.chain, execution, { node: BigInt(50 + i), task: 0, text: `noise ${i}` }),
        );
        await world.pass(200);
      }
      expect(first.settled).to.have.length(1);
    }),
  );

  it(
    "aNodeThatHoldsItsOutputBack_isSteppedInForAsIfItWereDead",
    inWorld(async (world) => {
      const second = await world.node(2n);
      const third = await world.node(3n);
      const execution = world.chain.execute();
      world.say(completionOf(world.chain, execution, { node: 1n, task: 0, text: "mine alone", bare: true }));
      await world.pass(9_999);
      expect([...second.asked, ...third.asked]).to.deep.equal([]);
      await world.pass(50_000);
      expect(outputsOf(world, execution).map(([task, node]) => [task, node])).to.deep.equal([
        [0, 2n],
        [1, 2n],
        [2, 3n],
      ]);
    }),
  );

  it(
    "anOutputThatComesAfterItsCompletion_isFetchedAndBuiltOn",
    inWorld(async (world) => {
      const second = await world.node(2n);
      const third = await world.node(3n);
      const execution = world.chain.execute();
      const text = "it came late";
      world.say(completionOf(world.chain, execution, { node: 1n, task: 0, text, bare: true }));
      await world.pass(1_000);
      expect(second.asked).to.deep.equal([]);
      third.blobs.set(keccak256(stringToBytes(text)), stringToBytes(text));
      await world.pass(3_000);
      expect(second.asked).to.deep.equal(["task 1"]);
      expect(outputsOf(world, execution)[0]).to.deep.equal([0, 1n, text]);
    }),
  );

  it(
    "aCompletionThatTheContractRefuses_isNotBuiltOnAgain_andTheRunGoesOn",
    inWorld(async (world) => {
      const second = await world.node(2n);
      const third = await world.node(3n);
      const execution = world.chain.execute();
      world.say(completionOf(world.chain, execution, { node: 1n, task: 0, text: "for a tip", tip: 1n }));
      await world.pass(120_000);
      expect(world.chain.execution(execution).running).to.equal(false);
      expect(outputsOf(world, execution)[0]?.[1]).to.equal(2n);
      expect(second.settled.length + third.settled.length).to.be.lessThan(8);
    }),
  );

  it(
    "aRefusedCompletion_takesNoOtherExecutionDownWithIt",
    inWorld(async (world) => {
      const helper = await world.node(9n, { canAnswer: false });
      const bad = world.chain.execute({ dependsOn: [0] });
      const good = world.chain.execute({ dependsOn: [0] });
      // Both become due in the same instant, the bad one first; alone it would be refused.
      world.say(completionOf(world.chain, bad, { node: 1n, task: 0, text: "for a tip", tip: 1n }));
      world.say(completionOf(world.chain, good, { node: 1n, task: 0, text: "an answer" }));
      await world.pass(60_000);
      expect(world.chain.execution(good).running).to.equal(false);
      expect(world.chain.execution(bad).running).to.equal(true);
      expect(helper.settled.length).to.be.lessThan(6);
    }),
  );

  it(
    "anEmptyOutput_countsForNothing",
    inWorld(async (world) => {
      const second = await world.node(2n);
      const execution = world.chain.execute();
      world.say(completionOf(world.chain, execution, { node: 1n, task: 0, text: "" }));
      await world.flush();
      expect(second.asked).to.deep.equal([]);
      await world.pass(10_000);
      expect(second.asked[0]).to.equal("task 0");
    }),
  );
});
