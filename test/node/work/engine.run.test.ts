import { expect } from "chai";
import { describe, it } from "mocha";
import { completionOf } from "./completions.ts";
import { agentError, FIRST, inWorld, outputsOf, SECOND, THIRD, three } from "./engineWorld.ts";
import { createWorld, plainAnswer } from "./world.ts";

describe("createEngine: a run", () => {
  it(
    "aWholeRun_settlesInOneTransaction_ofTheNodeThatFinishedIt",
    inWorld(async (world) => {
      const nodes = await three(world);
      const execution = world.chain.execute();
      await world.flush();
      expect(outputsOf(world, execution)).to.deep.equal([
        [0, 1n, FIRST],
        [1, 2n, SECOND],
        [2, 3n, THIRD],
      ]);
      expect(nodes.map((node) => node.settled.length)).to.deep.equal([0, 0, 1]);
      await world.pass(60_000);
      expect(
        nodes.map((node) => node.settled.length),
        "and nothing comes after it",
      ).to.deep.equal([0, 0, 1]);
      expect(world.chain.head().number, "one block for the request, one for the settlement").to.equal(2n);
    }),
  );

  it(
    "nothing_isAnsweredTwice",
    inWorld(async (world) => {
      const nodes = await three(world);
      for (let run = 0; run < 3; run++) world.chain.execute();
      await world.pass(60_000);
      world.chain.block();
      await world.pass(60_000);
      expect(nodes.flatMap((node) => node.asked).sort()).to.deep.equal(
        ["task 0", "task 1", "task 2"].flatMap((name) => [name, name, name]),
      );
      expect(nodes.map((node) => node.signed.length)).to.deep.equal([3, 3, 3]);
      for (const id of [1n, 2n, 3n])
        expect(world.chain.execution(id).running, `execution ${id}`).to.equal(false);
    }),
  );

  it(
    "aDeadNodesTask_isAnsweredByTheNextRank_afterItsWindowAndNotEarlier",
    inWorld(async (world) => {
      const second = await world.node(2n);
      const third = await world.node(3n);
      const execution = world.chain.execute();
      await world.pass(9_999);
      expect([...second.asked, ...third.asked]).to.deep.equal([]);
      await world.pass(1);
      // It steps in for task 0; task 1 is its own, and task 2 node 3's.
      expect(second.asked).to.deep.equal(["task 0", "task 1"]);
      await world.pass(60_000);
      expect(outputsOf(world, execution).map(([task, node]) => [task, node])).to.deep.equal([
        [0, 2n],
        [1, 2n],
        [2, 3n],
      ]);
      expect(third.asked).to.deep.equal(["task 2"]);
    }),
  );

  it(
    "twoNodesWithTheSameCompletions_oneSends_theOtherSeesItDone",
    inWorld(async (world) => {
      const [first, second, third] = await three(world);
      // The one whose turn it is never gets its transaction mined.
      third.holdSettlements = true;
      const execution = world.chain.execute();
      await world.pass(2_499);
      expect(third.settled).to.have.length(1);
      expect(first.settled.length + second.settled.length, "before a quarter of a window").to.equal(0);
      await world.pass(2_501);
      expect(first.settled.length + second.settled.length, "at half a window").to.equal(1);
      expect(world.chain.execution(execution).running).to.equal(false);
      await world.pass(60_000);
      expect(first.settled.length + second.settled.length).to.equal(1);
    }),
  );

  it(
    "tips_areSigned_andChangeNothingAboutWhoSendsWhen",
    inWorld(async (world) => {
      const nodes = [
        await world.node(1n, { tipShareBps: 10_000 }),
        await world.node(2n, { tipShareBps: 2_500 }),
        await world.node(3n),
      ];
      const execution = world.chain.execute({ pricesWei: [1_000n, 1_000n, 1_000n] });
      await world.flush();
      expect(world.chain.execution(execution).running).to.equal(false);
      expect(nodes.map((node) => node.settled.length)).to.deep.equal([0, 0, 1]);
      expect(nodes[2]?.settled[0]?.map(({ completion }) => completion.tip)).to.deep.equal([800n, 200n, 0n]);
    }),
  );

  it(
    "aNodeWithoutPeers_answersAndSettlesByItself",
    inWorld(
      async (world) => {
        const node = await world.node(1n, { gossip: false });
        const execution = world.chain.execute();
        await world.flush();
        expect(outputsOf(world, execution)).to.have.length(3);
        expect(node.settled).to.have.length(1);
      },
      { nodes: [1n] },
    ),
  );

  it(
    "aNodeWithoutService_settlesWhatOthersAnsweredAndThenFellSilent",
    inWorld(async (world) => {
      const first = await world.node(1n);
      const helper = await world.node(3n, { canAnswer: false });
      const execution = world.chain.execute();
      await world.flush();
      expect(first.signed).to.have.length(1);
      first.kill();
      await world.pass(5_000);
      expect(helper.settled).to.have.length(1);
      expect(outputsOf(world, execution)).to.deep.equal([[0, 1n, FIRST]]);
    }),
  );

  it(
    "aPartOfARun_isSettledAfterAQuarterOfAWindow_byItsLastSigner",
    inWorld(async (world) => {
      const first = await world.node(1n);
      const execution = world.chain.execute();
      await world.pass(2_499);
      expect(first.settled).to.have.length(0);
      await world.pass(2);
      expect(first.settled).to.have.length(1);
      expect(outputsOf(world, execution)).to.deep.equal([[0, 1n, FIRST]]);
      await world.pass(9_000);
      expect(first.settled, "and not again").to.have.length(1);
    }),
  );

  it(
    "completionsHeardBeforeTheChainShowsTheExecution_areUsedLater",
    inWorld(async (world) => {
      const second = await world.node(2n);
      // The same execution in another world's chain gives the message.
      const elsewhere = createWorld();
      elsewhere.chain.execute();
      world.say(completionOf(elsewhere.chain, 1n, { node: 1n, task: 0, text: FIRST }));
      await elsewhere.close();
      await world.flush();
      expect(second.asked).to.deep.equal([]);
      world.chain.execute();
      await world.flush();
      expect(second.asked).to.deep.equal(["task 1"]);
    }),
  );

  it(
    "afterTheDeadline_nothingIsAskedAndNothingIsSent",
    inWorld(async (world) => {
      const first = await world.node(1n);
      const never = Promise.withResolvers<Uint8Array>();
      first.answer = (_question, { signal }) => {
        signal.addEventListener("abort", () =>
          never.reject(agentError("AGENT_STOPPED", { retryable: false })),
        );
        return never.promise;
      };
      world.chain.execute({ durationSeconds: 30n });
      await world.pass(30_000);
      expect(first.engine.activeJobs()).to.equal(1);
      world.chain.block(31n);
      await world.flush();
      expect(first.engine.activeJobs(), "its agent is stopped").to.equal(0);
      await world.pass(120_000);
      expect(first.settled).to.deep.equal([]);
      expect(first.asked).to.have.length(1);
    }),
  );

  it(
    "manyRunsAtOnce_settleTogether",
    inWorld(
      async (world) => {
        const node = await world.node(1n, { gossip: false, parallelMax: 8 });
        const gates: (() => void)[] = [];
        node.answer = async (question, options) => {
          if (question.task.name === "task 2") await new Promise<void>((resolve) => gates.push(resolve));
          return plainAnswer(question, options);
        };
        for (let run = 0; run < 5; run++) world.chain.execute();
        await world.until(() => gates.length === 5, "five runs stand before their last task");
        for (const open of gates) open();
        await world.flush();
        expect(node.settled.length, "the first goes at once, the others together").to.be.at.most(2);
        expect(node.settled.flat()).to.have.length(15);
      },
      { nodes: [1n] },
    ),
  );
});
