import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { matchInOrder } from "../../../../node/src/manager/formation/matching.ts";

const SEED = 23;

/** Needs of up to three, and up to eight candidates, the best first. */
const problems = fc.integer({ min: 1, max: 4 }).chain((needs) =>
  fc.record({
    counts: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: needs, maxLength: needs }),
    candidates: fc.array(fc.uniqueArray(fc.nat(needs - 1), { minLength: 1, maxLength: needs }), {
      maxLength: 8,
    }),
  }),
);

/** All sets of candidates that fill all needs, each in one place: by trying everything. */
function allFillings(counts: readonly number[], candidates: readonly (readonly number[])[]): number[][] {
  const found: number[][] = [];
  const room = [...counts];
  const wanted = counts.reduce((sum, count) => sum + count, 0);
  const tryFrom = (index: number, used: readonly number[]): void => {
    if (used.length === wanted) {
      found.push([...used]);
      return;
    }
    if (index === candidates.length) return;
    for (const need of candidates[index] ?? []) {
      if (room[need] === 0) continue;
      room[need] = (room[need] ?? 0) - 1;
      tryFrom(index + 1, [...used, index]);
      room[need] = (room[need] ?? 0) + 1;
    }
    tryFrom(index + 1, used);
  };
  tryFrom(0, []);
  return found;
}

describe("the matching", () => {
  it(`fills all needs whenever that is possible, with the best candidates, in places that they can fill (seed ${SEED})`, () => {
    let possible = 0;
    let impossible = 0;
    fc.assert(
      fc.property(problems, ({ counts, candidates }) => {
        const fillings = allFillings(counts, candidates);
        const { filled, short } = matchInOrder(counts, candidates);
        expect(short === undefined, "whether it is possible").to.equal(fillings.length > 0);
        const used = filled.flat();
        expect(new Set(used).size, "nobody is in two places").to.equal(used.length);
        for (const [need, list] of filled.entries()) {
          expect(list.length, `need ${need}`).to.be.at.most(counts[need] ?? 0);
          for (const candidate of list) expect(candidates[candidate], `need ${need}`).to.include(need);
        }
        if (short !== undefined) {
          impossible += 1;
          const able = candidates.filter((needs) => needs.some((need) => short.includes(need))).length;
          const wanted = short.reduce((sum, need) => sum + (counts[need] ?? 0), 0);
          expect(able, "the proof that it is not").to.be.lessThan(wanted);
          return;
        }
        possible += 1;
        const best = fillings.map((list) => list.sort((a, b) => a - b)).sort(compareLists)[0];
        expect(
          used.sort((a, b) => a - b),
          "the best",
        ).to.deep.equal(best);
      }),
      { seed: SEED, numRuns: 2_000 },
    );
    expect(possible, "cases that are possible").to.be.greaterThan(200);
    expect(impossible, "cases that are not").to.be.greaterThan(200);
  });

  it("lets candidates change places along a chain, where taking the first that fits would find nothing", () => {
    const { filled, short } = matchInOrder([1, 1, 1], [[0, 1], [0, 2], [0]]);
    expect(short).to.equal(undefined);
    expect(filled).to.deep.equal([[2], [0], [1]]);
  });

  it("looks at 10,000 candidates for the last place of 32 needs without trying them all anew", () => {
    const counts = Array.from({ length: 32 }, () => 1);
    const candidates = Array.from({ length: 10_000 }, () => Array.from({ length: 31 }, (_, need) => need));
    let looks = 0;
    const counting = candidates.map(
      (needs) =>
        new Proxy(needs, {
          get(target, key, receiver) {
            if (key === Symbol.iterator) looks += 1;
            return Reflect.get(target, key, receiver);
          },
        }),
    );
    expect(matchInOrder(counts, counting).short).to.deep.equal([31]);
    expect(looks).to.be.lessThan(2_000);
  });
});

function compareLists(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
