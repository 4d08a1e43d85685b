import type { Hex } from "viem";
import type { HeardCompletion } from "./plan.ts";
import type { SignedMessage } from "./ports.ts";

/** Executions that do not run here (not seen yet, or ended) whose completions are kept; above it the oldest go. */
export const HEARD_IDLE_EXECUTIONS_MAX = 256;
/** Completions of one node for one task: it signs again only where another output was accepted upstream. */
export const HEARD_PER_NODE_AND_TASK_MAX = 4;
/** What contracts take as the number of a version's tasks; a completion of a higher one is of no execution. */
export const HEARD_TASKS_MAX = 32;
/** What is kept of one node, so that sixteen have to conspire to push out the others'. Bytes. */
export const HEARD_BYTES_PER_NODE_MAX = 4_194_304;
/** All that is kept: a thousand runs of three tasks with large outputs, several times over. Bytes. */
export const HEARD_BYTES_MAX = 67_108_864;
/** What a completion weighs besides its output: signature, digests and the maps' own. Bytes. */
const COMPLETION_BYTES = 1_024;

/** A completion with its message, as the plan chooses among them. */
export interface Heard extends HeardCompletion {
  readonly message: SignedMessage;
  /** When it was first heard, by the engine's clock. */
  readonly heardAtMs: number;
  readonly outputIsHere: boolean;
}

/** Signed completions that are not on chain yet: this node's own and those heard from peers. */
export interface HeardBook {
  /**
   * Keeps a completion; a second one with the same content adds its output if the first had none. An own one is
   * always kept, and its output is on this node's disk.
   *
   * @returns whether it changed anything
   */
  add(message: SignedMessage, how: { readonly atMs: number; readonly own?: boolean }): boolean;
  /** All of a task but the refused ones, in the order in which they were heard. */
  of(execution: bigint, task: number): readonly Heard[];
  /** Whether a completion of a node for a context is here, refused or not. */
  has(key: Pick<HeardCompletion, "execution" | "task" | "node" | "contextHash">): boolean;
  /** The bytes of an output have come: completions of this task and digest can be built on. */
  noteOutput(key: Pick<HeardCompletion, "execution" | "task" | "outputDigest">): void;
  /** The contract will never accept it: it is not built on again. */
  refuse(completion: Heard): void;
  /** All but the refused ones of some executions. */
  all(executions: readonly bigint[]): readonly SignedMessage[];
  /** Executions that run, of which something is here. */
  running(): readonly bigint[];
  /** Whether an execution runs: what does not is first to go. */
  setRunning(execution: bigint, isRunning: boolean): void;
}

interface Entry {
  heard: Heard;
  readonly bytes: number;
  isRefused: boolean;
}

type Tasks = Map<number, Map<string, Entry>>;

