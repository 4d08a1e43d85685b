import type { StandardSchemaWithJSON } from "@modelcontextprotocol/server";

/**
 * The schema as clients see it, without the check: the operation checks, and answers with an error that has a code and
 * says what to do, where the protocol's own would be a sentence.
 */
export function passThrough(schema: StandardSchemaWithJSON): StandardSchemaWithJSON<unknown, unknown> {
  const standard = schema["~standard"];
  return { "~standard": { ...standard, validate: (value: unknown) => ({ value }) } };
}
