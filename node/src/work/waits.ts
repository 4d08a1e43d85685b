import type { Logger } from "pino";
import { WorkError } from "./errors.ts";
import type { RefusalReason } from "./refusals.ts";

/** Why this node does nothing for a task that it could answer otherwise. */
export interface TaskWait {
  readonly task: number;
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** Set where this node does not want it, by its configuration. @default it does */
  readonly refusal?: RefusalReason;
}

/** What this node waits for, by execution, for whoever asks. It follows from the plan and is made anew with it. */
export interface Waits {
  /** Replaces what was said of an execution; what is new is logged. */
  set(execution: bigint, waits: readonly TaskWait[]): void;
  of(execution: bigint): readonly TaskWait[];
}

export function createWaits(modules: {
  readonly logger: Logger;
  /** Told of each wait once, as long as it is said. @default nobody */
  readonly onNew?: (wait: TaskWait) => void;
}): Waits {
  const { logger } = modules;
  /** Of executions that run, and so as many as there are of those. */
  const known = new Map<bigint, readonly TaskWait[]>();
  return {
    set(execution, waits) {
      const before = known.get(execution) ?? [];
      for (const wait of waits) {
        if (before.some(({ task, code }) => task === wait.task && code === wait.code)) continue;
        modules.onNew?.(wait);
        // A refusal is what the operator asked for; what waits for something may want somebody's help.
        if (wait.refusal === undefined) logger.warn({ execution, ...wait }, "task waits");
        else logger.info({ execution, ...wait }, "task refused");
      }
      if (waits.length > 0) known.set(execution, waits);
      else known.delete(execution);
    },
    of: (execution) => known.get(execution) ?? [],
  };
}

/** A task on which nodes must agree, on a node that has no peers to agree with. */
export function withoutPeers({ task }: { readonly task: number }): TaskWait {
  const error = new WorkError(
    "QUORUM_WITHOUT_PEERS",
    `nodes must agree on task ${task}, and this node has no network to hear others on`,
    { hint: "set network.enabled to true, and name peers in network.bootstrap", retryable: true },
  );
  return { task, code: error.code, message: error.message, retryable: true };
}

/** A task of an execution that an earlier life of this node may have answered: its memory was restored since. */
export function beforeGap(execution: bigint, { task }: { readonly task: number }): TaskWait {
  const message = `execution ${execution} was created before this node's memory was restored: it signs nothing for it`;
  return { task, code: "SIGNING_BARRED", message, retryable: true };
}
