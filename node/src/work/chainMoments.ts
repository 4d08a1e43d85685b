/** When things are due by the chain's time: one moment for each execution. */
export interface ChainMoments {
  /** Sets an execution's moment, in place of the one before; unix seconds. */
  set(execution: bigint, atSeconds: bigint): void;
  delete(execution: bigint): void;
  /** Takes those out whose moment has come, the earliest first. */
  take(nowSeconds: bigint): readonly bigint[];
  size(): number;
}

interface Moment {
  readonly execution: bigint;
  readonly atSeconds: bigint;
}

/** A binary heap. What was set anew or deleted stays in it until it comes up; it is made anew when that is most of it. */
export function createChainMoments(): ChainMoments {
  const current = new Map<bigint, Moment>();
  let heap: Moment[] = [];

  const at = (index: number) => heap[index]?.atSeconds;

  function swap(a: number, b: number): void {
    const [first, second] = [heap[a], heap[b]];
    if (first === undefined || second === undefined) return;
    heap[a] = second;
    heap[b] = first;
  }

  function push(moment: Moment): void {
    heap.push(moment);
    let index = heap.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if ((at(parent) ?? 0n) <= moment.atSeconds) return;
      swap(index, parent);
      index = parent;
    }
  }

  function pop(): Moment | undefined {
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let index = 0; ; ) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      const leftAt = at(left);
      if (leftAt === undefined) return first;
      const rightAt = at(right);
      const child = rightAt !== undefined && rightAt < leftAt ? right : left;
      if ((at(child) ?? 0n) >= last.atSeconds) return first;
      swap(index, child);
      index = child;
    }
  }

  function rebuild(): void {
    heap = [];
    for (const moment of current.values()) push(moment);
  }

  return {
    set(execution, atSeconds) {
      if (current.get(execution)?.atSeconds === atSeconds) return;
      const moment = { execution, atSeconds };
      current.set(execution, moment);
      push(moment);
      if (heap.length > 2 * current.size + 1) rebuild();
    },
    delete: (execution) => void current.delete(execution),
    take(nowSeconds) {
      const due: bigint[] = [];
      for (let first = at(0); first !== undefined && first <= nowSeconds; first = at(0)) {
        const moment = pop();
        if (moment === undefined || current.get(moment.execution) !== moment) continue;
        current.delete(moment.execution);
        due.push(moment.execution);
      }
      return due;
    },
    size: () => current.size,
  };
}
