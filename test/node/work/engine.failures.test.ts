import { expect } from "chai";
import { describe, it } from "mocha";
import { keccak256, stringToBytes } from "viem";
import { agentError, inWorld, outputsOf, three } from "./engineWorld.ts";
import { plainAnswer } from "./world.ts";

describe("createEngine: failures of agents and inputs", () => {
  const alone = { nodes: [1n] };

  it(
    "aFailingAgent_isAskedUpToAttemptsMaxAndThenLeft",
    inWorld(async (world) => {
      const node = await world.node(1n, { attemptsMax: 3 });
      node.answer = async () => {
        throw agentError("AGENT_HTTP_UNAVAILABLE", { retryable: true, retriesMax: 5 });
      };
      world.chain.execute();
      await world.flush();
      expect(node.asked).to.have.length(1);
      await world.pass(600_000);
      expect(node.asked).to.have.length(3);
      const job = await node.job(1n, 0);
      expect(job?.state).to.equal("failed");
      expect(job?.end?.code).to.equal("AGENT_HTTP_UNAVAILABLE");
      expect(node.engine.activeJobs()).to.equal(0);
    }, alone),
  );

  it(
    "aFailureThatNoRetryMends_failsAtOnce",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.answer = async () => {
        throw agentError("AGENT_PROGRAM_MISSING", { retryable: false, retriesMax: 0 });
      };
      world.chain.execute();
      await world.pass(600_000);
      expect(node.asked).to.have.length(1);
      expect((await node.job(1n, 0))?.state).to.equal("failed");
    }, alone),
  );

  it(
    "whatAFailureSaysAboutRetries_isHeeded",
    inWorld(async (world) => {
      const node = await world.node(1n, { attemptsMax: 5 });
      node.answer = async () => {
        throw agentError("AGENT_FAILED", { retryable: true, retriesMax: 1 });
      };
      world.chain.execute();
      await world.pass(600_000);
      expect(node.asked, "once, and once again").to.have.length(2);
      expect((await node.job(1n, 0))?.end?.code).to.equal("AGENT_FAILED");
    }, alone),
  );

  it(
    "aServerThatAsksForAPause_isNotAskedBefore",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.answer = async (question, options) => {
        if (node.asked.length > 1) return plainAnswer(question, options);
        throw agentError("AGENT_HTTP_LIMITED", { retryable: true, retriesMax: 5, retryAfterMs: 40_000 });
      };
      world.chain.execute();
      await world.pass(39_999);
      expect(node.asked).to.have.length(1);
      await world.pass(1);
      expect(node.asked.length).to.be.greaterThan(1);
    }, alone),
  );

  it(
    "anEarlierWake_doesNotLoseTheRetry",
    inWorld(
      async (world) => {
        const node = await world.node(1n);
        node.answer = async (question, options) => {
          if (question.task.name !== "task 0" || node.asked.length > 2) return plainAnswer(question, options);
          throw agentError("AGENT_HTTP_LIMITED", { retryable: true, retriesMax: 5, retryAfterMs: 60_000 });
        };
        // Task 1 needs nothing and is the other node's first; its window, and its settlement, wake this one earlier.
        world.chain.execute({ dependsOn: [0, 0] });
        await world.pass(59_000);
        expect(node.asked.filter((name) => name === "task 0")).to.have.length(1);
        await world.pass(2_000);
        expect(node.asked.filter((name) => name === "task 0")).to.have.length(2);
      },
      { nodes: [1n, 2n] },
    ),
  );

  it(
    "anOutputTooLargeForTheTransaction_failsTheTask_unlessReferencesAreAllowed",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.answer = async () => new Uint8Array(8_193).fill(65);
      const inline = world.chain.execute({ dependsOn: [0] });
      await world.pass(60_000);
      const job = await node.job(inline, 0);
      expect(job?.end?.code).to.equal("OUTPUT_TOO_LARGE_FOR_CHAIN");
      expect(node.asked).to.have.length(1);
      const referred = world.chain.execute({ dependsOn: [0], outputsByReference: true });
      await world.flush();
      expect(outputsOf(world, referred)).to.deep.equal([[0, 1n, "by reference"]]);
    }, alone),
  );

  it(
    "aMissingInput_isAskedForAgain_andTheRunGoesOnWhenItAppears",
    inWorld(async (world) => {
      const [first, , third] = await three(world);
      const document = stringToBytes("a long document");
      const execution = world.chain.execute({ input: { digest: keccak256(document) } });
      await world.pass(8_000);
      expect(first.asked).to.deep.equal([]);
      third.blobs.set(keccak256(document), document);
      await world.pass(30_000);
      expect(world.chain.execution(execution).running).to.equal(false);
      expect((await first.job(execution, 0))?.failures, "no attempt was counted").to.deep.equal([]);
    }),
  );

  it(
    "aJobThatIsStoppedWhileItFetchesItsInput_stopsQuietly",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.holdFetches = true;
      const execution = world.chain.execute({ input: { digest: keccak256(stringToBytes("nowhere")) } });
      await world.until(() => node.engine.activeJobs() === 1, "the job is under way");
      world.chain.end(execution);
      await world.flush();
      expect(node.engine.activeJobs()).to.equal(0);
      expect((await node.job(execution, 0))?.state).to.equal("dropped");
    }, alone),
  );

  it(
    "anAgentThatNeitherAnswersNorHeedsItsSignal_givesItsPlaceBack",
    inWorld(async (world) => {
      const node = await world.node(1n, { parallelMax: 1, leaseMs: 20_000 });
      node.answer = (question, options) =>
        question.request[6] === "1".charCodeAt(0) ? new Promise(() => {}) : plainAnswer(question, options);
      world.chain.execute();
      const other = world.chain.execute();
      await world.pass(20_000);
      expect(world.chain.execution(other).running).to.equal(true);
      await world.pass(20_000);
      expect(world.chain.execution(other).running).to.equal(false);
      expect((await node.job(1n, 0))?.end?.code).to.equal("AGENT_TIMED_OUT");
    }, alone),
  );
});
