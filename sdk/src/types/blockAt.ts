import type { Hex } from "viem";

/**
 * The block as of which something is read: by hash where the answer decides something, so that after a
 * reorganisation the call fails instead of answering for another chain; by default the newest.
 */
export type BlockAt =
  | { readonly blockHash: Hex; readonly requireCanonical: true }
  | { readonly blockNumber: bigint };

/** What an action that reads takes beside its own parameters. */
export interface ReadOptions {
  /**
   * The block as of which to read. Without one, what takes several calls may be of the block that was the newest at each.
   *
   * @default the newest
   */
  readonly at?: BlockAt | undefined;
}
