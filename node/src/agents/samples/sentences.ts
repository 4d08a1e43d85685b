import type { Language } from "./language.ts";
import { SENTENCE_CHARS_MAX } from "./limits.ts";

// A full stop, exclamation or question mark with the quotes and brackets that close behind it, then a space; or the
// full stop of Chinese and Japanese, which needs none.
const CANDIDATE = /[.!?…]{1,6}["'”’»)\]]{0,4}(?=\s)|[。！？]{1,6}["'”’»）」』]{0,4}/g;
const OPENING_MARKS = /^["'“‘„«»¿¡([—–-]+/;
/** "b. The licence": a letter that counts, at the start of a sentence. */
const ENUMERATOR = /^\(?\p{Ll}[.)] \p{Lu}/u;
const INITIAL = /^(?:\p{Lu}|\p{Lu}\.-?\p{Lu})$/u;
const DOTTED = /^(?:\p{L}{1,2}\.){1,5}\p{L}{1,2}$/u;
/** Abbreviations that often end a sentence: the word behind them decides. */
const SOMETIMES_LAST = new Set("etc usw al inc ltd co corp bros jr sr u.s u.k a.m p.m ff ee.uu".split(" "));
/** Characters before and behind a full stop that decide about it. */
const LOOK_CHARS = 40;

/** The word before position `end`, without opening quotes and brackets. */
function wordBefore(text: string, end: number): string {
  const chunk = text.slice(Math.max(0, end - LOOK_CHARS), end);
  return (/\S*$/.exec(chunk)?.[0] ?? "").replace(OPENING_MARKS, "");
}

function isStopWord(word: string, language: Language): boolean {
  return language.stopWords.has(word.toLowerCase());
}

/** Whether the full stop behind `word` belongs to the word. `next` is the word that follows. */
function belongsToWord(word: string, next: string, isFirst: boolean, language: Language): boolean {
  const lower = word.toLowerCase();
  const opensSentence = /^\p{Lu}/u.test(next) && isStopWord(next, language);
  if (SOMETIMES_LAST.has(lower)) return !opensSentence;
  if (language.abbreviations.has(lower)) return true;
  if (language.numberAbbreviations.has(lower)) return /^\p{N}/u.test(next);
  if (/^\p{Ll}$/u.test(word)) return isFirst;
  if (INITIAL.test(word)) return !opensSentence || isFirst;
  if (DOTTED.test(word)) return !opensSentence;
  if (/^\p{N}{1,3}$/u.test(word)) {
    return isFirst || (language.dottedOrdinals && !opensSentence);
  }
  return false;
}

function isBoundary(text: string, mark: string, index: number, start: number, language: Language): boolean {
  if (/[。！？]/.test(mark)) return true;
  const behind = text.slice(index + mark.length, index + mark.length + LOOK_CHARS).trimStart();
  const next = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}'’]*/u.exec(behind.replace(OPENING_MARKS, ""))?.[0] ?? "";
  if (/^\p{Ll}/u.test(next)) return ENUMERATOR.test(behind);
  if (!mark.startsWith(".") || mark.startsWith("..")) return true;
  const word = wordBefore(text, index);
  return !belongsToWord(word, next, index - word.length <= start + 1, language);
}

/** Cuts what is longer than any sentence at a semicolon, a comma or a space, and at a whole character if there is none. */
function cutOverlong(sentence: string): string[] {
  const pieces: string[] = [];
  let rest = sentence;
  while (rest.length > SENTENCE_CHARS_MAX) {
    const head = rest.slice(0, SENTENCE_CHARS_MAX);
    const least = SENTENCE_CHARS_MAX / 2;
    const cut = [head.lastIndexOf("; ") + 1, head.lastIndexOf(", ") + 1, head.lastIndexOf(" ")].find(
      (at) => at > least,
    );
    const splitsPair = /[\ud800-\udbff]$/.test(head);
    const at = cut ?? (splitsPair ? SENTENCE_CHARS_MAX - 1 : SENTENCE_CHARS_MAX);
    pieces.push(rest.slice(0, at).trim());
    rest = rest.slice(at).trimStart();
  }
  return rest === "" ? pieces : [...pieces, rest];
}

/**
 * Splits one paragraph into sentences. Abbreviations, initials, dotted numbers and ordinals, ellipses and closing
 * quotes are understood for English, German and Spanish; Chinese and Japanese full stops end a sentence everywhere.
 *
 * @param paragraph text on one line
 */
export function splitSentences(paragraph: string, language: Language): string[] {
  const sentences: string[] = [];
  let start = 0;
  for (const match of paragraph.matchAll(CANDIDATE)) {
    const end = match.index + match[0].length;
    if (!isBoundary(paragraph, match[0], match.index, start, language)) continue;
    sentences.push(...cutOverlong(paragraph.slice(start, end).trim()));
    start = end;
  }
  sentences.push(...cutOverlong(paragraph.slice(start).trim()));
  return sentences.filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}
