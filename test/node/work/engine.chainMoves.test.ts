import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { bytesToString } from "viem";
import { completionOf } from "./completions.ts";
import { agentError, inWorld, outputsOf, three } from "./engineWorld.ts";
import { plainAnswer } from "./world.ts";

describe("createEngine: the chain moves", () => {
  it(
    "aReorganisationThatTakesTheExecution_stopsItsAgent_andItComesBackWithIt",
    inWorld(async (world) => {
      const node = await world.node(1n);
      let stopped = 0;
      let isStuck = true;
      node.answer = (question, options) => {
        if (!isStuck) return plainAnswer(question, options);
        return new Promise((_resolve, reject) => {
          options.signal.addEventListener("abort", () => {
            stopped++;
            reject(agentError("AGENT_STOPPED", { retryable: false }));
          });
        });
      };
      const before = world.chain.head().number;
      world.chain.execute();
      await world.flush();
      expect(node.engine.activeJobs()).to.equal(1);
      world.chain.rollBackTo(before);
      await world.flush();
      expect(stopped, "its agent was stopped").to.equal(1);
      expect(node.engine.activeJobs()).to.equal(0);
      isStuck = false;
      world.chain.execute();
      await world.flush();
      expect(node.signed).to.have.length(1);
      expect((await node.job(1n, 0))?.lease.attempt, "the stopped attempt does not count").to.equal(1);
    }),
  );

  it(
    "aReorganisationThatTakesTheSettlement_settlesAgain_withTheSameSignatures",
    inWorld(async (world) => {
      const nodes = await three(world);
      const execution = world.chain.execute();
      await world.flush();
      const { number } = world.chain.head();
      const before = outputsOf(world, execution);
      world.chain.rollBackTo(number - 1n);
      expect(world.chain.execution(execution).running).to.equal(true);
      await world.pass(30_000);
      expect(world.chain.execution(execution).running).to.equal(false);
      expect(outputsOf(world, execution)).to.deep.equal(before);
      expect(nodes.map((node) => node.signed.length)).to.deep.equal([1, 1, 1]);
      expect(nodes.flatMap((node) => node.settled).length, "one before, one after").to.equal(2);
    }),
  );

  it(
    "anotherOutputAcceptedUpstream_isBuiltOnAnew_andNoContextIsSignedTwice",
    inWorld(async (world) => {
      const second = await world.node(2n);
      const execution = world.chain.execute();
      world.say(completionOf(world.chain, execution, { node: 1n, task: 0, text: "one answer" }));
      await world.flush();
      expect(second.asked).to.deep.equal(["task 1"]);
      const other = completionOf(world.chain, execution, { node: 1n, task: 0, text: "another answer" });
      world.chain.submit([{ ...other, output: other.output as Uint8Array }]);
      await world.pass(2_501);
      expect(second.asked).to.deep.equal(["task 1", "task 1"]);
      expect(outputsOf(world, execution)[1]).to.deep.equal([1, 2n, "task 1 of (another answer)"]);
      const contexts = second.signed.map(({ contextHash }) => contextHash);
      expect(new Set(contexts).size).to.equal(contexts.length);
    }),
  );

  it(
    "aFailureInOneContext_doesNotBlockAnother",
    inWorld(async (world) => {
      const second = await world.node(2n);
      second.answer = async (question, options) => {
        if (bytesToString(question.dependencies[0]?.output ?? new Uint8Array()) !== "one answer")
          return plainAnswer(question, options);
        throw agentError("AGENT_OUTPUT_EMPTY", { retryable: false });
      };
      const execution = world.chain.execute();
      world.say(completionOf(world.chain, execution, { node: 1n, task: 0, text: "one answer" }));
      await world.flush();
      expect((await second.job(execution, 1))?.state).to.equal("failed");
      const other = completionOf(world.chain, execution, { node: 1n, task: 0, text: "another answer" });
      world.chain.submit([{ ...other, output: other.output as Uint8Array }]);
      await world.flush();
      expect(second.signed).to.have.length(1);
    }),
  );

  it(
    "nothingIsSignedOrSent_beforeTheExecutionIsDeepEnough",
    inWorld(
      async (world) => {
        const node = await world.node(1n);
        const execution = world.chain.execute();
        await world.pass(30_000);
        expect(node.asked, "agents may start earlier").to.deep.equal(["task 0"]);
        expect(node.signed).to.deep.equal([]);
        const looks = world.chain.looks;
        await world.pass(30_000);
        expect(world.chain.looks - looks, "and it does not spin until then").to.be.lessThan(10);
        world.chain.block();
        await world.flush();
        expect(node.signed).to.deep.equal([]);
        world.chain.block();
        await world.flush();
        expect(node.signed).to.have.length(3);
        expect(world.chain.execution(execution).running).to.equal(false);
        expect(node.asked).to.deep.equal(["task 0", "task 1", "task 2"]);
      },
      { nodes: [1n], confirmations: 2 },
    ),
  );

  it(
    "whatOthersAnswered_isNotSentBeforeTheExecutionIsDeepEnough",
    inWorld(
      async (world) => {
        const helper = await world.node(2n, { canAnswer: false });
        const execution = world.chain.execute({ dependsOn: [0] });
        world.say(completionOf(world.chain, execution, { node: 1n, task: 0, text: "an answer" }));
        await world.pass(60_000);
        expect(helper.settled).to.have.length(0);
        world.chain.block();
        await world.flush();
        expect(helper.settled).to.have.length(1);
      },
      { nodes: [1n, 2n], confirmations: 1 },
    ),
  );

  it(
    "aVersionThatCannotBeRead_isAskedForAgain_lessAndLessOften",
    inWorld(
      async (world) => {
        const node = await world.node(1n);
        world.chain.versionFailure = new PleiadError("the endpoint refuses", { code: "RPC_FAILED" });
        const execution = world.chain.execute();
        await world.pass(120_000);
        expect(world.chain.looks).to.be.greaterThan(3).and.lessThan(15);
        world.chain.versionFailure = undefined;
        await world.pass(30_000);
        expect(world.chain.execution(execution).running).to.equal(false);
        expect(node.asked).to.have.length(3);
      },
      { nodes: [1n] },
    ),
  );

  it(
    "aWindowOfWeeks_isWaitedForWithoutSpinning",
    inWorld(async (world) => {
      const second = await world.node(2n);
      const days = 26n * 86_400n;
      world.chain.execute({ windowSeconds: days, durationSeconds: days * 3n });
      await world.flush();
      const looks = world.chain.looks;
      await world.pass(3_600_000);
      expect(world.chain.looks - looks).to.be.lessThan(5);
      expect(second.asked).to.deep.equal([]);
      world.chain.block(days);
      await world.flush();
      expect(second.asked[0]).to.equal("task 0");
    }),
  );
});
