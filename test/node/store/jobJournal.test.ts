import { expect } from "chai";
import { describe, it } from "mocha";
import {
  FAILURE_MESSAGE_CHARS_MAX,
  type JobKey,
  type JobRecord,
  type JobState,
  type Journal,
  OUTPUT_INLINE_BYTES_MAX,
} from "../../../node/src/chain/journal.ts";
import { BACKENDS } from "./backends.ts";
import {
  ACCOUNT,
  answered,
  attempt,
  CHAIN,
  digest,
  failure,
  LEASE,
  minedAs,
  output,
  signed,
  signedFor,
} from "./helpers.ts";

const KEY: JobKey = { execution: 7n, task: 1 };
const CONTEXT = { ...LEASE, contextHash: digest("context") };
const OTHER_CONTEXT = { ...LEASE, contextHash: digest("other context") };
const REASON = { code: "REASON", message: "a reason" };

async function sent(journal: Journal, key: JobKey): Promise<JobRecord> {
  const job = await signed(journal, key);
  const carrier = attempt("carrier", 100n, [job]);
  await journal.transactions.recordIntended({ account: ACCOUNT, nonce: 0 }, carrier);
  await journal.transactions.recordSent({ account: ACCOUNT, nonce: 0 }, carrier.hash);
  const after = await journal.jobs.get(key);
  if (after === undefined) throw new Error("the job is gone");
  return after;
}

/** Ways into each state, by the journal's own calls. */
const REACH: Readonly<Record<JobState, (journal: Journal) => Promise<JobRecord>>> = {
  leased: ({ jobs }) => jobs.lease(KEY, CONTEXT),
  running: async ({ jobs }) => jobs.recordRunning(KEY, (await jobs.lease(KEY, CONTEXT)).lease.id),
  signed: (journal) => signed(journal, KEY),
  sent: (journal) => sent(journal, KEY),
  mined: async (journal) => {
    await sent(journal, KEY);
    return journal.jobs.recordMined(KEY, minedAs(digest("carrier")));
  },
  final: async (journal) => {
    await REACH.mined(journal);
    return journal.jobs.recordFinal(KEY);
  },
  failed: async (journal) => {
    await REACH.running(journal);
    return journal.jobs.recordFailed(KEY, REASON);
  },
  dropped: async (journal) => {
    await REACH.running(journal);
    return journal.jobs.recordDropped(KEY, REASON);
  },
};

type Call = (journal: Journal, job: JobRecord) => Promise<JobRecord | undefined>;

const CALLS: Readonly<Record<string, Call>> = {
  lease: ({ jobs }) => jobs.lease(KEY, CONTEXT),
  leaseOtherContext: ({ jobs }) => jobs.lease(KEY, OTHER_CONTEXT),
  recordRunning: ({ jobs }, job) => jobs.recordRunning(KEY, job.lease.id),
  recordOutput: ({ jobs }, job) => jobs.recordOutput(KEY, job.lease.id, output("answer")),
  recordAttemptFailed: ({ jobs }, job) => jobs.recordAttemptFailed(KEY, job.lease.id, REASON),
  releaseLease: ({ jobs }, job) => jobs.releaseLease(KEY, job.lease.id),
  recordUnsent: ({ jobs }) => jobs.recordUnsent(KEY),
  recordMined: ({ jobs }) => jobs.recordMined(KEY, minedAs(digest("carrier"))),
  recordUnmined: ({ jobs }) => jobs.recordUnmined(KEY),
  recordFinal: ({ jobs }) => jobs.recordFinal(KEY),
  recordFailed: ({ jobs }) => jobs.recordFailed(KEY, REASON),
  recordDropped: ({ jobs }) => jobs.recordDropped(KEY, REASON),
};

