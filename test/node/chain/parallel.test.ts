import { expect } from "chai";
import { describe, it } from "mocha";
import { mapParallel } from "../../../node/src/chain/parallel.ts";

describe("mapParallel", () => {
  it("keeps the order, with no more under way than allowed", async () => {
    let underWay = 0;
    let most = 0;
    const items = Array.from({ length: 20 }, (_, index) => index);
    const results = await mapParallel(items, 3, async (item) => {
      underWay += 1;
      most = Math.max(most, underWay);
      for (let turn = 0; turn < (item * 7) % 5; turn += 1) await Promise.resolve();
      underWay -= 1;
      return item * 2;
    });
    expect(results).to.deep.equal(items.map((item) => item * 2));
    expect(most).to.equal(3);
  });

  it("begins nothing more after a failure, and waits for what is under way", async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const error = await mapParallel([0, 1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item);
      if (item === 1) throw new Error("one");
      await new Promise((resolve) => setImmediate(resolve));
      ended.push(item);
    }).catch((reason: Error) => reason.message);
    expect(error).to.equal("one");
    expect(begun).to.deep.equal([0, 1]);
    expect(ended).to.deep.equal([0]);
  });

  it("has nothing to do with nothing", async () => {
    expect(await mapParallel([], 4, async () => 1)).to.deep.equal([]);
  });
});
