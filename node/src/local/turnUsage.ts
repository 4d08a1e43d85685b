import type { AgentUsage } from "../agents/driver.ts";
import type { TurnUsage } from "../agents/money/types.ts";

/** A provider's figure that is no amount of money is not believed: a billion dollars for one turn. */
const COST_USD_MAX = 1_000_000_000;

/** What a driver tells of a turn, as the books count it: there, what came from a cache is not among the input. */
export function turnUsageOf(
  usage: AgentUsage,
  { model, costUsd }: { readonly model?: string | undefined; readonly costUsd?: number | undefined },
): TurnUsage {
  const { inputTokens = 0, outputTokens = 0, cachedTokens = 0 } = usage;
  return {
    model,
    inputTokens: Math.max(0, inputTokens - cachedTokens),
    outputTokens,
    cachedTokens: Math.min(cachedTokens, inputTokens),
    reportedMicros: costUsd === undefined ? undefined : microsOfUsd(costUsd),
  };
}

/** Rounded up, as prices are: the provider says it as a floating-point number. */
function microsOfUsd(costUsd: number): bigint | undefined {
  if (!(costUsd >= 0 && costUsd <= COST_USD_MAX)) return undefined;
  return BigInt(Math.ceil(costUsd * 1_000_000));
}
