import { COUNT_SEPARATOR, groupDigits } from "./compose.ts";
import { cutAtSentenceEnd } from "./cut.ts";
import { Evidence } from "./evidence.ts";
import { SampleFailure } from "./failure.ts";
import { stripInline } from "./inline.ts";
import { OUTPUT_BYTES_MAX, STATEMENTS_MAX } from "./limits.ts";
import { splitSentences } from "./sentences.ts";

/** Stands behind everything that the critic looked for and did not find. */
export const NOT_FOUND = "[not found in the document]";

/** What the critic tells apart, in the order of its account. */
const KINDS = ["quotes", "terms", "headings", "figures", "statements"] as const;
type Kind = (typeof KINDS)[number];

const HEADING = /^(#{1,6}\s+)(.*)$/;
const QUOTE_LINE = /^\s{0,3}>\s?/;
const LIST_MARK = /^\s*(?:[-*+•]|\d{1,3}[.)])\s+/;
const PLACE = /\[\d{1,7}(?:[–-]\d{1,7})?\]$/;
const EMPHASIS_LINE = /^\*([^*]+)\*$/;
const STRONG = /\*\*([^*]{1,300})\*\*/g;
const INLINE_QUOTE = /[“„«]([^“”„«»]{1,2000})[”“»]|"([^"]{1,2000})"/g;
/** Language models like to put a whole answer between fences. */
const CODE_FENCE = /^(?:```|~~~)/;
const WORD = /[\p{L}\p{N}]/u;
const QUOTE_WORDS_MIN = 3;
/** Quotes that were not found and for which the closest sentence is named. */
const CLOSEST_MAX = 3;

/** Checks one brief, piece by piece, and keeps the account. */
class BriefChecker {
  readonly #evidence: Evidence;
  readonly #checked = new Map<Kind, number>();
  readonly #missingQuotes: string[] = [];
  #missing = 0;
  #total = 0;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  #count(kind: Kind, found: boolean): string {
    this.#checked.set(kind, (this.#checked.get(kind) ?? 0) + 1);
    this.#total += 1;
    if (!found) this.#missing += 1;
    return found ? "" : ` ${NOT_FOUND}`;
  }

  get isFull(): boolean {
    return this.#total >= STATEMENTS_MAX;
  }

  heading(marks: string, text: string): string {
    const { frame } = this.#evidence.document.language;
    const label = text.startsWith(`${frame.brief}:`) ? text.slice(frame.brief.length + 1) : text;
    if (this.#evidence.claimStems(label).size === 0) return `${marks}${text}`;
    return `${marks}${text}${this.#count("headings", this.#evidence.hasTerm(stripInline(label)))}`;
  }

  /** A block quote: the whole of it, or, if that is not found, each of its lines. */
  quote(lines: readonly string[]): string[] {
    const bare = lines.map((line) => splitPlace(line.replace(QUOTE_LINE, "")).body);
    const whole = stripInline(bare.join(" "));
    if (whole === "") return [...lines];
    if (lines.length > 1 && this.#evidence.hasQuote(whole)) {
      this.#count("quotes", true);
      return [...lines];
    }
    return lines.map((line, index) => {
      const text = stripInline(bare[index] ?? "").replace(/^["“„«](.*)["”“»]$/, "$1");
      if (text === "") return line;
      const found = this.#evidence.hasQuote(text);
      if (!found) this.#missingQuotes.push(text);
      return `${line}${this.#count("quotes", found)}`;
    });
  }

  /** A line of counts, "*words: 6,873 · sentences: 307*"; undefined if a line is none. */
  figures(line: string): string | undefined {
    const inner = EMPHASIS_LINE.exec(line)?.[1];
    const { language, sentences, sections, wordCount } = this.#evidence.document;
    const { frame } = language;
    const truths = new Map([
      [frame.words, wordCount],
      [frame.sentences, sentences.length],
      [frame.sections, sections.length - 1],
    ]);
    const items = inner?.split(COUNT_SEPARATOR) ?? [];
    const known = items.map((item) => truths.get(item.replace(/:[^:]*$/, "")));
    if (items.length === 0 || known.includes(undefined)) return undefined;
    const checked = items.map((item, index) => {
      const label = item.replace(/:[^:]*$/, "");
      return `${item}${this.#count("figures", item === `${label}: ${groupDigits(known[index] ?? 0, frame)}`)}`;
    });
    return `*${checked.join(COUNT_SEPARATOR)}*`;
  }

  /** Running text: each sentence by its quotes, its marked terms, and what else it says. */
  prose(line: string): string {
    const mark = LIST_MARK.exec(line)?.[0] ?? "";
    const sentences = splitSentences(line.slice(mark.length).trim(), this.#evidence.document.language);
    return `${mark}${sentences.map((sentence) => this.#sentence(sentence)).join(" ")}`;
  }

  #sentence(sentence: string): string {
    const { place, body } = splitPlace(sentence);
    let rest = body;
    let marked = body.replace(INLINE_QUOTE, (whole: string, curly?: string, straight?: string) => {
      const quote = stripInline(curly ?? straight ?? "");
      if (quote.split(/\s+/).length < QUOTE_WORDS_MIN) return whole;
      rest = rest.replace(whole, " ");
      const found = this.#evidence.hasQuote(quote);
      if (!found) this.#missingQuotes.push(quote);
      return `${whole}${this.#count("quotes", found)}`;
    });
    marked = marked.replace(STRONG, (whole: string, term: string) => {
      const found = this.#evidence.hasTerm(stripInline(term));
      rest = rest.replace(whole, " ");
      return `${whole}${this.#count("terms", found)}`;
    });
    const claim = stripInline(rest);
    if (this.#evidence.claimStems(claim).size === 0) return `${marked}${place}`;
    return `${marked}${place}${this.#count("statements", this.#evidence.supports(claim))}`;
  }

  /** The account: how much was checked, how much found, and what comes closest to quotes that were not. */
  account(): string {
    const { frame } = this.#evidence.document.language;
    const parts = KINDS.filter((kind) => this.#checked.has(kind)).map(
      (kind) => `${frame[kind]} ${this.#checked.get(kind)}`,
    );
    const found = this.#total - this.#missing;
    const closest = this.#missingQuotes.slice(0, CLOSEST_MAX).flatMap((quote) => {
      const sentence = this.#evidence.closest(quote);
      return sentence === undefined ? [] : [`- ${frame.closest}: ${sentence.text} [${sentence.place}]`];
    });
    return [
      `## ${frame.check}`,
      `${frame.checked}: ${parts.join(", ")}. ${frame.found}: ${found}/${this.#total}.`,
      ...(closest.length === 0 ? [] : [closest.join("\n")]),
      `*${frame.checkNote}*`,
    ].join("\n\n");
  }
}

