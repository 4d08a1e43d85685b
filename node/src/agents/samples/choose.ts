import type { TextDocument } from "./document.ts";
import { GROUPS_MAX, PASSAGES_MAX, PASSAGES_MIN, QUOTES_BYTES_MAX, SUMMARY_PASSAGES_MAX } from "./limits.ts";
import { findPassages, type Passage } from "./passages.ts";
import type { SentenceRank } from "./sentence-graph.ts";
import { contentStems } from "./words.ts";

/** What the reader chose, both lists in the order of the document. */
export interface Choice {
  /** The passages that stand for the whole document. */
  readonly summary: readonly Passage[];
  /** The passages that stand for its sections. */
  readonly passages: readonly Passage[];
}

/** Passages that share more of their words than this say the same. */
const REPETITION_SHARE_MAX = 0.5;
/** Passages for each root of a sentence. */
const PASSAGES_BY_ROOT = 1.25;

/** Passages for a document of so many sentences: 7 for 20, 19 for 200, and no more than the maximum for any. */
export function passageBudget(sentenceCount: number): number {
  const wished = 1 + Math.round(PASSAGES_BY_ROOT * Math.sqrt(sentenceCount));
  return Math.max(PASSAGES_MIN, Math.min(PASSAGES_MAX, wished));
}

/** Takes passages while they fit, and refuses what overlaps or repeats one that was taken. */
class Selection {
  readonly taken: Passage[] = [];
  readonly #document: TextDocument;
  readonly #stems: ReadonlySet<string>[] = [];
  #bytes = 0;

  constructor(document: TextDocument) {
    this.#document = document;
  }

  take(passage: Passage): boolean {
    const bytes = Buffer.byteLength(passage.text);
    if (this.#bytes + bytes > QUOTES_BYTES_MAX) return false;
    if (this.taken.some((other) => other.first <= passage.last && passage.first <= other.last)) return false;
    const sentences = this.#document.sentences.slice(passage.first - 1, passage.last);
    const stems = contentStems(
      sentences.flatMap((sentence) => sentence.tokens),
      this.#document.language,
    );
    if (this.#repeats(stems)) return false;
    this.#bytes += bytes;
    this.#stems.push(stems);
    this.taken.push(passage);
    return true;
  }

  #repeats(stems: ReadonlySet<string>): boolean {
    return this.#stems.some((others) => {
      const shared = [...stems].filter((stem) => others.has(stem)).length;
      return shared > Math.min(stems.size, others.size) * REPETITION_SHARE_MAX;
    });
  }
}

type Order = (a: Passage, b: Passage) => number;

const byPlace: Order = (a, b) => a.first - b.first || a.last - b.last;
const byRankOverall: Order = (a, b) => b.overall - a.overall || byPlace(a, b);
/** For the quotes of a section: central in the section, and for the document. */
const byRankWithin: Order = (a, b) => b.within * b.overall - a.within * a.overall || byPlace(a, b);

/** The sections to quote from: all, or those whose best passages rank highest. */
function chooseSections(passages: readonly Passage[]): readonly number[] {
  const best = new Map<number, number>();
  for (const { section, overall } of passages) best.set(section, Math.max(best.get(section) ?? 0, overall));
  const ordered = [...best].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return ordered.slice(0, GROUPS_MAX).map(([section]) => section);
}

function takeSummary(passages: readonly Passage[], selection: Selection, size: number): void {
  const sections = new Set<number>();
  for (const passage of [...passages].sort(byRankOverall)) {
    if (selection.taken.length === size) return;
    if (!sections.has(passage.section) && selection.take(passage)) sections.add(passage.section);
  }
}

/** One passage for each section; then more, each for the section with the most sentences for a quote so far. */
function takeFromSections(
  document: TextDocument,
  passages: readonly Passage[],
  selection: Selection,
  size: number,
): void {
  const ordered = [...passages].sort(byRankWithin);
  const sentencesOf = new Map<number, number>();
  for (const { section } of document.sentences) sentencesOf.set(section, (sentencesOf.get(section) ?? 0) + 1);
  const quotesOf = new Map(chooseSections(passages).map((section) => [section, 0]));
  const wanted = Math.max(size, selection.taken.length + quotesOf.size);
  const hunger = (section: number): number => {
    const quotes = quotesOf.get(section) ?? 0;
    return quotes === 0 ? Number.POSITIVE_INFINITY : (sentencesOf.get(section) ?? 0) / (quotes + 1);
  };
  while (selection.taken.length < wanted) {
    const [next] = [...quotesOf.keys()].sort((a, b) => hunger(b) - hunger(a) || a - b);
    if (next === undefined) return;
    const found = ordered.some((passage) => passage.section === next && selection.take(passage));
    if (found) quotesOf.set(next, (quotesOf.get(next) ?? 0) + 1);
    else quotesOf.delete(next);
  }
}

/**
 * Chooses what a brief quotes: first the best passages of all, from different sections, as a summary; then the best of
 * each section; then more from long sections.
 *
 * @param ranks by index of sentence, see `rankSentences`
 */
export function choosePassages(document: TextDocument, ranks: ReadonlyMap<number, SentenceRank>): Choice {
  const passages = findPassages(document, ranks);
  const budget = passageBudget(document.sentences.length);
  const selection = new Selection(document);
  takeSummary(passages, selection, Math.min(SUMMARY_PASSAGES_MAX, Math.max(1, Math.round(budget / 4))));
  const summary = [...selection.taken].sort(byPlace);
  takeFromSections(document, passages, selection, budget);
  return { summary, passages: selection.taken.slice(summary.length).sort(byPlace) };
}
