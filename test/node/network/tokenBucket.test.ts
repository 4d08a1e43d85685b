import { expect } from "chai";
import { describe, it } from "mocha";
import { createTokenBucket } from "../../../node/src/network/tokenBucket.ts";
import { fakeClock } from "./support.ts";

describe("token bucket", () => {
  it("gives a burst at once and its rate afterwards", () => {
    const clock = fakeClock();
    const bucket = createTokenBucket({ perSecond: 10, burst: 3 }, { clock });
    expect([bucket.take(), bucket.take(), bucket.take(), bucket.take()]).to.deep.equal([
      true,
      true,
      true,
      false,
    ]);
    clock.advance(100);
    expect([bucket.take(), bucket.take()]).to.deep.equal([true, false]);
    clock.advance(60_000);
    expect(bucket.take(3)).to.equal(true);
    expect(bucket.take()).to.equal(false);
  });

  it("says how long a debt lasts", () => {
    const clock = fakeClock();
    const bucket = createTokenBucket({ perSecond: 10, burst: 5 }, { clock });
    bucket.charge(5);
    expect(bucket.debtMs()).to.equal(0);
    bucket.charge(20);
    expect(bucket.debtMs()).to.equal(2_000);
    clock.advance(2_000);
    expect(bucket.debtMs()).to.equal(0);
  });
});
