import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { bytesToString, keccak256, stringToBytes } from "viem";
import type { Journal } from "../../../node/src/chain/journal.ts";
import { COMPANY_ITEMS_ENOUGH, PATIENCE_MS_MAX } from "../../../node/src/work/company.ts";
import { completionOf } from "./completions.ts";
import { CLUSTER, MODEL } from "./fakeChain.ts";
import { createWorld, plainAnswer, type TestNode, type World } from "./world.ts";

/** Runs a test in a world of its own and checks at the end that nothing of it is left. */
function inWorld(
  test: (world: World) => Promise<void>,
  options: Parameters<typeof createWorld>[0] = {},
): () => Promise<void> {
  return async () => {
    const world = createWorld(options);
    try {
      await test(world);
    } finally {
      await world.close();
    }
  };
}

async function three(world: World): Promise<[TestNode, TestNode, TestNode]> {
  return [await world.node(1n), await world.node(2n), await world.node(3n)];
}

const outputsOf = (world: World, execution: bigint) =>
  [...world.chain.execution(execution).completed].map(([task, { node, output }]) => [
    task,
    node,
    output === undefined ? "by reference" : bytesToString(output),
  ]);

const FIRST = "task 0 of (input 1)";
const SECOND = `task 1 of (${FIRST})`;
const THIRD = `task 2 of (${SECOND})`;

/** The error of an agent, with what it says about another attempt. */
function agentError(
  code: string,
  advice: { retryable: boolean; retriesMax?: number; retryAfterMs?: number },
) {
  const { retryable, ...rest } = advice;
  return Object.assign(new PleiadError(`the agent failed: ${code}`, { code, retryable }), rest);
}

describe("createEngine: after a gap in the node's memory", () => {
  const barring =
    (barrier: "everything" | "unrecorded"): ((journal: Journal) => Journal) =>
    ({ signings, ...rest }) => ({
      ...rest,
      signings: { ...signings, barrierOf: async ({ execution }) => (execution === 1n ? barrier : "none") },
    });

  it(
    "executionsOfBefore_areLeftToOtherNodes_noAgentIsAsked_andTheOthersAreAnswered",
    inWorld(async (world) => {
      const node = await world.node(1n, { journal: barring("everything") });
      const before = world.chain.execute();
      await world.pass(200_000);
      expect(node.asked).to.deep.equal([]);
      expect(node.signed).to.deep.equal([]);
      expect(node.reported, "that it may not sign is no failure").to.deep.equal([]);
      expect(node.engine.waits(before).map(({ task, code }) => [task, code])).to.deep.equal([
        [0, "SIGNING_BARRED"],
      ]);
      const after = world.chain.execute();
      await world.pass(200_000);
      expect(new Set(node.signed.map(({ execution }) => execution))).to.deep.equal(new Set([after]));
    }),
  );

  it(
    "whatIsOnRecord_isSignedAgainAfterARebuild_andNothingElse",
    inWorld(async (world) => {
      const lost = await world.node(1n);
      const execution = world.chain.execute();
      await world.until(() => lost.signed.length > 0, "the first life signs");
      lost.kill();
      const [first] = lost.signed;
      const reborn = lost.reborn({ journal: barring("unrecorded") });
      await reborn.start();
      await world.pass(200_000);
      const contexts = new Set(reborn.signed.map(({ contextHash }) => contextHash));
      contexts.delete(first?.contextHash ?? "0x");
      expect(contexts, "contexts that were not on record").to.deep.equal(new Set());
      expect(reborn.engine.waits(execution).map(({ code }) => code)).to.include("SIGNING_BARRED");
    }),
  );
});

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

