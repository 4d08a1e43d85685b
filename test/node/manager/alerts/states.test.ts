import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Reading } from "../../../../node/src/manager/alerts/readings.ts";
import { type ActiveAlerts, stepAlerts } from "../../../../node/src/manager/alerts/states.ts";
import { ALERT_GAP_MS_MAX, ALERTS_ACTIVE_MAX } from "../../../../node/src/manager/limits.ts";

const SEED = 20_261_126;
const TIMING = { fireAfterMs: 60_000, resolveAfterMs: 120_000 };

function reading(side: "crossed" | "band" | "clear", subject = "node/3", value = 0.9): Reading {
  return {
    name: "resource_usage",
    subject,
    value,
    threshold: 0.8,
    isCrossed: side === "crossed",
    isClear: side === "clear",
    summary: `${side} ${value}`,
  };
}

/** Looks one after the other, at times in seconds; what changed, as `time state`. */
function play(looks: readonly (readonly [second: number, readings: readonly Reading[]])[], timing = TIMING) {
  let active: ActiveAlerts = new Map();
  let last: number | undefined;
  const story: string[] = [];
  for (const [second, readings] of looks) {
    const nowMs = second * 1_000;
    const step = stepAlerts(active, readings, timing, {
      nowMs,
      gapMs: last === undefined ? undefined : nowMs - last,
    });
    for (const { state, subject } of step.changed) story.push(`${second} ${subject} ${state}`);
    active = step.active;
    last = nowMs;
  }
  return { story, active: [...active.values()].map(({ alert }) => alert) };
}

describe("states of alerts", () => {
  it("fire once a threshold was crossed for the time, and no sooner", () => {
    const { story, active } = play([
      [0, [reading("crossed")]],
      [59, [reading("crossed")]],
      [60, [reading("crossed", "node/3", 0.95)]],
      [61, [reading("crossed")]],
    ]);
    expect(story).to.deep.equal(["60 node/3 firing"]);
    expect(active).to.have.length(1);
    expect(active[0]).to.include({ sinceMs: 0, firedAtMs: 60_000, value: 0.9, state: "firing" });
  });

  it("do not fire for what is over before, be it for one look, or was not measured", () => {
    for (const between of [[reading("band")], [reading("clear")], []])
      expect(
        play([
          [0, [reading("crossed")]],
          [50, between],
          [55, [reading("crossed")]],
          [100, [reading("crossed")]],
        ]).story,
      ).to.deep.equal([]);
  });

  it("are over once it was clear for the time at every look, and not in the band", () => {
    const fired: readonly (readonly [number, readonly Reading[]])[] = [
      [0, [reading("crossed")]],
      [60, [reading("crossed")]],
    ];
    expect(play([...fired, [100, [reading("clear")]], [219, [reading("clear")]]]).story).to.have.length(1);
    expect(play([...fired, [100, [reading("clear")]], [220, [reading("clear")]]]).story[1]).to.equal(
      "220 node/3 resolved",
    );
    // A look in the band begins the time anew; the band alone never ends it.
    expect(
      play([
        ...fired,
        [100, [reading("clear")]],
        [200, [reading("band")]],
        [230, [reading("clear")]],
        [300, [reading("clear")]],
      ]).story,
    ).to.have.length(1);
    expect(play([...fired, [100, [reading("band")]], [800, [reading("band")]]]).story).to.have.length(1);
    expect(play([...fired, [100, []], [220, []]]).story[1]).to.equal("220 node/3 resolved");
  });

  it("keep the figures that were crossed while they fire, and tell the last ones when they are over", () => {
    const { active } = play([
      [0, [reading("crossed", "node/3", 0.99)]],
      [60, [reading("crossed", "node/3", 0.95)]],
      [61, [reading("band", "node/3", 0.78)]],
    ]);
    expect(active[0]).to.include({ value: 0.78, summary: "crossed 0.95" });
  });

  it("begin their times anew after a gap in looking, or when the clock was set back", () => {
    const gap = ALERT_GAP_MS_MAX / 1_000 + 1;
    expect(
      play([
        [0, [reading("crossed")]],
        [gap, [reading("crossed")]],
      ]).story,
    ).to.deep.equal([]);
    expect(
      play([
        [0, [reading("crossed")]],
        [gap, [reading("crossed")]],
        [gap + 60, [reading("crossed")]],
      ]).story,
    ).to.have.length(1);
    const back = play([
      [1_000, [reading("crossed")]],
      [1_060, [reading("crossed")]],
      [100, [reading("clear")]],
      [219, [reading("clear")]],
      [220, [reading("clear")]],
    ]);
    expect(back.story).to.deep.equal(["1060 node/3 firing", "220 node/3 resolved"]);
  });

  it("are one for each threshold of each subject, of all that were crossed and of no other", () => {
    const looks = [0, 60].map(
      (second) =>
        [
          second,
          [
            reading("crossed", "node/1"),
            reading("band", "node/2"),
            reading("clear", "node/4"),
            reading("crossed", "node/5"),
          ],
        ] as const,
    );
    const { story, active } = play(looks);
    expect(story).to.deep.equal(["60 node/1 firing", "60 node/5 firing"]);
    expect(new Set(active.map(({ id }) => id)).size).to.equal(2);
  });

  it("never flap: whatever the values, one subject's alert fires again no sooner than both times after it fired", () => {
    const side = fc.constantFrom("crossed" as const, "band" as const, "clear" as const, undefined);
    const looks = fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), side), {
      minLength: 1,
      maxLength: 120,
    });
    fc.assert(
      fc.property(looks, (steps) => {
        let second = 0;
        const { story } = play(
          steps.map(([after, what]) => {
            second += after;
            return [second, what === undefined ? [] : [reading(what)]] as const;
          }),
        );
        const fired = story
          .filter((line) => line.endsWith("firing"))
          .map((line) => Number(line.split(" ")[0]));
        for (const [index, at] of fired.entries())
          if (index > 0) expect(at - (fired[index - 1] ?? 0)).to.be.at.least(180);
        for (const [index, line] of story.entries())
          expect(line.endsWith(index % 2 === 0 ? "firing" : "resolved"), story.join(", ")).to.equal(true);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it("are bounded, and say how many were left", () => {
    const many = Array.from({ length: ALERTS_ACTIVE_MAX + 5 }, (_, index) =>
      reading("crossed", `node/${index}`),
    );
    const step = stepAlerts(new Map(), many, TIMING, { nowMs: 0, gapMs: undefined });
    expect([step.active.size, step.left]).to.deep.equal([ALERTS_ACTIVE_MAX, 5]);
  });
});
