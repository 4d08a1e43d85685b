import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Clock } from "../chain/clock.ts";
import type { Around, AroundWhat, ExecutionFacts, Surroundings, VersionTask } from "./ports.ts";

/** How long an answer waits for what the cluster shares: read in milliseconds; memories by meaning ask an endpoint first. */
export const AROUND_WAIT_MS = 1_000;

export const AROUND_PARTS = ["messages", "memories", "rules"] as const;
export type AroundPart = (typeof AROUND_PARTS)[number];
/** `found` something, `none` there, `failed` with a code in the log, or `late`: the agent did without. */
export const AROUND_OUTCOMES = ["found", "none", "failed", "late"] as const;
export type AroundOutcome = (typeof AROUND_OUTCOMES)[number];
export type AroundCounts = Readonly<Record<AroundPart, Readonly<Record<AroundOutcome, number>>>>;

const NOTHING: Around = { messages: [], memories: [], rules: undefined };

/** Looks up what an agent is told of what its cluster shares. */
export interface LookAround {
  /** Never fails, and takes at most `AROUND_WAIT_MS`: what does not come is left out, counted, and logged for whoever asks why. */
  of(facts: ExecutionFacts, task: VersionTask, request: Uint8Array): Promise<Around>;
  counts(): AroundCounts;
}

/**
 * Creates it. A task on which several nodes must agree is told nothing: no two nodes have read the same at the same time,
 * and other prompts would make them disagree.
 */
export function createLookAround(modules: {
  readonly surroundings: Surroundings | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}): LookAround {
  const { surroundings, clock, logger } = modules;
  const counts = Object.fromEntries(
    AROUND_PARTS.map((part) => [part, { found: 0, none: 0, failed: 0, late: 0 }]),
  ) as Record<AroundPart, Record<AroundOutcome, number>>;

  async function partOf<T extends Around[AroundPart]>(
    part: AroundPart,
    { execution }: AroundWhat,
    asked: Promise<T>,
    nothing: T,
  ): Promise<T> {
    const late = Promise.withResolvers<"late">();
    const cancel = clock.after(AROUND_WAIT_MS, () => late.resolve("late"));
    try {
      const found = await Promise.race([asked, late.promise]);
      if (found === "late") {
        counts[part].late += 1;
        logger.debug(
          { execution, part, waitMs: AROUND_WAIT_MS },
          "an agent is asked without what its cluster shares",
        );
        return nothing;
      }
      counts[part][found === undefined || found.length === 0 ? "none" : "found"] += 1;
      return found as T;
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      const { code, message: reason } = error;
      counts[part].failed += 1;
      logger.debug({ execution, part, code, reason }, "an agent is asked without what its cluster shares");
      return nothing;
    } finally {
      cancel();
    }
  }

  return {
    async of({ id: execution, cluster, requester: user, thread }, { agent: { agent }, quorum = 1 }, request) {
      if (surroundings === undefined || quorum > 1) return NOTHING;
      const what = { cluster, execution, user, thread, agent, request };
      const [messages, memories, rules] = await Promise.all([
        partOf("messages", what, surroundings.messages(what), NOTHING.messages),
        partOf("memories", what, surroundings.memories(what), NOTHING.memories),
        partOf("rules", what, surroundings.rules(what), NOTHING.rules),
      ]);
      return { messages, memories, rules };
    },
    counts: () => counts,
  };
}
