import type { Hex } from "viem";

/**
 * What this node should do about one execution, as a pure function of what the chain says, what was heard, and the
 * chain's time. The engine asks it again after every change; it holds no state of its own.
 *
 * Rules, in the words of the contract:
 * - A node of rank r for a task is admitted from `readyAt + r * window` on, where `readyAt` is the block time of the
 *   execution's last accepted completion or its creation. Rank 0 is therefore always admitted. Where m nodes must agree,
 *   the first m of the rotation have rank 0.
 * - A task on which m nodes must agree has an output once m nodes of different owners said the same; before that nothing
 *   is built on what any of them said, and this node answers too. Their completions are settled together or not at all.
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
  /** For each task how many nodes of different owners must agree; 1 where one is enough. */
  readonly quorums: readonly number[];
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
  /** How many windows open before a node's own for a task; undefined for one that may never answer it. */
  readonly rankOf: (task: number, node: bigint) => number | undefined;
  /** Who owns a node: of each owner one node counts in a quorum. */
  readonly ownerOf: (node: bigint) => string | undefined;
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
  /**
   * Provisional completions that can be settled now, in the order of their dependencies; those of a quorum stand
   * together.
   */
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
  const settle: Agreement<Heard>[] = [];
  const stepIns: Agreement<Heard>[] = [];
  const missing: Heard[] = [];
  let changesAt: bigint | undefined;
  if (input.chainNow > input.execution.deadline) {
    return { chosen, run, settle: [], completes: false, missing, changesAt };
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
    const agreements = agreementsOf(input, task, heard.admitted);
    const best = agreements.find(({ withOutput }) => withOutput !== undefined);
    for (const { rank, members, withOutput } of agreements) {
      if (withOutput === undefined && (best === undefined || rank < best.rank)) missing.push(members[0]);
    }
    if (best?.withOutput !== undefined) {
      const { outputDigest } = best.withOutput;
      chosen.set(task, { source: "heard", outputDigest, completion: best.withOutput });
      (best.rank === 0 ? settle : stepIns).push(best);
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
    settle: order.flatMap(({ members }) => members),
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
  stepIns: readonly Agreement<Heard>[],
  others: readonly Agreement<Heard>[],
): Agreement<Heard>[] {
  const order: Agreement<Heard>[] = [];
  let settled = 0;
  for (const task of completed.keys()) settled |= 1 << task;
  for (const agreement of [...stepIns.slice(0, 1), ...others]) {
    const [{ task }] = agreement.members;
    if (((dependsOn[task] ?? 0) & ~settled) !== 0) continue;
    settled |= 1 << task;
    order.push(agreement);
  }
  return order;
}

/** As many completions that say the same as a task asks for: mostly one. */
interface Agreement<Heard extends HeardCompletion> {
  readonly members: readonly [Heard, ...Heard[]];
  /** The highest of its members'. */
  readonly rank: number;
  /** A completion of this output whose bytes are here; undefined when nobody's are. */
  readonly withOutput: Heard | undefined;
}

/**
 * What is agreed on of the completions admitted for a task, the best first: of one rank, what was heard first. Of each
 * owner one node counts. Members stand in the order of their ranks and ids, so that all who know the same settle the same.
 */
function agreementsOf<Heard extends HeardCompletion>(
  input: PlanInput<Heard>,
  task: number,
  admitted: readonly { readonly rank: number; readonly completion: Heard }[],
): Agreement<Heard>[] {
  const quorum = Math.max(1, input.execution.quorums[task] ?? 1);
  if (quorum === 1) {
    return admitted.map(({ rank, completion }) => {
      const withOutput = completion.outputIsHere === false ? undefined : completion;
      return { members: [completion], rank, withOutput };
    });
  }
  const agreements = [...new Set(admitted.map(({ completion }) => completion.outputDigest))].flatMap(
    (digest): Agreement<Heard>[] => {
      const alike = admitted.filter(({ completion }) => completion.outputDigest === digest);
      const owners = new Set<string>();
      const members = alike.toSorted(byRankAndNode).filter(({ completion: { node } }) => {
        const owner = input.ownerOf(node)?.toLowerCase();
        if (owner === undefined || owners.has(owner) || owners.size === quorum) return false;
        owners.add(owner);
        return true;
      });
      const [first, ...others] = members;
      if (first === undefined || members.length < quorum) return [];
      const withOutput = alike.find(({ completion }) => completion.outputIsHere !== false);
      return [
        {
          members: [first.completion, ...others.map(({ completion }) => completion)],
          rank: Math.max(...members.map(({ rank }) => rank)),
          withOutput: withOutput?.completion,
        },
      ];
    },
  );
  return agreements.sort((a, b) => a.rank - b.rank);
}

type Admitted = { readonly rank: number; readonly completion: HeardCompletion };

function byRankAndNode(a: Admitted, b: Admitted): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  return a.completion.node < b.completion.node ? -1 : 1;
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
