import { expect } from "chai";
import { describe, it } from "mocha";
import { backoffMs } from "../../../node/src/chain/backoff.ts";

describe("backoffMs", () => {
  it("doubles with each failure up to the longest wait", () => {
    const waits = [1, 2, 3, 4, 5, 6, 1_000].map((failures) =>
      backoffMs(failures, { baseMs: 100, maxMs: 1_000, random: () => 0.999_999 }),
    );
    expect(waits.map(Math.round)).to.deep.equal([100, 200, 400, 800, 1_000, 1_000, 1_000]);
  });

  it("draws from the upper half, so that daemons that failed together come back apart", () => {
    const options = { baseMs: 100, maxMs: 1_000 };
    expect(backoffMs(3, { ...options, random: () => 0 })).to.equal(200);
    expect(backoffMs(3, { ...options, random: () => 0.5 })).to.equal(300);
  });
});
