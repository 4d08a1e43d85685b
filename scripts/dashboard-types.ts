import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/**
 * Writes the types of what the daemon answers for the dashboard, from docs/openapi.json: `node scripts/dashboard-types.ts`. With
 * `--check` it writes nothing, and ends with 1 where they differ.
 */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
}

interface Content {
  readonly content?: { readonly "application/json"?: { readonly schema: Schema } };
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

const ROOT = resolve(import.meta.dirname, "..");
const FILE = "dashboard/src/api/types.ts";
const { paths } = JSON.parse(readFileSync(join(ROOT, "docs/openapi.json"), "utf8")) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

const written = textOf();
if (!process.argv.includes("--check")) writeFileSync(join(ROOT, FILE), written);
else if (readFileSync(join(ROOT, FILE), "utf8") !== written) {
  console.error(`${FILE} is not what docs/openapi.json says: node scripts/dashboard-types.ts`);
  process.exit(1);
}

function textOf(): string {
  const all = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => {
      const answer = schemaOf(operation.responses["200"]);
      return answer === undefined
        ? []
        : [{ path, method, operation, answer, body: schemaOf(operation.requestBody) }];
    }),
  );
  const types = all.flatMap(({ operation, answer, body }) => [
    `/** ${operation.summary}. */\nexport type ${nameOf(operation)}Answer = ${typeOf(answer, "")};\n`,
    ...(body === undefined ? [] : [`export type ${nameOf(operation)}Body = ${typeOf(body, "")};\n`]),
  ]);
  const reads = all.filter(({ method }) => method === "get");
  const writes = all.filter(({ method }) => method !== "get");
  return [
    "// Written by `node scripts/dashboard-types.ts` from docs/openapi.json; do not edit.\n",
    ...types,
    "/** What each path answers to a GET. */",
    "export interface Reads {",
    ...reads.map(({ path, operation }) => `  readonly ${JSON.stringify(path)}: ${nameOf(operation)}Answer;`),
    "}\n",
    "/** What each other method of a path takes and answers. */",
    "export interface Writes {",
    ...writes.map(({ path, method, operation, body }) => {
      const takes = body === undefined ? "undefined" : `${nameOf(operation)}Body`;
      return `  readonly "${method.toUpperCase()} ${path}": { readonly body: ${takes}; readonly answer: ${nameOf(operation)}Answer };`;
    }),
    "}\n",
  ].join("\n");
}

function schemaOf(content: Content | undefined): Schema | undefined {
  return content?.content?.["application/json"]?.schema;
}

function nameOf({ operationId }: Operation): string {
  return operationId.replace(/(?:^|_)(\w)/g, (_all, letter: string) => letter.toUpperCase());
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.oneOf !== undefined) return schema.oneOf.map((one) => typeOf(one, indent)).join(" | ");
  if (schema.anyOf !== undefined) return schema.anyOf.map((one) => typeOf(one, indent)).join(" | ");
  if (Array.isArray(schema.type))
    return schema.type.map((type: string) => typeOf({ ...schema, type }, indent)).join(" | ");
  switch (schema.type) {
    case "string":
      return "string";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "null":
      return "null";
    case "array":
      return `readonly (${typeOf(schema.items ?? {}, indent)})[]`;
    case "object":
      return objectOf(schema, indent);
    default:
      return "unknown";
  }
}

function objectOf({ properties, required = [], additionalProperties }: Schema, indent: string): string {
  if (properties === undefined) {
    const value = typeof additionalProperties === "object" ? typeOf(additionalProperties, indent) : "unknown";
    return `Readonly<Record<string, ${value}>>`;
  }
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, property]) => {
    const note = property.description === undefined ? "" : `${inner}/** ${property.description} */\n`;
    const mark = required.includes(name) ? "" : "?";
    const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
    return `${note}${inner}readonly ${key}${mark}: ${typeOf(property, inner)};`;
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}
