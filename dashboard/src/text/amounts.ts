const ETHER_DECIMALS = 18;
const MICRO_DECIMALS = 6;
export const NATIVE = `0x${"0".repeat(40)}`;

/** Digits of a smallest unit as a decimal number, without zeros at its end. */
export function decimal(digits: string, decimals: number): string {
  const isNegative = digits.startsWith("-");
  const padded = digits.replace("-", "").padStart(decimals + 1, "0");
  const point = padded.length - decimals;
  const whole = padded.slice(0, point).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const fraction = padded.slice(point).replace(/0+$/, "");
  return `${isNegative ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/**
 * Units of ether, the largest first, each from so many wei on: below a millionth nobody counts an ether's zeros. Nothing is lost by
 * the choice of a unit.
 */
const UNITS = [
  { name: "ether", decimals: ETHER_DECIMALS, from: 10n ** 12n },
  { name: "gwei", decimals: 9, from: 10n ** 6n },
  { name: "wei", decimals: 0, from: 1n },
] as const;

/** An amount to its last digit, in a unit that can be read. A token's decimals are its own affair: it is counted in its smallest unit. */
export function amountText(wei: string, currency: string = NATIVE): string {
  if (currency !== NATIVE) return `${countText(BigInt(wei))} units of token ${shortHex(currency)}`;
  const value = BigInt(wei);
  const size = value < 0n ? -value : value;
  const { name, decimals } = UNITS.find(({ from }) => size >= from) ?? UNITS[0];
  return decimals === 0 ? `${countText(value)} ${name}` : `${decimal(wei, decimals)} ${name}`;
}

/** What a token says of itself: whoever made it chose it. */
export interface TokenFacts {
  readonly decimals: number;
  readonly symbol: string;
}

/** Digits behind the point of a token that anybody would want to read. */
const TOKEN_DECIMALS_MAX = 36;
/** A symbol is a short word: what could be taken for a digit, another sentence or the chain's own money is none. */
const SYMBOL = /^(?!(?:eth|ether|wei|gwei)$)[a-z$₮][\w$₮.+-]{0,11}$/i;

/** The same in whole tokens where its decimals are known, with its symbol; the token's address stands beside it, as anybody may call one so. */
export function tokenText(units: string, currency: string, token: TokenFacts | undefined): string {
  if (currency === NATIVE || token === undefined || token.decimals > TOKEN_DECIMALS_MAX)
    return amountText(units, currency);
  const amount = decimal(units, token.decimals);
  const whose = `token ${shortHex(currency)}`;
  return SYMBOL.test(token.symbol) ? `${amount} ${token.symbol} (${whose})` : `${amount} of ${whose}`;
}

/** The same, whatever its size, in ether. */
export function etherText(wei: string, currency: string = NATIVE): string {
  return currency === NATIVE ? `${decimal(wei, ETHER_DECIMALS)} ether` : amountText(wei, currency);
}

/** Digits that are left of what is rounded: enough to compare two. */
const DIGITS_LEFT_MIN = 4;

/** The same to a millionth or to four digits, whichever is finer, for what nobody reads to its last digit. It is never rounded up. */
export function roundedText(wei: string, currency: string = NATIVE): string {
  if (currency !== NATIVE) return amountText(wei, currency);
  const digits = wei.replace("-", "").length;
  const unit = 10n ** BigInt(Math.max(0, Math.min(12, digits - DIGITS_LEFT_MIN)));
  return amountText(String((BigInt(wei) / unit) * unit));
}

export function microsText(micros: string, currency: string): string {
  return `${decimal(micros, MICRO_DECIMALS)} ${currency}`;
}

export function countText(count: number | bigint): string {
  return count.toLocaleString("en-US");
}

/** `0x1234…cdef`: enough to tell two apart; the whole stands beside it for whoever copies. */
export function shortHex(hex: string): string {
  return hex.length <= 14 ? hex : `${hex.slice(0, 8)}…${hex.slice(-4)}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** A size in its own unit: `812 bytes`, `31.5 KiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return plural(bytes, "byte");
  const isMany = bytes >= 1024 * 1024;
  return `${(bytes / (isMany ? 1024 * 1024 : 1024)).toFixed(1).replace(/\.0$/, "")} ${isMany ? "MiB" : "KiB"}`;
}
