import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { INDEXES_MAX } from "../limits.ts";
import type { EmbeddingPort } from "../ports.ts";
import { createTextIndex, type Document, type Ranked, type TextIndex } from "./textIndex.ts";
import { createVectorRanker } from "./vectors.ts";

/** A place counts 1 / (60 + its number): Cormack and others, 2009, "Reciprocal Rank Fusion", with their constant. */
const FUSION_CONSTANT = 60;

/** Documents that are indexed together. */
interface Shelf {
  readonly revision: string;
  readonly documents: readonly Document[];
  readonly index: TextIndex;
  /** The index has these documents. */
  readonly isReady: Promise<void>;
}

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
  const indexes = new Map<string, Shelf>();

  /** The index of a shelf, brought up to date one call after the other. */
  function indexOf(
    { name, revision }: { readonly name: string; readonly revision: string },
    documents: () => readonly Document[],
  ): Shelf {
    const present = indexes.get(name);
    indexes.delete(name);
    const shelf =
      present?.revision === revision ? present : updated(present, { revision, documents: documents() });
    indexes.set(name, shelf);
    for (const oldest of indexes.keys()) {
      if (indexes.size <= INDEXES_MAX) break;
      indexes.delete(oldest);
    }
    return shelf;
  }

  function updated(
    present: Shelf | undefined,
    { revision, documents }: Pick<Shelf, "revision" | "documents">,
  ): Shelf {
    const index = present?.index ?? createTextIndex();
    const isReady = (present?.isReady ?? Promise.resolve()).then(() => index.update(documents));
    return { revision, documents, index, isReady };
  }

  return {
    async find(shelf, documents, query) {
      const { index, documents: list, isReady } = indexOf(shelf, documents);
      await isReady;
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
