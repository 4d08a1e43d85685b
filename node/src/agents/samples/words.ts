import type { Language } from "./language.ts";
import { WORD_CHARS_MAX } from "./limits.ts";

// Numbers keep their points and commas (2,900); words keep inner apostrophes and hyphens (bull's-eye).
const TOKEN = /\p{N}+(?:[.,]\p{N}+)*|\p{L}[\p{L}\p{M}\p{N}]*(?:['’‐‑-][\p{L}\p{N}][\p{L}\p{M}\p{N}]*)*/gu;
const ADDRESS = /(?:https?:\/\/|www\.)\S+|\S+@\S+\.\S+/g;
const UNSPACED_SCRIPT =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

/** A word as it stands in a text. */
export interface Token {
  readonly text: string;
  /** In lower case, with straight apostrophes. */
  readonly lower: string;
  /** Whether nothing but spaces stands between the word before and this one. */
  readonly joined: boolean;
}

// Made once: making a segmenter costs more than segmenting a sentence. The locale is fixed, so that every machine agrees.
let segmenter: Intl.Segmenter | undefined;

/** Chinese, Japanese, Thai and others put no spaces between words; Node's own segmenter knows theirs. */
function splitUnspaced(run: string): string[] {
  segmenter ??= new Intl.Segmenter("en", { granularity: "word" });
  return [...segmenter.segment(run)].filter((part) => part.isWordLike === true).map((part) => part.segment);
}

/** The words of a text, in order. Web and mail addresses are left out. */
export function tokenize(text: string): Token[] {
  const clean =
    text.includes("/") || text.includes("@") || text.includes("www") ? text.replace(ADDRESS, " ; ") : text;
  const tokens: Token[] = [];
  let end = -1;
  for (const match of clean.matchAll(TOKEN)) {
    const word = match[0];
    const joined = end !== -1 && clean.slice(end, match.index).trim() === "";
    end = match.index + word.length;
    const pieces = UNSPACED_SCRIPT.test(word) ? splitUnspaced(word) : [word];
    pieces.forEach((piece, index) => {
      const lower = piece.toLowerCase().replaceAll("’", "'");
      tokens.push({ text: piece, lower, joined: index > 0 || joined });
    });
  }
  return tokens;
}

/** Whether a word begins with a capital letter. */
export function isCapitalized(word: string): boolean {
  return /^\p{Lu}/u.test(word);
}

/** Whether a word can carry a subject: no stop word, no number, not too short or long. */
export function isContentWord(token: Token, language: Language): boolean {
  const { lower } = token;
  if (lower.length > WORD_CHARS_MAX || language.stopWords.has(lower) || !/^\p{L}/u.test(lower)) return false;
  return lower.length > 2 || UNSPACED_SCRIPT.test(lower);
}

/** The distinct stems of the content words and the numbers of a text: what the programs compare texts by. */
export function contentStems(tokens: readonly Token[], language: Language): Set<string> {
  const stems = new Set<string>();
  for (const token of tokens) {
    if (/^\p{N}/u.test(token.lower)) stems.add(token.lower);
    else if (isContentWord(token, language)) stems.add(language.stem(token.lower));
  }
  return stems;
}
