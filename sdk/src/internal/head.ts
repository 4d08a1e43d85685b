import type { Hex } from "viem";
import { getBlock } from "viem/actions";
import type { ReadClient } from "../types/client.ts";
import { rpc } from "./read.ts";

/** The newest block, or another one by number. */
export interface BlockHead {
  readonly number: bigint;
  readonly hash: Hex;
  readonly parentHash: Hex;
  /** Unix seconds. */
  readonly timestamp: bigint;
}

/** The canonical block of a number; the newest without one. */
export async function headOf(client: ReadClient, blockNumber?: bigint): Promise<BlockHead> {
  const which = blockNumber === undefined ? { blockTag: "latest" as const } : { blockNumber };
  const { number, hash, parentHash, timestamp } = await rpc(() => getBlock(client, which));
  return { number, hash, parentHash, timestamp };
}
