import type { AgentUsage, UsageTold, UsageWatch } from "../driver.ts";
import type { Reply } from "./modelApi.ts";

/** What one run has used. */
export interface Counter {
  /** Of an answer, or of what came of one that broke off. */
  add(reply: Pick<Reply, "usage" | "model">): void;
  /** The sum, and the name of the model that answered last. */
  sum(): UsageTold;
}

const COUNTS = ["inputTokens", "outputTokens", "cachedTokens"] as const satisfies (keyof AgentUsage)[];

/** Adds up what a provider counts, over the rounds of a run; a count that it never tells stays unknown. */
export function createCounter(onUsage: UsageWatch["onUsage"]): Counter {
  const sums: { -readonly [name in keyof AgentUsage]: number } = {};
  let model: string | undefined;
  const sum: Counter["sum"] = () => ({
    ...(Object.keys(sums).length === 0 ? {} : { usage: { ...sums } }),
    ...(model === undefined ? {} : { model }),
  });
  return {
    add(reply) {
      for (const name of COUNTS) {
        const count = reply.usage?.[name];
        if (count !== undefined) sums[name] = (sums[name] ?? 0) + count;
      }
      model = reply.model ?? model;
      if (reply.usage !== undefined) onUsage?.(sum());
    },
    sum,
  };
}
