import type { Hex } from "viem";

/**
 * What this node should do about one execution, as a pure function of what the chain says, what was heard, and the
 * chain's time. The engine asks it again after every change; it holds no state of its own.
 *
 * Rules, in the words of the contract:
 * - A node of rank r for a task is admitted from `readyAt + r * window` on, where `readyAt` is the block time of the
 *   execution's last accepted completion or its creation. Rank 0 is therefore always admitted.
 * - A completion that was heard but is not mined yet is *provisional*. Mining it moves `readyAt` to now, so behind a
 *   provisional output only rank 0 can count on being admitted: a further rank waits until all the task depends on is
 *   accepted on chain and its window has opened.
 * - A completion whose output this node cannot get counts for nothing: a node that holds its output back is as a dead
 *   one, and those after it step in.
 */

/** A completion that was heard over gossip, or is this node's own. */
export interface HeardCompletion {
  readonly execution: bigint;
  readonly task: number;
  readonly node: bigint;
  readonly contextHash: Hex;
  readonly outputDigest: Hex;
  /** Whether this node has the output's bytes. One that it has not is not built on. @default true */
  readonly outputIsHere?: boolean;
}

/** What the plan has to know of an execution. */
export interface PlanExecution {
  readonly id: bigint;
  /** Unix seconds; completions are accepted up to and at it. */
  readonly deadline: bigint;
  /** Unix seconds. */
  readonly readyAt: bigint;
  readonly windowSeconds: bigint;
  /** For each task the mask of the tasks it depends on. */
  readonly dependsOn: readonly number[];
  /** Output digests of the tasks that the chain has accepted. */
  readonly completed: ReadonlyMap<number, Hex>;
}

export interface PlanInput<Heard extends HeardCompletion> {
  readonly execution: PlanExecution;
  /** Block time by which windows and deadlines are judged: the next block's, at the earliest. Unix seconds. */
  readonly chainNow: bigint;
  /** This node. */
  readonly self: bigint;
  /** Whether this node's operator has configured a service for the task's model. */
  readonly canRun: (task: number) => boolean;
  /** Rank of a node for a task; undefined for one that may never answer it. */
  readonly rankOf: (task: number, node: bigint) => number | undefined;
  /** What a completion of `task` must be bound to, given the digests of the tasks it depends on, in task order. */
  readonly contextOf: (task: number, dependencies: readonly Hex[]) => Hex;
  /** Completions heard for a task, in the order in which they were heard. */
  readonly heardOf: (task: number) => readonly Heard[];
}

/** The output a task has or will have: accepted by the chain, or provisional. */
export type ChosenOutput<Heard> =
  | { readonly source: "chain"; readonly outputDigest: Hex }
  | { readonly source: "heard"; readonly outputDigest: Hex; readonly completion: Heard };

/** A task that this node should answer now. */
export interface RunnableTask {
  readonly task: number;
  readonly rank: number;
  readonly contextHash: Hex;
}

export interface Plan<Heard extends HeardCompletion> {
  /** By task. A task that is not in it has no output yet. */
  readonly chosen: ReadonlyMap<number, ChosenOutput<Heard>>;
  /** Tasks to answer now, in task order. */
  readonly run: readonly RunnableTask[];
  /** Provisional completions that can be settled now, in the order of their dependencies. */
  readonly settle: readonly Heard[];
  /** Whether settling these completes the execution. */
  readonly completes: boolean;
  /** Completions that would be built on if their outputs were here. */
  readonly missing: readonly Heard[];
  /** Chain time at which the plan changes by itself, unix seconds; undefined when only events change it. */
  readonly changesAt: bigint | undefined;
}