/** Creates an empty book. */
export function createHeardBook(): HeardBook {
  /** Oldest first. */
  const executions = new Map<bigint, Tasks>();
  /** Those that do not run, the longest idle first. */
  const idle = new Set<bigint>();
  const running = new Set<bigint>();
  const bytesOfNode = new Map<bigint, number>();
  let bytesTotal = 0;

  function weigh(node: bigint, bytes: number): void {
    bytesTotal += bytes;
    const left = (bytesOfNode.get(node) ?? 0) + bytes;
    if (left === 0) bytesOfNode.delete(node);
    else bytesOfNode.set(node, left);
  }

  function drop(execution: bigint, isWanted: (entry: Entry) => boolean = () => false): void {
    const tasks = executions.get(execution) ?? new Map();
    for (const [task, entries] of tasks) {
      for (const [key, entry] of entries) {
        if (isWanted(entry)) continue;
        entries.delete(key);
        weigh(entry.heard.node, -entry.bytes);
      }
      if (entries.size === 0) tasks.delete(task);
    }
    if (tasks.size > 0) return;
    executions.delete(execution);
    idle.delete(execution);
  }

  /** Whether a node may add so much, after what it said of idle executions has gone where that helps. */
  function hasRoom(node: bigint, bytes: number): boolean {
    const isOver = () => (bytesOfNode.get(node) ?? 0) + bytes > HEARD_BYTES_PER_NODE_MAX;
    for (const execution of idle) {
      if (!isOver()) break;
      drop(execution, (entry) => entry.heard.node !== node);
    }
    return !isOver();
  }

  function shrink(current: bigint): void {
    while (idle.size > HEARD_IDLE_EXECUTIONS_MAX || bytesTotal > HEARD_BYTES_MAX) {
      const [oldestIdle] = idle;
      const oldest = oldestIdle ?? [...executions.keys()].find((execution) => execution !== current);
      if (oldest === undefined) return;
      drop(oldest);
    }
  }

  function entriesOf(execution: bigint, task: number): Map<string, Entry> {
    const tasks = executions.get(execution) ?? new Map<number, Map<string, Entry>>();
    const entries = tasks.get(task) ?? new Map<string, Entry>();
    executions.set(execution, tasks.set(task, entries));
    if (!running.has(execution)) idle.add(execution);
    return entries;
  }

  return {
    add(message, { atMs, own = false }) {
      const { execution, task, node } = message.completion;
      // An empty output can never be accepted.
      if (task >= HEARD_TASKS_MAX || message.output?.length === 0) return false;
      const key = keyOf(message);
      const known = executions.get(execution)?.get(task)?.get(key);
      if (known !== undefined && (known.heard.message.output !== undefined || message.output === undefined))
        return false;
      const bytes = COMPLETION_BYTES + (message.output?.length ?? 0);
      const ofNode = [...(executions.get(execution)?.get(task)?.values() ?? [])].filter(
        (entry) => entry.heard.node === node,
      );
      const isFull = known === undefined && ofNode.length >= HEARD_PER_NODE_AND_TASK_MAX;
      if (!own && (isFull || !hasRoom(node, bytes - (known?.bytes ?? 0)))) return false;
      const heard = {
        ...heardFrom(message, known?.heard.heardAtMs ?? atMs),
        outputIsHere: own || message.output !== undefined || known?.heard.outputIsHere === true,
      };
      if (known !== undefined) weigh(node, -known.bytes);
      entriesOf(execution, task).set(key, { heard, bytes, isRefused: known?.isRefused ?? false });
      weigh(node, bytes);
      shrink(execution);
      return true;
    },
    of(execution, task) {
      const entries = [...(executions.get(execution)?.get(task)?.values() ?? [])];
      return entries.filter(({ isRefused }) => !isRefused).map(({ heard }) => heard);
    },
    has({ execution, task, node, contextHash }) {
      const entries = [...(executions.get(execution)?.get(task)?.values() ?? [])];
      return entries.some(({ heard }) => heard.node === node && heard.contextHash === contextHash);
    },
    noteOutput({ execution, task, outputDigest }) {
      for (const entry of executions.get(execution)?.get(task)?.values() ?? []) {
        if (entry.heard.outputDigest === outputDigest) entry.heard = { ...entry.heard, outputIsHere: true };
      }
    },
    refuse({ execution, task, message }) {
      const entry = executions.get(execution)?.get(task)?.get(keyOf(message));
      if (entry !== undefined) entry.isRefused = true;
    },
    all(ids) {
      const tasks = ids.flatMap((id) => [...(executions.get(id)?.values() ?? [])]);
      const entries = tasks.flatMap((task) => [...task.values()]);
      return entries.filter(({ isRefused }) => !isRefused).map(({ heard }) => heard.message);
    },
    running: () => [...executions.keys()].filter((execution) => running.has(execution)),
    setRunning(execution, isRunning) {
      if (isRunning) {
        running.add(execution);
        idle.delete(execution);
        return;
      }
      running.delete(execution);
      if (executions.has(execution)) idle.add(execution);
      shrink(execution);
    },
  };
}

function keyOf({ completion }: SignedMessage): string {
  return `${completion.node}:${completion.contextHash}:${completion.outputDigest}`;
}

function heardFrom(message: SignedMessage, heardAtMs: number): Omit<Heard, "outputIsHere"> {
  const { execution, task, node, contextHash, outputDigest } = message.completion;
  return {
    execution,
    task,
    node,
    contextHash: contextHash as Hex,
    outputDigest: outputDigest as Hex,
    message,
    heardAtMs,
  };
}
