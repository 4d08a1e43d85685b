import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Address } from "viem";
import { AgentError } from "../agents/errors.ts";
import type { AgentEvent } from "../agents/session.ts";
import { sessionSource } from "../agents/terminals/sessionSource.ts";
import type { OpenTerminal, Terminals } from "../agents/terminals/terminals.ts";

/** Terminals of jobs that have ended: enough to look at what went wrong just now. */
export const JOB_TERMINALS_KEPT = 8;

/** What a person sees of an agent that answers a task. */
export interface JobStage {
  show(event: AgentEvent): void;
  /** @param error why it failed; undefined: it did not */
  close(error?: unknown): void;
}

/** Terminals of agents that answer tasks: to look at alone, since nobody may speak into an answer. */
export interface JobStages {
  /** Undefined where there is no room for one, or one of that name is there: the job goes on without. */
  open(job: {
    readonly execution: bigint;
    readonly index: number;
    readonly cluster: bigint;
    readonly user: Address;
  }): Promise<JobStage | undefined>;
}

export function createJobStages(modules: {
  readonly terminals: Terminals;
  readonly logger: Logger;
}): JobStages {
  const { terminals, logger } = modules;
  /** Those that have ended, the oldest first. */
  const over: OpenTerminal[] = [];

  function keepFew(): void {
    for (const terminal of over.splice(0, Math.max(0, over.length - JOB_TERMINALS_KEPT))) {
      const { cluster, name } = terminal;
      // Another attempt may have one of that name by now.
      if (terminals.find(cluster, name) === terminal) terminals.close(cluster, name);
    }
  }

  return {
    async open({ execution, index, cluster, user }) {
      // No name of an agent has a point in it.
      const name = `${execution}.${index}`;
      const source = sessionSource({ onLine: async () => {} });
      let terminal: OpenTerminal;
      try {
        terminal = await terminals.open({
          cluster,
          name,
          source,
          user: user.toLowerCase(),
          isViewOnly: true,
        });
      } catch (error) {
        if (!(error instanceof PleiadError)) throw error;
        logger.debug({ terminal: name, code: error.code }, "a job goes without a terminal");
        return undefined;
      }
      return {
        show: (event) => source.onEvent(event),
        close(error) {
          source.finish({
            why: error === undefined ? "finished" : "failed",
            error: error instanceof AgentError ? error : undefined,
          });
          over.push(terminal);
          keepFew();
        },
      };
    },
  };
}
