import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { approvalsSchema, budgetsSchema } from "../../../../node/src/local/dashboard/consentSchemas.ts";
import { jobRowsSchema, jobStorySchema } from "../../../../node/src/local/dashboard/daemonSchemas.ts";
import { usageSchema } from "../../../../node/src/local/dashboard/usageSchemas.ts";
import { watchJobLives } from "../../../../node/src/local/jobLives.ts";
import { executionOf, startWorld, WORLD_CHAIN, type World } from "../../../dashboard/support/daemon.ts";
import { manualClock } from "../../chain/helpers.ts";
import { ACCOUNT, attempt, digest, LEASE, output, signedFor } from "../../store/helpers.ts";

const PRICES = {
  currency: "USD",
  inputMicrosPerMillion: 1_000_000n,
  outputMicrosPerMillion: 0n,
  cachedMicrosPerMillion: 0n,
};
const TURN = {
  model: "m-1",
  inputTokens: 600_000,
  outputTokens: 2,
  cachedTokens: 3,
  reportedMicros: undefined,
  isWhole: true,
};

describe("what an operator reads", () => {
  let world: World;
  let token: string;
  before(async () => {
    world = await startWorld({
      budgets: { agent: "1", day: "0.5" },
      rules: [{ tool: "Read", answer: "allowOnce" }],
    });
    token = (await world.address()).split("token=")[1] ?? "";
  });
  after(() => world.close());

  async function get(path: string, given = token) {
    const response = await fetch(world.url() + path, { headers: { authorization: `Bearer ${given}` } });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it("has budgets with what is used of each, the nearest to its limit first, and what was stopped by which", async () => {
    const start = { agent: "ada", service: "claude", cluster: 3n, user: undefined, prices: PRICES };
    const task = { execution: 9n, index: 1 };
    const meter = await world.books.ledger.begin({ ...start, task });
    expect((await meter.spend(TURN)).goOn).to.equal(false);
    for (let again = 0; again < 2; again++)
      await world.books.ledger.begin({ ...start, task }).catch(() => undefined);
    await world.books.ledger.begin({ ...start, task: undefined, prices: undefined }).catch(() => undefined);
    const { body } = await get("/budgets");
    const answer = budgetsSchema.parse(body);
    expect(answer.limits).to.deep.include({ kind: "agent", limitMicros: "1000000" });
    expect(answer.limits).to.deep.include({ kind: "run", limitMicros: null });
    expect(answer.used.map(({ kind, usedMicros }) => [kind, usedMicros])).to.deep.equal([
      ["day", "600000"],
      ["agent", "600000"],
      ["cluster", "600000"],
    ]);
    const [price, day] = answer.stops;
    expect(price).to.include({ code: "BUDGET_PRICE_MISSING", kind: null, job: null, wasRunning: false });
    expect(day).to.include({ code: "BUDGET_USED_UP", kind: "day", agent: "ada", job: "9.1", count: 3 });
    expect(answer.stops).to.have.lengthOf(2);
    expect(answer.gas).to.deep.include({ spentWei: "1000", limitWei: null });
    usageSchema.parse((await get("/usage")).body);
  });

  it("has the questions, what was answered, and the configuration's rules", async () => {
    const request = {
      title: "push",
      tool: "Bash",
      input: "{}",
      options: [{ id: "yes", label: "Yes", kind: "allowOnce" }],
    } as const;
    const ending = new AbortController();
    const asked = world.books.approvals.ask({ agent: "ada", cluster: 1n }, request, ending.signal);
    const byRule = { ...request, tool: "Read" };
    await world.books.approvals.ask({ agent: "ada", cluster: 1n }, byRule, ending.signal);
    const answer = approvalsSchema.parse((await get("/approvals")).body);
    expect(answer.rules).to.deep.equal([{ tool: "Read", answer: "allowOnce" }]);
    expect(answer.waiting[0]).to.deep.include({ agent: "ada", cluster: "1", state: "waiting" });
    expect(answer.ended[0]?.by).to.deep.equal({ kind: "rule", rule: "approvals.rules 1" });
    ending.abort();
    expect(await asked).to.deep.equal({ cancelled: true });
  });

  it("has a job from the event to its settlement, with times, attempts, transaction and log", async () => {
    const key = { execution: 7n, task: 1 };
    const clock = manualClock();
    world.executions.push(executionOf(7n));
    world.stories.saw(7n, { monotonicMs: clock.monotonicMs(), wallMs: Date.now() });
    const journal = watchJobLives(world.journal, {
      clock,
      logger: world.log.logger,
      listener: {
        attemptFailed: () => {},
        passed: (job, life) => world.stories.passed(job, life),
        ended: (life) => world.stories.ended(life),
      },
    });
    const request = { ...LEASE, contextHash: digest("context"), isReady: true };
    clock.advance(250);
    const first = await journal.jobs.lease(key, request);
    await journal.jobs.recordAttemptFailed(key, first.lease.id, {
      code: "AGENT_FAILED",
      message: "it fell over",
    });
    const { lease } = await journal.jobs.lease(key, request);
    const running = jobStorySchema.parse((await get("/node/jobs/7.1")).body);
    const states = (story: typeof running) =>
      Object.fromEntries(story.moments.map(({ moment, state }) => [moment, state]));
    expect(states(running)).to.include({
      created: "done",
      seen: "done",
      begun: "done",
      answered: "now",
      sent: "open",
    });
    expect(running.attempts.map(({ isRunning, failure }) => [isRunning, failure?.code])).to.deep.equal([
      [false, "AGENT_FAILED"],
      [true, undefined],
    ]);
    clock.advance(1_000);
    const answered = await journal.jobs.recordOutput(key, lease.id, output("yes"));
    const job = await journal.jobs.get(key);
    if (job === undefined) throw new Error("the job is there");
    const signed = signedFor(job);
    await journal.signings.checkAndRecordSigning({ ...WORLD_CHAIN, ...key, ...signed.completion });
    await journal.jobs.recordSigned(key, signed);
    world.stories.gossiped(key, { monotonicMs: clock.monotonicMs(), wallMs: Date.now() });
    const sent = attempt("first", 100n, [answered]);
    await journal.transactions.recordIntended({ account: ACCOUNT, nonce: 4 }, sent);
    await journal.transactions.recordSent({ account: ACCOUNT, nonce: 4 }, sent.hash);
    clock.advance(2_000);
    const block = { transactionHash: sent.hash, blockNumber: 9n, blockHash: digest("block") };
    await journal.jobs.recordMined(key, block);
    await journal.jobs.recordFinal(key);
    const story = jobStorySchema.parse((await get("/node/jobs/7.1")).body);
    expect(story).to.include({ id: "7.1", state: "final", attempt: 2, failures: 1, isReported: false });
    expect(story.moments.map(({ moment, tookMs }) => [moment, tookMs])).to.deep.equal([
      ["created", null],
      ["ready", null],
      ["seen", null],
      ["begun", 250],
      ["answered", 1_000],
      ["signed", 0],
      ["gossiped", 0],
      ["sent", 0],
      ["mined", 2_000],
      ["final", 0],
    ]);
    expect(story.transaction).to.include({ nonce: 4, hash: sent.hash, attempts: 1, completions: 1 });
    expect(story.log.lines.map(({ message }) => message)).to.deep.equal(["job ended"]);
    const rows = jobRowsSchema.parse((await get("/node/jobs")).body);
    expect(rows.ended.map(({ id, tookMs }) => [id, tookMs])).to.deep.equal([["7.1", 3_000]]);
    expect((await get("/node/jobs/7.9")).body.code).to.equal("NODE_JOB_UNKNOWN");
    expect((await get("/node/jobs/x")).status).to.equal(400);
  });

  it("says what a code means, and that it knows no other", async () => {
    expect((await get("/errors/BUDGET_USED_UP")).body)
      .to.include({ code: "BUDGET_USED_UP" })
      .and.include.keys("whatToDo");
    expect(await get("/errors/toString")).to.deep.include({ status: 404 });
  });
});