/** Works out what to do; see above. */
export function planExecution<Heard extends HeardCompletion>(input: PlanInput<Heard>): Plan<Heard> {
  const chosen = new Map<number, ChosenOutput<Heard>>();
  const run: RunnableTask[] = [];
  const settle: Heard[] = [];
  const stepIns: Heard[] = [];
  const missing: Heard[] = [];
  let changesAt: bigint | undefined;
  if (input.chainNow > input.execution.deadline) {
    return { chosen, run, settle, completes: false, missing, changesAt };
  }

  const { dependsOn, completed } = input.execution;
  for (let task = 0; task < dependsOn.length; task++) {
    const accepted = completed.get(task);
    if (accepted !== undefined) {
      chosen.set(task, { source: "chain", outputDigest: accepted });
      continue;
    }
    const before = dependenciesOf(task, dependsOn[task] ?? 0, chosen);
    if (before === undefined) continue;
    const contextHash = input.contextOf(task, before.digests);
    const window = (node: bigint) => windowOf(input, task, node, before.provisional);

    const heard = heardFor(input, task, contextHash, window);
    const best = heard.admitted.find(({ completion }) => completion.outputIsHere !== false);
    for (const { rank, completion } of heard.admitted) {
      if (completion.outputIsHere === false && (best === undefined || rank < best.rank))
        missing.push(completion);
    }
    if (best !== undefined) {
      const { completion } = best;
      chosen.set(task, { source: "heard", outputDigest: completion.outputDigest, completion });
      (best.rank === 0 ? settle : stepIns).push(completion);
      continue;
    }
    if (heard.opensAt !== undefined) changesAt = earlier(changesAt, heard.opensAt);
    if (!input.canRun(task)) continue;
    const own = window(input.self);
    if (own === undefined) continue;
    if (own.opensAt <= input.chainNow) run.push({ task, rank: own.rank, contextHash });
    else changesAt = earlier(changesAt, own.opensAt);
  }
  const order = settleOrder(input.execution, stepIns, settle);
  return {
    chosen,
    run,
    settle: order,
    completes: completed.size + order.length === dependsOn.length,
    missing,
    changesAt,
  };
}

/**
 * A step-in goes first, and one alone: whatever is accepted before it in the same block would close its window, as it
 * closes that of the other step-ins. All it depends on is on chain, so nothing has to stand before it. What depends on
 * a step-in that is left out is left out too.
 */
function settleOrder<Heard extends HeardCompletion>(
  { dependsOn, completed }: PlanExecution,
  stepIns: readonly Heard[],
  others: readonly Heard[],
): Heard[] {
  const order: Heard[] = [];
  let settled = 0;
  for (const task of completed.keys()) settled |= 1 << task;
  for (const completion of [...stepIns.slice(0, 1), ...others]) {
    if (((dependsOn[completion.task] ?? 0) & ~settled) !== 0) continue;
    settled |= 1 << completion.task;
    order.push(completion);
  }
  return order;
}

/** Digests of what a task depends on, in task order, and whether one of them is provisional; undefined if one lacks. */
function dependenciesOf<Heard>(
  task: number,
  mask: number,
  chosen: ReadonlyMap<number, ChosenOutput<Heard>>,
): { digests: Hex[]; provisional: boolean } | undefined {
  const digests: Hex[] = [];
  let provisional = false;
  for (let i = 0; i < task; i++) {
    if (((mask >>> i) & 1) === 0) continue;
    const output = chosen.get(i);
    if (output === undefined) return undefined;
    digests.push(output.outputDigest);
    provisional ||= output.source === "heard";
  }
  return { digests, provisional };
}

/** When a node may answer a task; undefined for never, or not before the chain says more. */
function windowOf<Heard extends HeardCompletion>(
  input: PlanInput<Heard>,
  task: number,
  node: bigint,
  provisional: boolean,
): { rank: number; opensAt: bigint } | undefined {
  const rank = input.rankOf(task, node);
  if (rank === undefined || (rank > 0 && provisional)) return undefined;
  return { rank, opensAt: input.execution.readyAt + BigInt(rank) * input.execution.windowSeconds };
}

/** Completions heard for a context: those that are admitted, the best first, and when the next of the others is. */
function heardFor<Heard extends HeardCompletion>(
  input: PlanInput<Heard>,
  task: number,
  contextHash: Hex,
  window: (node: bigint) => { rank: number; opensAt: bigint } | undefined,
): { admitted: { rank: number; completion: Heard }[]; opensAt: bigint | undefined } {
  const admitted: { rank: number; completion: Heard }[] = [];
  let opensAt: bigint | undefined;
  for (const completion of input.heardOf(task)) {
    if (completion.contextHash !== contextHash) continue;
    const its = window(completion.node);
    if (its === undefined) continue;
    if (its.opensAt > input.chainNow) opensAt = earlier(opensAt, its.opensAt);
    else admitted.push({ rank: its.rank, completion });
  }
  // Stable: of one rank, the first heard.
  return { admitted: admitted.sort((a, b) => a.rank - b.rank), opensAt };
}

function earlier(a: bigint | undefined, b: bigint): bigint {
  return a === undefined || b < a ? b : a;
}
