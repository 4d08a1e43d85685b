import { RANK_DAMPING, RANK_ROUNDS_MAX, RANK_TOLERANCE } from "./limits.ts";

/**
 * TextRank: ranking by a random walk on a graph of text units, after Rada Mihalcea and Paul Tarau, "TextRank: Bringing
 * Order into Texts" (EMNLP 2004). The graph here is undirected and weighted, and dense.
 */
export interface TextGraph {
  readonly size: number;
  /** `weights[i * size + j]` is the weight between units i and j; symmetric, zero on the diagonal. */
  readonly weights: Float64Array;
}

/** A graph of `size` units without edges. */
export function createGraph(size: number): TextGraph {
  return { size, weights: new Float64Array(size * size) };
}

/** Sets (or, with `add`, raises) the weight between two units. */
export function connect(graph: TextGraph, i: number, j: number, weight: number, add = false): void {
  if (i === j) return;
  for (const at of [i * graph.size + j, j * graph.size + i]) {
    graph.weights[at] = add ? (graph.weights[at] ?? 0) + weight : weight;
  }
}

/**
 * The score of every unit: S(i) = (1 - d) + d * sum over j of w(j,i) / (sum over k of w(j,k)) * S(j), found by power
 * iteration from 1 until no score moves by more than the tolerance, or the rounds are used up.
 *
 * @returns one score per unit; a unit without edges has 1 - d
 */
export function rankUnits(graph: TextGraph): Float64Array {
  const { size, weights } = graph;
  const strength = new Float64Array(size);
  for (let i = 0; i < size; i += 1) {
    let sum = 0;
    for (let j = 0; j < size; j += 1) sum += weights[i * size + j] ?? 0;
    strength[i] = sum;
  }
  let scores = new Float64Array(size).fill(1);
  for (let round = 0; round < RANK_ROUNDS_MAX; round += 1) {
    const shares = scores.map((score, j) => ((strength[j] ?? 0) > 0 ? score / (strength[j] ?? 1) : 0));
    const next = new Float64Array(size);
    let moved = 0;
    for (let i = 0; i < size; i += 1) {
      let sum = 0;
      for (let j = 0; j < size; j += 1) sum += (weights[i * size + j] ?? 0) * (shares[j] ?? 0);
      next[i] = 1 - RANK_DAMPING + RANK_DAMPING * sum;
      moved = Math.max(moved, Math.abs((next[i] ?? 0) - (scores[i] ?? 0)));
    }
    scores = next;
    if (moved <= RANK_TOLERANCE) break;
  }
  return scores;
}
