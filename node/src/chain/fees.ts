import { parseGwei } from "viem";
import { REPLACEMENT_FEE_PERCENT_MIN } from "./journal.ts";

/** What a transaction offers per gas, in wei (EIP-1559). */
export interface Fees {
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
}

/** What fees are chosen from, in wei per gas. */
export interface FeeMarket {
  /** Base fee of the newest block. */
  readonly baseFeeWei: bigint;
  /** What the operator adds as priority fee. */
  readonly priorityFeeWei: bigint;
  /** No attempt offers more than this. */
  readonly ceilingWei: bigint;
}

/** Six full blocks in a row double the base fee: so much a transaction survives without being raised. */
const BASE_FEE_FACTOR = 2n;
/** Below the ceiling there should be room for three raises and the cancel after them. */
const RAISES_RESERVED = 4;

/** Digits of a gwei's fraction, in wei. */
const GWEI_DECIMALS = 9;

/** A configured amount in wei. A small number's shortest text has an exponent, which a decimal amount has not. */
export function weiOfGwei(gwei: number): bigint {
  return parseGwei(gwei.toFixed(GWEI_DECIMALS));
}

/**
 * Fees of a first attempt.
 *
 * @returns undefined where the base fee is above what the ceiling allows
 */
export function firstFees({ baseFeeWei, priorityFeeWei, ceilingWei }: FeeMarket): Fees | undefined {
  const neededWei = baseFeeWei + priorityFeeWei;
  if (neededWei > ceilingWei) return undefined;
  const roomyWei = roomBelow(ceilingWei);
  const limitWei = max(roomyWei, neededWei);
  const wantedWei = BASE_FEE_FACTOR * baseFeeWei + priorityFeeWei;
  return { maxFeePerGasWei: min(wantedWei, limitWei), maxPriorityFeePerGasWei: priorityFeeWei };
}

/**
 * Fees of the next attempt for the same nonce: both higher than those of any attempt before by at least
 * `REPLACEMENT_FEE_PERCENT_MIN` (N3), and enough for the base fee as it is now, if the ceiling allows that.
 *
 * @returns undefined where the ceiling leaves no room for a raise, or none would help
 */
export function raisedFees(before: readonly Fees[], market: FeeMarket): Fees | undefined {
  const { baseFeeWei, priorityFeeWei, ceilingWei } = market;
  // No attempt within the ceiling would be mined; what room there is is kept for when fees fall.
  if (baseFeeWei > ceilingWei) return undefined;
  const highest = (field: keyof Fees) => before.reduce((top, fees) => max(top, fees[field]), 0n);
  const maxPriorityFeePerGasWei = max(raised(highest("maxPriorityFeePerGasWei")), priorityFeeWei);
  const wantedWei = min(BASE_FEE_FACTOR * baseFeeWei + maxPriorityFeePerGasWei, ceilingWei);
  const maxFeePerGasWei = max(max(raised(highest("maxFeePerGasWei")), wantedWei), maxPriorityFeePerGasWei);
  return maxFeePerGasWei > ceilingWei ? undefined : { maxFeePerGasWei, maxPriorityFeePerGasWei };
}

/** Rounded up, and never the same: nodes want both fees to be higher, also where they were zero. */
function raised(feeWei: bigint): bigint {
  return max((feeWei * REPLACEMENT_FEE_PERCENT_MIN + 99n) / 100n, feeWei + 1n);
}

function roomBelow(ceilingWei: bigint): bigint {
  let roomWei = ceilingWei;
  for (let raise = 0; raise < RAISES_RESERVED; raise += 1)
    roomWei = (roomWei * 100n) / REPLACEMENT_FEE_PERCENT_MIN;
  return roomWei;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
