import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { settleDelayMs } from "../../../node/src/work/settleTime.ts";

const SEED = 7;

describe("settleDelayMs", () => {
  it("theLastSigner_ofAWholeRun_sendsAtOnce", () => {
    expect(settleDelayMs({ windowMs: 10_000, completes: true, lastSigner: true, spread: 1 })).to.equal(0);
  });

  it(`nobody_waitsLongerThanHalfAWindow (seed ${SEED})`, () => {
    fc.assert(
      fc.property(
        fc.nat(100_000),
        fc.boolean(),
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (windowMs, completes, lastSigner, spread) => {
          const delayMs = settleDelayMs({ windowMs, completes, lastSigner, spread });
          expect(delayMs)
            .to.be.at.least(0)
            .and.at.most(windowMs / 2);
        },
      ),
      { seed: SEED },
    );
  });

  it("theOthers_leaveTheLastSignerTheFirstWord", () => {
    for (const completes of [true, false]) {
      const first = settleDelayMs({ windowMs: 8_000, completes, lastSigner: true, spread: 0 });
      const others = settleDelayMs({ windowMs: 8_000, completes, lastSigner: false, spread: 0 });
      expect(others, `completes ${completes}`).to.be.greaterThan(first);
    }
  });
});
