import { expect } from "chai";
import { describe, it } from "mocha";
import { splitBlocks } from "../../../../node/src/agents/samples/blocks.ts";

function outline(text: string): string[] {
  return splitBlocks(text).blocks.map((block) => `${block.kind}${block.level || ""}: ${block.text}`);
}

describe("samples/blocks", () => {
  it("knows both kinds of Markdown headings, lists, quotes and emphasis", () => {
    const text = [
      "Title",
      "=====",
      "",
      "A *wrapped*",
      "**paragraph** with [a link](https://example.org/x_y_z) and `code`.",
      "",
      "## Part ##",
      "- one",
      "  goes on",
      "- two",
      "",
      "> quoted",
      "> text",
    ].join("\n");
    expect(outline(text)).to.deep.equal([
      "heading1: Title",
      "paragraph: A wrapped paragraph with a link and code.",
      "heading2: Part",
      "item: one goes on",
      "item: two",
      "paragraph: quoted text",
    ]);
  });

  it("leaves out code, tables, comments, rules and link definitions", () => {
    const text =
      "Before.\n\n```js\nconst a = 1;\n```\n\n| a | b |\n|---|---|\n| c | d |\n\n<!-- hidden\nfor two lines -->\n\n---\n\n[x]: https://example.org\n\nAfter.";
    expect(outline(text)).to.deep.equal(["paragraph: Before.", "paragraph: After."]);
  });

  it("keeps the text behind a code fence that nobody closed", () => {
    expect(outline("```\nThis stays.")).to.include("paragraph: ``` This stays.");
  });

  it("takes the title from front matter and leaves the rest of it out", () => {
    const { blocks, frontTitle } = splitBlocks('---\ntitle: "The Title"\ntags: a\n---\n\nText.');
    expect(frontTitle).to.equal("The Title");
    expect(blocks.map((block) => block.text)).to.deep.equal(["Text."]);
  });

  it("finds headings in plain text, and no title, author and date among them", () => {
    const paragraph = "This paragraph is long enough to be one, and it ends with a full stop.";
    const text = `A Plain Title\n\nby Somebody\n\n${paragraph}\n\nThe second part\n\n${paragraph}\n\n2. Methods\n\n${paragraph}\n\n${paragraph}`;
    expect(outline(text).filter((line) => line.startsWith("heading"))).to.deep.equal([
      "heading1: A Plain Title",
      "heading2: The second part",
      "heading2: 2. Methods",
    ]);
    expect(outline(text)).not.to.include("paragraph: by Somebody");
  });

  it("takes the lines of a poem for text", () => {
    const poem = Array.from({ length: 8 }, (_, at) => `A line of verse ${at}`).join("\n\n");
    expect(outline(poem).every((line) => line.startsWith("paragraph"))).to.equal(true);
  });

  it("puts a divided word together if the document has it in one piece, and keeps a real hyphen", () => {
    expect(
      outline("An oxi-\ndation and an oxidation of a well-\nknown leaf, and well-known it is."),
    ).to.deep.equal(["paragraph: An oxidation and an oxidation of a well-known leaf, and well-known it is."]);
  });

  it("takes each line for a paragraph where lines were never wrapped", () => {
    const line = `${"A long paragraph on one line goes on and on. ".repeat(8)}End.`;
    expect(outline(`${line}\n${line}\n${line}`)).to.have.length(3);
  });
});
