import { parseUnits } from "viem";
import { PRICE_WEI_MAX } from "./limits.ts";

/**
 * Whole units of a token in its smallest one, exactly.
 *
 * @param tokens A plain decimal number, as "0.5".
 * @returns The amount, or what keeps the token from taking it, to follow "which".
 */
export function countTokens(tokens: string, decimals: number): bigint | string {
  // Zeros at the end say nothing.
  const digits = /\.([0-9]*[1-9])/.exec(tokens)?.[1]?.length ?? 0;
  if (digits > decimals) return `has ${decimals} digits behind the point`;
  const countedWei = parseUnits(tokens, decimals);
  return countedWei <= PRICE_WEI_MAX ? countedWei : "takes at most 96 bits";
}
