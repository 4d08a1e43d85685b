import { expect } from "chai";
import { describe, it } from "mocha";
import { STALLED_WINDOWS } from "../../../../node/src/local/dashboard/limits.ts";
import { type ProblemsModules, problemsOf } from "../../../../node/src/local/dashboard/problems.ts";
import { executionOf, place } from "../../../dashboard/support/daemon.ts";

const NOW = 1_800_000_000n;
const WINDOW_SECONDS = 30;

describe("problems of a node", () => {
  const chain = { lagBlocks: 0, error: null, contradiction: null, endpoints: [] };
  const account = { alert: null, spentWei: 0n, spendingLimitWei: null };
  const ready = { checks: {}, warnings: [] };
  const well = { chain, account, ready, errors: [] };

  /** What is told, by kind, urgency and title. */
  function tell(status: object, change: Partial<ProblemsModules> & { readonly runs?: unknown[] } = {}) {
    const { runs = [] } = change;
    const records = runs as ReturnType<typeof executionOf>[];
    const problems = problemsOf({
      status: { ...well, ...status } as never,
      projection: {
        runningExecutions: () => records.filter(({ state }) => state === "Running"),
        endedExecutions: () => records.filter(({ state }) => state !== "Running"),
      },
      versions: { peek: () => ({ windowSeconds: WINDOW_SECONDS }) as never },
      waiting: [],
      stops: [],
      chainNow: NOW,
      nowMs: Number(NOW) * 1_000,
      ...change,
    });
    return problems.map(({ kind, urgency, title }) => `${urgency} ${kind}: ${title}`);
  }
  const run = (id: bigint, change: object = {}) =>
    executionOf(id, { createdAt: NOW, readyAt: NOW, deadline: NOW + 1_000n, ...change });

  it("are none where all is well", () => {
    expect(tell({}, { runs: [run(1n)] })).to.deep.equal([]);
  });

  it("name a run whose deadline has passed as lost, one with reports as failing, a silent one as stalled", () => {
    const silent = BigInt(STALLED_WINDOWS * WINDOW_SECONDS);
    const runs = [
      run(1n, { deadline: NOW - 1n }),
      run(2n, { failures: new Map([[0, [1n]]]) }),
      run(3n, { readyAt: NOW - silent - 1n }),
      run(4n, { readyAt: NOW - silent }),
      run(5n, { deadline: NOW }),
    ];
    expect(tell({}, { runs })).to.have.members([
      "act lost: Execution 1 is lost",
      "watch failing: Execution 2 is failing",
      "watch stalled: Execution 3 is stalled",
    ]);
  });

  it("name an agent that a budget keeps from running, for an hour", () => {
    const nowMs = Number(NOW) * 1_000;
    const stop = {
      agent: "helper 1/ada",
      service: "coder",
      code: "BUDGET_PRICE_MISSING",
      message: "no prices",
    };
    const stops = [
      { ...stop, wasRunning: false, atMs: nowMs },
      { ...stop, wasRunning: true, atMs: nowMs - 1 },
      { ...stop, wasRunning: true, atMs: nowMs - 3_600_001 },
    ];
    expect(tell({}, { stops: stops as never })).to.deep.equal([
      "act budget: A budget stopped an agent",
      "act budget: A budget keeps an agent from running",
    ]);
  });

  it("forget an end without a response after an hour, and never name one with", () => {
    const ended = (id: bigint, state: string, ago: bigint) =>
      run(id, { state, endedIn: place(1n, NOW - ago) });
    const runs = [ended(1n, "Failed", 10n), ended(2n, "Expired", 3_601n), ended(3n, "Succeeded", 1n)];
    expect(tell({}, { runs })).to.deep.equal(["watch failed: Execution 1 ended without a response"]);
  });

  it("say what keeps the chain from being followed, or how far behind the node is", () => {
    const error = { code: "RPC_FAILED", message: "no answer" };
    expect(tell({ chain: { ...chain, error, lagBlocks: 9 } })).to.deep.equal([
      "act chain: The chain cannot be followed",
    ]);
    expect(tell({ chain: { ...chain, lagBlocks: 6 } })).to.deep.equal([
      "watch chain: The node is behind the chain",
    ]);
    expect(tell({ chain: { ...chain, lagBlocks: 5 } })).to.deep.equal([]);
  });

  it("say that money is held back, or nearly at its limit", () => {
    const alert = { code: "SPENDING_LIMIT", message: "no more today" };
    expect(tell({ account: { ...account, alert } })).to.deep.equal([
      "act budget: Transactions are held back",
    ]);
    expect(tell({ account: { ...account, spentWei: 90n, spendingLimitWei: 100n } })).to.deep.equal([
      "watch budget: The spending limit is nearly reached",
    ]);
    expect(tell({ account: { ...account, spentWei: 89n, spendingLimitWei: 100n } })).to.deep.equal([]);
  });

  it("stand in the order of what somebody must do something about, and the log's errors once each", () => {
    const nowMs = Number(NOW) * 1_000;
    const errors = [
      { atMs: nowMs, level: "error", code: "A", message: "one" },
      { atMs: nowMs, level: "error", code: "A", message: "again" },
      { atMs: nowMs, level: "warn", code: "B", message: "no error" },
      { atMs: nowMs - 3_600_001, level: "error", code: "C", message: "old" },
    ];
    const waiting = [{ id: "1", agent: "ada", what: "push", createdAtMs: nowMs }] as never;
    expect(tell({ errors }, { waiting })).to.deep.equal([
      "act approval: An agent asks for leave",
      "watch log: The log has an error",
    ]);
  });
});
