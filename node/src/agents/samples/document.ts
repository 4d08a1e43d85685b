import { type Block, splitBlocks } from "./blocks.ts";
import { detectLanguage, type Language } from "./language.ts";
import { splitSentences } from "./sentences.ts";
import { type Token, tokenize } from "./words.ts";

/** A sentence of a document. */
export interface Sentence {
  /** Its place, counted from 1 over the whole document. */
  readonly place: number;
  readonly text: string;
  readonly tokens: readonly Token[];
  /** Index of its section in `TextDocument.sections`. */
  readonly section: number;
  /** Counts the paragraphs of the document; neighbours in one paragraph have the same number. */
  readonly paragraph: number;
  readonly firstInParagraph: boolean;
  /** Whether it stands in a list. */
  readonly inList: boolean;
}

/** What stands below one heading, deeper headings included. */
export interface Section {
  /** Its heading; empty for what stands before the first one. */
  readonly heading: string;
  /** References, contents, licence: counted, and not quoted from. */
  readonly apparatus: boolean;
}

/** A document as the programs see it. */
export interface TextDocument {
  readonly title: string | undefined;
  readonly language: Language;
  readonly sections: readonly Section[];
  readonly sentences: readonly Sentence[];
  /** The text of headings, paragraphs and items, one per line. */
  readonly lines: readonly string[];
  readonly wordCount: number;
}

/** Blocks before the first heading within which that heading is still the title. */
const BLOCKS_BEFORE_TITLE_MAX = 1;

/** Blocks, and characters of each, by which the language is told. */
const LANGUAGE_SAMPLE_BLOCKS = 200;
const LANGUAGE_SAMPLE_CHARS = 400;

function titleIndex(blocks: readonly Block[]): number {
  const first = blocks.findIndex((block) => block.kind === "heading");
  if (first === -1) return -1;
  const level = blocks[first]?.level ?? 0;
  const equals = blocks.filter((block) => block.kind === "heading" && block.level <= level).length;
  // One among equals names a section, unless the next heading stands directly below it.
  const headingFollows = blocks[first + 1]?.kind === "heading";
  return first <= BLOCKS_BEFORE_TITLE_MAX && (equals === 1 || headingFollows) ? first : -1;
}

/** The depth of heading that divides the document: the shallowest with two or more, the title aside. */
function dividingLevel(blocks: readonly Block[], title: number): number {
  const counts = [0, 0, 0, 0, 0, 0, 0];
  blocks.forEach((block, index) => {
    if (block.kind === "heading" && index !== title) counts[block.level] = (counts[block.level] ?? 0) + 1;
  });
  const level = counts.findIndex((count) => count >= 2);
  return level === -1 ? counts.findIndex((count) => count >= 1) : level;
}

/** Words from all over the document, enough to tell its language. */
function sampleWords(blocks: readonly Block[]): string[] {
  const step = Math.max(1, Math.floor(blocks.length / LANGUAGE_SAMPLE_BLOCKS));
  const sample = blocks.filter((_, index) => index % step === 0);
  return sample.flatMap((block) =>
    tokenize(block.text.slice(0, LANGUAGE_SAMPLE_CHARS)).map((token) => token.lower),
  );
}

/**
 * Reads a clean text (see `decodeDocument`) into title, sections and sentences.
 *
 * A section begins at each heading of the dividing depth or above; deeper headings stay inside it.
 */
export function readDocument(text: string): TextDocument {
  const { blocks, frontTitle } = splitBlocks(text);
  const title = titleIndex(blocks);
  const level = dividingLevel(blocks, title);
  const language = detectLanguage(sampleWords(blocks));
  const sections: Section[] = [{ heading: "", apparatus: false }];
  const sentences: Sentence[] = [];
  let wordCount = 0;
  blocks.forEach((block, index) => {
    if (block.kind === "heading") {
      wordCount += tokenize(block.text).length;
      if (index !== title && block.level <= level) {
        const name = block.text
          .toLowerCase()
          .replace(/[^\p{L}\s]/gu, "")
          .trim();
        sections.push({ heading: block.text, apparatus: language.apparatus.has(name) });
      }
      return;
    }
    splitSentences(block.text, language).forEach((sentence, position) => {
      const tokens = tokenize(sentence);
      wordCount += tokens.length;
      sentences.push({
        place: sentences.length + 1,
        text: sentence,
        tokens,
        section: sections.length - 1,
        paragraph: index,
        firstInParagraph: position === 0,
        inList: block.kind === "item",
      });
    });
  });
  return {
    title: frontTitle ?? blocks[title]?.text,
    language,
    sections,
    sentences,
    lines: blocks.map((block) => block.text),
    wordCount,
  };
}
