/** A line of two texts laid side by side: in both, or in one of them. */
export interface DiffLine {
  readonly kind: "same" | "removed" | "added";
  readonly text: string;
}

export interface LineDiff {
  readonly lines: readonly DiffLine[];
  /** Whether the texts were too long to find what they share in the middle: there one stands after the other. */
  readonly isCoarse: boolean;
}

/** Lines of both texts, multiplied, for which what they share is looked for: some ten milliseconds. */
const CELLS_MAX = 1_000_000;

/** What changed from one text to another, line by line. What is at both ends the same costs nothing. */
export function diffLines(before: string, after: string): LineDiff {
  const a = before.split("\n");
  const b = after.split("\n");
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end += 1;
  const middleA = a.slice(start, a.length - end);
  const middleB = b.slice(start, b.length - end);
  const isCoarse = middleA.length * middleB.length > CELLS_MAX;
  const middle = isCoarse ? coarse(middleA, middleB) : fine(middleA, middleB);
  return {
    lines: [...a.slice(0, start).map(same), ...middle, ...a.slice(a.length - end).map(same)],
    isCoarse,
  };
}

const same = (text: string): DiffLine => ({ kind: "same", text });
const removed = (text: string): DiffLine => ({ kind: "removed", text });
const added = (text: string): DiffLine => ({ kind: "added", text });

function coarse(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  return [...a.map(removed), ...b.map(added)];
}

/** By the longest common subsequence of lines. */
function fine(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const [lineA, lineB] = [a[i], b[j]];
    if (lineA !== undefined && lineA === lineB) {
      lines.push(same(lineA));
      i += 1;
      j += 1;
    } else if (lineA !== undefined && (lineB === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(removed(lineA));
      i += 1;
    } else if (lineB !== undefined) {
      lines.push(added(lineB));
      j += 1;
    }
  }
  return lines;
}

/** A part of a diff that is shown, or lines between two parts that are the same and are left out. */
export type DiffPart =
  | { readonly kind: "lines"; readonly lines: readonly DiffLine[] }
  | { readonly kind: "gap"; readonly count: number };

/** Lines around a change that say where it is. */
const AROUND = 2;

/** The diff without what is far from any change. */
export function partsOf(lines: readonly DiffLine[]): readonly DiffPart[] {
  const isNear = lines.map((_, index) =>
    lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ kind }) => kind !== "same"),
  );
  const parts: DiffPart[] = [];
  let kept: DiffLine[] = [];
  let gap = 0;
  for (const [index, line] of lines.entries()) {
    if (isNear[index] === true) {
      if (gap > 0) parts.push({ kind: "gap", count: gap });
      gap = 0;
      kept.push(line);
    } else {
      if (kept.length > 0) parts.push({ kind: "lines", lines: kept });
      kept = [];
      gap += 1;
    }
  }
  if (kept.length > 0) parts.push({ kind: "lines", lines: kept });
  if (gap > 0) parts.push({ kind: "gap", count: gap });
  return parts;
}
