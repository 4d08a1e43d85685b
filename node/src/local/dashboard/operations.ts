import { z } from "zod";
import { queryOf } from "../../workspace/http/openapi.ts";

export type Json = Readonly<Record<string, unknown>>;

/** A route that reads, for the daemon's OpenAPI document. */
export function readOperation(
  operationId: string,
  summary: string,
  answer: z.ZodType,
  { ids = [], query }: { readonly ids?: readonly string[]; readonly query?: z.ZodObject } = {},
): Json {
  const inPath = ids.map((name) => ({
    name,
    in: "path",
    required: true,
    description: `The ${name}'s number, as digits`,
    schema: { type: "string", pattern: "^[0-9]{1,78}$" },
  }));
  return {
    get: {
      operationId,
      summary,
      parameters: [...inPath, ...(query === undefined ? [] : queryOf(schemaOf(query, "input")))],
      responses: {
        "200": {
          description: "Done",
          content: { "application/json": { schema: schemaOf(answer, "output") } },
        },
        default: { $ref: "#/components/responses/Refusal" },
      },
    },
  };
}

export function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
