import { PRICE_WEI_MAX } from "./limits.ts";

/** An amount as `cluster.yaml` writes it; the unit is never left out. */
export const PRICE_PATTERN = /^([0-9]+)(?:\.([0-9]+))? ?(wei|gwei|ether)$/;

/** The same in whole units of a token, whose decimals only the chain knows. */
export const TOKEN_AMOUNT_PATTERN = /^([0-9]+(?:\.[0-9]+)?) ?token$/;

const DECIMALS: Readonly<Record<string, number>> = { wei: 0, gwei: 9, ether: 18 };

/**
 * An amount in wei.
 *
 * @param text A number and `wei`, `gwei` or `ether`.
 * @returns undefined where the text is no amount, has parts of a wei, or does not fit 96 bits.
 *
 * @example
 * parsePrice("0.0002 ether"); // 200000000000000n
 */
export function parsePrice(text: string): bigint | undefined {
  const match = PRICE_PATTERN.exec(text);
  if (match === null) return undefined;
  const [, whole = "", fraction = "", unit = ""] = match;
  const decimals = DECIMALS[unit] ?? 0;
  const digits = fraction.replace(/0+$/, "");
  if (digits.length > decimals) return undefined;
  const wei = BigInt(whole + digits.padEnd(decimals, "0"));
  return wei <= PRICE_WEI_MAX ? wei : undefined;
}
