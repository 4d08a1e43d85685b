import type { Address, Hex } from "viem";

/** A whole number with commas between thousands. */
export function grouped(value: bigint | number): string {
  return value.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** A count with its noun: "1 task", "3 tasks". */
export function counted(count: bigint | number, noun: string, plural = `${noun}s`): string {
  return `${grouped(count)} ${BigInt(count) === 1n ? noun : plural}`;
}

/** A length of time in seconds as a person says it. */
export function durationText(seconds: bigint | number): string {
  const total = Number(seconds);
  if (total < 60) return `${total} s`;
  const [hours, minutes, rest] = [Math.floor(total / 3_600), Math.floor(total / 60) % 60, total % 60];
  const parts = [
    hours > 0 ? `${hours} h` : "",
    minutes > 0 ? `${minutes} min` : "",
    rest > 0 ? `${rest} s` : "",
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** An address or digest by its two ends. */
export function shortHex(hex: Address | Hex): string {
  return hex.length <= 14 ? hex : `${hex.slice(0, 8)}…${hex.slice(-4)}`;
}

/** Words in a row: "a", "a and b", "a, b and c". */
export function listed(words: readonly string[], and = "and"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${and} ${words.at(-1)}`;
}
