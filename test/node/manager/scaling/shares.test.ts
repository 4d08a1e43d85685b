import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Address } from "viem";
import {
  fairnessIndex,
  fairShares,
  type PlaceClaim,
  type ShareRules,
} from "../../../../node/src/manager/scaling/shares.ts";

const SEED = 20_261_126;
const ownerOf = (index: number): Address => `0x${String(index).padStart(40, "0")}`;

const claimOf = (cluster: number, change: Partial<PlaceClaim> = {}): PlaceClaim => ({
  cluster: BigInt(cluster),
  owner: ownerOf(cluster),
  weight: 1,
  wanted: 100,
  ...change,
});

/** Few claims and places, so that all divisions can be tried. */
const claims = fc
  .array(
    fc.record({
      owner: fc.integer({ min: 0, max: 2 }).map(ownerOf),
      weight: fc.integer({ min: 1, max: 5 }),
      wanted: fc.integer({ min: 0, max: 8 }),
      elsewhere: fc.integer({ min: 0, max: 3 }),
    }),
    { minLength: 0, maxLength: 4 },
  )
  .map((list) => list.map((one, index) => ({ ...one, cluster: BigInt(index + 1) })));
const rules = fc.record({
  places: fc.integer({ min: 0, max: 10 }),
  floor: fc.integer({ min: 0, max: 2 }),
  ownerShareMax: fc.constantFrom(0.25, 0.5, 0.75, 1),
});

const sumOf = (numbers: Iterable<number>) => [...numbers].reduce((sum, one) => sum + one, 0);

/** Every way to give each claim from `least` to what it wants, within places and owners' limits. */
function* divisions(
  list: readonly PlaceClaim[],
  least: readonly number[],
  { places, ownerShareMax }: ShareRules,
): Generator<number[]> {
  const ownerMax = Math.floor(places * ownerShareMax);
  const ownerLeast = (owner: Address) =>
    sumOf(list.map((one, index) => (one.owner === owner ? (least[index] as number) : 0)));
  function* from(index: number, given: number[]): Generator<number[]> {
    if (sumOf(given) > places) return;
    const claim = list[index];
    if (claim === undefined) {
      const owners = new Set(list.map(({ owner }) => owner));
      for (const owner of owners) {
        const got = sumOf(given.filter((_, at) => list[at]?.owner === owner));
        if (got > Math.max(ownerMax, ownerLeast(owner))) return;
      }
      yield given;
      return;
    }
    for (let got = least[index] as number; got <= claim.wanted; got++)
      yield* from(index + 1, [...given, got]);
  }
  yield* from(0, []);
}

