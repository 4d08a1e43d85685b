import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { INDEXES_MAX } from "../limits.ts";
import type { EmbeddingPort } from "../ports.ts";
import { createTextIndex, type Document, type Ranked, type TextIndex } from "./textIndex.ts";
import { createVectorRanker } from "./vectors.ts";

/** A place counts 1 / (60 + its number): Cormack and others, 2009, "Reciprocal Rank Fusion", with their constant. */
const FUSION_CONSTANT = 60;

/** Finds memories: by their words, and by meaning where there is an embedding endpoint. */
export interface Recall {
  /**
   * @param shelf whose documents they are, and of which revision: their index is kept until there is another
   * @returns best first, with whether vectors took part
   */
  find(
    shelf: { readonly name: string; readonly revision: string },
    documents: () => readonly Document[],
    query: string,
  ): Promise<{ readonly ranked: readonly Ranked[]; readonly vectors: "used" | "off" | "failed" }>;
}

export function createRecall(modules: {
  readonly embeddings: EmbeddingPort | undefined;
  readonly logger: Logger;
}): Recall {
  const { embeddings, logger } = modules;
  const ranker = embeddings === undefined ? undefined : createVectorRanker(embeddings);
  const indexes = new Map<string, { revision: string; index: TextIndex; documents: readonly Document[] }>();

  function indexOf(shelf: { name: string; revision: string }, documents: () => readonly Document[]) {
    const present = indexes.get(shelf.name);
    indexes.delete(shelf.name);
    if (present?.revision === shelf.revision) {
      indexes.set(shelf.name, present);
      return present;
    }
    const list = documents();
    const made = { revision: shelf.revision, index: createTextIndex(list), documents: list };
    indexes.set(shelf.name, made);
    for (const name of indexes.keys()) {
      if (indexes.size <= INDEXES_MAX) break;
      indexes.delete(name);
    }
    return made;
  }

  return {
    async find(shelf, documents, query) {
      const { index, documents: list } = indexOf(shelf, documents);
      const byWords = index.search(query);
      if (ranker === undefined) return { ranked: byWords, vectors: "off" };
      try {
        return { ranked: merge(byWords, await ranker.rank(query, list)), vectors: "used" };
      } catch (error) {
        if (!(error instanceof PleiadError)) throw error;
        logger.warn({ code: error.code, reason: error.message }, "memories are found by their words alone");
        return { ranked: byWords, vectors: "failed" };
      }
    },
  };
}

function merge(...lists: readonly (readonly Ranked[])[]): readonly Ranked[] {
  const scores = new Map<string, number>();
  for (const list of lists) {
    for (const [place, { id }] of list.entries())
      scores.set(id, (scores.get(id) ?? 0) + 1 / (FUSION_CONSTANT + place + 1));
  }
  return [...scores].map(([id, score]) => ({ id, score })).sort((a, b) => b.score - a.score);
}
