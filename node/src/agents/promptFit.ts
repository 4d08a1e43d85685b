import type { PromptPart, SizedPart } from "./promptFence.ts";
import { sized } from "./promptFence.ts";
import type { PromptDependency, PromptMessage } from "./promptParts.ts";

/** What the template promises: enough to follow a conversation, little enough to leave room. */
export const THREAD_MESSAGES_MAX = 5;
/** No note under a cut output is longer: two numbers and a few words. */
export const CUT_NOTE_BYTES_MAX = 96;

/** The part that holds a dependency's output. */
export function outputPart(dependency: PromptDependency): PromptPart {
  return { name: `output ${dependency.task}`, data: dependency.output };
}

/** The part `thread`, or none without messages. One JSON object a line: no message can pass for two. */
export function threadPart(messages: readonly PromptMessage[]): readonly PromptPart[] {
  if (messages.length === 0) return [];
  const lines = messages.map(({ author, text }) => JSON.stringify({ author, text }));
  return [{ name: "thread", data: lines.join("\n") }];
}

/** The part `thread` with as many of the last messages as fit. */
export function cutThread(
  messages: readonly PromptMessage[],
  fits: (messages: readonly PromptMessage[]) => boolean,
): readonly PromptPart[] {
  let kept = messages.slice(-THREAD_MESSAGES_MAX);
  while (kept.length > 0 && !fits(kept)) kept = kept.slice(1);
  return threadPart(kept);
}

/**
 * The outputs, the longest of them cut to one common length so that `fits` agrees. If even the shortest cut does
 * not fit, that cut is returned, and the caller says that it is too much.
 */
export function fitOutputs(
  outputs: readonly PromptPart[],
  fits: (sizes: readonly SizedPart[]) => boolean,
): readonly PromptPart[] {
  const sizes = outputs.map(sized);
  if (fits(sizes)) return outputs;
  const capped = (bytesMax: number) =>
    sizes.map((s) => ({ name: s.name, bytes: Math.min(s.bytes, bytesMax) }));
  // Invariant: `low` bytes each is tried last and may fit, `high` does not fit.
  let low = CUT_NOTE_BYTES_MAX;
  let high = Math.max(low + 1, ...sizes.map((size) => size.bytes));
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(capped(middle))) low = middle;
    else high = middle;
  }
  return outputs.map((part) => cutPart(part, low));
}

/** A part whose data, with a note that it was cut, has at most `bytesMax` bytes; unchanged if it is not longer. */
function cutPart(part: PromptPart, bytesMax: number): PromptPart {
  const bytes = Buffer.from(part.data);
  if (bytes.length <= bytesMax) return part;
  let end = bytesMax - CUT_NOTE_BYTES_MAX;
  // A character is kept whole or not at all: 10xxxxxx continues one.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  const kept = bytes.toString("utf8", 0, end);
  return { name: part.name, data: `${kept}\n[cut: the first ${end} of ${bytes.length} bytes are shown]` };
}
