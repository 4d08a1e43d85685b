import type { PromptPart, SizedPart } from "./promptFence.ts";
import { sized } from "./promptFence.ts";
import type { PromptDependency } from "./promptParts.ts";
import { CUT_NOTE_BYTES_MAX, withCutNote } from "./text.ts";

/** The part that holds a dependency's output. */
export function outputPart(dependency: PromptDependency): PromptPart {
  return { name: `output ${dependency.task}`, data: dependency.output };
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
export function cutPart({ name, data }: PromptPart, bytesMax: number): PromptPart {
  return { name, data: withCutNote(data, bytesMax, "shown") };
}
