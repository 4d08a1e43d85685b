import { setImmediate as nextTurn } from "node:timers/promises";
import { expect } from "chai";
import { describe, it } from "mocha";
import { createPortions } from "../../../node/src/network/portions.ts";

describe("portions", () => {
  it("let each name do so much between two turns, in order, whatever another has to do", async () => {
    const portions = createPortions({ weightMax: 4 });
    const done: string[] = [];
    const work = async (name: string, index: number, weight = 1) => {
      await portions.turn(name, weight);
      done.push(`${name}${index}`);
    };
    const all = Array.from({ length: 10 }, (_, index) => work("a", index));
    all.push(work("b", 0));
    await Promise.resolve();
    expect(done).to.deep.equal(["a0", "a1", "a2", "a3", "b0"]);
    // A heavy piece goes when there is anything left of the portion, and ends it.
    all.push(work("b", 1, 9), work("b", 2));
    await Promise.resolve();
    expect(done.slice(5)).to.deep.equal(["b1"]);
    await nextTurn();
    expect(done.slice(6)).to.have.members(["b2", "a4", "a5", "a6", "a7"]);
    await Promise.all(all);
    expect(done.filter((name) => name.startsWith("a"))).to.deep.equal(
      [...Array(10).keys()].map((i) => `a${i}`),
    );
    expect(done.length).to.equal(13);
  });
});
