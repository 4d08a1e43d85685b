/** Who fills which need; or which needs are too many for those who could. */
export interface Matching {
  /** By need: candidates, by their indices. Complete where `short` is undefined. */
  readonly filled: readonly (readonly number[])[];
  /**
   * Undefined where every need is filled. Else needs, by their indices, that together want more candidates than can fill any of them:
   * the proof that there is no assignment.
   */
  readonly short: readonly number[] | undefined;
}

/**
 * Fills needs with candidates, each in one place, so that no other assignment has better candidates: compare the chosen ones of two
 * assignments in order, best first, and each of these is at least as good. With prices as the order that is the cheapest assignment, and
 * if there is any that fills all needs, it is found.
 *
 * What a set of needs can be filled by is a matroid, so taking the candidates in order, and each that can be had besides those before it,
 * is not a guess. "Can be had" is looked for by paths on which candidates change places.
 *
 * @param counts How many each need wants.
 * @param candidates The best first: which needs each can fill.
 */
export function matchInOrder(
  counts: readonly number[],
  candidates: readonly (readonly number[])[],
): Matching {
  const filled: number[][] = counts.map(() => []);
  let missing = counts.reduce((sum, count) => sum + count, 0);
  /** Needs that nobody can leave for one that has room: whoever comes later finds none there, either. */
  const closed = new Set<number>();
  for (const [candidate, able] of candidates.entries()) {
    if (missing === 0) break;
    if (able.every((need) => closed.has(need))) continue;
    if (place(candidate, able)) missing -= 1;
  }
  return { filled, short: missing === 0 ? undefined : shortNeeds() };

  /** Breadth first from the needs that the candidate can fill to one with room. */
  function place(candidate: number, able: readonly number[]): boolean {
    /** How a need was reached: by the one that would leave `from` for it. */
    const reached = new Map<number, { readonly mover: number; readonly from: number | undefined }>();
    for (const need of able) {
      if (!closed.has(need)) reached.set(need, { mover: candidate, from: undefined });
    }
    for (const need of reached.keys()) {
      if (listAt(filled, need).length < (counts[need] ?? 0)) {
        move(need, reached);
        return true;
      }
      for (const mover of listAt(filled, need)) {
        for (const other of candidates[mover] ?? []) {
          if (!closed.has(other) && !reached.has(other)) reached.set(other, { mover, from: need });
        }
      }
    }
    for (const need of reached.keys()) closed.add(need);
    return false;
  }

  function move(
    to: number,
    reached: ReadonlyMap<number, { readonly mover: number; readonly from: number | undefined }>,
  ): void {
    for (let need: number | undefined = to; need !== undefined; ) {
      const step = reached.get(need);
      if (step === undefined) return;
      listAt(filled, need).push(step.mover);
      if (step.from !== undefined) {
        const before = listAt(filled, step.from);
        before.splice(before.indexOf(step.mover), 1);
      }
      need = step.from;
    }
  }

  /** From the first need with room: all needs in which those are who could fill it, and so on. */
  function shortNeeds(): readonly number[] {
    const placeOf = new Map(
      filled.flatMap((list, need) => list.map((candidate) => [candidate, need] as const)),
    );
    const first = filled.findIndex((list, need) => list.length < (counts[need] ?? 0));
    const found = new Set([first]);
    for (const need of found) {
      for (const [candidate, able] of candidates.entries()) {
        const at = placeOf.get(candidate);
        if (at !== undefined && able.includes(need)) found.add(at);
      }
    }
    return [...found].sort((left, right) => left - right);
  }
}

function listAt(lists: readonly number[][], index: number): number[] {
  const list = lists[index];
  if (list === undefined) throw new Error(`no need ${index}`);
  return list;
}
