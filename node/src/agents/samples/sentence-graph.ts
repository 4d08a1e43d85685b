import type { Sentence, TextDocument } from "./document.ts";
import { GRAPH_SENTENCES_MAX } from "./limits.ts";
import { connect, createGraph, rankUnits, type TextGraph } from "./textrank.ts";
import { contentStems } from "./words.ts";

/** Share of the sentences beyond which a word connects everything with everything, and so says nothing. */
const COMMON_WORD_SHARE_MAX = 0.25;
/** Graphs of fewer sentences keep their common words: they have little else. */
const COMMON_WORDS_FROM_SENTENCES = 40;

function countSentencesWith(stemSets: readonly ReadonlySet<string>[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const stems of stemSets) for (const stem of stems) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  return counts;
}

/**
 * The sentences that enter the graph: all of them, or, in a longer document, one from each of as many equal stretches
 * as the graph may have sentences: the one whose words are the most frequent in the document.
 */
function admitSentences(sentences: readonly Sentence[], stemSets: readonly ReadonlySet<string>[]): number[] {
  if (sentences.length <= GRAPH_SENTENCES_MAX) return sentences.map((_, index) => index);
  const counts = countSentencesWith(stemSets);
  const weight = (index: number): number => {
    let sum = 0;
    for (const stem of stemSets[index] ?? []) sum += Math.log2(counts.get(stem) ?? 1);
    // Divided by more than the length, so that neither the longest nor the shortest wins for its length.
    return sum / Math.sqrt(4 + (sentences[index]?.tokens.length ?? 0));
  };
  const admitted: number[] = [];
  for (let stretch = 0; stretch < GRAPH_SENTENCES_MAX; stretch += 1) {
    const from = Math.floor((stretch * sentences.length) / GRAPH_SENTENCES_MAX);
    const to = Math.floor(((stretch + 1) * sentences.length) / GRAPH_SENTENCES_MAX);
    let best = from;
    for (let index = from + 1; index < to; index += 1) if (weight(index) > weight(best)) best = index;
    admitted.push(best);
  }
  return admitted;
}

/** Puts the paper's similarity between every two of the admitted sentences that share a word. */
function buildGraph(stemSets: readonly ReadonlySet<string>[]): TextGraph {
  const size = stemSets.length;
  const graph = createGraph(size);
  const holders = new Map<string, number[]>();
  stemSets.forEach((stems, node) => {
    for (const stem of stems) {
      const nodes = holders.get(stem) ?? [];
      nodes.push(node);
      holders.set(stem, nodes);
    }
  });
  const commonFrom =
    size < COMMON_WORDS_FROM_SENTENCES ? Number.POSITIVE_INFINITY : size * COMMON_WORD_SHARE_MAX;
  for (const nodes of holders.values()) {
    if (nodes.length > commonFrom) continue;
    nodes.forEach((node, position) => {
      for (const other of nodes.slice(position + 1)) connect(graph, node, other, 1, true);
    });
  }
  const logLengths = stemSets.map((stems) => Math.log(2 + stems.size));
  for (let i = 0; i < size; i += 1) {
    for (let j = i + 1; j < size; j += 1) {
      const shared = graph.weights[i * size + j] ?? 0;
      if (shared > 0) connect(graph, i, j, shared / ((logLengths[i] ?? 1) + (logLengths[j] ?? 1)));
    }
  }
  return graph;
}

/** The part of a graph between some of its units. */
function cutOut(graph: TextGraph, nodes: readonly number[]): TextGraph {
  const part = createGraph(nodes.length);
  nodes.forEach((from, i) => {
    nodes.forEach((to, j) => {
      if (i < j) connect(part, i, j, graph.weights[from * graph.size + to] ?? 0);
    });
  });
  return part;
}

/** Scores as shares of the best one. */
function relative(scores: Float64Array): Float64Array {
  const best = scores.reduce((max, score) => Math.max(max, score), Number.MIN_VALUE);
  return scores.map((score) => score / best);
}

/** How central a sentence is, in the whole document and within its section; the best has 1. */
export interface SentenceRank {
  readonly overall: number;
  readonly within: number;
}

/**
 * Ranks the sentences of a document by TextRank: the weight between two is the number of words they share, divided by
 * the sum of the logarithms of their lengths (Mihalcea and Tarau 2004, section 4.1). Words are compared by stem, stop
 * words and words that stand in a quarter of all sentences left out. The same graph, cut to one section, ranks the
 * sentences within the section.
 *
 * @returns ranks by index of sentence; sentences outside the graph have none
 */
export function rankSentences(document: TextDocument): ReadonlyMap<number, SentenceRank> {
  const stemSets = document.sentences.map((sentence) => contentStems(sentence.tokens, document.language));
  const admitted = admitSentences(document.sentences, stemSets);
  const graph = buildGraph(admitted.map((index) => stemSets[index] ?? new Set()));
  const overall = relative(rankUnits(graph));
  const bySection = new Map<number, number[]>();
  admitted.forEach((index, node) => {
    const section = document.sentences[index]?.section ?? 0;
    const nodes = bySection.get(section) ?? [];
    nodes.push(node);
    bySection.set(section, nodes);
  });
  const ranks = new Map<number, SentenceRank>();
  for (const nodes of bySection.values()) {
    const within = relative(rankUnits(cutOut(graph, nodes)));
    nodes.forEach((node, at) => {
      ranks.set(admitted[node] ?? 0, { overall: overall[node] ?? 0, within: within[at] ?? 0 });
    });
  }
  return ranks;
}
