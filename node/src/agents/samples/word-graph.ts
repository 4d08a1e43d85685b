import type { Sentence, TextDocument } from "./document.ts";
import type { Language } from "./language.ts";
import { GRAPH_WORDS_MAX, WORD_WINDOW } from "./limits.ts";
import { connect, createGraph, rankUnits } from "./textrank.ts";
import { isCapitalized, isContentWord, type Token } from "./words.ts";

/** A word that may carry a subject, and where it stands in its sentence. */
export interface SubjectToken extends Token {
  readonly stem: string;
  readonly at: number;
}

/** What is known of one stem: occurrences, how noun-like they are, and its TextRank score. */
export interface WordFacts {
  count: number;
  nounLike: number;
  score: number;
}

/** The words of a sentence that may carry a subject, with their neighbours. */
export function subjectTokens(sentence: Sentence, language: Language): readonly SubjectToken[] {
  return sentence.tokens.flatMap((token, at) =>
    isContentWord(token, language) && !/\p{N}/u.test(token.lower)
      ? [{ ...token, stem: language.stem(token.lower), at }]
      : [],
  );
}

function isNounMarker(token: Token | undefined, language: Language): boolean {
  return token !== undefined && (language.nounMarkers.has(token.lower) || token.lower.endsWith("'s"));
}

/**
 * How much this occurrence of a word looks like a noun, from 0 to 1: a capital in mid-sentence; or an article, a
 * possessive or a preposition before it, and no further subject word behind it ("the *lens*"); half of that if another
 * word stands between ("a heavy *lens*", but also "the sailor *counted*"); an auxiliary verb behind it ("*tea* was"). At the start of a sentence a capital counts
 * if the document never has the word without one.
 */
function nounLikeness(
  sentence: Sentence,
  at: number,
  language: Language,
  lowerSeen: ReadonlySet<string>,
): number {
  const { tokens } = sentence;
  const token = tokens[at];
  if (token === undefined) return 0;
  if (isCapitalized(token.text))
    return at > 0 || (!language.capitalNouns && !lowerSeen.has(token.lower)) ? 1 : 0;
  if (language.capitalNouns || !token.joined) return 0;
  const next = tokens[at + 1];
  if (next?.joined === true && language.auxiliaries.has(next.lower)) return 1;
  if (!language.nounsFirst && next?.joined === true && isContentWord(next, language)) return 0;
  if (isNounMarker(tokens[at - 1], language)) return 1;
  if (language.nounsFirst || tokens[at - 1]?.joined !== true) return 0;
  return isNounMarker(tokens[at - 2], language) ? 0.5 : 0;
}

/** Ranks the words of the document by their graph: an edge for each time two stand within the window. */
export function rankWords(document: TextDocument): Map<string, WordFacts> {
  const { language } = document;
  const facts = new Map<string, WordFacts>();
  const words = document.sentences.flatMap((sentence) => sentence.tokens);
  const lowerSeen = new Set(words.filter((word) => word.text === word.lower).map((word) => word.lower));
  const sequences = document.sentences.map((sentence) => subjectTokens(sentence, language));
  sequences.forEach((tokens, index) => {
    const sentence = document.sentences[index];
    if (sentence === undefined) return;
    for (const token of tokens) {
      const fact = facts.get(token.stem) ?? { count: 0, nounLike: 0, score: 0 };
      fact.count += 1;
      fact.nounLike += nounLikeness(sentence, token.at, language, lowerSeen);
      facts.set(token.stem, fact);
    }
  });
  const frequent = [...facts]
    .sort((a, b) => b[1].count - a[1].count || (a[0] < b[0] ? -1 : 1))
    .slice(0, GRAPH_WORDS_MAX);
  const indexOf = new Map(frequent.map(([stem], index) => [stem, index]));
  const graph = createGraph(frequent.length);
  for (const tokens of sequences) {
    const nodes = tokens.flatMap((token) => indexOf.get(token.stem) ?? []);
    nodes.forEach((node, position) => {
      for (const other of nodes.slice(position + 1, position + WORD_WINDOW))
        connect(graph, node, other, 1, true);
    });
  }
  const scores = rankUnits(graph);
  frequent.forEach(([, fact], index) => {
    fact.score = scores[index] ?? 0;
  });
  return facts;
}
