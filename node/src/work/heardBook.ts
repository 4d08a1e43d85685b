import type { Hex } from "viem";
import type { HeardCompletion } from "./plan.ts";
import type { SignedMessage } from "./ports.ts";

/** Executions whose completions are kept; above it the oldest go. A peer cannot fill the memory by inventing ids. */
export const HEARD_EXECUTIONS_MAX = 1_024;
/** Completions kept for one task: each of the 64 nodes that can serve a model, in two contexts. */
export const HEARD_PER_TASK_MAX = 128;

/** A completion with its message, as the plan chooses among them. */
export interface Heard extends HeardCompletion {
  readonly message: SignedMessage;
}

/** Signed completions that are not on chain yet: this node's own and those heard from peers. */
export interface HeardBook {
  /** Keeps a completion; a second one with the same content adds its output if the first had none. */
  add(message: SignedMessage): boolean;
  of(execution: bigint, task: number): readonly Heard[];
  all(executions: readonly bigint[]): readonly SignedMessage[];
  /** Forgets an execution that has ended. */
  forget(execution: bigint): void;
}

/** Creates an empty book. */
export function createHeardBook(): HeardBook {
  const executions = new Map<bigint, Map<number, Map<string, Heard>>>();

  return {
    add(message) {
      const { execution, task } = message.completion;
      const tasks = executions.get(execution) ?? new Map<number, Map<string, Heard>>();
      if (!executions.has(execution)) {
        executions.set(execution, tasks);
        const oldest = executions.keys().next().value;
        if (executions.size > HEARD_EXECUTIONS_MAX && oldest !== undefined) executions.delete(oldest);
      }
      const heard = tasks.get(task) ?? new Map<string, Heard>();
      tasks.set(task, heard);
      const key = keyOf(message);
      const known = heard.get(key);
      if (known !== undefined && (known.message.output !== undefined || message.output === undefined))
        return false;
      if (known === undefined && heard.size >= HEARD_PER_TASK_MAX) return false;
      heard.set(key, heardFrom(message));
      return true;
    },
    of(execution, task) {
      return [...(executions.get(execution)?.get(task)?.values() ?? [])];
    },
    all(ids) {
      return ids.flatMap((id) =>
        [...(executions.get(id)?.values() ?? [])].flatMap((heard) =>
          [...heard.values()].map((one) => one.message),
        ),
      );
    },
    forget(execution) {
      executions.delete(execution);
    },
  };
}

function keyOf({ completion }: SignedMessage): string {
  return `${completion.node}:${completion.contextHash}:${completion.outputDigest}`;
}

function heardFrom(message: SignedMessage): Heard {
  const { execution, task, node, contextHash, outputDigest } = message.completion;
  return {
    execution,
    task,
    node,
    contextHash: contextHash as Hex,
    outputDigest: outputDigest as Hex,
    message,
  };
}
