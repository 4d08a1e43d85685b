import { expect } from "chai";
import { describe, it } from "mocha";
import { NOT_FOUND } from "../../../../node/src/agents/samples/check.ts";
import { decodeDocument } from "../../../../node/src/agents/samples/decode.ts";
import { readDocument } from "../../../../node/src/agents/samples/document.ts";
import { OUTPUT_BYTES_MAX } from "../../../../node/src/agents/samples/limits.ts";
import { parseNotes } from "../../../../node/src/agents/samples/notes.ts";
import { ACEQUIAS, HONEY, MOORE, SALT, TEA } from "./fixtures.ts";
import { type Answers, flat, PROCESS_TIMEOUT_MS, quotesOf, runAll, SAMPLE } from "./run.ts";

/** What a sensible brief of each document has to show. */
const DOCUMENTS: readonly {
  readonly name: string;
  readonly text: string;
  readonly title: RegExp;
  readonly phrases: readonly string[];
  readonly headings: readonly string[];
  readonly quotes: readonly [number, number];
}[] = [
  {
    name: "the sample document",
    text: SAMPLE,
    title: /^# Brief: Lights at the Edge: How Lighthouses Were Built, Lit and Left$/m,
    phrases: ["**light**", "**tower**", "**lighthouse**", "**Eddystone**"],
    headings: ["## In short", "## Fires on headlands", "## Smeaton's stone", "## Who pays for a light"],
    quotes: [18, 26],
  },
  {
    name: "a Markdown text on bees",
    text: HONEY,
    title: /^# Brief: What a Beehive Knows$/m,
    phrases: ["**honey**", "**swarm**"],
    headings: ["## The dance", "## Choosing a home", "## Wax and heat", "## What can go wrong"],
    quotes: [5, 9],
  },
  {
    name: "a German text on peat",
    text: MOORE,
    title: /^# Kurzfassung: Warum Moore so viel wiegen$/m,
    phrases: ["**Torf**", "**Moore**"],
    headings: ["## In Kürze", "## Wie Torf entsteht", "## Entwässerung", "## Wiedervernässung"],
    quotes: [5, 8],
  },
  {
    name: "a plain text on tea without headings",
    text: TEA,
    title: /^# Brief: Tea, leaf, water$/m,
    phrases: ["**tea**", "**leaf**", "**China**", "**India**"],
    headings: ["## In short"],
    quotes: [5, 9],
  },
  {
    name: "300 words on salt",
    text: SALT,
    title: /^# Brief: A Short Account of Salt$/m,
    phrases: ["**salt**", "**brine**"],
    headings: ["## In short"],
    quotes: [4, 7],
  },
  {
    name: "a Spanish text on irrigation",
    text: ACEQUIAS,
    title: /^# Resumen: Las acequias de Valencia$/m,
    phrases: ["**acequia**", "**agua**", "**tribunal**"],
    headings: ["## En breve", "## El reparto del agua", "## Las faltas"],
    quotes: [4, 7],
  },
];

describe("samples: reader, writer and critic together", function () {
  this.timeout(PROCESS_TIMEOUT_MS);

  const answers = new Map<string, Answers>();

  for (const { name, text, title, phrases, headings, quotes } of DOCUMENTS) {
    it(`make a sensible brief of ${name}`, async () => {
      const { notes, brief, final } = await runAll(text);
      answers.set(name, { notes, brief, final });
      for (const answer of [notes, brief, final]) {
        expect([answer.code, answer.stderr]).to.deep.equal([0, ""]);
        expect(answer.bytes).to.be.within(200, OUTPUT_BYTES_MAX);
      }
      expect(final.stdout).to.match(title);
      for (const phrase of phrases) expect(final.stdout).to.include(phrase);
      const lines = final.stdout.split("\n");
      for (const heading of headings) expect(lines).to.include(heading);
      expect(lines.filter((line) => line.startsWith("## ")).length).to.be.at.least(3);
      const whole = flat(text);
      const quoted = quotesOf(final.stdout);
      expect(quoted.length).to.be.within(...quotes);
      expect(new Set(quoted).size).to.equal(quoted.length);
      for (const quote of quoted) expect(whole).to.include(quote);
      const { sentences } = readDocument(decodeDocument(Buffer.from(text)));
      const parsed = parseNotes(notes.stdout);
      for (const quote of [...parsed.summary, ...parsed.groups.flatMap((group) => group.quotes)]) {
        const there = sentences.slice(quote.first - 1, quote.last).map((sentence) => sentence.text);
        expect(quote.text).to.equal(there.join(" "));
      }
      expect(final.stdout).not.to.include(NOT_FOUND);
      const [, found, all] = /(\d+)\/(\d+)\.\n/.exec(final.stdout) ?? [];
      expect(Number(found)).to.equal(Number(all)).and.to.be.greaterThan(quoted.length);
    });
  }

  it("quote what there is of a text of a few words", async () => {
    for (const text of ["Hello\n", "# Note\n\nCall the baker today.\n"]) {
      const { final } = await runAll(text);
      expect([final.code, final.stderr], text).to.deep.equal([0, ""]);
      expect(quotesOf(final.stdout), text).to.have.length(1);
      expect(final.stdout, text).not.to.include(NOT_FOUND);
    }
  });

  it("make another brief of another document", () => {
    expect(answers.size).to.equal(DOCUMENTS.length);
    const all = [...answers.values()].flatMap(({ final }) => quotesOf(final.stdout));
    expect(new Set(all).size).to.equal(all.length);
  });

  it("give the same bytes for the same document", async () => {
    for (const { name, text } of DOCUMENTS.slice(0, 2)) {
      expect(await runAll(text), name).to.deep.equal(answers.get(name));
    }
  });

  it("make the brief grow with the document, and slowly", () => {
    const sizeOf = (name: string): number => answers.get(name)?.final.bytes ?? 0;
    expect(sizeOf("the sample document")).to.be.within(sizeOf("300 words on salt") * 2, SAMPLE.length / 6);
  });

  it("find at least 5,500 words in the sample document", () => {
    expect(SAMPLE.split(/\s+/).length).to.be.at.least(5_500);
  });
});
