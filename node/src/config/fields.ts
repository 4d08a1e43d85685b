import type { z } from "zod";

/** One key of the configuration: all that the parser and the documentation need to know about it. */
export interface Field<T> {
  readonly kind: "field";
  /** One or two sentences for the documentation. */
  readonly meaning: string;
  /** What may stand there, to follow the word "expected". */
  readonly expected: string;
  readonly schema: z.ZodType<T>;
  /** What holds when the key is absent; it may follow from the chain. */
  readonly default: T | ((chainId: number) => T);
  /** The default in words, where the value alone does not say it. */
  readonly defaultText?: string;
  /** Its value is never shown, in errors or elsewhere. */
  readonly secret?: boolean;
  /** A path; a relative one is meant from the folder of the configuration file. */
  readonly path?: boolean;
}

/** Keys under one name. */
export interface Section<Keys extends Fields> {
  readonly kind: "section";
  readonly meaning: string;
  readonly keys: Keys;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;
export type Table = Readonly<Record<string, Field<unknown> | Section<Fields>>>;

/** The type that a table describes. */
export type ValuesOf<T extends Table> = {
  readonly [Key in keyof T]: T[Key] extends Section<infer Keys>
    ? { readonly [Name in keyof Keys]: Keys[Name] extends Field<infer Value> ? Value : never }
    : T[Key] extends Field<infer Value>
      ? Value
      : never;
};

export function field<T>(description: Omit<Field<T>, "kind">): Field<T> {
  return { kind: "field", ...description };
}

export function section<Keys extends Fields>(meaning: string, keys: Keys): Section<Keys> {
  return { kind: "section", meaning, keys };
}

/** Each field of a table with its dotted name. */
export function* fieldsOf(table: Table): Generator<readonly [name: string, described: Field<unknown>]> {
  for (const [name, entry] of Object.entries(table)) {
    if (entry.kind === "field") yield [name, entry];
    else for (const [key, described] of Object.entries(entry.keys)) yield [`${name}.${key}`, described];
  }
}

/** The default of a field on a chain. */
export function defaultOf<T>({ default: value }: Field<T>, chainId: number): T {
  return typeof value === "function" ? (value as (chainId: number) => T)(chainId) : value;
}
