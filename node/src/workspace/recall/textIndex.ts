import MiniSearch from "minisearch";

export interface Document {
  readonly id: string;
  readonly text: string;
  readonly tags: readonly string[];
}

export interface Ranked {
  readonly id: string;
  readonly score: number;
}

/** Scores nearer than this are one: what sums in another order differs in the last digits. */
const SCORE_STEPS = 1e6;

/** Full-text search over documents that are given in one order, so that equal documents are found equally on every node. */
export interface TextIndex {
  /** Best first; what scores the same in the order of the documents, the latest first. */
  search(query: string): readonly Ranked[];
}

export function createTextIndex(documents: readonly Document[]): TextIndex {
  const index = new MiniSearch<{ id: string; text: string; tags: string }>({
    fields: ["text", "tags"],
    searchOptions: {
      boost: { tags: 2 },
      prefix: (term) => term.length > 2,
      fuzzy: (term) => (term.length > 4 ? 0.2 : false),
    },
  });
  const places = new Map(documents.map(({ id }, place) => [id, place]));
  index.addAll(documents.map(({ id, text, tags }) => ({ id, text, tags: tags.join(" ") })));

  return {
    search: (query) =>
      index
        .search(query)
        .map(({ id, score }) => ({ id: String(id), score: Math.round(score * SCORE_STEPS) / SCORE_STEPS }))
        .sort((a, b) => b.score - a.score || (places.get(b.id) ?? 0) - (places.get(a.id) ?? 0)),
  };
}
