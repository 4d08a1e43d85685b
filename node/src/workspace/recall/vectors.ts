import { workspaceError } from "../errors.ts";
import { TEXTS_PER_EMBEDDING_MAX, VECTOR_DIMENSIONS_MAX, VECTORS_KEPT_MAX } from "../limits.ts";
import type { EmbeddingPort } from "../ports.ts";
import type { Document, Ranked } from "./textIndex.ts";

/** Search by meaning: the nearer a text's vector to that of the query, the better. Vectors are kept here, never in the log. */
export interface VectorRanker {
  /** @throws PleiadError EMBEDDING_INVALID, and what the port rejects with */
  rank(query: string, documents: readonly Document[]): Promise<readonly Ranked[]>;
}

export function createVectorRanker(port: EmbeddingPort): VectorRanker {
  /** Unit vectors by document; the one used last is last. */
  const kept = new Map<string, Float32Array>();

  async function vectorsOf(documents: readonly Document[]): Promise<readonly Float32Array[]> {
    const found = new Map<string, Float32Array>();
    const missing: Document[] = [];
    for (const document of documents) {
      const vector = kept.get(document.id);
      if (vector === undefined) missing.push(document);
      else found.set(document.id, vector);
    }
    for (let at = 0; at < missing.length; at += TEXTS_PER_EMBEDDING_MAX) {
      const some = missing.slice(at, at + TEXTS_PER_EMBEDDING_MAX);
      const vectors = await embed(
        port,
        some.map(({ text }) => text),
      );
      for (const [index, { id }] of some.entries()) {
        const vector = vectors[index];
        if (vector !== undefined) found.set(id, vector);
      }
    }
    for (const [id, vector] of found) {
      kept.delete(id);
      kept.set(id, vector);
    }
    for (const id of kept.keys()) {
      if (kept.size <= VECTORS_KEPT_MAX) break;
      kept.delete(id);
    }
    return documents.flatMap(({ id }) => found.get(id) ?? []);
  }

  return {
    async rank(query, documents) {
      if (documents.length === 0) return [];
      const [asked] = await embed(port, [query]);
      const vectors = await vectorsOf(documents);
      return documents
        .map(({ id }, index) => ({ id, score: cosine(asked, vectors[index]), index }))
        .filter(({ score }) => score > 0)
        .sort((a, b) => b.score - a.score || b.index - a.index)
        .map(({ id, score }) => ({ id, score }));
    },
  };
}

/** Of vectors of length one. */
function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined) return 0;
  if (a.length !== b.length)
    throw invalid(`vectors of ${a.length} and ${b.length} numbers; was the model changed?`);
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

/** What comes back is from outside: so many vectors, of numbers, not too long. */
async function embed(port: EmbeddingPort, texts: readonly string[]): Promise<readonly Float32Array[]> {
  const vectors = await port.embed(texts);
  if (vectors.length !== texts.length) throw invalid(`${vectors.length} vectors for ${texts.length} texts`);
  return vectors.map((vector) => {
    if (vector.length === 0 || vector.length > VECTOR_DIMENSIONS_MAX)
      throw invalid(`a vector of ${vector.length} numbers`);
    const length = Math.hypot(...vector);
    if (!Number.isFinite(length) || length === 0) throw invalid("a vector without a direction");
    return Float32Array.from(vector, (value) => value / length);
  });
}

function invalid(reason: string) {
  return workspaceError("EMBEDDING_INVALID", `the embedding endpoint answered with ${reason}`, {
    hint: "see the endpoint's own log; until it answers rightly, memories are found by their words",
  });
}
