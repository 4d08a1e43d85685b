import type { PromptPart, SizedPart } from "./promptFence.ts";
import { sized } from "./promptFence.ts";
import { cutPart } from "./promptFit.ts";
import type { PromptMessage, PromptParts } from "./promptParts.ts";
import { CUT_NOTE_BYTES_MAX, cutText } from "./text.ts";

/** What the template promises: enough to follow a conversation, little enough to leave room. */
export const THREAD_MESSAGES_MAX = 5;
/** The part `thread`: four answers as long as the chain takes inline, or five of six KiB. */
export const PROMPT_THREAD_BYTES_MAX = 32_768;
/** What is most fitting comes first; what comes after a handful is seldom to the point. */
export const MEMORIES_MAX = 8;
/** The part `memory`: eight notes of two KiB, which a small model's context bears beside the rest. */
export const PROMPT_MEMORY_BYTES_MAX = 16_384;
/** The part `rules`: a long page of them; more is not heeded by a small model, and is in every prompt. */
export const PROMPT_RULES_BYTES_MAX = 16_384;
/** One message or memory in a prompt: an answer as long as the chain takes inline. */
export const PROMPT_SAID_BYTES_MAX = 8_192;

/** What may stand for one part, the fullest first, and at last nothing. */
type Candidates = readonly (readonly PromptPart[])[];

/**
 * The parts `rules`, `memory` and `thread`, each within its own budget, and all of them so that `fits` agrees: messages are
 * left out first, the oldest before the others, then memories, the last before the others, then the rules. A part says
 * what it lacks, as long as there is room for that; one of which nothing is given is not there.
 */
export function fitSurroundings(
  { rules = "", memories = [], thread }: Pick<PromptParts, "rules" | "memories" | "thread">,
  fits: (sizes: readonly SizedPart[]) => boolean,
): readonly PromptPart[] {
  const candidates = [rulesCandidates(rules), memoryCandidates(memories), threadCandidates(thread)];
  const chosen = candidates.map(([fullest = []]) => fullest);
  // The last part is brought down first, and stays down when the one before it has to give way, too.
  for (let part = candidates.length - 1; part >= 0; part--) {
    for (const candidate of candidates[part] ?? []) {
      chosen[part] = candidate;
      if (fits(chosen.flat().map(sized))) return chosen.flat();
    }
  }
  return [];
}

function rulesCandidates(rules: string): Candidates {
  if (rules === "") return [[]];
  const whole = { name: "rules", data: rules };
  return [[cutPart(whole, PROMPT_RULES_BYTES_MAX)], [cutPart(whole, CUT_NOTE_BYTES_MAX)], []];
}

function memoryCandidates(memories: readonly PromptMessage[]): Candidates {
  const lines = memories.slice(0, MEMORIES_MAX).map(lineOf);
  const parts = lines.map((_line, left) => {
    const note = noteOf(left, "that fit less well");
    return part("memory", [...lines.slice(0, lines.length - left), ...note]);
  });
  return withinBudget(
    [...parts, ...onlyNote("memory", lines.length, "that fit less well")],
    PROMPT_MEMORY_BYTES_MAX,
  );
}

function threadCandidates(messages: readonly PromptMessage[]): Candidates {
  const lines = messages.slice(-THREAD_MESSAGES_MAX).map(lineOf);
  const parts = lines.map((_line, left) => part("thread", [...noteOf(left, "before"), ...lines.slice(left)]));
  return withinBudget([...parts, ...onlyNote("thread", lines.length, "before")], PROMPT_THREAD_BYTES_MAX);
}

/** One JSON object a line: no text can pass for two, nor for a note. */
function lineOf({ author, text }: PromptMessage): string {
  const { text: shown, bytes, ofBytes } = cutText(text, PROMPT_SAID_BYTES_MAX);
  if (bytes === ofBytes) return JSON.stringify({ author, text });
  return JSON.stringify({ author, text: shown, cut: `the first ${bytes} of ${ofBytes} bytes are shown` });
}

function noteOf(left: number, which: string): readonly string[] {
  return left === 0 ? [] : [JSON.stringify({ note: `${left} ${which}: left out for want of room` })];
}

function onlyNote(name: string, left: number, which: string): readonly PromptPart[] {
  return left === 0 ? [] : [part(name, noteOf(left, which))];
}

function part(name: string, lines: readonly string[]): PromptPart {
  return { name, data: lines.join("\n") };
}

function withinBudget(parts: readonly PromptPart[], bytesMax: number): Candidates {
  return [...parts.filter((one) => sized(one).bytes <= bytesMax).map((one) => [one]), []];
}
