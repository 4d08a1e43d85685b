import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { stringToBytes } from "viem";
import type { Clock } from "../../../node/src/chain/clock.ts";
import type { JobJournal, JobRecord, Journal } from "../../../node/src/chain/journal.ts";
import { createMemoryStore } from "../../../node/src/store/memory.ts";
import { SWEEP_MS } from "../../../node/src/work/attention.ts";
import {
  createReconciler,
  DEADLINE_GRACE_SECONDS,
  EXECUTION_AGE_SECONDS_MAX,
  type Reconciler,
} from "../../../node/src/work/reconcile.ts";
import { manualClock } from "../chain/helpers.ts";
import { LEASE, output } from "../store/helpers.ts";
import { completionOf } from "./completions.ts";
import { createFakeChain, type FakeChain } from "./fakeChain.ts";
import { CHAIN } from "./world.ts";

const NODE = 3n;

/** Answers and signs a task of one that this node may answer. */
async function sign(chain: FakeChain, journal: Journal, execution: bigint) {
  const key = { execution, task: 0 };
  const { completion, signature } = completionOf(chain, execution, { node: NODE, task: 0, text: "mine" });
  const { lease } = await journal.jobs.lease(key, { ...LEASE, contextHash: completion.contextHash });
  await journal.jobs.recordRunning(key, lease.id);
  await journal.jobs.recordOutput(key, lease.id, output("mine"));
  await journal.signings.checkAndRecordSigning({ ...CHAIN, ...completion });
  await journal.jobs.recordSigned(key, { completion, signature });
  return key;
}

function itemOf(chain: FakeChain, execution: bigint, node: bigint, text: string) {
  const { completion, signature } = completionOf(chain, execution, { node, task: 0, text });
  return { completion, signature, output: stringToBytes(text) };
}

/** A chain with one execution of one task, whose only node is this one, and the job of it, answered, signed and compared. */
async function signedJob(options: { finalDepth?: number } = {}) {
  const clock = manualClock();
  const chain = createFakeChain({ nodes: [NODE, 4n], starts: [0], ...options }, { clock });
  const times = { nowMs: 1_000_000 };
  const { journal } = await createMemoryStore({ ...CHAIN, now: () => times.nowMs });
  const execution = chain.execute({ dependsOn: [0], windowSeconds: 1n });
  const key = await sign(chain, journal, execution);
  const reconciler = reconciling(chain, journal, clock);
  expect(await reconciler.bringInLine()).to.equal(0);
  return {
    chain,
    clock,
    journal,
    key,
    item: (node: bigint, text: string) => itemOf(chain, execution, node, text),
    times,
    state: async () => (await journal.jobs.get(key))?.state,
    reconciler,
    bringInLine: () => reconciler.bringInLine(),
  };
}

/** A reconciler that hears of the chain what an engine does. */
function reconciling(chain: FakeChain, journal: Journal, clock: Clock): Reconciler {
  const reconciler = createReconciler({ node: NODE }, { chain: chain.view, journal, clock });
  chain.view.onChange((execution) => execution !== undefined && reconciler.changed(execution));
  return reconciler;
}

/** The journal and the chain, and how often a job, alone or with all others, or an execution was read. */
function counted(journal: Journal, { view }: FakeChain) {
  const counts = { jobs: 0, executions: 0 };
  const jobs: JobJournal = {
    ...journal.jobs,
    get(key) {
      counts.jobs += 1;
      return journal.jobs.get(key);
    },
    live() {
      counts.jobs += 1;
      return journal.jobs.live();
    },
  };
  const chain = {
    now: view.now,
    execution(id: bigint) {
      counts.executions += 1;
      return view.execution(id);
    },
  };
  return { journal: { ...journal, jobs }, chain, counts };
}

const LIVE_JOBS = 5_000;

/** A chain with many executions and a live job of each, after the first comparison of all. */
async function manyJobs() {
  const clock = manualClock();
  const chain = createFakeChain({ nodes: [NODE, 4n], starts: [0], finalDepth: 2 }, { clock });
  const { journal } = await createMemoryStore({ ...CHAIN, now: () => 1_000_000 });
  const executions = chain.executeMany(LIVE_JOBS, { dependsOn: [0], windowSeconds: 1n });
  for (const execution of executions) await sign(chain, journal, execution);
  const seen = counted(journal, chain);
  const reconciler = createReconciler({ node: NODE }, { ...seen, clock });
  chain.view.onChange((execution) => execution !== undefined && reconciler.changed(execution));
  await reconciler.bringInLine();
  /** What a comparison reads. */
  const readsOf = async () => {
    const before = { ...seen.counts };
    await reconciler.bringInLine();
    return { jobs: seen.counts.jobs - before.jobs, executions: seen.counts.executions - before.executions };
  };
  return { chain, clock, journal, executions, readsOf };
}

