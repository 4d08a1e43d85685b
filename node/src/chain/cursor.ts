import type { Hex } from "viem";

/** What the follower keeps of a block. */
export interface BlockHeader {
  readonly number: bigint;
  readonly hash: Hex;
  readonly parentHash: Hex;
  /** Unix seconds of the block: the time by which deadlines and windows are judged. */
  readonly timestamp: bigint;
}

/**
 * Where the follower stands on the canonical chain, with the recent headers that it needs to find the common
 * ancestor after a reorg. It moves forward only along parent hashes and back only to a block it has followed.
 *
 * | from | to | call | condition |
 * |---|---|---|---|
 * | –, any | started | `start` | first start, or a start anew after the operator reset or a gap beyond the history |
 * | started | started | `advance` | each header's parent is the head before it |
 * | started | started | `rollBack` | the target is in the history, with that hash |
 *
 * Not flushed on each step: after a power cut the cursor may stand some blocks earlier, never elsewhere.
 */
export interface Cursor {
  /** The chain's first block as it was at `start`; undefined before. Another one means another chain. */
  genesisHash(): Promise<Hex | undefined>;
  /** The last canonical block followed; undefined before `start`. */
  head(): Promise<BlockHeader | undefined>;
  /** A header of the history by its number; undefined when it is not, or no longer, there. */
  headerAt(number: bigint): Promise<BlockHeader | undefined>;
  /** The headers kept, newest first, at most `CURSOR_HEADERS_MAX`. */
  history(): Promise<readonly BlockHeader[]>;
  /** Forgets everything and stands at `header`. Flushed. */
  start(genesisHash: Hex, header: BlockHeader): Promise<void>;
  /**
   * Moves forward over `headers`, oldest first, in one step.
   * @throws CURSOR_NOT_STARTED; CURSOR_UNLINKED when a header does not follow the one before it (details: head,
   * header).
   */
  advance(headers: readonly BlockHeader[]): Promise<void>;
  /**
   * Moves back to a block of the history: the common ancestor. Flushed.
   * @throws CURSOR_NOT_STARTED; CURSOR_BEYOND_HISTORY when the block is not in the history (a reorg deeper than
   * what is kept: the node must stop taking work and say so).
   */
  rollBack(target: { readonly number: bigint; readonly hash: Hex }): Promise<void>;
}

/** Deeper than any reorg a policy accepts (the finality depth is at most 200), and still one small scan. Blocks. */
export const CURSOR_HEADERS_MAX = 256;
