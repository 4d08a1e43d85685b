import { z } from "zod";
import type { PleiadError } from "../errors/base.ts";
import { sdkError } from "../errors/sdkError.ts";

/** Characters of a form that an error shows: the longest endpoint's, and not a page. */
const FORM_CHARS_MAX = 800;

/** The error for an input that an endpoint does not take, by whomever it is found: what is wrong, and the right form. */
export function wrongInput(
  { name, input }: { readonly name: string; readonly input: z.ZodObject },
  error: z.ZodError,
): PleiadError {
  const [issue] = error.issues;
  const path = issue?.path.join(".") ?? "";
  return sdkError("WORKSPACE_INPUT_INVALID", `${name} cannot be asked so: "${path}": ${issue?.message}`, {
    hint: `ask ${name} ${inputForm(input)}`,
    details: { operation: name, path },
  });
}

/** What a schema takes, in a line: names, kinds of values, what may be left out. */
export function inputForm(input: z.ZodObject): string {
  const form = formOf(z.toJSONSchema(input, { io: "input" }) as Schema);
  return form.length <= FORM_CHARS_MAX ? form : `${form.slice(0, FORM_CHARS_MAX)}…`;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

function formOf(schema: Schema): string {
  const { type, enum: values, pattern, properties, required = [], items } = schema;
  const several = schema.oneOf ?? schema.anyOf;
  if (several !== undefined) return several.map(formOf).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(" | ");
  if (properties !== undefined) {
    const fields = Object.entries(properties).map(
      ([name, field]) => `${JSON.stringify(name)}${required.includes(name) ? "" : "?"}: ${formOf(field)}`,
    );
    return `{${fields.join(", ")}}`;
  }
  if (items !== undefined) return `[${formOf(items)}, …]`;
  const kinds = [type ?? "anything"].flat().map((kind) => WORDS[kind] ?? kind);
  const named =
    pattern?.startsWith("^0x") === true ? kinds.map((kind) => (kind === "text" ? "id" : kind)) : kinds;
  return named.join(" | ");
}

const WORDS: Readonly<Record<string, string>> = {
  string: "text",
  integer: "whole number",
  boolean: "true | false",
};
