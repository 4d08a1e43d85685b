import type { Speaker } from "../face/speaker.ts";

/** How many streams may be open at once. */
export interface StreamRoom {
  readonly max: number;
  /** Of these, those of one token: it does not take the places of all others. */
  readonly perTokenMax: number;
  /** Of these, those that are kept for the operator: whoever has other tokens does not lock the operator out. */
  readonly operatorsMin: number;
}

/** Whose streams are there already where there is no room for another of a speaker's, in words; undefined where there is. */
export function lackOfRoom(
  open: Iterable<Speaker>,
  speaker: Speaker,
  { max, perTokenMax, operatorsMin }: StreamRoom,
): string | undefined {
  const all = [...open];
  if (all.filter(({ id }) => id === speaker.id).length >= perTokenMax)
    return `${perTokenMax} with this token`;
  const others = all.filter((one) => !isOperators(one)).length;
  if (!isOperators(speaker) && others >= max - operatorsMin) return `${others} of agents and users`;
  return all.length < max ? undefined : String(all.length);
}

function isOperators({ credential }: Speaker): boolean {
  return credential.kind === "node" && credential.cluster === undefined;
}
