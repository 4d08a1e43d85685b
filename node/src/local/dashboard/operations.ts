import type { z } from "zod";
import { type Json, operationDoc, pathPart } from "../../workspace/http/operationDoc.ts";

/** A route that reads, for the daemon's OpenAPI document. @param given.ids parts of its path that are numbers of things on the chain */
export function readOperation(
  operationId: string,
  summary: string,
  answer: z.ZodType,
  { ids = [], query }: { readonly ids?: readonly string[]; readonly query?: z.ZodObject } = {},
): Json {
  const parameters = ids.map((name) =>
    pathPart(name, `The ${name}'s number, as digits`, { type: "string", pattern: "^[0-9]{1,78}$" }),
  );
  return { get: operationDoc({ operationId, summary, parameters, query, answer }) };
}
