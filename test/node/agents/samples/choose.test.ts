import { expect } from "chai";
import { describe, it } from "mocha";
import { passageBudget } from "../../../../node/src/agents/samples/choose.ts";
import { PASSAGES_MAX, PASSAGES_MIN, QUOTES_BYTES_MAX } from "../../../../node/src/agents/samples/limits.ts";
import { takeNotes } from "../../../../node/src/agents/samples/read.ts";
import { HONEY, SALT, TEA } from "./fixtures.ts";
import { SAMPLE } from "./run.ts";

function quotedTexts(document: string): string[] {
  const { summary, groups } = takeNotes(Buffer.from(document));
  return [...summary, ...groups.flatMap((group) => group.quotes)].map((quote) => quote.text);
}

describe("samples/choose", () => {
  it("lets the number of quotes grow with the root of the document", () => {
    expect([0, 15, 60, 300, 10_000].map(passageBudget)).to.deep.equal([
      PASSAGES_MIN,
      6,
      11,
      23,
      PASSAGES_MAX,
    ]);
  });

  it("quotes no sentence twice and nothing that repeats another quote", () => {
    const quoted = quotedTexts(`${HONEY}\n## Once more\n\n${TEA}\n\n${HONEY.split("## The dance")[1]}`);
    expect(new Set(quoted).size).to.equal(quoted.length);
  });

  it("stays within the bytes that quotes may have", () => {
    const bytes = Buffer.byteLength(quotedTexts(SAMPLE.repeat(3)).join(""));
    expect(bytes).to.be.within(1_000, QUOTES_BYTES_MAX);
  });

  it("quotes a sentence that leans on another together with it, or not at all", () => {
    for (const text of [...quotedTexts(SAMPLE), ...quotedTexts(HONEY), ...quotedTexts(SALT)]) {
      expect(text).not.to.match(/^(?:This|These|He|She|They|It|But|And|Yet|However)\b/);
    }
  });

  it("does not quote from references", () => {
    const references = `## References\n\n${"The Honey Bee Society printed the report on honey bees and the honey of the hive in 1998. ".repeat(9)}`;
    expect(quotedTexts(`${HONEY}\n${references}`).join(" ")).not.to.include("Society");
  });
});