describe("createEngine: places, stopping and starting", () => {
  const alone = { nodes: [1n] };

  it(
    "aFreePlace_isForTheBestPaid_andAnUrgentOneComesBeforeIt",
    inWorld(async (world) => {
      const node = await world.node(1n, { parallelMax: 1 });
      const order: string[] = [];
      const gates: (() => void)[] = [];
      node.answer = async (question, options) => {
        order.push(bytesToString(question.request));
        await new Promise<void>((resolve) => gates.push(resolve));
        return plainAnswer(question, options);
      };
      const run = (priceWei: bigint, durationSeconds = 100_000n) =>
        `input ${world.chain.execute({ dependsOn: [0], pricesWei: [priceWei], durationSeconds })}`;
      const first = run(0n);
      await world.until(() => order.length === 1, "it has the only place");
      await world.pass(60_000);
      const [poor, rich, fair, urgent] = [run(1n), run(1_000n), run(500n), run(0n, 100n)];
      await world.flush();
      for (let i = 0; i < 5; i++) {
        await world.until(() => gates.length > 0, "an agent is asked");
        gates.shift()?.();
        await world.flush();
      }
      expect(order).to.deep.equal([first, urgent, rich, fair, poor]);
    }, alone),
  );

  it(
    "whatCannotBeInTime_isLeftToOthers_andSaid_andTheNodeGoesOn",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.answer = async (question, options) => {
        await new Promise<void>((resolve) => world.clock.after(60_000, resolve));
        return plainAnswer(question, options);
      };
      const first = world.chain.execute({ dependsOn: [0] });
      await world.pass(61_000);
      expect(world.chain.execution(first).running).to.equal(false);
      const late = world.chain.execute({ dependsOn: [0], durationSeconds: 50n });
      await world.flush();
      expect(await node.job(late, 0)).to.equal(undefined);
      expect(node.engine.waits(late).map(({ code }) => code)).to.deep.equal(["TASK_TOO_LATE"]);
      const next = world.chain.execute({ dependsOn: [0] });
      await world.pass(61_000);
      expect(world.chain.execution(next).running).to.equal(false);
    }, alone),
  );

  it(
    "moreThanMayWaitForAModel_areLeftToOthers_andTakenUpOnceThereIsRoom",
    inWorld(async (world) => {
      const node = await world.node(1n, { modelLimits: new Map([[MODEL, { parallelMax: 1, queueMax: 1 }]]) });
      const gates: (() => void)[] = [];
      node.answer = async (question, options) => {
        await new Promise<void>((resolve) => gates.push(resolve));
        return plainAnswer(question, options);
      };
      const ids = [1, 2, 3].map(() => world.chain.execute({ dependsOn: [0] }));
      await world.until(() => gates.length === 1, "the first runs, alone");
      await world.flush();
      expect([node.engine.activeJobs(), node.engine.waitingJobs()]).to.deep.equal([1, 1]);
      const told = ids.map((id) => node.engine.waits(id).map(({ code }) => code));
      expect(told).to.deep.equal([[], [], ["MODEL_QUEUE_FULL"]]);
      for (let i = 0; i < 3; i++) {
        await world.until(() => gates.length > 0, `run ${i} is asked for`);
        gates.shift()?.();
        world.chain.block();
        await world.flush();
      }
      expect(ids.map((id) => world.chain.execution(id).running)).to.deep.equal([false, false, false]);
      expect(node.engine.waits(ids[2] ?? 0n)).to.deep.equal([]);
    }, alone),
  );

  it(
    "parallelMax_isRespected_andAFreePlaceIsTakenAtOnce",
    inWorld(async (world) => {
      const node = await world.node(1n, { parallelMax: 2 });
      const gates: (() => void)[] = [];
      let most = 0;
      node.answer = async (question, options) => {
        most = Math.max(most, node.engine.activeJobs());
        await new Promise<void>((resolve) => gates.push(resolve));
        return plainAnswer(question, options);
      };
      for (let run = 0; run < 5; run++) world.chain.execute({ dependsOn: [0] });
      await world.flush();
      expect(gates).to.have.length(2);
      for (let run = 0; run < 5; run++) {
        await world.until(() => gates.length > 0, `a place was taken (${run})`);
        gates.shift()?.();
      }
      await world.flush();
      expect(most).to.equal(2);
      for (let id = 1n; id <= 5n; id++) expect(world.chain.execution(id).running, `${id}`).to.equal(false);
    }, alone),
  );

  it(
    "stop_endsTheAgents_andLeavesNothingRunning",
    inWorld(async (world) => {
      const node = await world.node(1n);
      let stopped = false;
      node.answer = (_question, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            stopped = true;
            reject(agentError("AGENT_STOPPED", { retryable: false }));
          });
        });
      world.chain.execute();
      await world.flush();
      await node.stop();
      expect(stopped).to.equal(true);
      expect(node.engine.activeJobs()).to.equal(0);
      expect((await node.job(1n, 0))?.lease.released).to.equal(true);
      expect(world.clock.waits()).to.deep.equal([]);
      world.chain.execute();
      await world.pass(60_000);
      expect(node.asked).to.have.length(1);
    }, alone),
  );

  it(
    "stopDuringALook_startsNothingAfterwards",
    inWorld(async (world) => {
      const gate = Promise.withResolvers<void>();
      const { version, ...view } = world.chain.view;
      const slow = { ...view, version: (c: bigint, v: bigint) => gate.promise.then(() => version(c, v)) };
      const node = await world.node(1n, { modules: { chain: slow } });
      world.chain.execute();
      await world.flush();
      const stopping = node.stop();
      gate.resolve();
      await stopping;
      await world.flush();
      expect(node.asked).to.deep.equal([]);
      expect(world.clock.waits()).to.deep.equal([]);
    }, alone),
  );

  it(
    "stopDuringALookThatHangs_doesNotHang",
    inWorld(async (world) => {
      const hanging = { ...world.chain.view, version: () => new Promise<never>(() => {}) };
      const node = await world.node(1n, { modules: { chain: hanging } });
      world.chain.execute();
      await world.flush();
      const stopping = node.stop();
      await world.pass(500);
      await stopping;
    }, alone),
  );

  it(
    "stop_doesNotWaitForATransactionToBeMined",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.holdSettlements = true;
      world.chain.execute();
      await world.flush();
      expect(node.pending).to.have.length(1);
      let isStopped = false;
      void node.stop().then(() => {
        isStopped = true;
      });
      await world.flush();
      expect(isStopped).to.equal(true);
      node.pending[0]?.refuse(new PleiadError("stopped", { code: "SUBMITTER_STOPPED" }));
      await world.flush();
      expect(node.settled).to.have.length(1);
    }, alone),
  );

  for (const step of ["lease", "recordRunning", "recordOutput", "recordSigned"] as const) {
    it(
      `aNodeKilledAfter_${step}_finishesTheTaskInItsNextLife_withOneSignatureForAContext`,
      inWorld(async (world) => {
        let doomed: TestNode | undefined;
        const node = await world.node(1n, {
          journal: (journal) => ({
            ...journal,
            jobs: {
              ...journal.jobs,
              async [step](...args: unknown[]) {
                const record = await (journal.jobs[step] as (...all: unknown[]) => Promise<unknown>)(...args);
                doomed?.kill();
                return record;
              },
            },
          }),
        });
        doomed = node;
        const execution = world.chain.execute();
        await world.flush();
        expect(node.settled).to.deep.equal([]);
        const next = node.reborn({});
        await next.start();
        await world.flush();
        expect(world.chain.execution(execution).running).to.equal(false);
        const firstTask = [...node.asked, ...next.asked].filter((name) => name === "task 0");
        expect(firstTask, "an answer that is recorded is not asked for again").to.have.length(1);
        const contexts = [...node.signed, ...next.signed].map((signed) => signed.contextHash);
        expect(new Set(contexts).size, "contexts signed").to.equal(contexts.length);
      }, alone),
    );
  }

  it(
    "aNodeKilledWhileItsAgentRuns_asksItOnceMore",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.answer = async (question, options) => {
        node.kill();
        return plainAnswer(question, options);
      };
      const execution = world.chain.execute();
      await world.flush();
      expect((await node.job(execution, 0))?.state).to.equal("running");
      const next = node.reborn();
      await next.start();
      await world.flush();
      expect(world.chain.execution(execution).running).to.equal(false);
      expect((await next.job(execution, 0))?.lease.attempt).to.equal(2);
    }, alone),
  );

  it(
    "aNodeKilledWhileItsTransactionIsOnTheWay_doesNotSendItAgain",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.holdSettlements = true;
      const execution = world.chain.execute();
      await world.flush();
      const items = node.pending[0]?.items ?? [];
      const key = { account: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", nonce: 0 } as const;
      const raw = "0x02c0" as const;
      await node.journal.transactions.recordIntended(key, {
        hash: keccak256(raw),
        raw,
        purpose: "settle",
        completions: items.map(({ completion }) => completion),
        gasLimit: 1n,
        maxFeePerGasWei: 2n,
        maxPriorityFeePerGasWei: 1n,
      });
      await node.journal.transactions.recordSent(key, keccak256(raw));
      node.kill();
      const next = node.reborn({});
      await next.start();
      expect((await next.job(execution, 0))?.state).to.equal("sent");
      await world.pass(60_000);
      expect(next.settled, "the submitter looks after it").to.deep.equal([]);
      await next.journal.transactions.recordCancelled(key, { code: "TEST", message: "given up" });
      await world.pass(60_000);
      expect(next.settled).to.have.length(1);
      expect(world.chain.execution(execution).running).to.equal(false);
    }, alone),
  );

  it(
    "aJobThatFailedInAnEarlierLife_isNotTakenUpAgain",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.answer = async () => {
        throw agentError("AGENT_PROGRAM_MISSING", { retryable: false });
      };
      world.chain.execute();
      await world.flush();
      await node.stop();
      const next = node.reborn();
      await next.start();
      await world.pass(120_000);
      expect(next.asked).to.deep.equal([]);
      expect((await next.job(1n, 0))?.end?.code).to.equal("AGENT_PROGRAM_MISSING");
    }, alone),
  );
});

