import type { UsageTold } from "../agents/driver.ts";
import type { TurnUsage } from "../agents/money/types.ts";

/** A provider's figure that is no amount of money is not believed: a billion dollars for one turn. */
const COST_USD_MAX = 1_000_000_000;

/**
 * What a provider told of a turn, as the books count it: there, what came from a cache is not among the input.
 *
 * @param hasEnded The turn came to its own end, so that nothing more was to be told.
 */
export function turnUsageOf(
  { usage = {}, model, costUsd }: UsageTold,
  { hasEnded }: { readonly hasEnded: boolean },
): TurnUsage {
  const { inputTokens, outputTokens, cachedTokens } = usage;
  const reportedMicros = costUsd === undefined ? undefined : microsOfUsd(costUsd);
  const isCounted = inputTokens !== undefined && outputTokens !== undefined;
  return {
    model,
    inputTokens: inputTokens === undefined ? undefined : Math.max(0, inputTokens - (cachedTokens ?? 0)),
    outputTokens,
    // Who counts its input and tells of no cache used none.
    cachedTokens: inputTokens === undefined ? cachedTokens : Math.min(cachedTokens ?? 0, inputTokens),
    reportedMicros,
    isWhole: hasEnded && (isCounted || reportedMicros !== undefined),
  };
}

/** Rounded up, as prices are: the provider says it as a floating-point number. */
export function microsOfUsd(costUsd: number): bigint | undefined {
  if (!(costUsd >= 0 && costUsd <= COST_USD_MAX)) return undefined;
  return BigInt(Math.ceil(costUsd * 1_000_000));
}
