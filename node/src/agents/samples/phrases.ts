import type { Sentence, TextDocument } from "./document.ts";
import type { Language } from "./language.ts";
import { KEY_PHRASES_MAX, NAMES_MAX, SECTION_TERMS_MAX } from "./limits.ts";
import { rankWords, type SubjectToken, subjectTokens, type WordFacts } from "./word-graph.ts";
import { isCapitalized } from "./words.ts";

const PHRASE_WORDS_MAX = 3;
/** Share of a word's occurrences that must look like a noun's. */
const NOUN_SHARE_MIN = 0.3;
/** Occurrences that a phrase needs, in a document long enough to repeat itself. */
const REPEATS_MIN = 2;
/** Sentences from which a document is expected to repeat its subjects. */
const REPEATING_SENTENCES_MIN = 12;
/** Share of the occurrences of its most frequent word that stand in a phrase of several words. */
const PHRASE_SHARE_MIN = 0.25;
/** Share of a name's occurrences that are written with a capital. */
const NAME_SHARE_MIN = 0.8;
/** Share of a name's occurrences that stand as a name does; "French" and "Victorian" have few of those. */
const NAMING_SHARE_MIN = 0.25;

/** The key phrases of a document, and the terms of each of its sections. */
export interface Phrases {
  readonly keyPhrases: readonly string[];
  /** Names of people, places and things; none in a language that gives every noun a capital. */
  readonly names: readonly string[];
  /** The words that set a section (or theme) apart from the rest. */
  readonly termsOf: (section: number) => readonly string[];
}

/** One to three neighbouring subject words. */
interface Run {
  readonly tokens: readonly SubjectToken[];
  /** Whether no further subject word stands beside them. */
  readonly whole: boolean;
  /** Whether it stands alone, behind a first name or with a possessive, as names do and adjectives do not. */
  readonly namesSomething: boolean;
  /** Whether the next word belongs to the same name ("Thomas" in "Thomas Griffith"). */
  readonly leadsName: boolean;
}

/** A phrase and what is known of its occurrences. */
interface Candidate {
  readonly stems: readonly string[];
  readonly surfaces: Map<string, number>;
  readonly sections: Map<number, number>;
  count: number;
  whole: number;
  naming: number;
  leading: number;
  score: number;
}

/** All runs of one to three neighbouring subject words in a sentence. */
function runsOf(sentence: Sentence, language: Language): Run[] {
  const tokens = subjectTokens(sentence, language);
  const runs: Run[] = [];
  const touches = (left: number): boolean => {
    const [a, b] = [tokens[left], tokens[left + 1]];
    return b?.joined === true && b.at === (a?.at ?? 0) + 1;
  };
  tokens.forEach((_, start) => {
    for (let length = 1; length <= PHRASE_WORDS_MAX; length += 1) {
      const run = tokens.slice(start, start + length);
      if (run.length < length || (length > 1 && !touches(start + length - 2))) break;
      const next = touches(start + length - 1) ? tokens[start + length] : undefined;
      const leadsName =
        next !== undefined && isCapitalized(next.text) && run.every((token) => isCapitalized(token.text));
      const before = touches(start - 1) ? tokens[start - 1] : undefined;
      const whole = next === undefined && before === undefined;
      const possessive = run[length - 1]?.lower.endsWith("'s") === true;
      const namesSomething = whole || possessive || (before !== undefined && isCapitalized(before.text));
      runs.push({ tokens: run, whole, namesSomething, leadsName });
    }
  });
  return runs;
}

function keyOf(run: Run): string {
  return run.tokens.map((token) => token.stem).join(" ");
}

