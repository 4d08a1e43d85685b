import { SampleFailure } from "./failure.ts";
import { OUTPUT_BYTES_MAX } from "./limits.ts";

/** A passage with its place in the document: one sentence, or the first and last of two. */
export interface Quote {
  readonly first: number;
  readonly last: number;
  readonly text: string;
}

/** What the reader chose from one section of the document, or from one theme of a document without headings. */
export interface NotesGroup {
  readonly kind: "section" | "theme";
  /** Counts the sections or themes of the document from 1; 0 for what stands before the first heading. */
  readonly number: number;
  readonly heading: string;
  readonly terms: readonly string[];
  readonly quotes: readonly Quote[];
}

/** The reader's answer, and what the writer works on. */
export interface Notes {
  readonly title: string | undefined;
  /** Code of the language: en, de, es, or und for any other. */
  readonly language: string;
  readonly words: number;
  readonly sentences: number;
  /** Sections with a heading; 0 for a document without headings. */
  readonly sections: number;
  readonly keyPhrases: readonly string[];
  readonly names: readonly string[];
  readonly summary: readonly Quote[];
  readonly groups: readonly NotesGroup[];
}

const FIRST_LINE = "# Reading notes, format 1";
const SUMMARY_HEADING = "## Summary";
const LIST_SEPARATOR = "; ";

/** "[7]" for one sentence, "[7–8]" for two. */
export function formatPlace(quote: Quote): string {
  return quote.first === quote.last ? `[${quote.first}]` : `[${quote.first}–${quote.last}]`;
}

function formatQuotes(quotes: readonly Quote[]): string[] {
  return quotes.map((quote) => `- ${formatPlace(quote)} ${quote.text}`);
}

function formatGroup(group: NotesGroup): string[] {
  const name = group.kind === "section" ? "Section" : "Theme";
  const heading = group.heading === "" ? "" : `: ${group.heading}`;
  const terms = group.terms.length === 0 ? [] : [`Terms: ${group.terms.join(LIST_SEPARATOR)}`];
  return [`## ${name} ${group.number}${heading}`, ...terms, ...formatQuotes(group.quotes), ""];
}

/**
 * The notes as text, for people and for the writer. Groups at the end are left out if all together have more bytes than
 * an answer may have.
 */
export function formatNotes(notes: Notes): string {
  const head = [
    FIRST_LINE,
    "",
    `Title: ${notes.title ?? ""}`.trimEnd(),
    `Language: ${notes.language}`,
    `Size: ${notes.words} words, ${notes.sentences} sentences, ${notes.sections} sections`,
    `Key phrases: ${notes.keyPhrases.join(LIST_SEPARATOR)}`.trimEnd(),
    `Names: ${notes.names.join(LIST_SEPARATOR)}`.trimEnd(),
    "",
    SUMMARY_HEADING,
    ...formatQuotes(notes.summary),
    "",
  ].join("\n");
  let text = head;
  for (const group of notes.groups) {
    const longer = `${text}\n${formatGroup(group).join("\n")}`;
    if (Buffer.byteLength(longer) > OUTPUT_BYTES_MAX) break;
    text = longer;
  }
  return text;
}

function fail(line: string, expected: string): never {
  throw new SampleFailure(
    "NOTES_MALFORMED",
    `"${line.slice(0, 80)}" is not what the reading notes have in this place`,
    `expected ${expected}; the writer works on what reader.ts prints`,
  );
}

/** Takes the lines of the notes one by one. */
class NotesParser {
  readonly #lines: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#lines = text.split("\n").filter((line) => line !== "");
  }

  get done(): boolean {
    return this.#at >= this.#lines.length;
  }

  /** The value behind `label` on the next line. */
  field(label: string): string {
    const line = this.#lines[this.#at] ?? "";
    if (!line.startsWith(label)) fail(line, `"${label}"`);
    this.#at += 1;
    return line.slice(label.length).trim();
  }

  match(pattern: RegExp, expected: string): readonly string[] {
    const line = this.#lines[this.#at] ?? "";
    const found = pattern.exec(line);
    if (found === null) fail(line, expected);
    this.#at += 1;
    return found.map((group) => group ?? "");
  }

  list(label: string): readonly string[] {
    return this.field(label)
      .split(LIST_SEPARATOR)
      .filter((item) => item !== "");
  }

  optionalList(label: string): readonly string[] {
    return (this.#lines[this.#at] ?? "").startsWith(label) ? this.list(label) : [];
  }

  quotes(): readonly Quote[] {
    const quotes: Quote[] = [];
    while ((this.#lines[this.#at] ?? "").startsWith("- ")) {
      const [, first, last, text] = this.match(
        /^- \[(\d{1,7})(?:–(\d{1,7}))?\] (\S.*)$/,
        '"- [NUMBER] SENTENCE"',
      );
      quotes.push({ first: Number(first), last: Number(last === "" ? first : last), text: text ?? "" });
    }
    return quotes;
  }
}

/**
 * Reads the notes back.
 *
 * @param text what `formatNotes` wrote
 * @throws SampleFailure NOTES_MALFORMED
 */
export function parseNotes(text: string): Notes {
  const parser = new NotesParser(text);
  parser.field(FIRST_LINE);
  const title = parser.field("Title:");
  const language = parser.field("Language:");
  const [, words, sentences, sections] = parser.match(
    /^Size: (\d{1,9}) words, (\d{1,9}) sentences, (\d{1,9}) sections$/,
    '"Size: N words, N sentences, N sections"',
  );
  const keyPhrases = parser.list("Key phrases:");
  const names = parser.list("Names:");
  parser.field(SUMMARY_HEADING);
  const summary = parser.quotes();
  const groups: NotesGroup[] = [];
  while (!parser.done) {
    const [, kind, number, heading] = parser.match(
      /^## (Section|Theme) (\d{1,7})(?:: (.*))?$/,
      '"## Section NUMBER: HEADING"',
    );
    const terms = parser.optionalList("Terms:");
    groups.push({
      kind: kind === "Section" ? "section" : "theme",
      number: Number(number),
      heading: heading ?? "",
      terms,
      quotes: parser.quotes(),
    });
  }
  return {
    title: title === "" ? undefined : title,
    language,
    words: Number(words),
    sentences: Number(sentences),
    sections: Number(sections),
    keyPhrases,
    names,
    summary,
    groups,
  };
}