describe("createReconciler", () => {
  it("whatTheChainAcceptedOfThisNode_isMined_andFinalAtDepth", async () => {
    const { chain, item, state, bringInLine } = await signedJob({ finalDepth: 1 });
    chain.submit([item(NODE, "mine")]);
    expect(await bringInLine()).to.equal(0);
    expect(await state()).to.equal("mined");
    chain.block();
    expect(await bringInLine()).to.equal(1);
    expect(await state()).to.equal("final");
  });

  it("whatAnotherNodeAnswered_isDropped_withItsName", async () => {
    const { chain, journal, key, item, bringInLine } = await signedJob();
    chain.block(5n);
    chain.submit([item(4n, "theirs")]);
    expect(await bringInLine()).to.equal(1);
    const job = await journal.jobs.get(key);
    expect(job?.state).to.equal("dropped");
    expect(job?.end?.code).to.equal("TASK_ANSWERED_ELSEWHERE");
    expect(job?.end?.message).to.contain("node 4");
  });

  it("anotherOutputOfThisNode_isNotTakenForThisOne", async () => {
    const { chain, item, state, bringInLine } = await signedJob();
    chain.submit([item(NODE, "of an earlier life")]);
    await bringInLine();
    expect(await state()).to.equal("dropped");
  });

  it("aReorganisation_takesTheMinedBack", async () => {
    const { chain, item, state, bringInLine } = await signedJob({ finalDepth: 3 });
    chain.submit([item(NODE, "mine")]);
    await bringInLine();
    expect(await state()).to.equal("mined");
    chain.rollBackTo(chain.head().number - 1n);
    await bringInLine();
    expect(await state()).to.equal("signed");
  });

  it("anExecutionThatEnded_dropsItsJobs", async () => {
    const { chain, journal, key, bringInLine } = await signedJob();
    chain.end(key.execution);
    expect(await bringInLine()).to.equal(1);
    expect((await journal.jobs.get(key))?.end?.code).to.equal("EXECUTION_HAS_ENDED");
  });

  it("anExecutionThatNobodyExpires_dropsItsJobsAWhileAfterItsDeadline", async () => {
    const { chain, state, bringInLine } = await signedJob();
    chain.block(10_000n + DEADLINE_GRACE_SECONDS - 5n);
    expect(await bringInLine()).to.equal(0);
    chain.block(10n);
    expect(await bringInLine()).to.equal(1);
    expect(await state()).to.equal("dropped");
  });

  it("anUnknownExecution_isWaitedFor_butNotForEver", async () => {
    const { chain, state, times, bringInLine } = await signedJob();
    chain.rollBackTo(0n);
    expect(await bringInLine()).to.equal(0);
    expect(await state()).to.equal("signed");
    times.nowMs = 2_000_000;
    chain.block(EXECUTION_AGE_SECONDS_MAX + 2_000n);
    expect(await bringInLine()).to.equal(1);
    expect(await state()).to.equal("dropped");
  });

  it("aJobThatMovesOnMeanwhile_doesNotStopTheOthers", async () => {
    const { chain, journal, key, clock } = await signedJob();
    chain.end(key.execution);
    const stale = { ...(await journal.jobs.get(key)), state: "signed" } as JobRecord;
    await journal.jobs.recordFailed(key, { code: "TEST", message: "it failed in between" });
    const raced: Journal = { ...journal, jobs: { ...journal.jobs, live: async () => [stale, stale] } };
    expect(await reconciling(chain, raced, clock).bringInLine()).to.equal(0);
  });

  it("aFullDisk_isToldToTheCaller", async () => {
    const { chain, journal, key, clock } = await signedJob();
    chain.end(key.execution);
    const recordDropped = () =>
      Promise.reject(new PleiadError("no space left", { code: "STORE_FULL", retryable: true }));
    const full: Journal = { ...journal, jobs: { ...journal.jobs, recordDropped } };
    const error = await reconciling(chain, full, clock)
      .bringInLine()
      .catch((reason: unknown) => reason);
    expect((error as PleiadError).code).to.equal("STORE_FULL");
  });

  it("whatTheDiskRefused_isComparedAgain_withoutAnotherEvent", async () => {
    const { chain, journal, clock, key, state } = await signedJob();
    let isFull = true;
    const recordDropped: JobJournal["recordDropped"] = (...args) =>
      isFull
        ? Promise.reject(new PleiadError("no space left", { code: "STORE_FULL", retryable: true }))
        : journal.jobs.recordDropped(...args);
    const full = reconciling(chain, { ...journal, jobs: { ...journal.jobs, recordDropped } }, clock);
    await full.bringInLine();
    chain.end(key.execution);
    await full.bringInLine().catch((error: PleiadError) => expect(error.code).to.equal("STORE_FULL"));
    expect(await state()).to.equal("signed");
    isFull = false;
    expect(await full.bringInLine()).to.equal(1);
    expect(await state()).to.equal("dropped");
  });

  it("aJobThatIsTakenUpAfterItsExecutionEnded_isDropped_thoughNoEventComes", async () => {
    const { chain, reconciler, bringInLine } = await signedJob();
    const execution = chain.execute({ dependsOn: [0], windowSeconds: 1n });
    chain.end(execution);
    await bringInLine();
    const key = await sign(chain, reconciler.journal, execution);
    expect(await bringInLine()).to.equal(1);
    expect((await reconciler.journal.jobs.get(key))?.state).to.equal("dropped");
  });

  it("aJobThatIsRevived_isComparedAgain", async () => {
    const { chain, reconciler, key, item, state, bringInLine } = await signedJob();
    chain.end(key.execution);
    await bringInLine();
    expect(await state()).to.equal("dropped");
    const { contextHash } = item(NODE, "mine").completion;
    await reconciler.journal.jobs.revive(key, contextHash);
    expect(await state()).to.equal("signed");
    expect(await bringInLine()).to.equal(1);
    expect(await state()).to.equal("dropped");
  });

  it("aJobThatIsRevivedWhileItsEndIsRead_isStillKnown", async () => {
    const { chain, clock, journal, key, item, state } = await signedJob();
    let meanwhile: () => Promise<unknown> = async () => undefined;
    const slow: Journal = {
      ...journal,
      jobs: {
        ...journal.jobs,
        async get(asked) {
          const job = await journal.jobs.get(asked);
          await meanwhile();
          return job;
        },
      },
    };
    const reconciler = reconciling(chain, slow, clock);
    await reconciler.bringInLine();
    await journal.jobs.recordDropped(key, { code: "TEST", message: "it was dropped" });
    meanwhile = () => reconciler.journal.jobs.revive(key, item(NODE, "mine").completion.contextHash);
    reconciler.changed(key.execution);
    await reconciler.bringInLine();
    expect(await state()).to.equal("signed");
    meanwhile = async () => undefined;
    await reconciler.bringInLine();
    chain.end(key.execution);
    expect(await reconciler.bringInLine()).to.equal(1);
    expect(await state()).to.equal("dropped");
  });

  it("whatNobodyToldOf_isFoundInTheTimeOfASweep", async () => {
    const { chain, clock, journal, bringInLine } = await signedJob();
    const execution = chain.execute({ dependsOn: [0], windowSeconds: 1n });
    chain.end(execution);
    await sign(chain, journal, execution);
    expect(await bringInLine()).to.equal(0);
    clock.advance(SWEEP_MS);
    expect(await bringInLine()).to.equal(1);
  });

  it("of5000LiveJobs_aBlockReadsThoseThatItConcerns_andNoOther", async function () {
    this.timeout(60_000);
    const { chain, journal, executions, readsOf } = await manyJobs();
    const item = (execution: bigint) => itemOf(chain, execution, NODE, "mine");
    chain.block();
    expect(await readsOf(), "a block that concerns none").to.deep.equal({ jobs: 0, executions: 0 });
    const [first = 0n, second = 0n, third = 0n] = executions;
    chain.submit([item(first), item(second), item(third)]);
    expect(await readsOf(), "their answers").to.deep.equal({ jobs: 3, executions: 3 });
    chain.block();
    expect(await readsOf(), "the one block that is not final yet").to.deep.equal({ jobs: 0, executions: 1 });
    chain.block();
    expect(await readsOf(), "it is final").to.deep.equal({ jobs: 3, executions: 4 });
    for (const execution of [first, second, third])
      expect((await journal.jobs.get({ execution, task: 0 }))?.state).to.equal("final");
    chain.block();
    expect(await readsOf(), "the next that concerns none").to.deep.equal({ jobs: 0, executions: 0 });
    chain.block(10_000n + DEADLINE_GRACE_SECONDS);
    const over = { jobs: LIVE_JOBS - 3, executions: LIVE_JOBS - 3 };
    expect(await readsOf(), "the time of all is over").to.deep.equal(over);
    expect(await journal.jobs.live()).to.deep.equal([]);
  });
});
