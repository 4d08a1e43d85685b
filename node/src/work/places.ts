import type { Durations } from "./durations.ts";

/** A task for which this node has no place yet. */
export interface Candidate {
  readonly execution: bigint;
  readonly task: number;
  readonly model: bigint;
  /** Of its execution, Unix seconds of the chain. */
  readonly deadline: bigint;
  /** What the answer earns this node, in units of `currency`. */
  readonly earnsWei: bigint;
  readonly currency: string;
}

/** What came of asking for a place. */
export type Placement =
  /** A place is its. */
  | "taken"
  /** It waits; whoever frees a place names it when its turn has come. */
  | "waiting"
  /** More wait for the model than `queueMax`, all of them before it. */
  | "queueFull"
  /** Even as quick as the model was of late, all that is before it and it would be over after the deadline. */
  | "tooLate";

/** How much one model does at once here. */
export interface ModelLimits {
  readonly parallelMax: number;
  /** Tasks that wait for the model; those beyond are left to other nodes. */
  readonly queueMax: number;
}

/**
 * The places on which jobs run, and who gets the next. Of those that wait, first come the ones whose deadline is nearer
 * than twice what their model usually takes, the nearest first; then the best paid, as far as the currency is the same;
 * then the earliest deadline; then the oldest execution.
 */
export interface Places {
  /** Asks for a place. One that waits is known from then on, by execution and task, until it takes one or is forgotten. */
  take(candidate: Candidate): Placement;
  /** A job of a model has ended, after so many milliseconds where it came to an answer. */
  free(model: bigint, tookMs?: number): void;
  /** The execution whose turn it is, where a place is free and somebody waits for it. */
  next(): bigint | undefined;
  /** Nothing of an execution waits any more. */
  forget(execution: bigint): void;
  /** Whether a task for a model would find room: a place, or one in its queue. */
  hasRoom(model: bigint): boolean;
  /** Jobs that run. */
  count(): number;
  /** Tasks that wait. */
  waiting(): number;
}

export function createPlaces(
  options: { readonly parallelMax: number; readonly limitsOf: (model: bigint) => ModelLimits },
  modules: {
    readonly durations: Durations;
    /** The chain's time, Unix seconds. */
    readonly now: () => bigint;
  },
): Places {
  const { parallelMax, limitsOf } = options;
  const { durations, now } = modules;
  const runningOf = new Map<bigint, number>();
  /** Those that wait, by execution and task: an execution is forgotten, and put back, with every look at it. */
  const queue = new Map<bigint, Map<number, Candidate>>();
  let waiting = 0;
  let running = 0;

  function* queued(): Generator<Candidate> {
    for (const tasks of queue.values()) yield* tasks.values();
  }

  function enqueue(candidate: Candidate): void {
    const tasks = queue.get(candidate.execution) ?? new Map<number, Candidate>();
    queue.set(candidate.execution, tasks.set(candidate.task, candidate));
    waiting += 1;
  }

  function dequeue({ execution, task }: Candidate): void {
    const tasks = queue.get(execution);
    if (tasks?.delete(task) !== true) return;
    waiting -= 1;
    if (tasks.size === 0) queue.delete(execution);
  }

  function hasPlace(model: bigint): boolean {
    return running < parallelMax && (runningOf.get(model) ?? 0) < limitsOf(model).parallelMax;
  }

  function isUrgent({ deadline, model }: Candidate): boolean {
    return Number(deadline - now()) * 1_000 < 2 * durations.usualMs(model);
  }

  /** Below 0 where `a` comes before `b`. */
  function compare(a: Candidate, b: Candidate): number {
    const [isFirst, isSecond] = [isUrgent(a), isUrgent(b)];
    if (isFirst !== isSecond) return isFirst ? -1 : 1;
    if (!isFirst && a.currency === b.currency && a.earnsWei !== b.earnsWei)
      return a.earnsWei > b.earnsWei ? -1 : 1;
    if (a.deadline !== b.deadline) return a.deadline < b.deadline ? -1 : 1;
    if (a.execution !== b.execution) return a.execution < b.execution ? -1 : 1;
    return a.task - b.task;
  }

  /** How many of its model would get a place before it, where more than `enough` wait at all; else their number. */
  function ahead(candidate: Candidate, enough: number): number {
    if (waiting <= enough) return waiting;
    let count = 0;
    for (const other of queued())
      if (other.model === candidate.model && compare(other, candidate) < 0) count += 1;
    return count;
  }

  /** Whether it could still be done in time if every job were as quick as the quickest of late. */
  function isInTime(candidate: Candidate): boolean {
    const { model, deadline } = candidate;
    const quickestMs = durations.quickestMs(model);
    if (quickestMs === 0) return true;
    const roundsLeft = Math.floor((Number(deadline - now()) * 1_000) / quickestMs);
    if (roundsLeft < 1) return false;
    if (hasPlace(model)) return true;
    // Those that run now may be over any moment, so they count for nothing.
    const places = Math.min(parallelMax, limitsOf(model).parallelMax);
    const enough = places * roundsLeft - 1;
    return ahead(candidate, enough) <= enough;
  }

  function best(): Candidate | undefined {
    let first: Candidate | undefined;
    for (const candidate of queued()) {
      if (!hasPlace(candidate.model)) continue;
      if (first === undefined || compare(candidate, first) < 0) first = candidate;
    }
    return first;
  }

  function occupy(model: bigint): void {
    running += 1;
    runningOf.set(model, (runningOf.get(model) ?? 0) + 1);
  }

  return {
    take(candidate) {
      dequeue(candidate);
      if (!isInTime(candidate)) return "tooLate";
      if (hasPlace(candidate.model)) {
        const first = best();
        if (first === undefined || compare(candidate, first) < 0) {
          occupy(candidate.model);
          return "taken";
        }
      }
      const { queueMax } = limitsOf(candidate.model);
      if (ahead(candidate, queueMax - 1) >= queueMax) return "queueFull";
      enqueue(candidate);
      return "waiting";
    },
    free(model, tookMs) {
      running -= 1;
      const left = (runningOf.get(model) ?? 0) - 1;
      if (left > 0) runningOf.set(model, left);
      else runningOf.delete(model);
      if (tookMs !== undefined) durations.add(model, tookMs);
    },
    next: () => (running < parallelMax ? best()?.execution : undefined),
    forget(execution) {
      waiting -= queue.get(execution)?.size ?? 0;
      queue.delete(execution);
    },
    hasRoom(model) {
      if (hasPlace(model)) return true;
      const { queueMax } = limitsOf(model);
      if (waiting < queueMax) return true;
      let ofModel = 0;
      for (const other of queued()) if (other.model === model) ofModel += 1;
      return ofModel < queueMax;
    },
    count: () => running,
    waiting: () => waiting,
  };
}
