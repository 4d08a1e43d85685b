import type { Hex } from "viem";
import { chainFailure } from "./errors.ts";
import type { Rpc } from "./rpc.ts";

/**
 * The hash of the chain's first block, as its second block names it. Asked this way because a local chain that is
 * restored from a file may make itself a new block 0, while the blocks that it restores keep their parents.
 */
export async function genesisHashOf(rpc: Pick<Rpc, "blockByNumber">): Promise<Hex> {
  const second = await rpc.blockByNumber(1n);
  if (second !== null) return second.parentHash;
  const first = await rpc.blockByNumber(0n);
  if (first !== null) return first.hash;
  throw chainFailure("RPC_INVALID_ANSWER", "eth_getBlockByNumber 0: the chain has no first block");
}
