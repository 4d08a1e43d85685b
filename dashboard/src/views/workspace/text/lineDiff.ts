/** One line of what changed between two texts, or of what stayed. */
export interface DiffLine {
  readonly kind: "same" | "added" | "removed";
  readonly text: string;
}

/** Steps that are looked for before two texts count as wholly different: some 10 MB of memory, some milliseconds. */
const STEPS_MAX = 1_200;

/**
 * What makes the second text of the first, by lines, with the fewest changes (Myers, 1986). Texts that differ too much are one removed and
 * the other added.
 */
export function lineDiff(from: string, to: string): readonly DiffLine[] {
  const [a, b] = [linesOf(from), linesOf(to)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const same = (lines: readonly string[]) => lines.map((text) => ({ kind: "same", text }) as const);
  return [
    ...same(a.slice(0, start)),
    ...between(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...same(a.slice(a.length - end)),
  ];
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(/\r\n|\r|\n/);
}

function between(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  const trace = stepsOf(a, b);
  if (trace === undefined)
    return [
      ...a.map((text) => ({ kind: "removed", text }) as const),
      ...b.map((text) => ({ kind: "added", text }) as const),
    ];
  const lines: DiffLine[] = [];
  let [x, y] = [a.length, b.length];
  for (let step = trace.length - 1; step >= 0; step -= 1) {
    const reach = trace[step] as Int32Array;
    const diagonal = x - y;
    const isDown = goesDown(reach, step, diagonal);
    const before = isDown ? diagonal + 1 : diagonal - 1;
    const beforeX = step === 0 ? 0 : (reach[before + step] ?? 0);
    const beforeY = step === 0 ? 0 : beforeX - before;
    while (x > beforeX && y > beforeY && (step === 0 || x > (isDown ? beforeX : beforeX + 1))) {
      x -= 1;
      y -= 1;
      lines.push({ kind: "same", text: a[x] ?? "" });
    }
    if (step === 0) break;
    if (isDown) {
      y -= 1;
      lines.push({ kind: "added", text: b[y] ?? "" });
    } else {
      x -= 1;
      lines.push({ kind: "removed", text: a[x] ?? "" });
    }
  }
  return lines.reverse();
}

/** For each number of changes how far one comes on each diagonal before it; undefined where too many are needed. */
function stepsOf(a: readonly string[], b: readonly string[]): readonly Int32Array[] | undefined {
  const trace: Int32Array[] = [];
  let reach = new Int32Array(1);
  for (let step = 0; step <= STEPS_MAX; step += 1) {
    trace.push(reach);
    const next = new Int32Array(2 * (step + 1) + 1);
    for (let diagonal = -step; diagonal <= step; diagonal += 2) {
      let x = 0;
      if (step > 0)
        x = goesDown(reach, step, diagonal)
          ? (reach[diagonal + 1 + step] ?? 0)
          : (reach[diagonal - 1 + step] ?? 0) + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x += 1;
      next[diagonal + step + 1] = x;
      if (x >= a.length && x - diagonal >= b.length) return trace;
    }
    reach = next;
  }
  return undefined;
}

/** Whether the last change on the way to a diagonal is an added line. Places of `reach` are diagonals, moved by `step`. */
function goesDown(reach: Int32Array, step: number, diagonal: number): boolean {
  if (diagonal === -step) return true;
  if (diagonal === step) return false;
  return (reach[diagonal - 1 + step] ?? 0) < (reach[diagonal + 1 + step] ?? 0);
}
