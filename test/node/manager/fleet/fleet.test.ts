import { expect } from "chai";
import { before, describe, it } from "mocha";
import { fairnessIndex } from "../../../../node/src/manager/scaling/shares.ts";
import type { OracleName } from "./oracles.ts";
import { type Outcome, playDoubled, playFaults, playLoad, playOverload } from "./scenarios.ts";

/** More of them: `npm run sim:fleet -- --seed N --runs M`. */
const SEEDS = ["1", "7"];

describe("manager, in a simulated fleet of 50 nodes, 200 agents and 20 clusters", () => {
  let outcomes: readonly (readonly [name: string, outcome: Outcome])[] = [];
  let equal: Awaited<ReturnType<typeof playOverload>>;
  let doubled: Awaited<ReturnType<typeof playDoubled>>;

  before("play all scenarios, by seeds 1 and 7", async function () {
    this.timeout(120_000);
    const [seed] = SEEDS as [string];
    equal = await playOverload(seed);
    doubled = await playDoubled(seed);
    outcomes = [
      ["load", await playLoad(seed)],
      ...(await Promise.all(SEEDS.map(async (one) => ["faults", await playFaults(one)] as const))),
      ["overload", equal.outcome],
      ["weights", (await playOverload(seed, 20)).outcome],
      ["doubled", doubled.outcome],
    ];
  });

  function expectNothingWrong(oracle: OracleName): void {
    for (const [name, { seed, wrong }] of outcomes)
      expect(wrong.get(oracle), `${name}, seed ${seed}`).to.deep.equal([]);
  }

  it("keeps places, helpers and members within what the settings say", () => expectNothingWrong("bounds"));
  it("gives each cluster with work its floor, no owner more than its limit, and lets nobody wait for ever", () =>
    expectNothingWrong("floors"));
  it("turns a node's places round at most once for each change of load", () => expectNothingWrong("swing"));
  it("starts no member again more often than the policy allows, nor before its pause is over", () =>
    expectNothingWrong("restarts"));
  it("scores clusters as the formula says, worked out in another way", () => expectNothingWrong("score"));
  it("leads a route away from what stopped working within 65 s, and within 5 s where that was seen", () =>
    expectNothingWrong("routes"));
  it("has a node that is back on its routes within 30 s", () => expectNothingWrong("recovery"));

  it("divides places among equal clusters with a fairness index of at least 0.98, whatever each asks for", () => {
    expect(fairnessIndex(equal.used)).to.be.at.least(0.98);
  });

  it("does at least 0.9 of what the places allow from 60 s after the load has doubled", () => {
    expect(doubled.share).to.be.at.least(0.9);
  });

  it("is a hard enough time: everything that can happen happens, and everything that can be done is done", () => {
    const acts = new Set(outcomes.flatMap(([, { run }]) => run.driver.deeds.map(({ step }) => step.act)));
    for (const act of ["set-places", "set-share", "set-route", "restart-member", "publish"] as const)
      expect(acts, act).to.include(act);
    const faults = new Set(outcomes.flatMap(([, { run }]) => run.faults.map(({ what }) => what)));
    expect([...faults].sort()).to.deep.equal([
      "back",
      "crashed",
      "killed",
      "killed seen",
      "lies",
      "slow",
      "split",
    ]);
  });
});
