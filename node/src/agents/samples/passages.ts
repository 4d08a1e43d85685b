import type { Sentence, TextDocument } from "./document.ts";
import type { Language } from "./language.ts";
import { PASSAGE_CHARS_MAX, SENTENCE_WORDS_EASY_MAX, SENTENCE_WORDS_MIN } from "./limits.ts";
import type { SentenceRank } from "./sentence-graph.ts";

/** One sentence, or two neighbours, that a brief can quote. */
export interface Passage {
  readonly text: string;
  /** Places of its first and last sentence, counted from 1. */
  readonly first: number;
  readonly last: number;
  /** Index of its section in the document. */
  readonly section: number;
  /** How central it is in the document, and in its section; both weighed by how well it reads alone. */
  readonly overall: number;
  readonly within: number;
}

/** Factors by which a sentence loses or gains rank for how well it reads alone. Found by reading briefs. */
const LEANING_FACTOR = 0.3;
const POINTING_FACTOR = 0.8;
const LONG_FACTOR = 0.7;
const UNBALANCED_FACTOR = 0.5;
const QUESTION_FACTOR = 0.6;
const LIST_FACTOR = 0.7;
const FIGURES_FACTOR = 1.15;
const NAME_FACTOR = 1.1;
const FIRST_IN_PARAGRAPH_FACTOR = 1.1;
/** For the passage that opens the document: writers say there what matters. */
const OPENING_FACTOR = 1.7;
const PAIR_FACTOR = 0.85;
const INCOMPLETE_FACTOR = 0.2;
const LOWER_START_FACTOR = 0.4;
const CAPITALS_FACTOR = 0.4;

/** First words among which a pronoun makes a sentence lean on the one before. */
const POINTING_WORDS_WITHIN = 3;

/** Whether a sentence needs the one before it: it opens with a word that points back ("However", "In this"). */
function leansOnOthers(sentence: Sentence, language: Language): boolean {
  const [first = "", second = "", ...next] = sentence.tokens
    .slice(0, POINTING_WORDS_WITHIN)
    .map((token) => token.lower);
  if (language.leaningOpeners.has(first) || language.demonstratives.has(second)) return true;
  return [second, ...next].some((word) => language.pronouns.has(word));
}

/** Whether quotes and brackets that open in a text also close in it. */
function isBalanced(text: string): boolean {
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  const pairs = [
    count(/[([{]/g) === count(/[)\]}]/g),
    count(/"/g) % 2 === 0,
    count(/[“„«]/g) <= count(/[”“»]/g),
  ];
  return pairs.every(Boolean);
}

/** How well a sentence reads alone, as a factor; 0 if it cannot be quoted. Whether it leans is not part of it. */
function quotability(sentence: Sentence, language: Language): number {
  const { text, tokens } = sentence;
  const complete =
    /[.!?…。！？]["'”’»)\]」』]*$/.test(text.slice(-8)) && /^["'“‘„«»¿¡([]?[\p{L}\p{N}]/u.test(text);
  if (text.length > PASSAGE_CHARS_MAX) return 0;
  let factor = complete ? 1 : INCOMPLETE_FACTOR;
  if (tokens.some((token) => language.pronouns.has(token.lower))) factor *= POINTING_FACTOR;
  if (tokens.length > SENTENCE_WORDS_EASY_MAX) factor *= LONG_FACTOR;
  if (/^\P{L}*\p{Ll}/u.test(text)) factor *= LOWER_START_FACTOR;
  if (text === text.toUpperCase() && text !== text.toLowerCase()) factor *= CAPITALS_FACTOR;
  if (!isBalanced(text)) factor *= UNBALANCED_FACTOR;
  if (/[?？]["'”’»)\]]*$/.test(text.slice(-6))) factor *= QUESTION_FACTOR;
  if (sentence.inList) factor *= LIST_FACTOR;
  if (/\p{N}/u.test(text)) factor *= FIGURES_FACTOR;
  if (!language.capitalNouns && /[^.!?]\s\p{Lu}\p{Ll}/u.test(text)) factor *= NAME_FACTOR;
  if (sentence.firstInParagraph) factor *= FIRST_IN_PARAGRAPH_FACTOR;
  return factor;
}

function passageOf(
  sentences: readonly [Sentence, ...Sentence[]],
  rank: SentenceRank,
  quality: number,
): Passage {
  const [first] = sentences;
  const factor = first.place === 1 ? quality * OPENING_FACTOR : quality;
  return {
    text: sentences.map((sentence) => sentence.text).join(" "),
    first: first.place,
    last: first.place + sentences.length - 1,
    section: first.section,
    overall: rank.overall * factor,
    within: rank.within * factor,
  };
}

/** A sentence that leans on another, together with it; undefined if the two cannot be quoted. */
function pairOf(
  before: Sentence | undefined,
  sentence: Sentence,
  rankBefore: SentenceRank | undefined,
  rank: SentenceRank,
  language: Language,
): Passage | undefined {
  if (before === undefined || rankBefore === undefined || before.paragraph !== sentence.paragraph)
    return undefined;
  const [factorBefore, factor] = [quotability(before, language), quotability(sentence, language)];
  const length = before.text.length + 1 + sentence.text.length;
  const words = before.tokens.length + sentence.tokens.length;
  if (length > PASSAGE_CHARS_MAX || words < SENTENCE_WORDS_MIN || factorBefore === 0) return undefined;
  if (leansOnOthers(before, language)) return undefined;
  const mean = {
    overall: (rank.overall * factor + rankBefore.overall * factorBefore) / 2,
    within: (rank.within * factor + rankBefore.within * factorBefore) / 2,
  };
  return passageOf([before, sentence], mean, PAIR_FACTOR);
}

/**
 * All passages that can be quoted: single sentences, and pairs of which the second leans on the first. Where every
 * sentence is too short to be quoted, as in a greeting, the short ones.
 */
export function findPassages(
  document: TextDocument,
  ranks: ReadonlyMap<number, SentenceRank>,
): readonly Passage[] {
  const passages = passagesFrom(document, ranks, SENTENCE_WORDS_MIN);
  return passages.length > 0 ? passages : passagesFrom(document, ranks, 1);
}

function passagesFrom(
  document: TextDocument,
  ranks: ReadonlyMap<number, SentenceRank>,
  wordsMin: number,
): readonly Passage[] {
  const { language, sections, sentences } = document;
  const passages: Passage[] = [];
  sentences.forEach((sentence, index) => {
    const rank = ranks.get(index);
    const factor = quotability(sentence, language);
    if (rank === undefined || factor === 0 || sections[sentence.section]?.apparatus === true) return;
    const leans = leansOnOthers(sentence, language);
    if (sentence.tokens.length >= wordsMin) {
      passages.push(passageOf([sentence], rank, leans ? factor * LEANING_FACTOR : factor));
    }
    if (!leans) return;
    const pair = pairOf(sentences[index - 1], sentence, ranks.get(index - 1), rank, language);
    if (pair !== undefined) passages.push(pair);
  });
  return passages;
}
