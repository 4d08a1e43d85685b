import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { formatEther, formatGwei } from "viem";
import { PRICE_WEI_MAX } from "../../../sdk/src/blueprint/limits.ts";
import { parsePrice } from "../../../sdk/src/blueprint/parsePrice.ts";

describe("parsePrice", () => {
  it("reads amounts in wei, gwei and ether", () => {
    const amounts = {
      "100 wei": 100n,
      "5 gwei": 5_000_000_000n,
      "0.0002 ether": 200_000_000_000_000n,
      "1ether": 10n ** 18n,
    };
    for (const [text, wei] of Object.entries(amounts)) expect(parsePrice(text), text).to.equal(wei);
  });
  it("refuses what has no unit, is no number, has parts of a wei or does not fit 96 bits", () => {
    const wrong = [
      "",
      "5",
      "5 eth",
      "-1 wei",
      "1e3 wei",
      ".5 ether",
      "0.5 wei",
      "0.0000000001 gwei",
      "1,5 ether",
      "99999999999 ether",
    ];
    for (const text of wrong) expect(parsePrice(text), text).to.equal(undefined);
  });
  it("reads back every amount, in each unit", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: PRICE_WEI_MAX }), (wei) => {
        expect(parsePrice(`${wei} wei`)).to.equal(wei);
        expect(parsePrice(`${formatGwei(wei)} gwei`)).to.equal(wei);
        expect(parsePrice(`${formatEther(wei)} ether`)).to.equal(wei);
        expect(parsePrice(`${PRICE_WEI_MAX + wei + 1n} wei`)).to.equal(undefined);
      }),
      { seed: 17, numRuns: 256 },
    );
  });
});
