import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { stringToBytes } from "viem";
import type { JobRecord, Journal } from "../../../node/src/chain/journal.ts";
import { createMemoryStore } from "../../../node/src/store/memory.ts";
import {
  DEADLINE_GRACE_SECONDS,
  EXECUTION_AGE_SECONDS_MAX,
  reconcileJobs,
} from "../../../node/src/work/reconcile.ts";
import { manualClock } from "../chain/helpers.ts";
import { LEASE, output } from "../store/helpers.ts";
import { completionOf } from "./completions.ts";
import { createFakeChain } from "./fakeChain.ts";
import { CHAIN } from "./world.ts";

const NODE = 3n;

/** A chain with one execution of one task, whose only node is this one, and the job of it, answered and signed. */
async function signedJob(options: { finalDepth?: number } = {}) {
  const clock = manualClock();
  const chain = createFakeChain({ nodes: [NODE, 4n], starts: [0], ...options }, { clock });
  const times = { nowMs: 1_000_000 };
  const { journal } = await createMemoryStore({ ...CHAIN, now: () => times.nowMs });
  const execution = chain.execute({ dependsOn: [0], windowSeconds: 1n });
  const key = { execution, task: 0 };
  const item = (node: bigint, text: string) => {
    const { completion, signature } = completionOf(chain, execution, { node, task: 0, text });
    return { completion, signature, output: stringToBytes(text) };
  };
  const { completion, signature } = item(NODE, "mine");
  const { lease } = await journal.jobs.lease(key, { ...LEASE, contextHash: completion.contextHash });
  await journal.jobs.recordRunning(key, lease.id);
  await journal.jobs.recordOutput(key, lease.id, output("mine"));
  await journal.signings.checkAndRecordSigning({ ...CHAIN, ...completion });
  await journal.jobs.recordSigned(key, { completion, signature });
  return { chain, journal, key, item, times, state: async () => (await journal.jobs.get(key))?.state };
}

describe("reconcileJobs", () => {
  it("whatTheChainAcceptedOfThisNode_isMined_andFinalAtDepth", async () => {
    const { chain, journal, item, state } = await signedJob({ finalDepth: 1 });
    chain.submit([item(NODE, "mine")]);
    expect(await reconcileJobs(chain.view, journal, NODE)).to.equal(0);
    expect(await state()).to.equal("mined");
    chain.block();
    expect(await reconcileJobs(chain.view, journal, NODE)).to.equal(1);
    expect(await state()).to.equal("final");
  });

  it("whatAnotherNodeAnswered_isDropped_withItsName", async () => {
    const { chain, journal, key, item } = await signedJob();
    chain.block(5n);
    chain.submit([item(4n, "theirs")]);
    expect(await reconcileJobs(chain.view, journal, NODE)).to.equal(1);
    const job = await journal.jobs.get(key);
    expect(job?.state).to.equal("dropped");
    expect(job?.end?.code).to.equal("TASK_ANSWERED_ELSEWHERE");
    expect(job?.end?.message).to.contain("node 4");
  });

  it("anotherOutputOfThisNode_isNotTakenForThisOne", async () => {
    const { chain, journal, item, state } = await signedJob();
    chain.submit([item(NODE, "of an earlier life")]);
    await reconcileJobs(chain.view, journal, NODE);
    expect(await state()).to.equal("dropped");
  });

  it("aReorganisation_takesTheMinedBack", async () => {
    const { chain, journal, item, state } = await signedJob({ finalDepth: 3 });
    chain.submit([item(NODE, "mine")]);
    await reconcileJobs(chain.view, journal, NODE);
    expect(await state()).to.equal("mined");
    chain.rollBackTo(chain.head().number - 1n);
    await reconcileJobs(chain.view, journal, NODE);
    expect(await state()).to.equal("signed");
  });

  it("anExecutionThatEnded_dropsItsJobs", async () => {
    const { chain, journal, key } = await signedJob();
    chain.end(key.execution);
    expect(await reconcileJobs(chain.view, journal, NODE)).to.equal(1);
    expect((await journal.jobs.get(key))?.end?.code).to.equal("EXECUTION_HAS_ENDED");
  });

  it("anExecutionThatNobodyExpires_dropsItsJobsAWhileAfterItsDeadline", async () => {
    const { chain, journal, state } = await signedJob();
    chain.block(10_000n + DEADLINE_GRACE_SECONDS - 5n);
    expect(await reconcileJobs(chain.view, journal, NODE)).to.equal(0);
    chain.block(10n);
    expect(await reconcileJobs(chain.view, journal, NODE)).to.equal(1);
    expect(await state()).to.equal("dropped");
  });

  it("anUnknownExecution_isWaitedFor_butNotForEver", async () => {
    const { chain, journal, state, times } = await signedJob();
    chain.rollBackTo(0n);
    expect(await reconcileJobs(chain.view, journal, NODE)).to.equal(0);
    expect(await state()).to.equal("signed");
    times.nowMs = 2_000_000;
    chain.block(EXECUTION_AGE_SECONDS_MAX + 2_000n);
    expect(await reconcileJobs(chain.view, journal, NODE)).to.equal(1);
    expect(await state()).to.equal("dropped");
  });

  it("aJobThatMovesOnMeanwhile_doesNotStopTheOthers", async () => {
    const { chain, journal, key } = await signedJob();
    chain.end(key.execution);
    const stale = { ...(await journal.jobs.get(key)), state: "signed" } as JobRecord;
    await journal.jobs.recordFailed(key, { code: "TEST", message: "it failed in between" });
    const raced: Journal = { ...journal, jobs: { ...journal.jobs, live: async () => [stale, stale] } };
    expect(await reconcileJobs(chain.view, raced, NODE)).to.equal(0);
  });

  it("aFullDisk_isToldToTheCaller", async () => {
    const { chain, journal, key } = await signedJob();
    chain.end(key.execution);
    const recordDropped = () =>
      Promise.reject(new PleiadError("no space left", { code: "STORE_FULL", retryable: true }));
    const full: Journal = { ...journal, jobs: { ...journal.jobs, recordDropped } };
    const error = await reconcileJobs(chain.view, full, NODE).catch((reason: unknown) => reason);
    expect((error as PleiadError).code).to.equal("STORE_FULL");
  });
});