describe("manager/scaling/shares", () => {
  it("gives what a search through all divisions finds: the most places in use, and of those the nearest to the weights", () => {
    fc.assert(
      fc.property(claims, rules, (list, rule) => {
        const least = list.map(({ wanted }) => Math.min(rule.floor, wanted));
        fc.pre(sumOf(least) <= rule.places);
        const shares = [...fairShares(list, rule).values()];
        const all = [...divisions(list, least, rule)];
        const most = Math.max(...all.map(sumOf));
        // 60 is a multiple of all weights: the sums are whole.
        const cost = (given: readonly number[]) =>
          sumOf(given.map((got, at) => (got * got * 60) / (list[at]?.weight as number)));
        const best = Math.min(...all.filter((given) => sumOf(given) === most).map(cost));
        expect(sumOf(shares)).to.equal(most);
        expect(cost(shares)).to.equal(best);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it("leaves nobody who could have more without taking it from somebody who has no more (equal weights)", () => {
    fc.assert(
      fc.property(claims, rules, (list, rule) => {
        const equal = list.map((one) => ({ ...one, weight: 1 }));
        const least = equal.map(({ wanted }) => Math.min(rule.floor, wanted));
        fc.pre(sumOf(least) <= rule.places);
        const sorted = (given: readonly number[]) => [...given].sort((a, b) => a - b);
        const shares = sorted([...fairShares(equal, rule).values()]);
        for (const other of divisions(equal, least, rule)) {
          const theirs = sorted(other);
          const at = theirs.findIndex((got, index) => got !== shares[index]);
          if (at !== -1) expect(theirs[at], `${shares} or ${theirs}`).to.be.lessThan(shares[at] as number);
        }
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it("gives the floors before anything else, as equally as the places allow", () => {
    fc.assert(
      fc.property(claims, rules, (list, rule) => {
        const shares = fairShares(list, rule);
        const floors = list.map((one) => Math.min(rule.floor, one.wanted));
        for (const [index, one] of list.entries()) {
          const got = shares.get(one.cluster) as number;
          expect(got).to.be.at.most(one.wanted);
          if (sumOf(floors) <= rule.places)
            expect(got, `cluster ${one.cluster}`).to.be.at.least(floors[index] as number);
        }
        if (sumOf(floors) > rule.places) {
          expect(sumOf(shares.values())).to.equal(rule.places);
          const unmet = list.filter(
            (one, index) => (shares.get(one.cluster) as number) < (floors[index] as number),
          );
          const poorest = Math.min(...unmet.map(({ cluster }) => shares.get(cluster) as number));
          for (const got of shares.values()) expect(got).to.be.at.most(poorest + 1);
        }
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it("gives an owner no more than its limit, but for the floors of its clusters", () => {
    const ofOne = [1, 2, 3].map((cluster) => claimOf(cluster, { owner: ownerOf(9) }));
    const shares = fairShares([...ofOne, claimOf(4)], { places: 10, floor: 1, ownerShareMax: 0.5 });
    expect([...shares.values()]).to.deep.equal([2, 2, 1, 5]);
    const floors = fairShares([...ofOne, claimOf(4)], { places: 10, floor: 2, ownerShareMax: 0.4 });
    expect([...floors.values()]).to.deep.equal([2, 2, 2, 4]);
  });

  it("gives each owner a place before any cluster of another has its second, where there are few", () => {
    const ofOne = [1, 2, 3].map((cluster) => claimOf(cluster, { owner: ownerOf(9) }));
    const shares = fairShares([...ofOne, claimOf(4)], { places: 2, floor: 1, ownerShareMax: 1 });
    expect([...shares.values()]).to.deep.equal([1, 0, 0, 1]);
  });

  it("follows the weights", () => {
    const list = [claimOf(1, { weight: 1 }), claimOf(2, { weight: 2 }), claimOf(3, { weight: 3 })];
    expect([...fairShares(list, { places: 12, floor: 1, ownerShareMax: 1 }).values()]).to.deep.equal([
      2, 4, 6,
    ]);
  });

  it("says the same in whatever order the claims come", () => {
    fc.assert(
      fc.property(claims, rules, (list, rule) => {
        expect([...fairShares([...list].reverse(), rule)]).to.deep.equal([...fairShares(list, rule)]);
      }),
      { seed: SEED },
    );
  });

  it("gives the odd place to who has less elsewhere", () => {
    const list = [claimOf(1, { elsewhere: 3 }), claimOf(2, { elsewhere: 2 })];
    expect([...fairShares(list, { places: 3, floor: 1, ownerShareMax: 1 }).values()]).to.deep.equal([1, 2]);
  });

  it("refuses what is no claim", () => {
    const rule = { places: 3, floor: 1, ownerShareMax: 1 };
    expect(() => fairShares([claimOf(1, { weight: 0 })], rule)).to.throw(RangeError, "weight 0");
    expect(() => fairShares([claimOf(1, { wanted: 1.5 })], rule)).to.throw(RangeError, "1.5 places");
    expect(() => fairShares([claimOf(1), claimOf(1)], rule)).to.throw(RangeError, "twice");
    expect(() => fairShares([], { ...rule, places: -1 })).to.throw(RangeError, "whole");
    expect(() => fairShares([], { ...rule, ownerShareMax: 2 })).to.throw(RangeError, "share");
  });

  it("measures fairness from 1 ÷ n to 1", () => {
    expect(fairnessIndex([4, 4, 4])).to.equal(1);
    expect(fairnessIndex([0, 0, 9])).to.be.closeTo(1 / 3, 1e-12);
    expect(fairnessIndex([])).to.equal(1);
  });
});
