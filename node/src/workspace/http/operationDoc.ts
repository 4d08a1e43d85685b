import { z } from "zod";

/** A piece of the OpenAPI document. */
export type Json = Readonly<Record<string, unknown>>;

interface OperationDoc {
  readonly operationId: string;
  /** What it does in a line, without a full stop. */
  readonly summary: string;
  /** Of the path and the query, as the document has them; those of `query` come after them. */
  readonly parameters?: readonly Json[];
  readonly query?: z.ZodType | undefined;
  readonly body?: z.ZodType | undefined;
  readonly answer: z.ZodType;
}

/** One method of a path, made of the schemas that it is checked with. */
export function operationDoc({ operationId, summary, parameters, query, body, answer }: OperationDoc): Json {
  const all = [...(parameters ?? []), ...(query === undefined ? [] : queryOf(schemaOf(query, "input")))];
  return {
    operationId,
    summary,
    ...(parameters === undefined && query === undefined ? {} : { parameters: all }),
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

/** A part of a path. */
export function pathPart(name: string, description: string, schema: Json = { type: "string" }): Json {
  return { name, in: "path", required: true, description, schema };
}

/** Parameters of a query, by the JSON schema of its object. */
export function queryOf({ properties = {}, required = [] }: Json): readonly Json[] {
  return Object.entries(properties as Readonly<Record<string, Json>>).map(
    ([name, { description, ...schema }]) => ({
      name,
      in: "query",
      required: (required as readonly string[]).includes(name),
      ...(description === undefined ? {} : { description }),
      schema,
    }),
  );
}

export function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
