import { expect } from "chai";
import { describe, it } from "mocha";
import {
  createRangeSizes,
  RANGE_BLOCKS_FIRST,
  RANGE_BLOCKS_MAX,
  RANGE_LOGS_AIM,
  RANGES_BEFORE_GROWTH,
} from "../../../node/src/chain/rangeSizes.ts";

describe("range sizes", () => {
  it("double where nothing is, up to the most", () => {
    const sizes = createRangeSizes();
    const seen: bigint[] = [];
    for (let i = 0; i < 8; i++) {
      seen.push(sizes.blocks());
      sizes.took(sizes.blocks(), 0);
    }
    expect(seen.slice(0, 3)).to.deep.equal([
      RANGE_BLOCKS_FIRST,
      RANGE_BLOCKS_FIRST * 2n,
      RANGE_BLOCKS_FIRST * 4n,
    ]);
    expect(seen.at(-1)).to.equal(RANGE_BLOCKS_MAX);
  });

  it("shrink at once to what would have brought as many logs as one request should", () => {
    const sizes = createRangeSizes();
    sizes.took(128n, 64 * RANGE_LOGS_AIM);
    expect(sizes.blocks()).to.equal(2n);
    sizes.took(2n, 1_000_000);
    expect(sizes.blocks()).to.equal(1n);
  });

  it("halve when refused, down to one block, and try no more than that for a while", () => {
    const sizes = createRangeSizes();
    while (sizes.blocks() < 128n) sizes.took(sizes.blocks(), 0);
    sizes.refused(128n);
    expect(sizes.blocks()).to.equal(64n);
    for (let i = 1; i < RANGES_BEFORE_GROWTH; i++) {
      sizes.took(64n, 0);
      expect(sizes.blocks(), `range ${i}`).to.equal(64n);
    }
    sizes.took(64n, 0);
    expect(sizes.blocks()).to.equal(128n);
    for (let i = 0; i < 10; i++) sizes.refused(sizes.blocks());
    expect(sizes.blocks()).to.equal(1n);
  });
});
