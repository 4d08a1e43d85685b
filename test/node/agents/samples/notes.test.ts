import { expect } from "chai";
import { describe, it } from "mocha";
import { SampleFailure } from "../../../../node/src/agents/samples/failure.ts";
import { OUTPUT_BYTES_MAX } from "../../../../node/src/agents/samples/limits.ts";
import { formatNotes, type Notes, parseNotes } from "../../../../node/src/agents/samples/notes.ts";

const NOTES: Notes = {
  title: "A title: with # signs",
  language: "en",
  words: 1200,
  sentences: 60,
  sections: 2,
  keyPhrases: ["salt", "sea water"],
  names: [],
  summary: [{ first: 3, last: 3, text: "## This looks like a heading. [9]" }],
  groups: [
    {
      kind: "section",
      number: 0,
      heading: "",
      terms: [],
      quotes: [{ first: 1, last: 2, text: "One. Two." }],
    },
    {
      kind: "section",
      number: 2,
      heading: "Of: salt",
      terms: ["sea"],
      quotes: [{ first: 9, last: 9, text: "- Nine." }],
    },
    { kind: "theme", number: 3, heading: "", terms: ["sea"], quotes: [] },
  ],
};

describe("samples/notes", () => {
  it("reads back what it wrote", () => {
    expect(parseNotes(formatNotes(NOTES))).to.deep.equal(NOTES);
    const { title: _, ...untitled } = NOTES;
    expect(parseNotes(formatNotes({ ...untitled, title: undefined })).title).to.equal(undefined);
  });

  it("leaves out groups that an answer has no room for", () => {
    const group = NOTES.groups[1];
    if (group === undefined) throw new Error("no group");
    const long = { ...group, heading: "界".repeat(140) };
    const text = formatNotes({ ...NOTES, groups: Array.from({ length: 40 }, () => long) });
    expect(Buffer.byteLength(text)).to.be.at.most(OUTPUT_BYTES_MAX);
    expect(parseNotes(text).groups.length).to.be.within(5, 39);
  });

  it("names the line that is no line of notes", () => {
    for (const broken of [
      "",
      "Dear reader,",
      formatNotes(NOTES).replace("Size: 1200", "Size: many"),
      `${formatNotes(NOTES)}\nhello`,
    ]) {
      expect(() => parseNotes(broken), broken.slice(0, 20)).to.throw(
        SampleFailure,
        "is not what the reading notes have",
      );
    }
  });
});