function newCandidate(run: Run): Candidate {
  const stems = run.tokens.map((token) => token.stem);
  return {
    stems,
    surfaces: new Map(),
    sections: new Map(),
    count: 0,
    whole: 0,
    naming: 0,
    leading: 0,
    score: 0,
  };
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The phrases of a document that occur often enough. Counted first, so that the rare ones, most of all, cost little. */
function collectCandidates(document: TextDocument): readonly Candidate[] {
  const runs = document.sentences.map((sentence) => runsOf(sentence, document.language));
  const counts = new Map<string, number>();
  for (const run of runs.flat()) increment(counts, keyOf(run));
  const singleMin = document.sentences.length >= REPEATING_SENTENCES_MIN ? REPEATS_MIN : 1;
  const candidates = new Map<string, Candidate>();
  document.sentences.forEach((sentence, index) => {
    for (const run of runs[index] ?? []) {
      const key = keyOf(run);
      if ((counts.get(key) ?? 0) < (run.tokens.length > 1 ? REPEATS_MIN : singleMin)) continue;
      const candidate = candidates.get(key) ?? newCandidate(run);
      candidate.count += 1;
      if (run.whole) candidate.whole += 1;
      if (run.namesSomething) candidate.naming += 1;
      if (run.leadsName) candidate.leading += 1;
      increment(candidate.surfaces, run.tokens.map((token) => token.text).join(" "));
      increment(candidate.sections, sentence.section);
      candidates.set(key, candidate);
    }
  });
  return [...candidates.values()];
}

/** The most frequent form; among equals one in lower case, then the first by code unit. */
function surfaceOf(candidate: Candidate): string {
  const forms = [...candidate.surfaces].sort(
    (a, b) =>
      b[1] - a[1] || Number(isCapitalized(a[0])) - Number(isCapitalized(b[0])) || (a[0] < b[0] ? -1 : 1),
  );
  return (forms[0]?.[0] ?? "").replace(/['’]s$/, "");
}

/** Whether a phrase is mostly written with capitals throughout. */
function hasCapitals(candidate: Candidate): boolean {
  let capitals = 0;
  for (const [surface, count] of candidate.surfaces) {
    if (surface.split(" ").every(isCapitalized)) capitals += count;
  }
  return capitals >= candidate.count * NAME_SHARE_MIN;
}

function isName(candidate: Candidate): boolean {
  return hasCapitals(candidate) && candidate.naming >= candidate.count * NAMING_SHARE_MIN;
}

/** Whether the phrase is one, and ends in a noun that says something. */
function isPhrase(candidate: Candidate, language: Language, vagueStems: ReadonlySet<string>): boolean {
  const { stems, count } = candidate;
  if (vagueStems.has(stems[stems.length - 1] ?? "") || new Set(stems).size < stems.length) return false;
  if (stems.length > 1 && candidate.whole * 2 < count) return false;
  return language.capitalNouns || candidate.leading * 2 < count;
}

/** Whether a phrase of several words is worth more than its words: a fair part of their occurrences stand in it. */
function isSpecific(candidate: Candidate, facts: ReadonlyMap<string, WordFacts>): boolean {
  if (candidate.stems.length === 1) return true;
  const most = Math.max(...candidate.stems.map((stem) => facts.get(stem)?.count ?? 0));
  return candidate.count >= most * PHRASE_SHARE_MIN;
}

function scoreCandidates(document: TextDocument): Candidate[] {
  const facts = rankWords(document);
  const vagueStems = new Set([...document.language.vagueWords].map(document.language.stem));
  return collectCandidates(document).filter((candidate) => {
    const { stems, count } = candidate;
    const last = facts.get(stems[stems.length - 1] ?? "");
    if (last === undefined || last.nounLike < last.count * NOUN_SHARE_MIN) return false;
    const mean = stems.reduce((sum, stem) => sum + (facts.get(stem)?.score ?? 0), 0) / stems.length;
    candidate.score = Math.sqrt(mean) * Math.log2(1 + count) * stems.length;
    return isSpecific(candidate, facts) && isPhrase(candidate, document.language, vagueStems);
  });
}

interface Scored {
  readonly score: number;
  readonly stems: readonly string[];
}

function byScore(a: Scored, b: Scored): number {
  return b.score - a.score || (a.stems.join(" ") < b.stems.join(" ") ? -1 : 1);
}

/** The first `max` phrases that share no word with one before them, as text. */
function takeDistinct(candidates: readonly Candidate[], max: number): string[] {
  const taken: string[] = [];
  const used = new Set<string>();
  for (const candidate of candidates) {
    if (taken.length === max) break;
    if (candidate.stems.some((stem) => used.has(stem))) continue;
    taken.push(surfaceOf(candidate));
    for (const stem of candidate.stems) used.add(stem);
  }
  return taken;
}

/**
 * The terms of one section: those that stand there more often than its share of the text explains, by the count times
 * the logarithm of that ratio (the larger part of Dunning's log-likelihood). Once is chance, in a text that repeats.
 */
function findTerms(document: TextDocument, candidates: readonly Candidate[], section: number): string[] {
  const words = document.sentences.map((sentence) =>
    sentence.section === section ? sentence.tokens.length : 0,
  );
  const share = words.reduce((sum, count) => sum + count, 0) / Math.max(1, document.wordCount);
  const scored = candidates.flatMap((candidate) => {
    const here = candidate.sections.get(section) ?? 0;
    if (here < Math.min(REPEATS_MIN, candidate.count)) return [];
    const lift = here / (candidate.count * Math.max(share, Number.EPSILON));
    return [{ ...candidate, score: here * Math.log(Math.max(1, lift)) * candidate.stems.length ** 0.5 }];
  });
  const telling = scored.filter((candidate) => candidate.score > 0);
  return takeDistinct((telling.length > 0 ? telling : scored).sort(byScore), SECTION_TERMS_MAX);
}

/**
 * Finds key phrases as TextRank does: words are ranked by a graph of co-occurrence, and neighbouring ranked words form
 * phrases. Without a part-of-speech tagger, words count as nouns by what stands before them and by capitals.
 *
 * @param document where `sentence.section` says to which section or theme a sentence belongs
 */
export function findPhrases(document: TextDocument): Phrases {
  const candidates = scoreCandidates(document).sort(byScore);
  const { capitalNouns } = document.language;
  const subjects = candidates.filter((candidate) => capitalNouns || !hasCapitals(candidate));
  const named = candidates
    .filter((candidate) => !capitalNouns && isName(candidate))
    .map((candidate) => ({ ...candidate, score: candidate.count * candidate.stems.length ** 0.5 }))
    .sort(byScore);
  return {
    keyPhrases: takeDistinct(subjects, KEY_PHRASES_MAX),
    names: takeDistinct(named, NAMES_MAX),
    termsOf: (section) => findTerms(document, candidates, section),
  };
}