/** Takes a place number off the end of a sentence, with the space before it. */
function splitPlace(sentence: string): { readonly body: string; readonly place: string } {
  const number = PLACE.exec(sentence)?.[0] ?? "";
  const body = sentence.slice(0, sentence.length - number.length).trimEnd();
  return { body, place: sentence.slice(body.length) };
}

/**
 * Checks a brief against its document.
 *
 * Block quotes and quotes in quotation marks have to stand in the document word for word; bold terms and headings, by
 * their words; counts of words, sentences and sections have to be right; every other statement needs its words, names
 * and figures together in neighbouring sentences. What is not found is marked. A brief that is longer than an answer,
 * or has more than `STATEMENTS_MAX` statements, is cut there.
 *
 * @param documentText clean text, see `decodeDocument`
 * @param brief Markdown
 * @returns the marked brief with an account at its end, at most `OUTPUT_BYTES_MAX` bytes
 * @throws SampleFailure BRIEF_EMPTY
 */
export function checkBrief(documentText: string, brief: string): string {
  if (brief.trim() === "") {
    throw new SampleFailure("BRIEF_EMPTY", "the brief is empty", "let the writer's task give a text");
  }
  const checker = new BriefChecker(new Evidence(documentText));
  // What an answer has no room for need not be checked.
  const lines = cutAtSentenceEnd(brief.trim(), OUTPUT_BYTES_MAX).split("\n");
  const result: string[] = [];
  for (let index = 0; index < lines.length && !checker.isFull; index += 1) {
    const line = (lines[index] ?? "").trimEnd();
    const heading = HEADING.exec(line);
    if (!WORD.test(line) || CODE_FENCE.test(line)) result.push(line);
    else if (heading !== null) result.push(checker.heading(heading[1] ?? "", heading[2] ?? ""));
    else if (QUOTE_LINE.test(line)) {
      const from = index;
      while (QUOTE_LINE.test(lines[index + 1] ?? "")) index += 1;
      result.push(...checker.quote(lines.slice(from, index + 1).map((quoted) => quoted.trimEnd())));
    } else result.push(checker.figures(line) ?? checker.prose(line));
  }
  const account = checker.account();
  const room = OUTPUT_BYTES_MAX - Buffer.byteLength(account) - "\n\n\n".length;
  return `${cutAtSentenceEnd(result.join("\n"), room)}\n\n${account}\n`;
}
