import { expect } from "chai";
import { describe, it } from "mocha";
import { amountText, etherText, roundedText } from "../../../dashboard/src/text/amounts.ts";

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
});
