import { z } from "zod";
import { queryOf } from "../../workspace/http/openapi.ts";

type Json = Readonly<Record<string, unknown>>;

interface RouteDoc {
  readonly operationId: string;
  readonly summary: string;
  /** Parts of the path: what each is. */
  readonly inPath?: Readonly<Record<string, string>>;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
}

/** A route as the OpenAPI document has it. */
export function routeDoc({ operationId, summary, inPath = {}, query, body, answer }: RouteDoc): Json {
  const parts = Object.entries(inPath).map(([name, description]) => ({
    name,
    in: "path",
    required: true,
    description,
    schema: { type: "string" },
  }));
  return {
    operationId,
    summary,
    parameters: [...parts, ...(query === undefined ? [] : queryOf(schemaOf(query, "input")))],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { "application/json": { schema: schemaOf(body, "input") } },
          },
        }),
    responses: {
      "200": {
        description: "Done",
        content: { "application/json": { schema: schemaOf(answer, "output") } },
      },
      default: { $ref: "#/components/responses/Refusal" },
    },
  };
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