describe("createEngine: settlements", () => {
  const alone = { nodes: [1n] };

  it(
    "aSettlementThatFailsAgainAndAgain_isTriedLessAndLessOften_andAtLastDone",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.holdSettlements = true;
      const execution = world.chain.execute();
      const refuseAll = async (forMs: number) => {
        for (let passedMs = 0; passedMs < forMs; passedMs += 250) {
          for (const one of node.pending.splice(0))
            one.refuse(new PleiadError("no money", { code: "INSUFFICIENT_FUNDS", retryable: true }));
          await world.pass(250);
          if (passedMs % 2_000 === 0) world.chain.block();
        }
      };
      await world.flush();
      await refuseAll(300_000);
      expect(node.settled.length).to.be.greaterThan(5).and.lessThan(25);
      node.holdSettlements = false;
      for (const one of node.pending.splice(0)) one.mine();
      await world.pass(30_000);
      expect(world.chain.execution(execution).running).to.equal(false);
    }, alone),
  );

  it(
    "whileATransactionIsNotMined_theSameIsNotSentAgain",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.holdSettlements = true;
      const execution = world.chain.execute();
      await world.flush();
      for (let block = 0; block < 20; block++) {
        world.chain.block();
        await world.pass(5_000);
      }
      expect(node.settled).to.have.length(1);
      node.pending[0]?.mine({ quietly: true });
      await world.flush();
      world.say(completionOf(world.chain, execution, { node: 1n, task: 0, text: "noise" }));
      await world.flush();
      expect(node.settled, "mined, and not seen yet").to.have.length(1);
      world.chain.show();
      await world.pass(60_000);
      expect(node.settled).to.have.length(1);
    }, alone),
  );

  it(
    "aTransactionThatIsStuck_doesNotHoldUpAnotherExecution",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.holdSettlements = true;
      world.chain.execute();
      await world.flush();
      node.holdSettlements = false;
      const other = world.chain.execute();
      await world.pass(PATIENCE_MS_MAX);
      expect(world.chain.execution(other).running).to.equal(false);
      expect(world.chain.execution(1n).running).to.equal(true);
      node.pending[0]?.mine();
      await world.flush();
      expect(world.chain.execution(1n).running).to.equal(false);
    }, alone),
  );

  it(
    "whileOneIsOnItsWay_whatComesGathers_andGoesTogetherOnceThatOneIsMined",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.holdSettlements = true;
      world.chain.execute();
      await world.flush();
      node.holdSettlements = false;
      const others = [world.chain.execute(), world.chain.execute(), world.chain.execute()];
      await world.flush();
      expect(node.settled, "the first alone is on its way").to.have.length(1);
      node.pending[0]?.mine();
      await world.flush();
      expect(node.settled, "the three others share one").to.have.length(2);
      expect(node.settled[1]?.map(({ completion }) => completion.execution)).to.have.members(
        others.flatMap((id) => [id, id, id]),
      );
    }, alone),
  );

  it(
    "whileOneIsOnItsWay_companyEnough_goesAtOnce",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.holdSettlements = true;
      world.chain.execute();
      await world.flush();
      node.holdSettlements = false;
      for (let i = 0; i * 3 < COMPANY_ITEMS_ENOUGH; i++) world.chain.execute();
      await world.flush();
      expect(node.settled).to.have.length(2);
      expect(node.settled[1]?.length).to.be.at.least(COMPANY_ITEMS_ENOUGH);
    }, alone),
  );

  it(
    "moreThanOneTransactionHolds_goesIntoSeveral_inOrder",
    inWorld(async (world) => {
      const node = await world.node(1n, { parallelMax: 32 });
      node.answer = async ({ task }) => new Uint8Array(8_192).fill(65 + Number(task.name.split(" ")[1]));
      const execution = world.chain.execute({
        dependsOn: Array.from({ length: 20 }, (_, i) => (i === 0 ? 0 : 1 << (i - 1))),
      });
      await world.pass(60_000);
      expect(world.chain.execution(execution).running).to.equal(false);
      expect(node.settled.length).to.equal(2);
      for (const items of node.settled) {
        const bytes = items.reduce((sum, { output }) => sum + output.length, 0);
        expect(bytes).to.be.at.most(98_304);
      }
    }, alone),
  );

  it(
    "looksThatNeverEnd_doNotKeepTheDueFromBeingSent",
    inWorld(async (world) => {
      const listeners = new Set<(execution: bigint | undefined) => void>();
      const { view } = world.chain;
      let looks = 0;
      const node = await world.node(1n, {
        modules: {
          chain: {
            ...view,
            onChange(handler) {
              listeners.add(handler);
              return view.onChange(handler);
            },
            version(cluster, version) {
              // Whenever one execution is looked at, something happens to all the others.
              if (looks++ < 500)
                for (const listener of listeners) for (const id of view.running()) listener(id);
              return view.version(cluster, version);
            },
          },
        },
      });
      for (let run = 0; run < 3; run++) world.chain.execute({ dependsOn: [0] });
      await world.until(() => node.settled.length > 0, "something is sent");
      expect(looks).to.be.lessThan(300);
      await world.flush();
    }, alone),
  );

  it(
    "failedPublishing_stopsNothing",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.publishFailure = new PleiadError("nobody is there", { code: "PUBLISH_FAILED", retryable: true });
      const execution = world.chain.execute();
      await world.flush();
      expect(world.chain.execution(execution).running).to.equal(false);
      expect(node.engine.find([execution])).to.have.length(3);
    }, alone),
  );

  it(
    "aFullDisk_stopsTheWork_andItGoesOnWhenThereIsRoom",
    inWorld(async (world) => {
      let isFull = false;
      const node = await world.node(1n, {
        journal: (journal) => ({
          ...journal,
          jobs: new Proxy(journal.jobs, {
            get(jobs, name) {
              const value: unknown = Reflect.get(jobs, name);
              if (typeof value !== "function" || name === "get") return value;
              return async (...args: unknown[]) => {
                if (isFull) throw new PleiadError("no space left", { code: "STORE_FULL", retryable: true });
                return value.apply(jobs, args) as unknown;
              };
            },
          }),
        }),
      });
      node.answer = async (question, options) => {
        if (node.asked.length === 1) isFull = true;
        return plainAnswer(question, options);
      };
      const execution = world.chain.execute();
      await world.pass(5_000);
      world.chain.block();
      await world.pass(5_000);
      expect(node.signed).to.deep.equal([]);
      expect(node.settled).to.deep.equal([]);
      isFull = false;
      await world.pass(60_000);
      expect(world.chain.execution(execution).running).to.equal(false);
      expect((await node.job(execution, 0))?.failures, "the agent is not to blame").to.deep.equal([]);
    }, alone),
  );

  it(
    "aConflictWithWhatWasSignedBefore_failsTheTask_andIsNeverSigned",
    inWorld(async (world) => {
      const node = await world.node(1n);
      const gate = Promise.withResolvers<void>();
      node.answer = async (question, options) => {
        await gate.promise;
        return plainAnswer(question, options);
      };
      const execution = world.chain.execute();
      await world.flush();
      const contextHash = (await node.job(execution, 0))?.contextHash ?? "0x";
      const outputDigest = keccak256(stringToBytes("what it signed in a life that is forgotten"));
      const context = { chainId: 31_337, contract: "0x5FbDB2315678afecb367f032d93F642f64180aa3" } as const;
      await node.journal.signings.checkAndRecordSigning({
        ...context,
        execution,
        task: 0,
        contextHash,
        outputDigest,
      });
      gate.resolve();
      await world.pass(120_000);
      expect(node.signed).to.deep.equal([]);
      expect(node.asked).to.have.length(1);
      expect((await node.job(execution, 0))?.end?.code).to.equal("SIGNING_CONFLICT");
    }, alone),
  );
});

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

