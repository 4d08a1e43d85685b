import { expect } from "chai";
import { describe, it } from "mocha";
import { profileOf } from "../profiles.ts";
import { commandOf, isGood, roundLine, summaryOf } from "../report.ts";
import seeds from "../seeds.json" with { type: "json" };
import { simulate } from "../simulation.ts";

/** A simulation with all that it promises to end within, on a busy machine. */
const TIMEOUT_MS = 240_000;

/** Plays a scenario alone, and looks at what it has counted. */
export function playScenario(
  name: string,
  promise: string,
  check: (counts: ReadonlyMap<string, number>) => void,
): void {
  describe(`the scenario ${name}`, function () {
    this.timeout(TIMEOUT_MS);
    it(promise, async () => {
      const played = { profile: name, seed: 1, rounds: 1 };
      const options = { ...played, profile: profileOf(name), keepsFolder: false, smallDisk: false };
      const result = await simulate(options);
      const told = [commandOf(played), ...result.rounds.map(roundLine), summaryOf(result)];
      expect(isGood(result), told.join("\n")).to.equal(true);
      check(result.counts);
    });
  });
}

/** Plays the quick seeds of some profiles, each as a test. */
export function playQuickSeeds(profiles: readonly string[]): void {
  const played = seeds.quick.filter(({ profile }) => profiles.includes(profile));
  describe("the simulation", function () {
    this.timeout(TIMEOUT_MS);
    for (const { profile, seed, rounds } of played) {
      it(`keeps every promise under "${profile}" (seed ${seed}, ${rounds} rounds)`, async () => {
        const result = await simulate({
          profile: profileOf(profile),
          seed,
          rounds,
          keepsFolder: false,
          smallDisk: false,
        });
        const told = [
          commandOf({ profile, seed, rounds }),
          ...result.rounds.map(roundLine),
          summaryOf(result),
        ];
        expect(isGood(result), told.join("\n")).to.equal(true);
        expect(result.counts.get("runs succeeded"), "it has asked for something").to.be.greaterThan(0);
      });
    }
  });
}
