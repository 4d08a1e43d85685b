import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import { pino } from "pino";
import type { Journal } from "../../../node/src/chain/journal.ts";
import { type JobLife, watchJobLives } from "../../../node/src/local/jobLives.ts";
import { createMemoryStore } from "../../../node/src/store/memory.ts";
import { type ManualClock, manualClock } from "../chain/helpers.ts";
import { ACCOUNT, attempt, CHAIN, digest, LEASE, output, signedFor } from "../store/helpers.ts";

const KEY = { execution: 7n, task: 1 };
const REQUEST = { ...LEASE, contextHash: digest("context"), isReady: true };
const BLOCK = { transactionHash: digest("tx"), blockNumber: 9n, blockHash: digest("block") };
const REASON = { code: "AGENT_FAILED", message: "it fell over" };

describe("the line of a job's life", () => {
  let clock: ManualClock;
  let inner: Journal;
  let journal: Journal;
  let lines: Record<string, unknown>[];
  let lives: JobLife[];
  let failures: string[];

  beforeEach(async () => {
    clock = manualClock();
    lines = [];
    lives = [];
    failures = [];
    inner = (await createMemoryStore(CHAIN)).journal;
    journal = watched();
  });

  function watched(): Journal {
    const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const listener = {
      attemptFailed: ({ code }: { readonly code: string }) => void failures.push(code),
      ended: (life: JobLife) => void lives.push(life),
    };
    return watchJobLives(inner, { clock, logger, listener });
  }

  async function sign(by: Journal): Promise<void> {
    const job = await by.jobs.get(KEY);
    if (job === undefined) throw new Error("the job is there");
    const signed = signedFor(job);
    await by.signings.checkAndRecordSigning({ ...CHAIN, ...KEY, ...signed.completion });
    await by.jobs.recordSigned(KEY, signed);
  }

  it("is one for a job that was settled, with every time that it took", async () => {
    const { lease } = await journal.jobs.lease(KEY, REQUEST);
    clock.advance(1_000);
    const answered = await journal.jobs.recordOutput(KEY, lease.id, output("yes"));
    clock.advance(20);
    await sign(journal);
    clock.advance(300);
    const transaction = { account: ACCOUNT, nonce: 0 };
    const first = attempt("first", 100n, [answered]);
    await journal.transactions.recordIntended(transaction, first);
    await journal.transactions.recordSent(transaction, first.hash);
    clock.advance(2_000);
    await journal.jobs.recordMined(KEY, BLOCK);
    clock.advance(5_000);
    expect(lines).to.deep.equal([]);
    await journal.jobs.recordFinal(KEY);
    await journal.jobs.recordFinal(KEY);
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]).to.include({
      msg: "job ended",
      level: 30,
      execution: 7,
      task: 1,
      outcome: "final",
      attempts: 1,
      outputBytes: 3,
      transaction: BLOCK.transactionHash,
      answerMs: 1_000,
      signMs: 20,
      sendMs: 300,
      mineMs: 2_000,
      totalMs: 8_320,
    });
    expect(lives).to.have.lengthOf(1);
  });

  it("is one for a job that was given up, with its attempts and its reason", async () => {
    for (let tries = 1; tries <= 2; tries++) {
      const { lease } = await journal.jobs.lease(KEY, REQUEST);
      clock.advance(500);
      await journal.jobs.recordAttemptFailed(KEY, lease.id, REASON);
    }
    await journal.jobs.recordFailed(KEY, REASON);
    await journal.jobs.recordFailed(KEY, REASON);
    expect(
      lines.map(({ outcome, code, attempts, totalMs }) => [outcome, code, attempts, totalMs]),
    ).to.deep.equal([["failed", "AGENT_FAILED", 2, 1_000]]);
    expect(failures).to.deep.equal(["AGENT_FAILED", "AGENT_FAILED"]);
    expect(lives[0]?.attempts.map(({ from, to }) => to.monotonicMs - from.monotonicMs)).to.deep.equal([
      500, 500,
    ]);
  });

  it("is one for a job that somebody else answered while its agent ran", async () => {
    await journal.jobs.lease(KEY, REQUEST);
    clock.advance(700);
    await journal.jobs.recordDropped(KEY, { code: "TASK_ANSWERED_ELSEWHERE", message: "node 2 did" });
    expect(lines).to.have.lengthOf(1);
    expect(lines[0]).to.include({
      outcome: "dropped",
      code: "TASK_ANSWERED_ELSEWHERE",
      totalMs: 700,
      mineMs: null,
    });
  });

  it("leaves out what an earlier life of the daemon saw", async () => {
    const { lease } = await inner.jobs.lease(KEY, REQUEST);
    await inner.jobs.recordOutput(KEY, lease.id, output("yes"));
    journal = watched();
    await sign(journal);
    clock.advance(40);
    await journal.jobs.recordMined(KEY, BLOCK);
    await journal.jobs.recordFinal(KEY);
    expect(lines[0]).to.include({ outcome: "final", answerMs: null, totalMs: null, mineMs: 40 });
  });

  it("comes again for a job that a reorganisation brought back", async () => {
    const { lease } = await journal.jobs.lease(KEY, REQUEST);
    await journal.jobs.recordOutput(KEY, lease.id, output("yes"));
    await journal.jobs.recordDropped(KEY, { code: "EXECUTION_HAS_ENDED", message: "gone" });
    await journal.jobs.revive(KEY, REQUEST.contextHash);
    await sign(journal);
    await journal.jobs.recordMined(KEY, BLOCK);
    await journal.jobs.recordFinal(KEY);
    expect(lines.map(({ outcome }) => outcome)).to.deep.equal(["dropped", "final"]);
  });
});
