import type { z } from "zod";
import { didYouMean } from "../errors/didYouMean.ts";
import type { KeyPath, RawMistake } from "./mistake.ts";

/** What zod found wrong, in words for whoever wrote the file. */
export function shapeMistakes(error: z.ZodError, schema: z.ZodType, file: unknown): RawMistake[] {
  return error.issues.flatMap((issue) => mistakesOf(issue, schema, file));
}

function mistakesOf(issue: z.core.$ZodIssue, schema: z.ZodType, file: unknown): RawMistake[] {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(path, key, keysAt(schema, path)));
    case "invalid_key":
      return [{ path, message: issue.issues[0]?.message ?? "is not a valid name", atKey: true }];
    case "invalid_type":
      return [{ path, message: ownWords(issue) ?? wrongType(issue.expected, valueAt(file, path)) }];
    case "invalid_union":
      return [{ path, message: `expected a name or an id, found ${kindOf(valueAt(file, path))}` }];
    case "too_small":
      return [{ path, message: `must be at least ${issue.minimum}${unitOf(issue.origin)}` }];
    case "too_big":
      return [{ path, message: `must be at most ${issue.maximum}${unitOf(issue.origin)}` }];
    default:
      return [{ path, message: issue.message }];
  }
}

/** What the schema itself says of a wrong type, where it says anything. */
function ownWords(issue: z.core.$ZodIssue): string | undefined {
  return issue.message.startsWith("Invalid input") ? undefined : issue.message;
}

function unknownKey(path: KeyPath, key: string, known: readonly string[]): RawMistake {
  const meant = didYouMean(key, known);
  const hint = meant === undefined ? `; known here: ${known.join(", ")}` : `; did you mean "${meant}"?`;
  return { path: [...path, key], message: `unknown key "${key}"${hint}`, atKey: true };
}

function unitOf(origin: string): string {
  return origin === "array" ? " entries" : "";
}

const TYPES: Readonly<Record<string, string>> = {
  string: "a text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "keys and values",
  record: "keys and values",
};

function wrongType(expected: string, value: unknown): string {
  if (value === undefined) return "is missing";
  return `expected ${TYPES[expected] ?? expected}, found ${kindOf(value)}`;
}

function kindOf(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "keys and values";
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, SHOWN_LENGTH_MAX))}`;
  return String(value);
}

/** As much of a wrong value as fits a line. */
const SHOWN_LENGTH_MAX = 40;

function valueAt(file: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (value, part) => (value as Record<string | number, unknown> | null)?.[part],
    file,
  );
}

/** The keys that the schema knows at a path. */
function keysAt(schema: z.ZodType, path: KeyPath): readonly string[] {
  let current: unknown = schema;
  for (const part of path) current = childOf(unwrapped(current), part);
  return Object.keys((unwrapped(current) as { shape?: object } | undefined)?.shape ?? {});
}

interface SchemaParts {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  readonly valueType?: unknown;
}

function childOf(schema: unknown, part: string | number): unknown {
  const { shape, element, valueType } = (schema ?? {}) as SchemaParts;
  return typeof part === "number" ? element : (shape?.[part] ?? valueType);
}

function unwrapped(schema: unknown): unknown {
  const { unwrap, shape, element } = (schema ?? {}) as SchemaParts & { readonly unwrap?: () => unknown };
  const isWrapper = typeof unwrap === "function" && shape === undefined && element === undefined;
  return isWrapper ? unwrapped(unwrap.call(schema)) : schema;
}
