import { contextHashOf } from "@pleiad/sdk/actions/contextHashOf";
import { PleiadError } from "@pleiad/sdk/errors";
import { type Address, type Hex, keccak256, stringToBytes, zeroAddress } from "viem";
import type { Clock } from "../../../node/src/chain/clock.ts";
import type {
  AcceptedFacts,
  ChainView,
  ExecutionFacts,
  SettlementItem,
  StandingChange,
  VersionFacts,
} from "../../../node/src/work/ports.ts";

export const CLUSTER = 5n;
export const MODEL = 9n;
export const NODE_SHARE_BPS = 8_000;
/** Genesis of the fake chain, in unix seconds. */
export const GENESIS_SECONDS = 1_000n;

export const digestOf = (text: string): Hex => keccak256(stringToBytes(text));

/** Why the contract skips an item, in its own words. */
export type Skip =
  | "ExecutionEnded"
  | "DeadlinePassed"
  | "TaskCompleted"
  | "TaskNotReady"
  | "ContextStale"
  | "OutputInvalid"
  | "NotEligible"
  | "TooEarly"
  | "TipTooHigh"
  | "QuorumOwnerTwice"
  | "QuorumMissing";

interface Execution {
  readonly id: bigint;
  readonly version: bigint;
  readonly createdIn: bigint;
  readonly createdAt: bigint;
  readonly readyAt: bigint;
  readonly deadline: bigint;
  readonly input: Uint8Array | undefined;
  readonly inputDigest: Hex;
  readonly outputsByReference: boolean;
  readonly running: boolean;
  readonly failures: ReadonlyMap<number, readonly bigint[]>;
  readonly attempts: number;
  readonly completed: ReadonlyMap<number, Omit<AcceptedFacts, "final">>;
}

export interface ExecuteOptions {
  /** For each task the mask of those it depends on. @default a line of three */
  readonly dependsOn?: readonly number[];
  /** How many must agree, by task. @default one */
  readonly quorums?: readonly number[];
  /** So many reports fail a task, if it has as many nodes. @default 3 */
  readonly attempts?: number;
  /** @default 10n */
  readonly windowSeconds?: bigint;
  /** @default 10_000n */
  readonly durationSeconds?: bigint;
  /** @default "the input", inline */
  readonly input?: { readonly digest: Hex };
  readonly outputsByReference?: boolean;
  /** @default the chain's own */
  readonly currency?: Address;
  /** Of each task. @default nothing */
  readonly pricesWei?: readonly bigint[];
}

/** A chain with the contract's rules about completions in it, whose blocks and time a test decides. */
export interface FakeChain {
  readonly view: ChainView;
  head(): { readonly number: bigint; readonly timestamp: bigint };
  /** Requests an execution, in a block of its own. */
  execute(options?: ExecuteOptions): bigint;
  /** What would come of a batch in the next block. */
  simulate(items: readonly SettlementItem[]): readonly (Skip | "accepted")[];
  /** Mines a batch by the contract's rules; the view shows it at once unless `quietly`. */
  submit(items: readonly SettlementItem[], options?: { quietly?: boolean }): Hex;
  /** Mines a node's report that it cannot answer. @throws where the contract would refuse it */
  report(execution: bigint, task: number, node: bigint): Hex;
  /** Executions in one block, all alike. */
  executeMany(count: number, options?: Parameters<FakeChain["execute"]>[0]): readonly bigint[];
  /** Says that a node or a model has changed. */
  moveStanding(change: StandingChange): void;
  /** A block without a transaction of ours. */
  block(seconds?: bigint): void;
  /** Ends an execution, as `expire` does. */
  end(execution: bigint): void;
  /** Takes blocks back, up to this one. */
  rollBackTo(number: bigint): void;
  /** Tells the listeners about blocks that were mined quietly. */
  show(): void;
  execution(id: bigint): Execution;
  /** Makes `version` fail, until it is undefined again. */
  versionFailure: PleiadError | undefined;
  /** Executions whose version cannot be read. */
  readonly versionFailures: Map<bigint, PleiadError>;
  /** How often a version was asked for: once for each look at an execution. */
  looks: number;
}

export interface FakeChainOptions {
  readonly nodes: readonly bigint[];
  /** Place in `nodes` of the node of rank 0, by task. @default the task's index */
  readonly starts?: readonly number[];
  /** @default each node has an owner of its own */
  readonly ownerOf?: (node: bigint) => Address;
  readonly confirmations?: number;
  /** @default as many as the confirmations */
  readonly finalDepth?: number;
}

