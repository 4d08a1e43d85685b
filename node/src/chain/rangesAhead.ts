import type { BlockRange, BlockSource } from "./blockSource.ts";
import { hasCode } from "./errors.ts";
import { createRangeSizes } from "./rangeSizes.ts";

/** Ranges of the log that are read while one is handed over: enough to never wait, few enough to cost little memory. */
export const RANGES_AHEAD_MAX = 5;
/** Logs that wait for their turn before no further range is begun: where many come at once, the next ones can wait. */
export const LOGS_AHEAD_MAX = 2_000;

/** Reads ranges of the log in their order, each while the ones before are handed over. */
export interface RangesAhead {
  /**
   * The range from `from` on, which ends at `last` or before.
   *
   * @throws PleiadError as `BlockSource.range`. What was read after it is let go of, and read again later.
   */
  next(from: bigint, last: bigint): Promise<BlockRange>;
}

/** A range that is being read, or waits for its turn. */
interface RangeRead {
  readonly from: bigint;
  readonly to: bigint;
  readonly read: Promise<BlockRange>;
  /** What it brought; nothing while it is being read. */
  weight: number;
}

export function createRangesAhead(modules: { readonly source: BlockSource }): RangesAhead {
  const { source } = modules;
  const sizes = createRangeSizes();
  let ahead: RangeRead[] = [];

  function begin(from: bigint, last: bigint): RangeRead {
    const longest = from + sizes.blocks() - 1n;
    const to = longest < last ? longest : last;
    const range: RangeRead = { from, to, read: source.range(from, to), weight: 0 };
    range.read.then(
      ({ weight }) => {
        range.weight = weight;
      },
      // It may fail before anybody waits for it, and nobody may ever do so.
      () => undefined,
    );
    return range;
  }

  function mayBegin(): boolean {
    const waiting = ahead.reduce((sum, { weight }) => sum + weight, 0);
    return ahead.length < RANGES_AHEAD_MAX && waiting < LOGS_AHEAD_MAX;
  }

  return {
    async next(from, last) {
      const first = ahead.shift();
      const isNext = first?.from === from && first.to <= last;
      if (!isNext) ahead = [];
      const range = isNext ? first : begin(from, last);
      const { to } = range;
      const blocks = to - from + 1n;
      const read = await range.read.catch((error: unknown) => {
        ahead = [];
        if (hasCode(error, "RPC_RANGE_TOO_LARGE")) sizes.refused(blocks);
        throw error;
      });
      sizes.took(blocks, read.weight);
      for (let end = ahead.at(-1)?.to ?? to; end < last && mayBegin(); ) {
        const following = begin(end + 1n, last);
        ahead.push(following);
        end = following.to;
      }
      return read;
    },
  };
}
