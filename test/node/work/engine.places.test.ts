import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { bytesToString, keccak256 } from "viem";
import { agentError, inWorld } from "./engineWorld.ts";
import { MODEL } from "./fakeChain.ts";
import { plainAnswer, type TestNode } from "./world.ts";

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
    "anExecutionThatCannotBeLookedAt_losesItsTurn_andOthersGetThePlace_untilItCanAgain",
    inWorld(async (world) => {
      const node = await world.node(1n, { parallelMax: 1 });
      const order: string[] = [];
      const gates: (() => void)[] = [];
      node.answer = async (question, options) => {
        order.push(bytesToString(question.request));
        await new Promise<void>((resolve) => gates.push(resolve));
        return plainAnswer(question, options);
      };
      const run = (priceWei: bigint) => world.chain.execute({ dependsOn: [0], pricesWei: [priceWei] });
      const first = run(0n);
      await world.until(() => order.length === 1, "it has the only place");
      const [rich, poor] = [run(1_000n), run(1n)];
      await world.flush();
      const failure = new PleiadError("no endpoint has it", { code: "RPC_UNREACHABLE", retryable: true });
      world.chain.versionFailures.set(rich, failure);
      gates.shift()?.();
      await world.until(() => order.length === 2, "the place is taken, without waiting");
      const looks = world.chain.looks;
      await world.pass(60_000);
      expect(world.chain.looks - looks, "looks at what fails, with pauses").to.be.within(2, 16);
      world.chain.versionFailures.clear();
      gates.shift()?.();
      await world.pass(30_000);
      expect(order).to.deep.equal([first, poor, rich].map((id) => `input ${id}`));
      gates.shift()?.();
      await world.flush();
      expect(world.chain.execution(rich).running).to.equal(false);
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