describe("createEngine: reports of failure", () => {
  const failing: TestNode["answer"] = async () => {
    throw agentError("AGENT_FAILED", { retryable: false });
  };
  const digestOf = (task: string) => keccak256(stringToBytes(`AGENT_FAILED: the agent failed: ${task}`));

  it(
    "whatFailedOnEveryNode_endsTheRun_withOneReportOfEach_asItsWindowOpens",
    inWorld(async (world) => {
      const nodes = await three(world);
      for (const node of nodes) node.answer = failing;
      const execution = world.chain.execute({ dependsOn: [0] });
      await world.pass(15_000);
      expect(nodes.map(({ reported }) => reported.length)).to.deep.equal([1, 1, 0]);
      expect(world.chain.execution(execution).running).to.equal(true);
      await world.pass(10_000);
      expect(world.chain.execution(execution).running, "long before its deadline").to.equal(false);
      await world.pass(200_000);
      expect(nodes.map(({ reported }) => reported)).to.deep.equal(
        nodes.map(() => [{ execution, task: 0, reasonDigest: digestOf("AGENT_FAILED") }]),
      );
      const job = await nodes[0].job(execution, 0);
      expect(job?.state, "the journal keeps the reason").to.equal("failed");
      expect(`${job?.end?.code}: ${job?.end?.message}`).to.equal(
        "AGENT_FAILED: the agent failed: AGENT_FAILED",
      );
    }),
  );

  it(
    "aReport_waitsUntilTheTaskIsReadyOnChain_andTheExecutionIsDeepEnough",
    inWorld(
      async (world) => {
        const [first, second] = await three(world);
        second.answer = failing;
        first.holdSettlements = true;
        const execution = world.chain.execute({ dependsOn: [0, 1], windowSeconds: 1_000n });
        await world.flush();
        world.chain.block();
        await world.flush();
        expect(second.asked).to.deep.equal(["task 1"]);
        await world.pass(300_000);
        expect(second.reported, "task 0 is not mined").to.deep.equal([]);
        first.pending[0]?.mine();
        await world.flush();
        expect(second.reported.map(({ task }) => task)).to.deep.equal([1]);
        const other = world.chain.execute({ dependsOn: [0], windowSeconds: 1_000n });
        first.answer = failing;
        await world.flush();
        expect(first.reported, "a reorganisation may still take it").to.deep.equal([]);
        world.chain.block();
        await world.flush();
        expect(first.reported.map((report) => report.execution)).to.deep.equal([other]);
        expect(world.chain.execution(execution).failures.get(1)).to.deep.equal([2n]);
      },
      { confirmations: 1 },
    ),
  );

  it(
    "aReportThatCouldNotBeSent_isTriedAgain_alsoByTheNextLife_andOneThatIsRefusedIsNot",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.answer = failing;
      node.reportFailure = new PleiadError("no money", { code: "INSUFFICIENT_FUNDS", retryable: true });
      const execution = world.chain.execute({ dependsOn: [0], windowSeconds: 1_000n });
      await world.pass(4_000);
      expect(node.reported).to.have.length(1);
      await world.pass(2_000);
      expect(node.reported, "after a pause").to.have.length(2);
      node.kill();
      const next = node.reborn();
      await next.start();
      await world.flush();
      expect(next.asked, "what has failed is not tried again").to.deep.equal([]);
      expect(world.chain.execution(execution).failures.get(0)).to.deep.equal([1n]);
      const refused = world.chain.execute({ dependsOn: [0], windowSeconds: 1_000n });
      next.answer = failing;
      next.reportFailure = new PleiadError("not a delegate", { code: "SUBMISSION_REFUSED" });
      await world.pass(300_000);
      expect(next.reported.filter((report) => report.execution === refused)).to.have.length(1);
    }),
  );

  it(
    "aNodeThatReportsNothing_leavesTheTaskToTheNextOne",
    inWorld(async (world) => {
      const node = await world.node(1n, { modules: { reporter: undefined } });
      const next = await world.node(2n);
      node.answer = failing;
      const execution = world.chain.execute({ dependsOn: [0] });
      await world.pass(20_000);
      expect(outputsOf(world, execution)).to.deep.equal([[0, 2n, FIRST]]);
      expect([...node.reported, ...next.reported]).to.deep.equal([]);
    }),
  );
});