export function createFakeChain(options: FakeChainOptions, modules: { readonly clock: Clock }): FakeChain {
  const { nodes, starts = [], confirmations = 0, finalDepth = confirmations, ownerOf = ownOwner } = options;
  const { clock } = modules;
  const listeners = new Set<(execution: bigint | undefined) => void>();
  const standing = new Set<(change: StandingChange) => void>();
  const versions = new Map<bigint, VersionFacts>();
  let executions = new Map<bigint, Execution>();
  /** What the view shows: the chain itself unless a block was mined quietly. */
  let shown = executions;
  let blocks = [{ number: 0n, timestamp: GENESIS_SECONDS, executions: new Map(executions) }];
  let shownHead = { number: 0n, timestamp: GENESIS_SECONDS };
  let seenAtMs = clock.monotonicMs();
  let fork = 0;

  const top = () => blocks.at(-1) as (typeof blocks)[number];
  const elapsedSeconds = () => BigInt(Math.floor((clock.monotonicMs() - seenAtMs) / 1_000));
  const nextTime = () => {
    const { timestamp } = top();
    const now = shownHead.timestamp + elapsedSeconds();
    return now > timestamp ? now : timestamp + 1n;
  };
  const hashOf = (number: bigint) => digestOf(`block ${number} of fork ${fork}`);

  function addBlock(timestamp: bigint): void {
    blocks.push({ number: top().number + 1n, timestamp, executions: new Map(executions) });
  }

  function show(changed: Iterable<bigint>): void {
    shown = new Map(executions);
    shownHead = { number: top().number, timestamp: top().timestamp };
    seenAtMs = clock.monotonicMs();
    const ids = [...changed];
    for (const listener of [...listeners]) for (const id of ids) listener(id);
    for (const listener of [...listeners]) listener(undefined);
  }

  function versionOf(execution: Execution): VersionFacts {
    const version = versions.get(execution.version);
    if (version === undefined) throw new Error(`no version ${execution.version}`);
    return version;
  }

  function rankOf(execution: Execution | undefined, task: number, node: bigint): number | undefined {
    const place = nodes.indexOf(node);
    if (place === -1 || execution === undefined) return undefined;
    const start = (starts[task] ?? task) % nodes.length;
    const rank = (place + nodes.length - start) % nodes.length;
    return Math.max(0, rank + 1 - quorumOf(execution, task));
  }

  function quorumOf(execution: Execution, task: number): number {
    return versionOf(execution).tasks[task]?.quorum ?? 1;
  }

  /** Why an item is skipped in a block of this time, or the execution with it accepted, had it all it needs. */
  function apply(
    execution: Execution,
    item: SettlementItem,
    now: bigint,
    output = item.output,
  ): Skip | Execution {
    const { completion } = item;
    const version = versionOf(execution);
    const mask = version.tasks[completion.task]?.dependsOn ?? 0;
    const dependencyDigests: Hex[] = [];
    if (!execution.running) return "ExecutionEnded";
    if (now > execution.deadline) return "DeadlinePassed";
    if (execution.completed.has(completion.task)) return "TaskCompleted";
    for (let i = 0; i < completion.task; i++) {
      if (((mask >>> i) & 1) === 0) continue;
      const accepted = execution.completed.get(i);
      if (accepted === undefined) return "TaskNotReady";
      dependencyDigests.push(accepted.outputDigest);
    }
    const { inputDigest } = execution;
    const context = { versionDigest: version.digest, task: completion.task, inputDigest, dependencyDigests };
    if (completion.contextHash !== contextHashOf(context)) return "ContextStale";
    const isInline = keccak256(output) === completion.outputDigest && output.length <= 8_192;
    const isReference = execution.outputsByReference && Buffer.from(output).toString().startsWith("pleiad:");
    if (output.length === 0 || (!isInline && !isReference)) return "OutputInvalid";
    const rank = rankOf(execution, completion.task, completion.node);
    if (rank === undefined) return "NotEligible";
    if (now < execution.readyAt + BigInt(rank) * version.windowSeconds) return "TooEarly";
    if (completion.tip > shareOf(version, completion.task)) return "TipTooHigh";
    const number = top().number + 1n;
    const completed = new Map(execution.completed).set(completion.task, {
      node: completion.node,
      outputDigest: completion.outputDigest,
      output: isInline ? output : undefined,
      transactionHash: digestOf(`transaction in ${number}`),
      blockNumber: number,
      blockHash: hashOf(number),
    });
    const running = completed.size < version.tasks.length;
    return { ...execution, completed, running, readyAt: now };
  }

  function tryAll(items: readonly SettlementItem[], now: bigint) {
    const changed = new Map<bigint, Execution>();
    const outcomes: (Skip | "accepted")[] = [];
    while (outcomes.length < items.length) {
      const item = items[outcomes.length] as SettlementItem;
      const { execution: id, task } = item.completion;
      const execution = changed.get(id) ?? executions.get(id);
      if (execution === undefined) outcomes.push("ExecutionEnded");
      else if (quorumOf(execution, task) > 1) {
        const group = tryQuorum(execution, items.slice(outcomes.length), now);
        outcomes.push(...group.outcomes);
        if (group.accepted !== undefined) changed.set(id, group.accepted);
      } else {
        const outcome = apply(execution, item, now);
        outcomes.push(typeof outcome === "string" ? outcome : "accepted");
        if (typeof outcome !== "string") changed.set(id, outcome);
      }
    }
    return { outcomes, changed };
  }

  /** The items at the head that say the same of a quorum's task: accepted together, or not at all. */
  function tryQuorum(execution: Execution, items: readonly SettlementItem[], now: bigint) {
    const [first] = items as [SettlementItem];
    const sayingOf = ({ completion: { execution: id, task, contextHash, outputDigest } }: SettlementItem) =>
      `${id}:${task}:${contextHash}:${outputDigest}`;
    const needed = quorumOf(execution, first.completion.task);
    const outcomes: (Skip | "accepted")[] = [];
    const owners = new Set<Address>();
    let output: Uint8Array | undefined;
    let accepted: Execution | undefined;
    const seconds: bigint[] = [];
    for (const item of items) {
      if (sayingOf(item) !== sayingOf(first) || owners.size === needed) break;
      const bytes = item.output.length === 0 && output !== undefined ? output : item.output;
      const outcome = apply(execution, item, now, bytes);
      if (outcome !== "OutputInvalid") output ??= item.output;
      const owner = ownerOf(item.completion.node);
      if (typeof outcome === "string") outcomes.push(outcome);
      else if (owners.has(owner)) outcomes.push("QuorumOwnerTwice");
      else {
        owners.add(owner);
        outcomes.push("accepted");
        if (accepted === undefined) accepted = outcome;
        else seconds.push(item.completion.node);
      }
    }
    const answer = accepted?.completed.get(first.completion.task);
    if (owners.size === needed && accepted !== undefined && answer !== undefined) {
      const completed = new Map(accepted.completed).set(first.completion.task, { ...answer, seconds });
      return { outcomes, accepted: { ...accepted, completed } };
    }
    const missing = outcomes.map((outcome) => (outcome === "accepted" ? "QuorumMissing" : outcome));
    return { outcomes: missing, accepted: undefined };
  }

  const isBelow = (number: bigint, depth: number) => shownHead.number >= number + BigInt(depth);

  function factsOf(execution: Execution): ExecutionFacts {
    const completed = [...execution.completed].map(
      ([task, accepted]) =>
        [task, { ...accepted, final: isBelow(accepted.blockNumber, finalDepth) }] as const,
    );
    const { createdIn, ...rest } = execution;
    return {
      ...rest,
      cluster: CLUSTER,
      settled: isBelow(createdIn, confirmations),
      completed: new Map(completed),
    };
  }

  function create(
    timestamp: bigint,
    {
      dependsOn = [0, 1, 2],
      quorums = [],
      attempts = 3,
      windowSeconds = 10n,
      durationSeconds = 10_000n,
      input,
      outputsByReference = false,
      currency = zeroAddress,
      pricesWei = [],
    }: Parameters<FakeChain["execute"]>[0] = {},
  ): bigint {
    const id = BigInt(executions.size + 1);
    versions.set(id, {
      digest: digestOf(`version ${id}`),
      windowSeconds,
      currency,
      tasks: dependsOn.map((mask, task) => ({
        name: `task ${task}`,
        prompt: "do it",
        tool: "",
        model: MODEL,
        priceWei: pricesWei[task] ?? 0n,
        nodeShareBps: NODE_SHARE_BPS,
        dependsOn: mask,
        quorum: quorums[task] ?? 1,
        agent: { name: `agent ${task}`, role: "r", goal: "g", backstory: "b" },
      })),
    });
    const bytes = stringToBytes(`input ${id}`);
    executions.set(id, {
      id,
      version: id,
      createdIn: top().number + 1n,
      createdAt: timestamp,
      readyAt: timestamp,
      deadline: timestamp + durationSeconds,
      input: input === undefined ? bytes : undefined,
      inputDigest: input?.digest ?? keccak256(bytes),
      outputsByReference,
      running: true,
      failures: new Map(),
      attempts,
      completed: new Map(),
    });
    return id;
  }

  const chain: FakeChain = {
    versionFailure: undefined,
    versionFailures: new Map(),
    looks: 0,
    view: {
      running: () => [...shown.values()].filter(({ running }) => running).map(({ id }) => id),
      execution(id) {
        const execution = shown.get(id);
        return execution === undefined ? undefined : factsOf(execution);
      },
      async version(_cluster, version) {
        chain.looks++;
        const failure = chain.versionFailures.get(version) ?? chain.versionFailure;
        if (failure !== undefined) throw failure;
        return versions.get(version) as VersionFacts;
      },
      rankOf: (execution, task, _model, node) => rankOf(shown.get(execution), task, node),
      ownerOf,
      now: () => shownHead.timestamp + elapsedSeconds(),
      onChange(handler) {
        listeners.add(handler);
        return () => listeners.delete(handler);
      },
      onStanding(handler) {
        standing.add(handler);
        return () => standing.delete(handler);
      },
    },
    head: top,
    execute(options) {
      const id = create(nextTime(), options);
      addBlock(chain.execution(id).createdAt);
      show([id]);
      return id;
    },
    executeMany(count, options) {
      const timestamp = nextTime();
      const ids = Array.from({ length: count }, () => create(timestamp, options));
      addBlock(timestamp);
      show(ids);
      return ids;
    },
    moveStanding(change) {
      for (const listener of [...standing]) listener(change);
    },
    simulate: (items) => tryAll(items, nextTime()).outcomes,
    submit(items, { quietly = false } = {}) {
      const now = nextTime();
      const { changed } = tryAll(items, now);
      if (changed.size === 0) throw new Error("the batch would revert");
      for (const [id, execution] of changed) executions.set(id, execution);
      addBlock(now);
      const hash = digestOf(`transaction in ${top().number}`);
      if (!quietly) show(changed.keys());
      return hash;
    },
    report(id, task, node) {
      const now = nextTime();
      const execution = chain.execution(id);
      const rank = rankOf(execution, task, node);
      const mask = versionOf(execution).tasks[task]?.dependsOn ?? 0;
      const before = execution.failures.get(task) ?? [];
      for (let i = 0; i < task; i++) {
        if ((mask >>> i) & 1 && !execution.completed.has(i)) throw new Error("TaskNotReady");
      }
      if (!execution.running || execution.completed.has(task)) throw new Error("nothing to report");
      if (before.includes(node)) throw new Error("FailureAlreadyReported");
      if (rank === undefined) throw new Error("CompletionNotEligible");
      const opensAt = execution.readyAt + BigInt(rank) * versionOf(execution).windowSeconds;
      if (now < opensAt) throw new Error("CompletionTooEarly");
      const reports = [...before, node];
      const reportsMax = Math.min(nodes.length, execution.attempts + quorumOf(execution, task) - 1);
      const failures = new Map(execution.failures).set(task, reports);
      executions.set(id, { ...execution, failures, running: reports.length < reportsMax });
      addBlock(now);
      show([id]);
      return digestOf(`report in ${top().number}`);
    },
    block(seconds = 1n) {
      addBlock(top().timestamp + seconds);
      show([]);
    },
    end(id) {
      executions.set(id, { ...chain.execution(id), running: false });
      addBlock(nextTime());
      show([id]);
    },
    rollBackTo(number) {
      fork++;
      const before = executions;
      blocks = blocks.filter((block) => block.number <= number);
      executions = new Map(top().executions);
      show([...before.keys()].filter((id) => before.get(id) !== executions.get(id)));
    },
    show: () => show(executions.keys()),
    execution(id) {
      const execution = executions.get(id);
      if (execution === undefined) throw new Error(`no execution ${id}`);
      return execution;
    },
  };
  return chain;
}

function shareOf({ tasks }: VersionFacts, task: number): bigint {
  const { priceWei = 0n, quorum = 1 } = tasks[task] ?? {};
  return (priceWei * BigInt(NODE_SHARE_BPS)) / (10_000n * BigInt(quorum));
}

function ownOwner(node: bigint): Address {
  return `0x${node.toString(16).padStart(40, "0")}`;
}

/** What the submitter throws where the contract would refuse a batch, or answers where nothing is left to do. */
export function refusalOf(skip: Skip): PleiadError | { readonly reason: string } {
  switch (skip) {
    case "ExecutionEnded":
    case "DeadlinePassed":
    case "TaskCompleted":
    case "ContextStale":
      return { reason: skip };
    case "TaskNotReady":
    case "TooEarly":
    case "QuorumMissing":
      return new PleiadError(`would be refused: ${skip}`, { code: "SUBMISSION_NOT_YET", retryable: true });
    case "OutputInvalid":
    case "NotEligible":
    case "TipTooHigh":
    case "QuorumOwnerTwice":
      return new PleiadError(`would be refused: ${skip}`, { code: "SUBMISSION_REFUSED" });
  }
}
