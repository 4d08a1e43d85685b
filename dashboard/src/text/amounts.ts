const ETHER_DECIMALS = 18;
const MICRO_DECIMALS = 6;
export const NATIVE = `0x${"0".repeat(40)}`;

/** Digits of a smallest unit as a decimal number, without zeros at its end. */
export function decimal(digits: string, decimals: number): string {
  const isNegative = digits.startsWith("-");
  const padded = digits.replace("-", "").padStart(decimals + 1, "0");
  const whole = padded.slice(0, -decimals).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const fraction = padded.slice(-decimals).replace(/0+$/, "");
  return `${isNegative ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** An amount with its unit. A token's decimals are its own affair, so it is counted in its smallest unit. */
export function amountText(wei: string, currency: string = NATIVE): string {
  if (currency !== NATIVE) return `${countText(BigInt(wei))} units of token ${shortHex(currency)}`;
  return `${decimal(wei, ETHER_DECIMALS)} ether`;
}

/** The same to a millionth, for what nobody reads to its last digit; what is smaller than that stays whole. */
export function roundedText(wei: string, currency: string = NATIVE): string {
  const unit = 10n ** 12n;
  const value = BigInt(wei);
  return amountText(String(value < unit ? value : (value / unit) * unit), currency);
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
