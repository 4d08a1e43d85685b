import { expect } from "chai";
import { describe, it } from "mocha";
import { createStops, STOPS_MAX, type Stop } from "../../../../node/src/agents/money/stops.ts";

const STOP: Stop = {
  code: "BUDGET_USED_UP",
  kind: "day",
  key: "2026-01-31",
  agent: "ada",
  service: "claude",
  task: undefined,
  cluster: undefined,
  user: undefined,
  wasRunning: false,
  message: "the budget of 2026-01-31 is used up",
};

describe("stops of budgets", () => {
  it("are one for what is tried again and again, with how often and since when, the last first", () => {
    let nowMs = 10;
    const stops = createStops({ now: () => nowMs });
    stops.note(STOP);
    nowMs = 20;
    stops.note({ ...STOP, agent: "bob" });
    nowMs = 30;
    stops.note({ ...STOP, wasRunning: true });
    // Each run has a key of its own.
    stops.note({ ...STOP, kind: "run", key: "r1" });
    stops.note({ ...STOP, kind: "run", key: "r2" });
    expect(
      stops
        .list()
        .map(({ kind, key, agent, count, firstAtMs, atMs }) => [kind, key, agent, count, firstAtMs, atMs]),
    ).to.deep.equal([
      ["run", "r2", "ada", 2, 30, 30],
      ["day", "2026-01-31", "ada", 2, 10, 30],
      ["day", "2026-01-31", "bob", 1, 20, 20],
    ]);
  });

  it("are bounded: the one that came longest ago goes", () => {
    const stops = createStops();
    for (let at = 0; at <= STOPS_MAX; at++) stops.note({ ...STOP, agent: `agent ${at}` });
    expect(stops.list()).to.have.lengthOf(STOPS_MAX);
    expect(stops.list().at(-1)?.agent).to.equal("agent 1");
  });
});
