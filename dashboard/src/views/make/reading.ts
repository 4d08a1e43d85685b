import "@pleiad/sdk/blueprint/withoutEval";
import type { Blueprint } from "@pleiad/sdk/blueprint/blueprint";
import type { BlueprintMistake } from "@pleiad/sdk/blueprint/mistake";
import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import { placeInBlueprint } from "@pleiad/sdk/blueprint/placeInBlueprint";
import { serializeBlueprint } from "@pleiad/sdk/blueprint/serializeBlueprint";
import { PleiadError } from "@pleiad/sdk/errors";
import { type Draft, draftOf, fileOf, unsupportedIn } from "./draft.ts";

/** A `cluster.yaml` with what the SDK's reader makes of it. */
export interface Reading {
  readonly text: string;
  readonly blueprint: Blueprint | undefined;
  readonly mistakes: readonly BlueprintMistake[];
}

export type ModelOfAgent = (agent: string) => string | undefined;

export function readingOf(draft: Draft): Reading {
  return readingIn(serializeBlueprint(fileOf(draft)));
}

export function readingIn(text: string): Reading {
  try {
    return { text, blueprint: parseBlueprint(text), mistakes: [] };
  } catch (error) {
    if (!(error instanceof PleiadError) || error.code !== "BLUEPRINT_INVALID") throw error;
    const mistakes = error.details.mistakes as readonly BlueprintMistake[];
    return { text, blueprint: undefined, mistakes };
  }
}

/** What somebody wrote or pasted as a draft, or why it is none. */
export function draftIn(
  text: string,
  modelOfAgent: ModelOfAgent,
): { readonly draft: Draft | undefined; readonly mistakes: readonly BlueprintMistake[] } {
  const { blueprint, mistakes } = readingIn(text);
  if (blueprint === undefined) return { draft: undefined, mistakes };
  const unsupported = unsupportedIn(blueprint, modelOfAgent).map(({ path, message }) => ({
    ...placeInBlueprint(text, path),
    message,
  }));
  if (unsupported.length > 0) return { draft: undefined, mistakes: unsupported };
  return { draft: draftOf(blueprint, modelOfAgent), mistakes: [] };
}
