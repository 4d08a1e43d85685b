import { expect } from "chai";
import { describe, it } from "mocha";
import { parseBlueprint } from "../../../sdk/src/blueprint/parseBlueprint.ts";
import { resolvePrices } from "../../../sdk/src/blueprint/resolvePrices.ts";
import { expectCode } from "../support/expectCode.ts";

const TOKEN = "0x00000000000000000000000000000000000000A1";

function blueprint(price: string, currency: string) {
  return parseBlueprint(
    [
      ...["slug: paid", "name: Paid", "windowSeconds: 10", "models:"],
      ...["  old: { id: 4 }", `  poet: { price: ${price}, currency: "${currency}", nodeShareBps: 7000 }`],
      ...["agents:", "  - { name: reader, model: poet }"],
      ...["tasks:", "  - { name: read, agent: reader, prompt: Read. }"],
    ].join("\n"),
  );
}

describe("resolvePrices", () => {
  it("counts a price in whole units of its token, exactly, and leaves others as they are", () => {
    const prices = {
      "0.5 token": 500_000n,
      "2token": 2_000_000n,
      "1.2500000 token": 1_250_000n,
      "7 wei": 7n,
    };
    for (const [price, priceWei] of Object.entries(prices)) {
      const { models } = resolvePrices(blueprint(price, TOKEN), (token) => (token === TOKEN ? 6 : 0));
      expect(models, price).to.deep.equal([
        { name: "old", id: 4n },
        { name: "poet", terms: { priceWei, nodeShareBps: 7_000, open: true, currency: TOKEN } },
      ]);
    }
    const own = blueprint("5 gwei", "native");
    expect(resolvePrices(own, () => 0).models).to.deep.equal(own.models);
  });

  it("refuses parts of the smallest unit, and what does not fit 96 bits", async () => {
    const wrong = [
      [
        "0.0000001 token",
        6,
        /price of model poet is 0\.0000001 of 0x0{38}A1, which has 6 digits behind the point/,
      ],
      ["0.5 token", 0, /0 digits behind the point/],
      ["99999999999 token", 18, /at most 96 bits/],
    ] as const;
    for (const [price, decimals, message] of wrong) {
      const call = async () => resolvePrices(blueprint(price, TOKEN), () => decimals);
      expect((await expectCode(call(), "BLUEPRINT_PRICE_UNIT")).message, price).to.match(message);
    }
  });
});
