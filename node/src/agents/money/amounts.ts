import type { PricesConfig } from "../../config/service.ts";
import type { Micros, PriceTable, TurnUsage } from "./types.ts";

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

/** What counts for budgets: the dearer of what the prices and what the provider say, so that none is passed by the cheaper. */
export function chargeOf(computed: Micros | undefined, reported: Micros | undefined): Micros | undefined {
  if (computed === undefined || reported === undefined) return computed ?? reported;
  if (computed > reported) return computed;
  return reported;
}

/** What a turn costs, rounded up to a whole micro-unit. */
export function costOf(usage: TurnUsage, prices: PriceTable): Micros {
  const total =
    BigInt(usage.inputTokens) * prices.inputMicrosPerMillion +
    BigInt(usage.outputTokens) * prices.outputMicrosPerMillion +
    BigInt(usage.cachedTokens) * prices.cachedMicrosPerMillion;
  return (total + TOKENS_PER_PRICE - 1n) / TOKENS_PER_PRICE;
}
