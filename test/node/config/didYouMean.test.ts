import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { didYouMean, editDistance } from "../../../node/src/config/didYouMean.ts";

const SEED = 20_260_106;

describe("did you mean", () => {
  const known = ["rpcUrls", "chainId", "contracts", "pollIntervalMs", "id"];

  it("finds the word behind a slip of the finger", () => {
    for (const [word, meant] of [
      ["rpcUrl", "rpcUrls"],
      ["rcpUrls", "rpcUrls"],
      ["RPCURLS", "rpcUrls"],
      ["chainID", "chainId"],
      ["contarcts", "contracts"],
      ["pollIntervallMs", "pollIntervalMs"],
      ["di", "id"],
    ] as const) {
      expect(didYouMean(word, known), word).to.equal(meant);
    }
  });

  it("stays silent about another word, an empty one and an endless one", () => {
    for (const word of ["telescope", "x", "", "rpcUrls".repeat(1_000)]) {
      expect(didYouMean(word, known), word.slice(0, 20)).to.equal(undefined);
    }
  });

  it("measures how many letters to insert, drop, change or swap", () => {
    for (const [a, b, distance] of [
      ["", "", 0],
      ["", "abc", 3],
      ["abc", "abc", 0],
      ["abc", "acb", 1],
      ["abc", "axc", 1],
      ["kitten", "sitting", 3],
      ["ca", "abc", 3],
    ] as const) {
      expect(editDistance(a, b), `${a} ${b}`).to.equal(distance);
    }
  });

  it("measures the same in both directions, and never more than the longer word", () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(editDistance(b, a)).to.equal(distance);
        expect(distance).to.be.at.most(Math.max(a.length, b.length));
        expect(distance === 0).to.equal(a === b);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});
