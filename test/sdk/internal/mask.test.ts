import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { PleiadError } from "../../../sdk/src/errors/base.ts";
import { dependencyMask, INDEPENDENT_MASK, indicesOf } from "../../../sdk/src/internal/mask.ts";

describe("dependencyMask", () => {
  it("says the task before by 0, and none by the bit that no dependency uses", () => {
    expect(dependencyMask(undefined, 5, "t")).to.equal(0);
    expect(dependencyMask([], 5, "t")).to.equal(INDEPENDENT_MASK);
    expect(INDEPENDENT_MASK).to.equal(0x8000_0000);
  });
  it("holds exactly the indices that were given, in any order", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(30), { minLength: 1 }), (indices) => {
        const mask = dependencyMask(indices, 31, "t");
        expect(mask).to.be.within(1, INDEPENDENT_MASK - 1);
        expect(indicesOf(mask)).to.deep.equal(indices.toSorted((left, right) => left - right));
      }),
      { seed: 23, numRuns: 256 },
    );
  });
  it("refuses the task itself, later ones and what is no index", () => {
    for (const wrong of [5, 6, 40, -1, 0.5, Number.NaN]) {
      try {
        dependencyMask([0, wrong], 5, "t");
        expect.fail(`${wrong} was taken`);
      } catch (error) {
        if (!(error instanceof PleiadError)) throw error;
        expect(error.code).to.equal("CLUSTER_DEPENDENCY_NOT_EARLIER");
      }
    }
  });
});
