import type { DiffFile, DiffKind, MergeRow } from "../../api/folders.ts";
import { spanText } from "../../text/times.ts";

/** The colours of badges. */
type Tone = "good" | "busy" | "warn" | "bad" | "calm";

export const KINDS: readonly {
  readonly kind: DiffKind;
  readonly name: string;
  readonly says: string;
}[] = [
  { kind: "all", name: "All", says: "Everything since it began." },
  { kind: "uncommitted", name: "Uncommitted", says: "What the agent has not committed itself." },
  { kind: "sinceCheckpoint", name: "Since a checkpoint", says: "One is made before each turn." },
  { kind: "committed", name: "Committed", says: "What the agent has committed, in its own copy alone." },
  { kind: "merged", name: "Merged", says: "What its last merge brought." },
];

export function kindOf(text: string | undefined): DiffKind {
  return KINDS.find(({ kind }) => kind === text)?.kind ?? "all";
}

export const CHANGES: Readonly<Record<DiffFile["change"], { readonly sign: string; readonly word: string }>> =
  {
    added: { sign: "A", word: "added" },
    changed: { sign: "M", word: "changed" },
    removed: { sign: "D", word: "removed" },
    renamed: { sign: "R", word: "renamed" },
    typeChanged: { sign: "T", word: "of another type" },
  };

const UNITS = ["bytes", "kB", "MB", "GB"] as const;

/** `104 MB`, `12 kB`, `7 bytes`. */
export function bytesText(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1_000 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

/** `0.4 s`, `12 s`, `3 min`. */
export function durationText(milliseconds: number): string {
  return milliseconds < 9_950 ? `${(milliseconds / 1_000).toFixed(1)} s` : spanText(milliseconds / 1_000);
}

/** A word of a shell, whatever is in it; undefined where nobody could type or see it. */
export function shellWord(text: string): string | undefined {
  if (!/^[\x20-\x7e\u00a0-\u00ac\u00ae-\u1fff]+$/u.test(text)) return undefined;
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function isGoing({ state }: Pick<MergeRow, "state">): boolean {
  return state !== "done";
}

const STATES: Readonly<Record<MergeRow["state"], string>> = {
  waiting: "Waits for its turn",
  previewing: "Looks whether it fits",
  gate: "The gate runs",
  moving: "Moves the branch",
  done: "Done",
};
const OUTCOMES: Readonly<Record<NonNullable<MergeRow["outcome"]>, readonly [string, Tone]>> = {
  merged: ["Merged", "good"],
  ready: ["Ready, to be moved by you", "warn"],
  nothing: ["Nothing to merge", "calm"],
  conflict: ["Conflict", "bad"],
  gateFailed: ["The gate said no", "bad"],
  failed: ["Failed", "bad"],
};

/** How a merge stands, in a word or some, with its colour. */
export function standingOf({
  state,
  outcome,
  error,
}: Pick<MergeRow, "state" | "outcome" | "error">): readonly [string, Tone] {
  if (outcome === undefined) return [STATES[state], state === "waiting" ? "calm" : "busy"];
  if (error?.code === "MERGE_STOPPED") return ["Stopped", "calm"];
  return OUTCOMES[outcome];
}
