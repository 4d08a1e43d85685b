import { expect } from "chai";
import { describe, it } from "mocha";
import { createChainMoments } from "../../../node/src/work/chainMoments.ts";

/** A generator of numbers from a seed (mulberry32). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

describe("createChainMoments", () => {
  it("takesWhatIsDue_theEarliestFirst_andEachOnce", () => {
    const moments = createChainMoments();
    for (const [id, at] of [
      [1n, 30n],
      [2n, 10n],
      [3n, 20n],
      [4n, 40n],
    ] as const)
      moments.set(id, at);
    expect(moments.take(9n)).to.deep.equal([]);
    expect(moments.take(30n)).to.deep.equal([2n, 3n, 1n]);
    expect(moments.take(30n)).to.deep.equal([]);
    expect(moments.size()).to.equal(1);
  });

  it("theLastMomentSet_counts_andADeletedOneNever", () => {
    const moments = createChainMoments();
    moments.set(1n, 10n);
    moments.set(1n, 50n);
    moments.set(2n, 10n);
    moments.delete(2n);
    expect(moments.take(20n)).to.deep.equal([]);
    moments.set(1n, 15n);
    expect(moments.take(20n)).to.deep.equal([1n]);
    expect(moments.take(100n)).to.deep.equal([]);
  });

  for (let seed = 1; seed <= 5; seed++) {
    it(`doesWhatAPlainListDoes_seed${seed}`, () => {
      const next = seeded(seed);
      const moments = createChainMoments();
      const plain = new Map<bigint, bigint>();
      for (let step = 0; step < 5_000; step++) {
        const id = BigInt(next(200));
        const kind = next(10);
        if (kind < 7) {
          const at = BigInt(next(1_000));
          moments.set(id, at);
          plain.set(id, at);
        } else if (kind < 9) {
          moments.delete(id);
          plain.delete(id);
        } else {
          const now = BigInt(next(300));
          const due = [...plain].filter(([, at]) => at <= now);
          const times = moments.take(now).map((taken) => [taken, plain.get(taken)] as const);
          expect(times.map(([, at]) => at)).to.deep.equal(
            due.map(([, at]) => at).sort((a, b) => Number(a - b)),
          );
          expect(new Set(times.map(([taken]) => taken))).to.deep.equal(new Set(due.map(([taken]) => taken)));
          for (const [taken] of due) plain.delete(taken);
        }
        expect(moments.size()).to.equal(plain.size);
      }
    });
  }
});
