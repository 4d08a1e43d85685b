import { getBlock } from "viem/actions";
import type { ReadClient } from "../types/client.ts";
import { rpc } from "./read.ts";

const MS_PER_SECOND = 1000;

/**
 * The time at which a transaction that is sent now will be mined at the earliest, in unix seconds: that of the newest
 * block, or this machine's where the chain has been idle since.
 */
export async function chainNow(client: ReadClient): Promise<bigint> {
  const { timestamp } = await rpc(() => getBlock(client, { blockTag: "latest" }));
  const wall = BigInt(Math.floor(Date.now() / MS_PER_SECOND));
  return timestamp > wall ? timestamp : wall;
}
