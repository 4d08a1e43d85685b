import { z } from "zod";
import { AgentError } from "./errors.ts";
import type { PromptInput } from "./promptParts.ts";

const textsByName = z.record(z.string(), z.string());

/**
 * The texts that an input brings for the variables which the version names, in their order.
 *
 * @param text The input: a JSON object with a text for each name and no other, as the SDK's `encodeInputs` writes it.
 * @returns None where the version names none: its input is one text.
 * @throws AgentError INPUT_NOT_NAMED
 */
export function namedInputs(text: string, names: readonly string[]): PromptInput[] {
  if (names.length === 0) return [];
  const given = parse(text);
  const missing = names.filter((name) => given === undefined || !Object.hasOwn(given, name));
  const unknown = Object.keys(given ?? {}).filter((name) => !names.includes(name));
  if (given === undefined || missing.length > 0 || unknown.length > 0) {
    const why = given === undefined ? "is no JSON object of texts" : "does not name what the version does";
    throw new AgentError("INPUT_NOT_NAMED", `the input ${why}`, {
      details: { names, missing, unknownCount: unknown.length },
    });
  }
  return names.map((name) => ({ name, text: given[name] ?? "" }));
}

function parse(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const parsed = textsByName.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