/** The table of `chain/journal.ts`: the state after each call, or the error's code. */
const NO = "JOB_TRANSITION";
const TABLE: Readonly<Record<JobState, Readonly<Record<string, JobState | string>>>> = {
  leased: {
    lease: "JOB_LEASED",
    leaseOtherContext: "leased",
    recordRunning: "running",
    recordOutput: NO,
    recordAttemptFailed: "leased",
    releaseLease: "leased",
    recordUnsent: NO,
    recordMined: NO,
    recordUnmined: NO,
    recordFinal: NO,
    recordFailed: "failed",
    recordDropped: "dropped",
  },
  running: {
    lease: "JOB_LEASED",
    leaseOtherContext: "leased",
    recordRunning: "running",
    recordOutput: "running",
    recordAttemptFailed: "leased",
    releaseLease: "leased",
    recordUnsent: NO,
    recordMined: NO,
    recordUnmined: NO,
    recordFinal: NO,
    recordFailed: "failed",
    recordDropped: "dropped",
  },
  signed: {
    lease: NO,
    leaseOtherContext: "leased",
    recordRunning: NO,
    recordOutput: NO,
    recordAttemptFailed: NO,
    releaseLease: NO,
    recordUnsent: "signed",
    recordMined: "mined",
    recordUnmined: "signed",
    recordFinal: NO,
    recordFailed: "failed",
    recordDropped: "dropped",
  },
  sent: {
    lease: NO,
    leaseOtherContext: "leased",
    recordRunning: NO,
    recordOutput: NO,
    recordAttemptFailed: NO,
    releaseLease: NO,
    recordUnsent: "signed",
    recordMined: "mined",
    recordUnmined: "sent",
    recordFinal: NO,
    recordFailed: "failed",
    recordDropped: "dropped",
  },
  mined: {
    lease: NO,
    leaseOtherContext: "leased",
    recordRunning: NO,
    recordOutput: NO,
    recordAttemptFailed: NO,
    releaseLease: NO,
    recordUnsent: NO,
    recordMined: "mined",
    recordUnmined: "sent",
    recordFinal: "final",
    recordFailed: NO,
    recordDropped: "dropped",
  },
  final: {
    lease: NO,
    leaseOtherContext: NO,
    recordRunning: NO,
    recordOutput: NO,
    recordAttemptFailed: NO,
    releaseLease: NO,
    recordUnsent: NO,
    recordMined: NO,
    recordUnmined: NO,
    recordFinal: "final",
    recordFailed: NO,
    recordDropped: NO,
  },
  failed: {
    lease: NO,
    leaseOtherContext: "leased",
    recordRunning: NO,
    recordOutput: NO,
    recordAttemptFailed: NO,
    releaseLease: NO,
    recordUnsent: NO,
    recordMined: NO,
    recordUnmined: NO,
    recordFinal: NO,
    recordFailed: "failed",
    recordDropped: NO,
  },
  dropped: {
    lease: "leased",
    leaseOtherContext: "leased",
    recordRunning: NO,
    recordOutput: NO,
    recordAttemptFailed: NO,
    releaseLease: NO,
    recordUnsent: NO,
    recordMined: NO,
    recordUnmined: NO,
    recordFinal: NO,
    recordFailed: NO,
    recordDropped: "dropped",
  },
};

