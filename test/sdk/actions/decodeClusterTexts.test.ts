import { expect } from "chai";
import { describe, it } from "mocha";
import { concat, type Hex, numberToHex, size, stringToHex } from "viem";
import { decodeClusterTexts } from "../../../sdk/src/actions/decodeClusterTexts.ts";
import { PleiadError } from "../../../sdk/src/errors/base.ts";

const text = (value: string): Hex => {
  const bytes = stringToHex(value);
  return concat([numberToHex(size(bytes), { size: 2 }), bytes]);
};

describe("decodeClusterTexts", () => {
  it("reads what the registry answers", () => {
    const data = concat(["slug", "Näme", "", "a,b"].map(text));
    const expected = { slug: "slug", name: "Näme", description: "", inputs: ["a", "b"] };
    expect(decodeClusterTexts(data)).to.deep.equal(expected);
    expect(decodeClusterTexts(concat(["slug", "", "", ""].map(text))).inputs).to.deep.equal([]);
  });
  it("refuses what ends early", () => {
    try {
      decodeClusterTexts(concat(["slug", "Name"].map(text)));
      expect.fail("taken");
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      expect(error.code).to.equal("VERSION_INVALID");
    }
  });
});
