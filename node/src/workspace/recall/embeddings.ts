import { z } from "zod";
import { workspaceError } from "../errors.ts";
import { TEXTS_PER_EMBEDDING_MAX, VECTOR_DIMENSIONS_MAX } from "../limits.ts";
import type { EmbeddingPort } from "../ports.ts";

const answer = z.object({
  data: z
    .array(
      z.object({
        index: z.int().min(0),
        embedding: z.array(z.number()).min(1).max(VECTOR_DIMENSIONS_MAX),
      }),
    )
    .max(TEXTS_PER_EMBEDDING_MAX),
});

/**
 * An embedding endpoint as OpenAI's `POST /embeddings` and those like it.
 *
 * @param modules.post sends a body to the endpoint that the operator configured, with its key, time and size bounded, and
 * gives the parsed answer; rejects with a PleiadError
 */
export function createEmbeddings(
  options: { readonly model: string },
  modules: { readonly post: (body: Readonly<Record<string, unknown>>) => Promise<unknown> },
): EmbeddingPort {
  return {
    async embed(texts) {
      const parsed = answer.safeParse(
        await modules.post({ model: options.model, input: texts, encoding_format: "float" }),
      );
      if (!parsed.success) {
        throw workspaceError("EMBEDDING_INVALID", "the embedding endpoint answered with something else", {
          hint: "it must answer as POST /embeddings does: data, each with index and embedding",
          cause: parsed.error,
        });
      }
      return parsed.data.data.toSorted((a, b) => a.index - b.index).map(({ embedding }) => embedding);
    },
  };
}
