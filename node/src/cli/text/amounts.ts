import { formatEther, formatGwei } from "viem";
import { counted, grouped } from "../../local/words.ts";

export { counted, durationText, grouped, listed, shortHex } from "../../local/words.ts";

/** Below this an amount is written in wei, exactly. Wei. */
const WEI_SHOWN_MAX = 10n ** 6n;
/** Below this it is written in gwei. Wei. */
const GWEI_SHOWN_MAX = 10n ** 13n;
/** Digits behind the point that a person still reads. */
const DECIMALS_SHOWN_MAX = 9;

/**
 * An amount of the chain's own currency as a person reads it: exact where it has at most nine digits behind the point,
 * else rounded down and marked with "~".
 *
 * @example
 * ether(1_500_000_000_000_000n); // "0.0015 ether"
 * ether(3_050n); // "3,050 wei"
 */
export function ether(wei: bigint): string {
  const size = wei < 0n ? -wei : wei;
  if (size === 0n) return "0 ether";
  if (size < WEI_SHOWN_MAX) return `${grouped(wei)} wei`;
  return size < GWEI_SHOWN_MAX
    ? `${shortened(formatGwei(wei))} gwei`
    : `${shortened(formatEther(wei))} ether`;
}

function shortened(decimal: string): string {
  const [whole = "0", fraction = ""] = decimal.split(".");
  const isExact = fraction.length <= DECIMALS_SHOWN_MAX;
  const kept = isExact ? fraction : fraction.slice(0, DECIMALS_SHOWN_MAX).replace(/0+$/, "");
  return `${isExact ? "" : "~"}${grouped(BigInt(whole))}${kept === "" ? "" : `.${kept}`}`;
}

/** Bytes in the unit that fits. */
export function bytesText(bytes: number): string {
  if (bytes < 1_024) return counted(bytes, "byte");
  if (bytes < 1_048_576) return `${(bytes / 1_024).toFixed(1)} KiB`;
  if (bytes < 1_073_741_824) return `${(bytes / 1_048_576).toFixed(1)} MiB`;
  return `${(bytes / 1_073_741_824).toFixed(1)} GiB`;
}

/** Unix seconds as date and time, UTC. */
export function timeText(seconds: bigint): string {
  return `${new Date(Number(seconds) * 1_000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
