import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { type ScoreFacts, stabilityScore } from "../../../../node/src/manager/stability/score.ts";

const SEED = 20_261_126;
const STATES = ["ready", "spawning", "running", "done", "lost", "silent"] as const;
const NOTHING = {
  ended: 0,
  succeeded: 0,
  windows: 0,
  windowsMissed: 0,
  restarts: 0,
  messageLatencyMs: undefined,
};

const facts = fc.record({
  members: fc.array(
    fc.constantFrom(...STATES).map((state) => ({ state })),
    { maxLength: 10 },
  ),
  window: fc
    .record({
      ended: fc.nat(100),
      good: fc.double({ min: 0, max: 1, noNaN: true }),
      windows: fc.nat(100),
      kept: fc.double({ min: 0, max: 1, noNaN: true }),
      restarts: fc.nat(50),
      messageLatencyMs: fc.option(fc.nat(5_000), { nil: undefined }),
    })
    .map(({ good, kept, ...rest }) => ({
      ...rest,
      succeeded: Math.round(rest.ended * good),
      windowsMissed: Math.round(rest.windows * (1 - kept)),
    })),
  latencyThresholdMs: fc.integer({ min: 1, max: 5_000 }),
});

const scoreOf = (one: ScoreFacts) => stabilityScore(one).score;

describe("manager/stability/score", () => {
  it("is 1 where nothing is known, and where all is well", () => {
    expect(scoreOf({ members: [], window: NOTHING, latencyThresholdMs: 1_000 })).to.equal(1);
    const window = { ...NOTHING, ended: 50, succeeded: 50, windows: 50, messageLatencyMs: 1_000 };
    expect(scoreOf({ members: [{ state: "ready" }], window, latencyThresholdMs: 1_000 })).to.equal(1);
  });

  it("is from 0 to 1, and 1 only if all parts are", () => {
    fc.assert(
      fc.property(facts, (one) => {
        const { score, parts } = stabilityScore(one);
        expect(score).to.be.within(0, 1);
        for (const part of Object.values(parts)) expect(part).to.be.within(0, 1);
        const { window } = one;
        const isWell =
          one.members.every(({ state }) => state === "ready" || state === "running" || state === "done") &&
          window.succeeded === window.ended &&
          window.windowsMissed === 0 &&
          window.restarts === 0 &&
          (window.messageLatencyMs ?? 0) <= one.latencyThresholdMs;
        expect(score === 1).to.equal(isWell);
      }),
      { seed: SEED },
    );
  });

  it("falls with each thing that gets worse, and with nothing else", () => {
    fc.assert(
      fc.property(facts, (one) => {
        const { window } = one;
        const worse: ScoreFacts[] = [
          { ...one, members: [...one.members, { state: "lost" }] },
          { ...one, window: { ...window, ended: window.ended + 1 } },
          {
            ...one,
            window: { ...window, windows: window.windows + 1, windowsMissed: window.windowsMissed + 1 },
          },
          { ...one, window: { ...window, restarts: window.restarts + 1 } },
          {
            ...one,
            window: {
              ...window,
              messageLatencyMs: Math.max(one.latencyThresholdMs, window.messageLatencyMs ?? 0) + 1,
            },
          },
        ];
        for (const [at, other] of worse.entries()) {
          if (scoreOf(one) === 0) expect(scoreOf(other)).to.equal(0);
          else expect(scoreOf(other), `change ${at}`).to.be.lessThan(scoreOf(one));
        }
      }),
      { seed: SEED },
    );
  });

  it("is not swung by a first failure, nor by a first missed window or restart", () => {
    const members = [1, 2, 3].map(() => ({ state: "ready" as const }));
    const of = (change: Partial<ScoreFacts["window"]>) =>
      scoreOf({ members, window: { ...NOTHING, ...change }, latencyThresholdMs: 1_000 });
    expect(of({ ended: 1 })).to.be.closeTo(10 / 11, 1e-12);
    expect(of({ windows: 1, windowsMissed: 1 })).to.be.closeTo(10 / 11, 1e-12);
    expect(of({ restarts: 1 })).to.be.closeTo(24 / 25, 1e-12);
  });

  it("is 0 where no member lives", () => {
    expect(scoreOf({ members: [{ state: "silent" }], window: NOTHING, latencyThresholdMs: 1_000 })).to.equal(
      0,
    );
  });
});
