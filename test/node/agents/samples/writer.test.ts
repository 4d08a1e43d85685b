import { expect } from "chai";
import { describe, it } from "mocha";
import { BRIEF_BYTES_MAX } from "../../../../node/src/agents/samples/limits.ts";
import { formatNotes, type NotesGroup } from "../../../../node/src/agents/samples/notes.ts";
import { SALT } from "./fixtures.ts";
import { PROCESS_TIMEOUT_MS, prompt, quotesOf, run } from "./run.ts";

describe("samples/writer", function () {
  this.timeout(PROCESS_TIMEOUT_MS);

  it("composes headings and quotes from what the reader chose, and adds nothing", async () => {
    const notes = await run("reader", SALT);
    const { code, stdout } = await run("writer", prompt(["request", SALT], ["output read", notes.stdout]));
    expect(code).to.equal(0);
    expect(stdout).to.match(/^# Brief: A Short Account of Salt\n\nIt is mainly about \*\*salt\*\*/);
    expect(stdout).to.include("\n## In short\n");
    const quotes = quotesOf(stdout);
    expect(quotes.length).to.be.at.least(4);
    for (const quote of quotes) expect(notes.stdout).to.include(quote);
  });

  it("works by hand behind the reader", async () => {
    const notes = (await run("reader", SALT)).stdout;
    expect(await run("writer", notes)).to.deep.equal(await run("writer", prompt(["output any name", notes])));
  });

  it("stays within its size, in any script, and ends with a whole quote", async () => {
    const group: NotesGroup = {
      kind: "section",
      number: 1,
      heading: "界".repeat(100),
      terms: [],
      quotes: [{ first: 1, last: 1, text: `${"界".repeat(140)}。` }],
    };
    const summary = [{ first: 1, last: 1, text: "界。" }];
    const lists = { keyPhrases: ["界"], names: [], summary };
    const sizes = { title: undefined, language: "und", words: 9, sentences: 9, sections: 9 };
    const notes = formatNotes({ ...sizes, ...lists, groups: Array.from({ length: 30 }, () => group) });
    const { code, stdout, bytes } = await run("writer", notes);
    expect(code).to.equal(0);
    expect(bytes).to.be.within(BRIEF_BYTES_MAX / 2, BRIEF_BYTES_MAX);
    expect(stdout).to.match(/。 \[1\]\n$/);
  });

  it("says in one line what is wrong with its input", async () => {
    const cases: readonly (readonly [string, string | Uint8Array])[] = [
      ["PART_MISSING", prompt(["request", SALT])],
      ["NOTES_MALFORMED", prompt(["output read", "Dear writer,\nhere is what I think."])],
      ["NOTES_MALFORMED", ""],
      ["DOCUMENT_NOT_UTF8", prompt(["output read", Buffer.from([0xff, 0xfe, 0x41])])],
    ];
    for (const [code, stdin] of cases) {
      const result = await run("writer", stdin);
      expect([result.code, result.stdout], code).to.deep.equal([1, ""]);
      expect(result.stderr, code).to.match(new RegExp(`^writer: ${code}: [^\\n]+; [^\\n]+\\n$`));
    }
  });
});
