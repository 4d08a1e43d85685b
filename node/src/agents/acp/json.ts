import { stripVTControlCharacters } from "node:util";

/** An object of JSON, not a list. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text, or undefined where there is none. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The objects of a list; none if it is no list. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A number of tokens or the like: whole, and not negative. */
export function countOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** An agent's text as a line for a person: no terminal sequences and control characters, and not long. */
export function shownText(text: string, charactersMax: number): string {
  // What comes later is not looked at: a text may have megabytes.
  const start = stripVTControlCharacters(text.slice(0, 4 * charactersMax));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  const clean = start.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "").toWellFormed();
  // What was not looked at is cut, too, however little is left of what came before it.
  const isWhole = text.length <= 4 * charactersMax && clean.length <= charactersMax;
  return isWhole ? clean : `${clean.slice(0, charactersMax - 1).toWellFormed()}…`;
}

/** A value as JSON text for a person; undefined if there is none. */
export function shownJson(value: unknown, charactersMax: number): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return shownText(value, charactersMax);
  try {
    return shownText(JSON.stringify(value), charactersMax);
  } catch (error) {
    // Nested more deeply than the stack is.
    if (error instanceof RangeError) return "[nested too deeply to be shown]";
    throw error;
  }
}
