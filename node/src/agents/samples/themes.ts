import type { Section, Sentence, TextDocument } from "./document.ts";
import { THEMES_MAX } from "./limits.ts";
import { contentStems } from "./words.ts";

/** Sentences on each side of a gap that are compared. */
const BLOCK_SENTENCES = 8;
/** A theme has at least so many sentences. */
const THEME_SENTENCES_MIN = 4;
/** One theme for so many sentences, in the smallest documents; the number grows with the root. */
const SENTENCES_OF_ONE_THEME = 5;

function countStems(sets: readonly ReadonlySet<string>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const set of sets) for (const stem of set) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  return counts;
}

/** Cosine of two bags of words. */
function cosine(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (const [stem, count] of a) {
    dot += count * (b.get(stem) ?? 0);
    aa += count * count;
  }
  for (const count of b.values()) bb += count * count;
  return aa === 0 || bb === 0 ? 0 : dot / Math.sqrt(aa * bb);
}

/**
 * The sentences at which a new theme begins: where the words before and behind have least in common (the idea of Marti
 * Hearst's TextTiling, 1997), at the start of a paragraph if the document has paragraphs, and well apart.
 */
function findBreaks(document: TextDocument, themes: number): number[] {
  const { sentences } = document;
  const sets = sentences.map((sentence) => contentStems(sentence.tokens, document.language));
  const starts = sentences.flatMap((sentence, index) =>
    index > 0 && sentence.firstInParagraph ? [index] : [],
  );
  const gaps = starts.length >= themes * 2 ? starts : sentences.map((_, index) => index).slice(1);
  const scored = gaps
    .map((gap) => {
      const before = countStems(sets.slice(Math.max(0, gap - BLOCK_SENTENCES), gap));
      const behind = countStems(sets.slice(gap, gap + BLOCK_SENTENCES));
      return { gap, likeness: cosine(before, behind) };
    })
    .sort((a, b) => a.likeness - b.likeness || a.gap - b.gap);
  const apart = Math.max(THEME_SENTENCES_MIN, Math.floor(sentences.length / (themes * 2)));
  const breaks: number[] = [];
  for (const { gap } of scored) {
    if (breaks.length === themes - 1) break;
    if ([0, sentences.length, ...breaks].every((other) => Math.abs(other - gap) >= apart)) breaks.push(gap);
  }
  return breaks.sort((a, b) => a - b);
}

/**
 * Divides a document that has no headings into themes. Their headings stay empty: the reader names them by their terms.
 *
 * @returns the same document, its sentences assigned to themes instead of sections
 */
export function divideIntoThemes(document: TextDocument): TextDocument {
  const count = document.sentences.length;
  const themes = Math.max(1, Math.min(THEMES_MAX, Math.round(Math.sqrt(count / SENTENCES_OF_ONE_THEME))));
  const breaks = findBreaks(document, themes);
  const sections: Section[] = [0, ...breaks].map(() => ({ heading: "", apparatus: false }));
  const sentences: Sentence[] = document.sentences.map((sentence, index) => ({
    ...sentence,
    section: breaks.filter((at) => at <= index).length,
  }));
  return { ...document, sections, sentences };
}
