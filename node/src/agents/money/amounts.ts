import type { PricesConfig } from "../../config/service.ts";
import type { Micros, PriceTable, TurnUsage, UsageRow } from "./types.ts";

/** Digits behind the point of an amount. */
const MICRO_DIGITS = 6;
const MICROS_PER_UNIT = 1_000_000n;
const TOKENS_PER_PRICE = 1_000_000n;

/** Micro-units of a decimal text that the configuration has checked, as `12.50`. */
export function microsOf(decimal: string): Micros {
  const [whole = "", fraction = ""] = decimal.split(".");
  return BigInt(whole) * MICROS_PER_UNIT + BigInt(fraction.padEnd(MICRO_DIGITS, "0"));
}

/** An amount for a person, as `12.5`: no more digits than it has. */
export function decimalOf(micros: Micros): string {
  const fraction = (micros % MICROS_PER_UNIT).toString().padStart(MICRO_DIGITS, "0").replace(/0+$/, "");
  return `${micros / MICROS_PER_UNIT}${fraction === "" ? "" : `.${fraction}`}`;
}

/** A service's prices, as its configuration has them. What is read from a cache costs as input where nothing else is said. */
export function priceTableOf(prices: PricesConfig): PriceTable {
  return {
    currency: prices.currency,
    inputMicrosPerMillion: microsOf(prices.inputPerMillion),
    outputMicrosPerMillion: microsOf(prices.outputPerMillion),
    cachedMicrosPerMillion: microsOf(prices.cachedPerMillion ?? prices.inputPerMillion),
  };
}

/**
 * What a turn counts for, of which not all is known: about what one turn of a coding agent on a small task reads and writes. Less
 * would let agents that never tell spend without end, more would stop a team for one turn that was ended at its begin.
 */
export const ASSUMED_INPUT_TOKENS = 50_000;
/** The same of what it writes. */
export const ASSUMED_OUTPUT_TOKENS = 4_000;

/** In which programs say what they cost. */
const REPORTED_CURRENCY = "USD";

/**
 * What counts for budgets: the dearest of what the prices and what the provider say, so that none is passed by the cheaper; where not all
 * is known, no less than what is assumed of such a turn.
 *
 * @param currency of the budgets: what a provider says counts where that is in dollars
 */
export function chargeOf(
  usage: TurnUsage,
  prices: PriceTable | undefined,
  currency: string,
): UsageRow["charge"] {
  const counted = prices?.currency ?? currency;
  const amounts = [
    prices === undefined ? undefined : costOf(usage, prices),
    counted === REPORTED_CURRENCY ? usage.reportedMicros : undefined,
    usage.isWhole || prices === undefined ? undefined : costOf(ASSUMED, prices),
  ].filter((amount) => amount !== undefined);
  const dearest = amounts.toSorted((a, b) => (a < b ? -1 : 1)).at(-1);
  return dearest === undefined ? undefined : { currency: counted, micros: dearest };
}

type Counts = Pick<TurnUsage, "inputTokens" | "outputTokens" | "cachedTokens">;

const ASSUMED: Counts = {
  inputTokens: ASSUMED_INPUT_TOKENS,
  outputTokens: ASSUMED_OUTPUT_TOKENS,
  cachedTokens: 0,
};

/** What is counted of a turn costs, rounded up to a whole micro-unit; undefined where nothing is. */
export function costOf(usage: Counts, prices: PriceTable): Micros | undefined {
  const { inputTokens, outputTokens, cachedTokens } = usage;
  if (inputTokens === undefined && outputTokens === undefined && cachedTokens === undefined) return undefined;
  const total =
    BigInt(inputTokens ?? 0) * prices.inputMicrosPerMillion +
    BigInt(outputTokens ?? 0) * prices.outputMicrosPerMillion +
    BigInt(cachedTokens ?? 0) * prices.cachedMicrosPerMillion;
  return (total + TOKENS_PER_PRICE - 1n) / TOKENS_PER_PRICE;
}
