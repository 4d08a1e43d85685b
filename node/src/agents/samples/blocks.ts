import { stripInline } from "./inline.ts";
import { HEADING_CHARS_MAX } from "./limits.ts";
import { tokenize } from "./words.ts";

/** A piece of a document between two breaks. */
export interface Block {
  readonly kind: "heading" | "paragraph" | "item";
  /** Depth of a heading, 1 to 6; 0 for anything else. */
  readonly level: number;
  /** On one line, without Markdown marks. */
  readonly text: string;
}

/** A document taken apart; `frontTitle` is the title that stands in its front matter. */
export interface Blocks {
  readonly blocks: readonly Block[];
  readonly frontTitle: string | undefined;
}

const FRONT_MATTER_LINES_MAX = 100;
const ATX_HEADING = /^ {0,3}(#{1,6})[ \t]+(\S.*)$/;
const SETEXT_LINE = /^ {0,3}(?:={2,}|-{2,})[ \t]*$/;
const RULE = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|={3,}|~{4,})$/;
const CODE_FENCE = /^ {0,3}(```|~~~)/;
const TABLE_RULE = /^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)+\|?\s*$/;
const BULLET = /^\s{0,8}(?:[-*+•‣◦]|\d{1,3}[.)])[ \t]+(?=\S)/;
const BULLET_IN_TEXT = /^\s{0,8}(?:[-*+•‣◦]|1[.)])[ \t]+(?=\S)/;
const LINK_DEFINITION = /^ {0,3}\[[^[\]]{1,100}\]:\s/;
const TERMINAL = /[.!?…:;,。！？]["'”’»)\]]*$/;

/** A longer line is no rule of a table; keeps the pattern's cost bounded. */
const TABLE_LINE_CHARS_MAX = 1_000;
/** Characters of a heading's line that are looked at. */
const HEADING_LINE_CHARS_MAX = 1_000;
/** Characters at the end of a text in which its full stop has to stand. */
const TERMINAL_CHARS = 6;
/** Letters of a word's half at the end of a line. */
const HALF_WORD_CHARS = 40;
/** A line of more characters is a paragraph of its own: nobody wraps at that width. */
const UNWRAPPED_LINE_CHARS = 220;
const PLAIN_HEADING_CHARS_MAX = 80;
/** A heading with a number and a full stop, "4. Conveying Verbatim Copies." */
const NUMBERED_HEADING = /^\d{1,3}[.)] \p{Lu}\S*(?: \S+){0,6}$/u;
/** Blocks after the first in which author and date may stand. */
const TITLE_BLOCKS = 2;
const DATE_LINE = /^(?:\d{1,2}\.? )?(?:de )?\p{L}+ (?:de )?(?:\d{1,2}, )?\d{4}$/u;
/** Short lines that hold more than this share of the text are no headings but verse, dialogue or a list. */
const PLAIN_HEADING_SHARE_MAX = 0.2;

function dropComments(text: string): string {
  let from = text.indexOf("<!--");
  if (from === -1) return text;
  let kept = "";
  let position = 0;
  while (from !== -1) {
    const end = text.indexOf("-->", from + 4);
    if (end === -1) break;
    kept += text.slice(position, from);
    position = end + 3;
    from = text.indexOf("<!--", position);
  }
  return kept + text.slice(position);
}

/** The lines after the front matter, and the title in it. */
function takeFrontMatter(lines: readonly string[]): { lines: readonly string[]; title: string | undefined } {
  if (lines[0]?.trim() !== "---") return { lines, title: undefined };
  const end = lines
    .slice(0, FRONT_MATTER_LINES_MAX)
    .findIndex((line, index) => index > 0 && line.trim() === "---");
  if (end < 2 || !lines.slice(1, end).some((line) => /^\w[\w-]*:/.test(line)))
    return { lines, title: undefined };
  const title = lines.slice(1, end).find((line) => /^title:/i.test(line));
  const text = title
    ?.slice(6)
    .trim()
    .replace(/^["'](.*)["']$/, "$1");
  return { lines: lines.slice(end + 1), title: text === "" ? undefined : text };
}

/** Marks the lines that are code between fences or rows of a table: they hold no sentences. */
function markSkipped(lines: readonly string[]): ReadonlySet<number> {
  const skipped = new Set<number>();
  const unclosed = new Set<string>();
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const fence = CODE_FENCE.exec(line)?.[1];
    if (fence !== undefined && !unclosed.has(fence)) {
      let close = index + 1;
      while (close < lines.length && !(lines[close] ?? "").trim().startsWith(fence)) close += 1;
      if (close === lines.length) {
        unclosed.add(fence);
        continue;
      }
      for (let inside = index; inside <= close; inside += 1) skipped.add(inside);
      index = close;
    } else if (line.trimStart().startsWith("|")) {
      skipped.add(index);
    } else if (line.includes("|") && line.length <= TABLE_LINE_CHARS_MAX && TABLE_RULE.test(line)) {
      skipped.add(index - 1).add(index);
      while ((lines[index + 1] ?? "").includes("|")) {
        index += 1;
        skipped.add(index);
      }
    }
  }
  return skipped;
}

/**
 * Joins hard-wrapped lines. A word that was divided at the end of a line is put together again if the document has it
 * in one piece elsewhere; otherwise its hyphen stays.
 */
class LineJoiner {
  readonly #text: string;
  #vocabulary: ReadonlySet<string> | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  join(lines: readonly string[]): string {
    const pieces: string[] = [];
    lines.forEach((line, index) => {
      const piece = line.trim();
      const head = /(\p{L}{2,})-$/u.exec(piece.slice(-HALF_WORD_CHARS))?.[1];
      const tail = /^\p{Ll}\p{L}+/u.exec((lines[index + 1] ?? "").trimStart().slice(0, HALF_WORD_CHARS))?.[0];
      if (head === undefined || tail === undefined) pieces.push(piece, " ");
      else pieces.push(this.#isOneWord(head, tail) ? piece.slice(0, -1) : piece);
    });
    return pieces.join("");
  }

  #isOneWord(head: string, tail: string): boolean {
    this.#vocabulary ??= new Set(tokenize(this.#text).map((token) => token.lower));
    if (this.#vocabulary.has(`${head}${tail}`.toLowerCase())) return true;
    if (this.#vocabulary.has(`${head}-${tail}`.toLowerCase())) return false;
    return !this.#vocabulary.has(tail.toLowerCase());
  }
}

function shorten(text: string): string {
  return text.length <= HEADING_CHARS_MAX
    ? text
    : `${text.slice(0, HEADING_CHARS_MAX - 1).replace(/\s+\S*$/, "")}…`;
}

function headingBlock(level: number, raw: string): Block {
  const line = raw.slice(0, HEADING_LINE_CHARS_MAX).trim();
  return { kind: "heading", level, text: shorten(stripInline(line.replace(/ #+$/, ""))) };
}

/** Whether most of the text stands in lines that were never wrapped, so that each line is a paragraph. */
function isUnwrapped(lines: readonly string[]): boolean {
  const long = lines.reduce((sum, line) => sum + (line.length > UNWRAPPED_LINE_CHARS ? line.length : 0), 0);
  return long * 2 > lines.reduce((sum, line) => sum + line.length, 0);
}

/** Gathers the lines of one document into blocks. */
class BlockBuilder {
  readonly blocks: Block[] = [];
  readonly #joiner: LineJoiner;
  #open: string[] = [];
  #openKind: "paragraph" | "item" = "paragraph";

  constructor(joiner: LineJoiner) {
    this.#joiner = joiner;
  }

  get openLines(): number {
    return this.#open.length;
  }

  add(line: string): void {
    this.#open.push(line);
  }

  start(kind: "paragraph" | "item", line: string): void {
    this.close();
    this.#openKind = kind;
    this.#open.push(line);
  }

  heading(level: number, text: string): void {
    this.close();
    const block = headingBlock(level, text);
    if (block.text !== "") this.blocks.push(block);
  }

  /** The one open line becomes a heading, if it looks like one. */
  underlineOpen(level: number): boolean {
    const [line] = this.#open;
    if (this.#open.length !== 1 || line === undefined || line.length > HEADING_CHARS_MAX) return false;
    this.#open = [];
    this.heading(level, line);
    return true;
  }

  close(): void {
    const text = stripInline(this.#joiner.join(this.#open));
    if (text !== "") this.blocks.push({ kind: this.#openKind, level: 0, text });
    this.#open = [];
    this.#openKind = "paragraph";
  }
}

/** "2. Methods", alone between blank lines, is a heading of a plain text and no item of a list. */
function isNumberedHeading(lines: readonly string[], index: number): boolean {
  const line = (lines[index] ?? "").trim();
  if (!/^\d{1,3}[.)]\s/.test(line) || line.length > PLAIN_HEADING_CHARS_MAX) return false;
  const alone = [lines[index - 1], lines[index + 1]].every((other) => (other ?? "").trim() === "");
  return alone && (NUMBERED_HEADING.test(line) || !TERMINAL.test(line.slice(-TERMINAL_CHARS)));
}

function buildBlocks(lines: readonly string[], joiner: LineJoiner): Block[] {
  const skipped = markSkipped(lines);
  const unwrapped = isUnwrapped(lines);
  const builder = new BlockBuilder(joiner);
  lines.forEach((raw, index) => {
    const line = raw.replace(/^ {0,3}(?:> ?)+/, "");
    const atx = ATX_HEADING.exec(line);
    if (skipped.has(index) || line.trim() === "" || LINK_DEFINITION.test(line)) builder.close();
    else if (atx !== null) builder.heading(atx[1]?.length ?? 1, atx[2] ?? "");
    else if (SETEXT_LINE.test(line) && builder.underlineOpen(line.includes("=") ? 1 : 2)) return;
    else if (RULE.test(line) || SETEXT_LINE.test(line)) builder.close();
    else if (
      (builder.openLines === 0 ? BULLET : BULLET_IN_TEXT).test(line) &&
      !isNumberedHeading(lines, index)
    ) {
      builder.start("item", line.replace(BULLET, ""));
    } else if (unwrapped && builder.openLines > 0) builder.start("paragraph", line);
    else builder.add(line);
  });
  builder.close();
  return builder.blocks;
}

function looksLikeHeading(block: Block, next: Block | undefined): boolean {
  const { text } = block;
  if (next === undefined || text.length > PLAIN_HEADING_CHARS_MAX) return false;
  if (TERMINAL.test(text.slice(-TERMINAL_CHARS)) && !NUMBERED_HEADING.test(text)) return false;
  if (next.kind === "item" || !/^[\p{Lu}\p{N}§¿¡"“„«]/u.test(text) || !/\p{L}/u.test(text)) return false;
  return text.length < next.text.length || next.text.length <= PLAIN_HEADING_CHARS_MAX;
}

/**
 * Headings of a plain text: short lines that stand alone, without a full stop, before a paragraph. Where two or more
 * follow each other, the last is the heading and the rest are title, author and date.
 */
function inferHeadings(blocks: readonly Block[]): readonly Block[] {
  const looks = blocks.map((block, index) => looksLikeHeading(block, blocks[index + 1]));
  const lengthOf = (some: readonly Block[]): number =>
    some.reduce((sum, block) => sum + block.text.length, 0);
  const short = blocks.filter((_, index) => looks[index]);
  if (short.length > 1 && lengthOf(short) > lengthOf(blocks) * PLAIN_HEADING_SHARE_MAX) return blocks;
  const result: Block[] = [];
  blocks.forEach((block, index) => {
    if (looks[0] === true && isByline(block.text, index)) return;
    if (looks[index] !== true) result.push(block);
    else if (result.length === 0) result.push({ ...block, kind: "heading", level: 1 });
    else if (looks[index + 1] !== true) {
      result.push({ ...block, kind: "heading", level: 2 });
    } else if (index > TITLE_BLOCKS) result.push(block);
  });
  return result;
}

/** The line below a title that names an author or a date. */
function isByline(text: string, index: number): boolean {
  if (index === 0 || index > TITLE_BLOCKS || text.length > PLAIN_HEADING_CHARS_MAX) return false;
  return (
    DATE_LINE.test(text) || (/^(?:by|von|por)\s/i.test(text) && !TERMINAL.test(text.slice(-TERMINAL_CHARS)))
  );
}

/**
 * Takes a document apart into headings, paragraphs and list items: Markdown, or plain text with or without headings,
 * wrapped or not. Code, tables, comments, rules and link definitions are left out.
 *
 * @param text clean text, see `decodeDocument`
 */
export function splitBlocks(text: string): Blocks {
  const { lines, title } = takeFrontMatter(dropComments(text).split("\n"));
  const blocks = buildBlocks(lines, new LineJoiner(text));
  const marked = blocks.some((block) => block.kind === "heading");
  return { blocks: marked ? blocks : inferHeadings(blocks), frontTitle: title };
}
