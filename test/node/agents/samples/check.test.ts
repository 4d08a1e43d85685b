import { expect } from "chai";
import { describe, it } from "mocha";
import { checkBrief, NOT_FOUND } from "../../../../node/src/agents/samples/check.ts";
import { SampleFailure } from "../../../../node/src/agents/samples/failure.ts";
import { OUTPUT_BYTES_MAX } from "../../../../node/src/agents/samples/limits.ts";
import { HONEY, MOORE, SALT } from "./fixtures.ts";

/** The lines of a checked brief that carry the mark, without it. */
function marked(document: string, brief: string): string[] {
  const lines = checkBrief(document, brief).split("\n");
  return lines.filter((line) => line.includes(NOT_FOUND)).map((line) => line.replaceAll(` ${NOT_FOUND}`, ""));
}

function countLine(checked: string): string {
  return checked.split("\n").find((line) => line.startsWith("Checked against the document")) ?? "";
}

describe("samples/check", () => {
  it("finds quotes word for word, whatever their layout and typography", () => {
    const brief = [
      "> A worker that finds good nectar goes home and tells the others. [4]",
      "",
      "> The queen lays eggs; she decides nothing. Yet the colony",
      "> chooses a home, builds combs to a standard gauge",
      "",
      "Of bees it says “a quorum of scouts at the nest site is enough”.",
      "",
      "> When about twenty scouts meet at one hollow … warm up the swarm for the flight.",
    ].join("\n");
    expect(marked(HONEY, brief)).to.deep.equal([]);
    expect(countLine(checkBrief(HONEY, brief)))
      .to.include("quotes 4")
      .and.include("Found: ");
  });

  it("marks a quote in which one word was changed, and names the sentence that comes closest", () => {
    const brief = "> Salt is the only metal that people eat. [1]";
    expect(marked(SALT, brief)).to.deep.equal([brief]);
    const checked = checkBrief(SALT, brief);
    expect(checked).to.include("closest sentence: Salt is the only rock that people eat. [1]");
    expect(countLine(checked)).to.equal("Checked against the document: quotes 1. Found: 0/1.");
  });

  it("marks an invented sentence between true ones, and only that", () => {
    const invented = "In 1962 the astronauts carried salt to the Moon.";
    const brief = `Governments taxed salt. ${invented} Venice grew rich on the salt trade.`;
    const checked = checkBrief(SALT, brief);
    expect(checked).to.include(`${invented} ${NOT_FOUND} Venice grew rich on the salt trade.`);
    expect(checked.split(NOT_FOUND)).to.have.length(2);
    expect(countLine(checked)).to.include("other statements 3. Found: 2/3");
  });

  it("marks a statement that mixes true words from different places, or gets a figure or name wrong", () => {
    for (const wrong of [
      "The miners at Wieliczka taxed the bacteria.",
      "Gandhi walked 391 kilometres to the sea at Dandi.",
      "Napoleon walked 390 kilometres to the sea at Dandi, as Napoleon did.",
      "The **gabelle** frightened aliens.",
    ]) {
      expect(marked(SALT, wrong), wrong).to.have.length(1);
    }
    expect(marked(SALT, "Gandhi walked 390 kilometres to the sea at Dandi.")).to.deep.equal([]);
  });

  it("marks wrong counts, terms and headings", () => {
    const brief =
      "# Brief: A Short Account of Salt\n\n## Salt on Mars\n\n*words: 320 · sentences: 99*\n\nIt is mainly about **brine** and **helium**.";
    const checked = checkBrief(SALT, brief);
    expect(checked).to.include(`## Salt on Mars ${NOT_FOUND}`);
    expect(checked).to.include(`*words: 320 · sentences: 99 ${NOT_FOUND}*`);
    expect(checked).to.include(`**brine** and **helium** ${NOT_FOUND}`);
    expect(countLine(checked)).to.include("terms 2, headings 2, figures 2. Found: 3/6");
  });

  it("does not take words about the brief for statements", () => {
    const checked = checkBrief(
      SALT,
      "## In short\n\nQuotes are the document's own words.\n\n> Salt is the only rock that people eat.",
    );
    expect(countLine(checked)).to.equal("Checked against the document: quotes 1. Found: 1/1.");
  });

  it("gives its account in the language of the document", () => {
    const checked = checkBrief(MOORE, "> Ein Hochmoor wächst im Jahr ungefähr einen Zentimeter in die Höhe.");
    expect(checked).to.include(NOT_FOUND).and.include("## Prüfung").and.include("Zitate 1. Gefunden: 0/1.");
  });

  it("keeps the account and whole sentences when every line of a full answer gets a mark", () => {
    const brief = "Whales sing in Alpine tunnels.\n".repeat(264);
    const checked = checkBrief(SALT, brief);
    expect(Buffer.byteLength(checked)).to.be.at.most(OUTPUT_BYTES_MAX);
    expect(countLine(checked)).to.include("Found: 0/264");
    expect(checked.split("\n\n## Check")[0]).to.match(/tunnels\. \[not found in the document\]$/);
  });

  it("refuses an empty brief", () => {
    expect(() => checkBrief(SALT, " \n ")).to.throw(SampleFailure, "the brief is empty");
  });
});
