/** First try for one request of the log; where nothing is, each next one takes twice as much. Blocks. */
export const RANGE_BLOCKS_FIRST = 16n;
/** Most that one request asks for. Blocks. */
export const RANGE_BLOCKS_MAX = 2_000n;
/** Logs that one request should bring: enough to hide its trip, few enough to cost little memory. */
export const RANGE_LOGS_AIM = 500;
/** Ranges that must go well before more is tried than an endpoint has once refused. */
export const RANGES_BEFORE_GROWTH = 16;

/** How much of the log to ask for at once: it follows what comes back. */
export interface RangeSizes {
  /** The next range, in blocks; at least one. */
  blocks(): bigint;
  /** A range of so many blocks brought so many logs. */
  took(blocks: bigint, logs: number): void;
  /** A range of so many blocks was refused as too large. */
  refused(blocks: bigint): void;
}

/**
 * | what happened | the next range |
 * |---|---|
 * | few logs | twice as long, up to what is allowed and `RANGE_BLOCKS_MAX` |
 * | more than `RANGE_LOGS_AIM` | as long as would have brought that many |
 * | refused as too large | half as long; longer ones are not tried for `RANGES_BEFORE_GROWTH` ranges |
 */
export function createRangeSizes(): RangeSizes {
  let next = RANGE_BLOCKS_FIRST;
  let allowed = RANGE_BLOCKS_MAX;
  let goneWell = 0;

  return {
    blocks: () => next,
    took(blocks, logs) {
      goneWell += 1;
      if (goneWell >= RANGES_BEFORE_GROWTH) {
        goneWell = 0;
        allowed = min(allowed * 2n, RANGE_BLOCKS_MAX);
      }
      const fitting = logs === 0 ? RANGE_BLOCKS_MAX : (blocks * BigInt(RANGE_LOGS_AIM)) / BigInt(logs);
      next = max(1n, min(min(fitting, next * 2n), allowed));
    },
    refused(blocks) {
      goneWell = 0;
      allowed = max(1n, blocks / 2n);
      next = min(next, allowed);
    },
  };
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
