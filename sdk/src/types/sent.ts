import type { Hex } from "viem";

/** What every write takes beside its own parameters. */
export interface WriteOptions {
  /** How long to wait for the transaction to be mined. @default 180_000 */
  readonly timeoutMs?: number | undefined;
}

/** What every write answers: the transaction is mined, one block deep, and did not revert. */
export interface Sent {
  readonly hash: Hex;
  readonly blockNumber: bigint;
  readonly gasUsed: bigint;
}
