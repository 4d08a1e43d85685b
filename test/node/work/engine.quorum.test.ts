import { decodeEvidence } from "@pleiad/sdk/actions/decodeEvidence";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { stringToBytes, zeroHash } from "viem";
import { completionOf } from "./completions.ts";
import { FIRST, inWorld, outputsOf, SECOND, three } from "./engineWorld.ts";

describe("createEngine: a quorum", () => {
  const AGREED = { dependsOn: [0, 1], quorums: [2, 1] };

  it(
    "aTaskOnWhichTwoMustAgree_isAnsweredByBoth_andSettledWithWhatFollows_inOneTransaction",
    inWorld(async (world) => {
      const nodes = await three(world);
      const execution = world.chain.execute(AGREED);
      await world.flush();
      await world.pass(20_000);
      expect(outputsOf(world, execution)).to.deep.equal([
        [0, 1n, FIRST],
        [1, 2n, SECOND],
      ]);
      expect(nodes.map(({ asked }) => asked)).to.deep.equal([["task 0"], ["task 0", "task 1"], []]);
      const sent = nodes.flatMap(({ settled }) => settled);
      expect(
        sent.map((items) => items.map(({ completion }) => [completion.task, completion.node])),
      ).to.deep.equal([
        [
          [0, 1n],
          [0, 2n],
          [1, 2n],
        ],
      ]);
      expect(sent[0]?.map(({ output }) => output.length > 0)).to.deep.equal([true, false, true]);
      const states = await Promise.all(nodes.slice(0, 2).map((node) => node.job(execution, 0)));
      expect(
        states.map((job) => job?.state),
        "each of them answered it",
      ).to.deep.equal(["final", "final"]);
    }),
  );

  it(
    "nodesThatAgree_eachWithEvidenceOfItsOwn_agreeAllTheSame",
    inWorld(async (world) => {
      const nodes = await three(world);
      for (const [index, node] of nodes.entries()) {
        const { answer } = node;
        node.answer = (question, options) => {
          options.onEvidence?.({ durationMs: 100 * (index + 1), model: `model of ${index}` });
          return answer(question, options);
        };
      }
      const execution = world.chain.execute(AGREED);
      await world.flush();
      await world.pass(20_000);
      expect(outputsOf(world, execution)).to.deep.equal([
        [0, 1n, FIRST],
        [1, 2n, SECOND],
      ]);
      const agreed = nodes
        .flatMap(({ settled }) => settled.flat())
        .filter(({ completion }) => completion.task === 0);
      expect(agreed.map(({ completion }) => completion.node)).to.deep.equal([1n, 2n]);
      const digests = agreed.map(({ completion }) => completion.evidenceDigest);
      expect(new Set([...digests, zeroHash]).size, "two digests, and neither is none").to.equal(3);
      for (const [index, digest] of digests.entries())
        expect(decodeEvidence(nodes[index]?.blobs.get(digest) ?? expect.fail("no body")).model).to.equal(
          `model of ${index}`,
        );
    }),
  );

  it(
    "anAnswer_isShownOnlyOnceEnoughOthersCommittedThemselves",
    inWorld(async (world) => {
      const node = await world.node(1n);
      const heard = await world.node(3n, { canAnswer: false });
      const execution = world.chain.execute({ dependsOn: [0], quorums: [2], windowSeconds: 100n });
      await world.pass(49_000);
      expect(node.committed.map(({ node: who, task }) => [who, task])).to.deep.equal([[1n, 0]]);
      expect(heard.engine.find([execution])).to.deep.equal([]);
      expect(node.engine.find([execution]), "nor told to who asks").to.deep.equal([]);
      const [own] = node.committed;
      world.commit({ ...(own as NonNullable<typeof own>), node: 9n });
      await world.flush();
      expect(heard.engine.find([execution]), "a node that may not answer does not count").to.deep.equal([]);
      world.commit({ ...(own as NonNullable<typeof own>), node: 2n });
      await world.flush();
      expect(heard.engine.find([execution]).map(({ completion }) => completion.node)).to.deep.equal([1n]);
    }),
  );

  it(
    "anAnswer_isShownHalfAWindowAfterItsCommitment_alsoWhenNobodyElseCommits_andAfterARestart",
    inWorld(async (world) => {
      const node = await world.node(1n);
      const heard = await world.node(3n, { canAnswer: false });
      const execution = world.chain.execute({ dependsOn: [0], quorums: [2], windowSeconds: 100n });
      await world.pass(40_000);
      node.kill();
      const next = node.reborn();
      await next.start();
      await world.pass(49_000);
      expect(next.committed, "its word again, as it does not know who heard it").to.deep.equal(
        node.committed,
      );
      expect(next.asked).to.deep.equal([]);
      expect(heard.engine.find([execution])).to.deep.equal([]);
      await world.pass(1_000);
      expect(heard.engine.find([execution]).map(({ completion }) => completion.node)).to.deep.equal([1n]);
    }),
  );

  it(
    "aCommitmentThatCannotBeSaid_isTriedAgain_andNothingIsShownBefore",
    inWorld(async (world) => {
      const [first, second] = [await world.node(1n), await world.node(2n)];
      first.publishFailure = new PleiadError("no peers", { code: "PUBLISH_FAILED", retryable: true });
      const execution = world.chain.execute({ dependsOn: [0], quorums: [2], windowSeconds: 1_000n });
      await world.pass(60_000);
      expect(second.engine.find([execution])).to.deep.equal([]);
      first.publishFailure = undefined;
      await world.pass(300_000);
      expect(outputsOf(world, execution)).to.deep.equal([[0, 1n, FIRST]]);
    }),
  );

  it(
    "withoutANetwork_theTaskWaits_andSaysWhy",
    inWorld(async (world) => {
      const node = await world.node(1n, { gossip: false });
      const execution = world.chain.execute({ dependsOn: [0, 0], quorums: [2, 1], windowSeconds: 1n });
      await world.pass(60_000);
      expect(node.asked, "what it can do alone it does").to.deep.equal(["task 1"]);
      expect(
        node.engine.waits(execution).map(({ task, code, retryable }) => [task, code, retryable]),
      ).to.deep.equal([[0, "QUORUM_WITHOUT_PEERS", true]]);
      world.chain.end(execution);
      await world.flush();
      expect(node.engine.waits(execution)).to.deep.equal([]);
    }),
  );

  it(
    "twoThatDiffer_areSteppedInForByAThird_whichDecides",
    inWorld(async (world) => {
      const [first] = await three(world);
      first.answer = async () => stringToBytes("something else");
      const execution = world.chain.execute({ dependsOn: [0], quorums: [2] });
      await world.pass(9_000);
      expect(outputsOf(world, execution)).to.deep.equal([]);
      await world.pass(20_000);
      expect(outputsOf(world, execution)).to.deep.equal([[0, 2n, FIRST]]);
    }),
  );

  it(
    "aMemberThatTheContractRefuses_isFoundOut_andAnotherTakesItsPlace",
    inWorld(async (world) => {
      const second = await world.node(2n);
      await world.node(3n);
      const execution = world.chain.execute({ dependsOn: [0], quorums: [2] });
      world.say(completionOf(world.chain, execution, { node: 1n, task: 0, text: FIRST, tip: 1n }));
      await world.pass(60_000);
      expect(outputsOf(world, execution)).to.deep.equal([[0, 2n, FIRST]]);
      expect(second.asked).to.deep.equal(["task 0"]);
    }),
  );
});
