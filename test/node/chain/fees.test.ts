import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { parseGwei } from "viem";
import { type FeeMarket, firstFees, raisedFees, weiOfGwei } from "../../../node/src/chain/fees.ts";
import { REPLACEMENT_FEE_PERCENT_MIN } from "../../../node/src/chain/journal.ts";

const GWEI = parseGwei("1");
const fee = fc.bigInt({ min: 0n, max: 500n * GWEI });
const markets = fc.record({ baseFeeWei: fee, priorityFeeWei: fee, ceilingWei: fee });

describe("fees", () => {
  it("are read from the configuration to the wei, however small", () => {
    for (const [gwei, wei] of [
      [0, 0n],
      [0.000_000_001, 1n],
      [0.000_000_1, 100n],
      [0.1, 100_000_000n],
      [1_000_000, 10n ** 15n],
    ] as const)
      expect(weiOfGwei(gwei), `${gwei}`).to.equal(wei);
  });

  it("never offer more than the ceiling, and always enough for the next block or nothing", () => {
    fc.assert(
      fc.property(markets, (market) => {
        const fees = firstFees(market);
        if (fees === undefined) return market.baseFeeWei + market.priorityFeeWei > market.ceilingWei;
        const isEnough = fees.maxFeePerGasWei >= market.baseFeeWei + fees.maxPriorityFeePerGasWei;
        return isEnough && fees.maxFeePerGasWei <= market.ceilingWei;
      }),
      { seed: 7 },
    );
  });

  it("raise both fees by at least 15 % over the dearest attempt, within the ceiling (N3)", () => {
    fc.assert(
      fc.property(markets, fc.array(fee, { minLength: 1, maxLength: 5 }), (market, tips) => {
        const before = tips.map((tip) => ({ maxPriorityFeePerGasWei: tip, maxFeePerGasWei: tip + 3n }));
        const fees = raisedFees(before, market);
        if (fees === undefined) return true;
        return (
          fees.maxFeePerGasWei <= market.ceilingWei &&
          fees.maxFeePerGasWei >= fees.maxPriorityFeePerGasWei &&
          before.every(
            ({ maxFeePerGasWei, maxPriorityFeePerGasWei }) =>
              fees.maxFeePerGasWei * 100n >= maxFeePerGasWei * REPLACEMENT_FEE_PERCENT_MIN &&
              fees.maxPriorityFeePerGasWei * 100n >= maxPriorityFeePerGasWei * REPLACEMENT_FEE_PERCENT_MIN &&
              fees.maxPriorityFeePerGasWei > maxPriorityFeePerGasWei,
          )
        );
      }),
      { seed: 7 },
    );
  });

  it("leave room below the ceiling for three raises and the cancel after them", () => {
    const market: FeeMarket = { baseFeeWei: 40n * GWEI, priorityFeeWei: GWEI, ceilingWei: 100n * GWEI };
    const attempts = [firstFees(market)];
    for (let raise = 0; raise < 4; raise += 1) {
      attempts.push(
        raisedFees(
          attempts.filter((fees) => fees !== undefined),
          { ...market, baseFeeWei: 0n },
        ),
      );
    }
    expect(attempts.every((fees) => fees !== undefined)).to.equal(true);
  });

  it("follow a base fee that has risen, and wait where it is above the ceiling", () => {
    const before = [{ maxFeePerGasWei: 3n * GWEI, maxPriorityFeePerGasWei: GWEI }];
    const market = { priorityFeeWei: GWEI, ceilingWei: 200n * GWEI };
    expect(raisedFees(before, { ...market, baseFeeWei: 50n * GWEI })?.maxFeePerGasWei).to.equal(
      100n * GWEI + (GWEI * 115n) / 100n,
    );
    expect(raisedFees(before, { ...market, baseFeeWei: 201n * GWEI })).to.equal(undefined);
    expect(firstFees({ ...market, baseFeeWei: 200n * GWEI })).to.equal(undefined);
  });
});
