import type { Durations } from "./durations.ts";

/** A task for which this node has no place yet. */
export interface Candidate {
  /** The cluster of its execution: shares are given by it. */
  readonly cluster: bigint;
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

/** Tasks of one cluster here: those that run on a place, and those that wait for one. */
export interface ClusterPlaces {
  readonly running: number;
  readonly waiting: number;
}

/**
 * The places on which jobs run, and who gets the next. Of those that wait, first come those of clusters that are below their
 * share; then the ones whose deadline is nearer than twice what their model usually takes, the nearest first; then the best
 * paid, as far as the currency is the same; then the earliest deadline; then the oldest execution.
 *
 * A share takes nothing from a cluster while no other wants its places: it may use them all. Nothing that runs is stopped
 * for a share, so one that was over it gives places back as its jobs end.
 */
export interface Places {
  /** Asks for a place. One that waits is known from then on, by execution and task, until it takes one or is forgotten. */
  take(candidate: Candidate): Placement;
  /** A job has ended, after so many milliseconds where it came to an answer. */
  free(job: Pick<Candidate, "cluster" | "model">, tookMs?: number): void;
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
  /** How many jobs run at once. */
  total(): number;
  /** From now on so many; jobs that run beyond it end by themselves. */
  setTotal(places: number): void;
  /** How many places each cluster may use when others want them, too; one that is not named has no share, and no bound. */
  shares(): ReadonlyMap<bigint, number>;
  /** @param places undefined takes the share away */
  setShare(cluster: bigint, places: number | undefined): void;
  /** Clusters of which something runs or waits. */
  clusters(): ReadonlyMap<bigint, ClusterPlaces>;
}

export function createPlaces(
  options: { readonly parallelMax: number; readonly limitsOf: (model: bigint) => ModelLimits },
  modules: {
    readonly durations: Durations;
    /** The chain's time, Unix seconds. */
    readonly now: () => bigint;
  },
): Places {
  const { limitsOf } = options;
  const { durations, now } = modules;
  let { parallelMax } = options;
  const runningOf = new Map<bigint, number>();
  const runningIn = new Map<bigint, number>();
  const shares = new Map<bigint, number>();
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

  /** Whether its cluster has all the places already that it may have while others wait. */
  function isOverShare({ cluster }: Candidate): boolean {
    const share = shares.get(cluster);
    return share !== undefined && (runningIn.get(cluster) ?? 0) >= share;
  }

  /** Below 0 where `a` comes before `b`. */
  function compare(a: Candidate, b: Candidate): number {
    const [isOver, isOtherOver] = [isOverShare(a), isOverShare(b)];
    if (isOver !== isOtherOver) return isOver ? 1 : -1;
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

  function occupy({ model, cluster }: Candidate): void {
    running += 1;
    count(runningOf, model, 1);
    count(runningIn, cluster, 1);
  }

  return {
    take(candidate) {
      dequeue(candidate);
      if (!isInTime(candidate)) return "tooLate";
      if (hasPlace(candidate.model)) {
        const first = best();
        if (first === undefined || compare(candidate, first) < 0) {
          occupy(candidate);
          return "taken";
        }
      }
      const { queueMax } = limitsOf(candidate.model);
      if (ahead(candidate, queueMax - 1) >= queueMax) return "queueFull";
      enqueue(candidate);
      return "waiting";
    },
    free({ model, cluster }, tookMs) {
      running -= 1;
      count(runningOf, model, -1);
      count(runningIn, cluster, -1);
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
    total: () => parallelMax,
    setTotal(places) {
      parallelMax = places;
    },
    shares: () => shares,
    setShare(cluster, places) {
      if (places === undefined) shares.delete(cluster);
      else shares.set(cluster, places);
    },
    clusters() {
      const found = new Map<bigint, ClusterPlaces>();
      for (const [cluster, of] of runningIn) found.set(cluster, { running: of, waiting: 0 });
      for (const { cluster } of queued()) {
        const { running: runs = 0, waiting: waits = 0 } = found.get(cluster) ?? {};
        found.set(cluster, { running: runs, waiting: waits + 1 });
      }
      return found;
    },
  };
}

function count(counts: Map<bigint, number>, key: bigint, change: 1 | -1): void {
  const sum = (counts.get(key) ?? 0) + change;
  if (sum > 0) counts.set(key, sum);
  else counts.delete(key);
}
