import { expect } from "chai";
import { describe, it } from "mocha";
import { encodeInputs } from "../../../sdk/src/actions/encodeInputs.ts";
import { PleiadError } from "../../../sdk/src/errors/base.ts";

describe("encodeInputs", () => {
  it("writes the texts in the order of the names, whatever order they come in", () => {
    const expected = '{"b":"x\\n\\"","10":"","a":"é"}';
    expect(encodeInputs(["b", "10", "a"], { a: "é", b: 'x\n"', 10: "" })).to.equal(expected);
    expect(JSON.parse(expected)).to.deep.equal({ a: "é", b: 'x\n"', 10: "" });
  });
  it("names what is missing and what is unknown", () => {
    for (const [names, inputs, details] of [
      [["a", "b"], { b: "x" }, { missing: ["a"], unknown: [] }],
      [["a"], { a: "x", c: "y" }, { missing: [], unknown: ["c"] }],
      [[], { c: "y" }, { missing: [], unknown: ["c"] }],
      [["toString"], {}, { missing: ["toString"], unknown: [] }],
    ] as const) {
      try {
        encodeInputs(names, inputs as Record<string, string>);
        expect.fail("taken");
      } catch (error) {
        if (!(error instanceof PleiadError)) throw error;
        expect(error.code).to.equal("INPUTS_INVALID");
        expect(error.details).to.deep.include(details);
      }
    }
  });
});
