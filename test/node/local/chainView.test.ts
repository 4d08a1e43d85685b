import { expect } from "chai";
import { describe, it } from "mocha";
import type { BlockHeader } from "../../../node/src/chain/cursor.ts";
import { createProjection } from "../../../node/src/chain/projection.ts";
import type { Versions } from "../../../node/src/chain/versions.ts";
import { createChainView } from "../../../node/src/local/chainView.ts";
import { manualClock } from "../chain/helpers.ts";
import { GENESIS, headersAfter } from "../store/helpers.ts";

const versions: Versions = {
  get: () => Promise.reject(new Error("no version is asked for here")),
  peek: () => undefined,
};

function createView() {
  const clock = manualClock();
  const projection = createProjection();
  const view = createChainView({ confirmations: 0 }, { projection, versions, clock });
  const blocks = headersAfter(GENESIS, 3);
  const apply = (index: number) => {
    const block = blocks[index] as BlockHeader;
    projection.apply(block, []);
    return block.timestamp;
  };
  return { clock, view, apply };
}

describe("createChainView", () => {
  it("now_growsWithTheTimeSinceTheNewestBlock", () => {
    const { clock, view, apply } = createView();
    const timestamp = apply(0);
    view.sawBlock();
    clock.advance(2_999);
    expect(view.now()).to.equal(timestamp + 2n);
    clock.advance(1);
    expect(view.now()).to.equal(timestamp + 3n);
  });

  it("now_countsAnewFromABlockThatNobodyToldItOfYet", () => {
    const { clock, view, apply } = createView();
    apply(0);
    view.sawBlock();
    // A chain that mines on demand stands still for an hour; the next block brings its own time with it.
    clock.advance(3_600_000);
    const timestamp = apply(1);
    expect(view.now(), "asked by who hears of the block's events").to.equal(timestamp);
    view.sawBlock();
    clock.advance(1_000);
    expect(view.now()).to.equal(timestamp + 1n);
  });
});
