import { expect } from "chai";
import { describe, it } from "mocha";
import { AgentError } from "../../../node/src/agents/errors.ts";
import { namedInputs } from "../../../node/src/agents/namedInputs.ts";

describe("namedInputs", () => {
  it("finds the text of each name, in the version's order", () => {
    expect(namedInputs('{"b":"2","a":"1"}', ["a", "b"])).to.deep.equal([
      { name: "a", text: "1" },
      { name: "b", text: "2" },
    ]);
  });
  it("finds none where the version names none, whatever the input is", () => {
    expect(namedInputs("{not json", [])).to.deep.equal([]);
  });
  it("refuses what does not bring a text for each name and no other", () => {
    for (const text of [
      "a text",
      "null",
      "[]",
      '"a"',
      "{}",
      '{"a":1}',
      '{"a":null}',
      '{"a":"1","b":"2"}',
      '{"__proto__":{"a":"1"}}',
      `${"[".repeat(100_000)}`,
    ]) {
      try {
        namedInputs(text, ["a"]);
        expect.fail(`${text.slice(0, 40)} was taken`);
      } catch (error) {
        if (!(error instanceof AgentError)) throw error;
        expect(error.code, text.slice(0, 40)).to.equal("INPUT_NOT_NAMED");
      }
    }
  });
});