for (const [name, open] of BACKENDS) {
  describe(`job journal ${name}`, () => {
    for (const [from, outcomes] of Object.entries(TABLE)) {
      it(`follows the table from ${from}`, async () => {
        for (const [callName, outcome] of Object.entries(outcomes)) {
          await using test = await open();
          const { journal } = test.store;
          const before = await REACH[from as JobState](journal);
          const call = CALLS[callName];
          if (call === undefined) throw new Error(`no call ${callName}`);
          if (outcome in TABLE) {
            const after = await call(journal, before);
            expect(after?.state, `${from} ${callName}`).to.equal(outcome);
            expect(await journal.jobs.get(KEY), `${from} ${callName}`).to.deep.equal(after);
          } else {
            const error = await failure(call(journal, before), outcome);
            expect(error.message, `${from} ${callName}`).to.contain("task 1 of execution 7");
            expect(await journal.jobs.get(KEY), `${from} ${callName} changed nothing`).to.deep.equal(before);
          }
        }
      });
    }

    it("finds live jobs and ended jobs, and no job twice", async () => {
      await using test = await open();
      const { jobs } = test.store.journal;
      for (const execution of [300n, 2n, 1n]) await jobs.lease({ execution, task: 0 }, CONTEXT);
      await jobs.lease({ execution: 2n, task: 10 }, CONTEXT);
      await jobs.recordFailed({ execution: 1n, task: 0 }, REASON);
      await jobs.recordDropped({ execution: 300n, task: 0 }, REASON);

      const live = await jobs.live();
      expect(live.map(({ execution, task }) => [execution, task])).to.deep.equal([
        [2n, 0],
        [2n, 10],
      ]);
      expect((await jobs.ended(10)).map(({ execution }) => execution)).to.deep.equal([300n, 1n]);
      expect((await jobs.ended(1)).map(({ execution }) => execution)).to.deep.equal([300n]);
    });

    it("takes a lease whose agent is started at once for running, with the same rules from there on", async () => {
      await using test = await open();
      const { jobs } = test.store.journal;
      const ready = await jobs.lease(KEY, { ...CONTEXT, isReady: true });
      expect([ready.state, ready.lease.attempt]).to.deep.equal(["running", 1]);
      expect(await jobs.recordRunning(KEY, ready.lease.id), "nothing is left to record").to.deep.equal(ready);
      await failure(jobs.lease(KEY, { ...CONTEXT, isReady: true }), "JOB_LEASED");
      const again = await (await test.restart()).journal.jobs.get(KEY);
      expect(again).to.deep.equal(ready);
      await test.store.journal.jobs.releaseLease(KEY, ready.lease.id);
      expect((await test.store.journal.jobs.get(KEY))?.state).to.equal("leased");
    });

    it("names a job that is not there", async () => {
      await using test = await open();
      const { jobs } = test.store.journal;
      expect(await jobs.get(KEY)).to.equal(undefined);
      await failure(jobs.recordFinal(KEY), "JOB_UNKNOWN");
      expect(await jobs.revive(KEY, CONTEXT.contextHash)).to.equal(undefined);
    });

    it("keeps an answer's bytes through a restart", async () => {
      await using test = await open();
      const job = await answered(test.store.journal, KEY);
      const after = await (await test.restart()).journal.jobs.get(KEY);
      expect(after).to.deep.equal(job);
      expect(after?.output?.bytes).to.deep.equal(output("answer").bytes);
    });

    it("counts failed attempts, keeps their reasons, and refuses more than the cap", async () => {
      await using test = await open();
      const { jobs } = test.store.journal;
      for (const number of [1, 2, 3]) {
        const { lease } = await jobs.lease(KEY, CONTEXT);
        expect(lease.attempt).to.equal(number);
        test.clock.nowMs += 1;
        await jobs.recordAttemptFailed(KEY, lease.id, { code: "AGENT_FAILED", message: `reason ${number}` });
      }
      const error = await failure(jobs.lease(KEY, CONTEXT), "JOB_ATTEMPTS_USED_UP");
      expect(error.details.attemptsMax).to.equal(3);
      expect((await jobs.get(KEY))?.failures).to.deep.equal(
        [1, 2, 3].map((number) => ({
          code: "AGENT_FAILED",
          message: `reason ${number}`,
          attempt: number,
          atMs: 1_000 + number,
        })),
      );
    });

    it("counts a lease that a restart has voided, but not one given back", async () => {
      await using test = await open();
      let { jobs } = test.store.journal;
      const first = await jobs.lease(KEY, CONTEXT);
      await jobs.releaseLease(KEY, first.lease.id);
      const second = await jobs.lease(KEY, CONTEXT);
      expect(second.lease.attempt, "given back").to.equal(1);
      ({ jobs } = (await test.restart()).journal);
      if (name === "in memory") await failure(jobs.lease(KEY, CONTEXT), "JOB_LEASED");
      else expect((await jobs.lease(KEY, CONTEXT)).lease.attempt, "voided").to.equal(2);
    });

    it("counts anew for another context", async () => {
      await using test = await open();
      const { jobs } = test.store.journal;
      const first = await jobs.lease(KEY, CONTEXT);
      await jobs.recordAttemptFailed(KEY, first.lease.id, REASON);
      const second = await jobs.lease(KEY, OTHER_CONTEXT);
      expect(second.lease.attempt).to.equal(1);
      expect(second.failures).to.deep.equal([]);
    });

    it("refuses a worker whose lease was taken over, though it has the same attempt number", async () => {
      await using test = await open();
      const { jobs } = test.store.journal;
      const old = await jobs.lease(KEY, CONTEXT);
      await jobs.recordRunning(KEY, old.lease.id);
      const taken = await jobs.lease(KEY, OTHER_CONTEXT);
      await jobs.recordRunning(KEY, taken.lease.id);
      expect(taken.lease.attempt).to.equal(old.lease.attempt);
      await failure(jobs.recordOutput(KEY, old.lease.id, output("late")), "JOB_LEASE_LOST");
      expect((await jobs.get(KEY))?.output).to.equal(null);
    });

    it("takes one output only, and only with the digest of its bytes", async () => {
      await using test = await open();
      const { jobs } = test.store.journal;
      const { lease } = await REACH.running(test.store.journal);
      const wrong = { ...output("answer"), digest: digest("another") };
      await failure(jobs.recordOutput(KEY, lease.id, wrong), "JOB_OUTPUT_INVALID");
      const large = output("x".repeat(OUTPUT_INLINE_BYTES_MAX + 1));
      await failure(jobs.recordOutput(KEY, lease.id, large), "JOB_OUTPUT_INVALID");
      const largest = output("x".repeat(OUTPUT_INLINE_BYTES_MAX));
      await jobs.recordOutput(KEY, lease.id, largest);
      await jobs.recordOutput(KEY, lease.id, largest);
      await failure(jobs.recordOutput(KEY, lease.id, output("answer")), "JOB_TRANSITION");
      expect((await jobs.get(KEY))?.output?.digest).to.equal(largest.digest);
    });

    it("takes an output that a blob holds by its digest alone", async () => {
      await using test = await open();
      const { jobs } = test.store.journal;
      const { lease } = await REACH.running(test.store.journal);
      const job = await jobs.recordOutput(KEY, lease.id, { digest: digest("blob"), bytes: null });
      expect(job.output).to.deep.equal({ digest: digest("blob"), bytes: null });
      const again = await jobs.recordOutput(KEY, lease.id, {
        digest: digest("blob"),
        bytes: null,
        tipWei: 5n,
      });
      expect(again, "the tip that was decided first stays").to.deep.equal(job);
    });

    it("leaves an answered job to be signed, after a restart too, rather than run again", async () => {
      await using test = await open();
      const job = await answered(test.store.journal, KEY);
      const { jobs } = (await test.restart()).journal;
      await failure(jobs.lease(KEY, CONTEXT), "JOB_ANSWERED");
      expect((await jobs.recordSigned(KEY, signedFor(job))).state).to.equal("signed");
    });

    it("refuses a signature that was made past the signing record", async () => {
      await using test = await open();
      const { journal } = test.store;
      const { lease } = await REACH.running(journal);
      const job = await journal.jobs.recordOutput(KEY, lease.id, output("answer"));
      await failure(journal.jobs.recordSigned(KEY, signedFor(job)), "SIGNING_UNRECORDED");
      expect((await journal.jobs.get(KEY))?.state).to.equal("running");
    });

    it("refuses a signature over something other than its own output", async () => {
      await using test = await open();
      const { journal } = test.store;
      const job = await answered(journal, KEY);
      const right = signedFor(job);
      await journal.signings.checkAndRecordSigning({
        ...CHAIN,
        ...KEY,
        contextHash: digest("elsewhere"),
        outputDigest: right.completion.outputDigest,
      });
      const wrong = { ...right, completion: { ...right.completion, contextHash: digest("elsewhere") } };
      await failure(journal.jobs.recordSigned(KEY, wrong), "JOB_SIGNATURE_MISMATCH");
      const others = { ...right, completion: { ...right.completion, evidenceDigest: digest("evidence") } };
      await failure(journal.jobs.recordSigned(KEY, others), "JOB_SIGNATURE_MISMATCH");
      await journal.jobs.recordSigned(KEY, right);
    });

    it("repeats recordSigned without effect at every later live state", async () => {
      await using test = await open();
      const { journal } = test.store;
      const job = await sent(journal, KEY);
      if (job.signed === null) throw new Error("not signed");
      expect(await journal.jobs.recordSigned(KEY, job.signed)).to.deep.equal(job);
    });

    it("goes back to signed after a reorg when its transaction has ended meanwhile", async () => {
      await using test = await open();
      const { journal } = test.store;
      await REACH.mined(journal);
      await journal.transactions.recordReplaced({ account: ACCOUNT, nonce: 0 }, REASON);
      const after = await journal.jobs.recordUnmined(KEY);
      expect(after.state).to.equal("signed");
      expect(after.transaction).to.equal(null);
      expect(after.inclusion).to.equal(null);
    });

    it("revives a dropped job where it stood", async () => {
      for (const [state, expected] of [
        ["leased", undefined],
        ["running", undefined],
        ["signed", "signed"],
        ["sent", "sent"],
        ["mined", "sent"],
      ] as const) {
        await using test = await open();
        const { journal } = test.store;
        const before = await REACH[state](journal);
        await journal.jobs.recordDropped(KEY, REASON);
        expect(await journal.jobs.revive(KEY, digest("other context")), state).to.equal(undefined);
        const after = await journal.jobs.revive(KEY, before.contextHash);
        expect(after?.state, state).to.equal(expected);
        if (after === undefined) continue;
        expect(after.signed, state).to.deep.equal(before.signed);
        expect(after.end, state).to.equal(null);
      }
    });

    it("revives an answered, unsigned job to be signed", async () => {
      await using test = await open();
      const { journal } = test.store;
      const job = await answered(journal, KEY);
      await journal.jobs.recordDropped(KEY, REASON);
      await failure(journal.jobs.lease(KEY, CONTEXT), "JOB_ANSWERED");
      expect((await journal.jobs.revive(KEY, job.contextHash))?.state).to.equal("running");
      await journal.jobs.recordSigned(KEY, signedFor(job));
    });

    it("does not count an attempt that the chain took away", async () => {
      await using test = await open();
      const { jobs } = test.store.journal;
      for (let flap = 0; flap < 5; flap += 1) {
        expect((await jobs.lease(KEY, CONTEXT)).lease.attempt).to.equal(1);
        await jobs.recordDropped(KEY, REASON);
      }
    });

    it("cuts a failure's text", async () => {
      await using test = await open();
      await REACH.running(test.store.journal);
      const job = await test.store.journal.jobs.recordFailed(KEY, {
        code: "LONG",
        message: "y".repeat(10_000),
      });
      expect(job.end?.message.length).to.equal(FAILURE_MESSAGE_CHARS_MAX);
    });

    it("runs steps about one job one after the other", async () => {
      await using test = await open();
      const { jobs } = test.store.journal;
      const results = await Promise.allSettled(Array.from({ length: 10 }, () => jobs.lease(KEY, CONTEXT)));
      expect(results.filter(({ status }) => status === "fulfilled")).to.have.length(1);
    });

    it("forgets ended jobs but the latest, and no live one", async () => {
      await using test = await open();
      const { jobs } = test.store.journal;
      for (let execution = 1n; execution <= 6n; execution += 1n) {
        await jobs.lease({ execution, task: 0 }, CONTEXT);
        if (execution > 1n) await jobs.recordFailed({ execution, task: 0 }, REASON);
      }
      expect(await jobs.prune(2)).to.equal(3);
      expect((await jobs.ended(10)).map(({ execution }) => execution)).to.deep.equal([6n, 5n]);
      expect(await jobs.live()).to.have.length(1);
      expect(await jobs.prune(2)).to.equal(0);
    });
  });
}
