import type { PleiadError } from "@pleiad/sdk/errors";
import { didYouMean } from "../config/didYouMean.ts";
import { listed } from "./text/amounts.ts";

/**
 * The word that somebody types, of those that there are.
 *
 * @param failed Makes the error of what can be done and what was meant.
 */
export function meantWord<W extends string>(
  word: string,
  words: readonly W[],
  failed: (hint: string, details: Readonly<Record<string, unknown>>) => PleiadError,
): W {
  const found = words.find((one) => one === word.toLowerCase());
  if (found !== undefined) return found;
  const meant = didYouMean(word, words);
  throw failed(meant === undefined ? `there is ${listed(words)}` : `did you mean ${meant}?`, {
    word,
    ...(meant === undefined ? {} : { suggestions: [meant] }),
  });
}
