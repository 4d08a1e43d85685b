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

/** Documents indexed in one go, a millisecond each at most: between two of these the daemon does other things. */
export const DOCUMENTS_PER_STEP_MAX = 16;

/** Full-text search over documents that are given in one order, so that equal documents are found equally on every node. */
export interface TextIndex {
  /** Best first; what scores the same in the order of the documents, the latest first. */
  search(query: string): readonly Ranked[];
  /** Makes it an index of these documents; only what came or went costs anything. One call after the other. */
  update(documents: readonly Document[]): Promise<void>;
}

export function createTextIndex(): TextIndex {
  const index = new MiniSearch<{ id: string; text: string; tags: string }>({
    fields: ["text", "tags"],
    searchOptions: {
      boost: { tags: 2 },
      prefix: (term) => term.length > 2,
      fuzzy: (term) => (term.length > 4 ? 0.2 : false),
    },
  });
  let places = new Map<string, number>();
  const indexed = new Map<string, Document>();
  const fieldsOf = ({ id, text, tags }: Document) => ({ id, text, tags: tags.join(" ") });

  return {
    search: (query) =>
      index
        .search(query)
        .map(({ id, score }) => ({ id: String(id), score: Math.round(score * SCORE_STEPS) / SCORE_STEPS }))
        .sort((a, b) => b.score - a.score || (places.get(b.id) ?? 0) - (places.get(a.id) ?? 0)),
    async update(documents) {
      places = new Map(documents.map(({ id }, place) => [id, place]));
      for (const [id, document] of [...indexed]) {
        if (places.has(id)) continue;
        // Taken out whole, so that what is left scores as if it had never been there.
        index.remove(fieldsOf(document));
        indexed.delete(id);
      }
      const added = documents.filter(({ id }) => !indexed.has(id));
      for (const document of added) indexed.set(document.id, document);
      await index.addAllAsync(added.map(fieldsOf), { chunkSize: DOCUMENTS_PER_STEP_MAX });
    },
  };
}
