import { expect } from "chai";
import { describe, it } from "mocha";
import { amountText, etherText, roundedText, tokenText } from "../../../dashboard/src/text/amounts.ts";

describe("amounts as the page shows them", () => {
  it("counts in the unit that can be read, and loses nothing by it", () => {
    const cases = [
      ["0", "0 ether"],
      ["1", "1 wei"],
      ["999999", "999,999 wei"],
      ["1000000", "0.001 gwei"],
      ["2500000000", "2.5 gwei"],
      ["999999999999", "999.999999999 gwei"],
      ["1000000000000", "0.000001 ether"],
      ["-700", "-700 wei"],
      ["9999999795612743088488", "9,999.999795612743088488 ether"],
    ] as const;
    for (const [wei, text] of cases) expect(amountText(wei)).to.equal(text);
  });

  it("rounds what nobody reads to its last digit, never up, and keeps four digits of what is small", () => {
    const cases = [
      ["0", "0 ether"],
      ["7", "7 wei"],
      ["9999999795612743088488", "9,999.999795 ether"],
      ["204387256911512", "0.0002043 ether"],
      ["1234567891", "1.234 gwei"],
      ["310000000000000", "0.00031 ether"],
    ] as const;
    for (const [wei, text] of cases) expect(roundedText(wei)).to.equal(text);
  });

  it("says a rounded amount whole in ether, and counts a token in its own smallest unit", () => {
    const token = `0x${"ab".repeat(20)}`;
    expect(etherText("7")).to.equal("0.000000000000000007 ether");
    for (const text of [amountText, roundedText, etherText])
      expect(text("1234567", token)).to.equal("1,234,567 units of token 0xababab…abab");
  });

  it("counts a token in whole ones by its decimals, and takes no symbol that could be read as something else", () => {
    const token = `0x${"ab".repeat(20)}`;
    const whose = "token 0xababab…abab";
    const cases = [
      ["1234567", { decimals: 6, symbol: "USDC" }, `1.234567 USDC (${whose})`],
      ["5", { decimals: 0, symbol: "USD₮0" }, `5 USD₮0 (${whose})`],
      ["2500000", { decimals: 6, symbol: "" }, `2.5 of ${whose}`],
      ["1", { decimals: 255, symbol: "T" }, `1 units of ${whose}`],
    ] as const;
    for (const [units, facts, text] of cases) expect(tokenText(units, token, facts)).to.equal(text);
    for (const symbol of [
      "ether",
      "Eth",
      "GWEI",
      "000",
      "a b",
      "<b>",
      "\u202eCDSU",
      "usdc\n",
      "T".repeat(13),
    ])
      expect(tokenText("70", token, { decimals: 1, symbol }), symbol).to.equal(`7 of ${whose}`);
    expect(tokenText("70", token, undefined)).to.equal(`70 units of ${whose}`);
    expect(tokenText("70", `0x${"0".repeat(40)}`, undefined)).to.equal("70 wei");
  });
});
