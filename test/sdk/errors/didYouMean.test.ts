import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { didYouMean } from "../../../sdk/src/errors/didYouMean.ts";

const KEYS = ["name", "agent", "prompt", "tool", "dependsOn"];

describe("didYouMean", () => {
  it("finds the word behind a slip: missing, doubled, wrong or swapped letters, other case", () => {
    const slips = { promt: "prompt", promppt: "prompt", toll: "tool", naem: "name", dependson: "dependsOn" };
    for (const [slip, word] of Object.entries(slips)) expect(didYouMean(slip, KEYS), slip).to.equal(word);
  });
  it("finds nothing where nothing is near", () => {
    for (const word of ["", "x", "schedule", "p".repeat(1_000)])
      expect(didYouMean(word, KEYS)).to.equal(undefined);
    expect(didYouMean("name", [])).to.equal(undefined);
  });
  it("answers a candidate or nothing, and the word itself if it is one", () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (word, candidates) => {
        const found = didYouMean(word, candidates);
        expect(found === undefined || candidates.includes(found)).to.equal(true);
        if (word.length <= 64)
          expect(didYouMean(word, [...candidates, word])?.toLowerCase()).to.equal(word.toLowerCase());
      }),
      { seed: 11, numRuns: 256 },
    );
  });
});
