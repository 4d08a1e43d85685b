import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  adjust,
  type Dial,
  type DialLook,
  type DialRules,
  isOtherLoad,
  learnCeiling,
  lookAt,
} from "../../../../node/src/manager/scaling/adjust.ts";

const SEED = 20_261_126;
const LOOK_MS = 10_000;
const RULES: DialRules = { policy: { placesMax: 32, cooldownMs: 60_000 }, resourceThreshold: 0.8 };

/** A node whose places are turned as the dial says, and who was looked at for so long already. */
function node(
  places: number,
  resourceOf: (taken: number) => number | undefined = () => undefined,
  rules: DialRules = RULES,
) {
  let dial: Dial | undefined;
  let atMs = 0;
  const turns: number[] = [];
  let last: DialLook | undefined;
  return {
    turns,
    get places() {
      return places;
    },
    look(demand: number) {
      atMs += LOOK_MS;
      const taken = Math.min(places, Math.floor(demand));
      last = { atMs, places, taken, demand, load: demand, resourceShare: resourceOf(taken) };
      dial = lookAt(dial, last, rules);
      const adjustment = adjust(dial, last, rules);
      if (adjustment.kind === "turn") {
        turns.push(adjustment.to - places);
        places = adjustment.to;
      }
      return adjustment;
    },
    looks(demand: number, minutes: number) {
      for (let at = 0; at < minutes * 6; at++) this.look(demand);
    },
    learn(ceiling: number) {
      dial = learnCeiling(dial as Dial, ceiling);
    },
  };
}

describe("manager/scaling/adjust", () => {
  it("turns up when more than nine tenths are wanted at two looks, and not for a burst of one", () => {
    const one = node(10);
    one.looks(7, 5);
    one.look(30);
    one.looks(7, 2);
    expect(one.turns).to.deep.equal([]);
    one.look(12);
    one.look(15);
    expect(one.places, "the lesser of two looks takes three quarters").to.equal(16);
  });

  it("turns down to the highest demand of three cool-downs, and not before they are over", () => {
    const one = node(20);
    one.looks(12, 5);
    one.looks(6, 2.9);
    expect(one.turns).to.deep.equal([]);
    one.looks(6, 1);
    expect(one.places).to.equal(8);
  });

  it("leaves what lies between the edges as it is", () => {
    const one = node(10);
    for (let minute = 0; minute < 30; minute++) one.looks(minute % 2 === 0 ? 8.9 : 5.1, 1);
    expect(one.turns).to.deep.equal([]);
  });

  it("does not change within a cool-down of the last turn, however it was turned", () => {
    const one = node(4);
    one.looks(4, 1.4);
    expect(one.places).to.equal(6);
    one.look(30);
    one.look(30);
    expect(one.places).to.equal(6);
    one.looks(30, 1);
    expect(one.places).to.equal(32);
  });

  it("turns round at most once while the load stays within half of itself, whatever it does", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 6, max: 20 }),
        fc.integer({ min: 1, max: 32 }),
        fc.array(fc.double({ min: 0.85, max: 1.2, noNaN: true }), { minLength: 60, maxLength: 400 }),
        (load, places, noise) => {
          const one = node(places);
          for (const factor of noise) one.look(load * factor);
          const reversals = one.turns.filter(
            (turn, at) => at > 0 && Math.sign(turn) !== Math.sign(one.turns[at - 1] as number),
          );
          expect(reversals.length, one.turns.join()).to.be.at.most(1);
        },
      ),
      { seed: SEED, numRuns: 60 },
    );
  });

  it("ends within the bounds, with a load that lies between the edges", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 40 }), (load, places) => {
        const one = node(places);
        one.looks(load, 20);
        expect(one.places).to.be.within(1, RULES.policy.placesMax);
        if (load > 2 && load < 24) expect(load / one.places).to.be.within(0.5, 0.9);
      }),
      { seed: SEED },
    );
  });

  it("is stuck where the policy or its resources bear no more, and says which", () => {
    const full = node(32);
    full.looks(99, 2);
    expect(full.look(99)).to.deep.equal({ kind: "stuck", why: "the policy allows 32 places" });
    const hot = node(8, (taken) => taken * 0.1);
    hot.looks(20, 2);
    expect(hot.look(20)).to.deep.equal({ kind: "stuck", why: "its resources bear no more than 8 places" });
  });

  it("takes no node for too hot where the threshold is all there is: a machine that is wholly busy crosses nothing", () => {
    const full = node(4, () => 1, { ...RULES, resourceThreshold: 1 });
    full.looks(2, 10);
    expect(full.turns).to.deep.equal([]);
    const almost = node(4, () => 1, { ...RULES, resourceThreshold: 0.99 });
    almost.looks(2, 10);
    expect(almost.turns[0]).to.equal(-1);
  });

  it("turns a node down that is too hot at two looks, and not up again before the load is another", () => {
    const one = node(8, (taken) => Math.min(1, taken * 0.125));
    one.looks(20, 3);
    expect(one.places).to.equal(6);
    one.looks(20, 30);
    expect(one.turns).to.deep.equal([-2]);
  });

  it("does not go again where it was found bad, until the load is another", () => {
    const other = node(6);
    other.looks(4, 3);
    other.learn(7);
    other.looks(5.5, 5);
    expect(other.look(5.5)).to.deep.equal({ kind: "stuck", why: "more places made things worse" });
    other.looks(20, 3);
    expect(other.places).to.be.above(20);
  });

  it("takes a load for another one from half more and two tasks on", () => {
    expect(isOtherLoad(10, 14.9)).to.equal(false);
    expect(isOtherLoad(10, 15)).to.equal(true);
    expect(isOtherLoad(15, 10)).to.equal(true);
    expect(isOtherLoad(1, 2.9)).to.equal(false);
    expect(isOtherLoad(0, 2)).to.equal(true);
  });
});
