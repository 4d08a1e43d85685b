import type { Hex } from "viem";
import type { World } from "../world.ts";
import type { Fault } from "./fault.ts";
import { type KeptTransaction, reorgChain } from "./reorgChain.ts";

/** As deep as what a daemon takes for final on a local chain, and no deeper. Blocks. */
const DEPTH_MAX = 6;
/** Of the transactions that are removed, so many stand in the new blocks again at once. */
const KEPT_SHARE = 0.3;

interface Block {
  readonly transactions: readonly { readonly hash: Hex; readonly from: Hex; readonly nonce: Hex }[];
}

/** The newest blocks are replaced. Some of their transactions stand in the new ones, the rest are gone as if never sent. */
export const reorg: Fault = {
  name: "reorg",
  row: "reorg of depth 1–6",
  weight: 10,
  lastsMs: [0, 0],
  async begin(world, { rng }) {
    const depth = rng.int(1, DEPTH_MAX);
    const keepsSome = rng.chance(0.5);
    await reorgChain(world, depth, async () =>
      keepsSome ? keptOf(world, depth, () => rng.chance(KEPT_SHARE)) : [],
    );
    world.count("reorgs");
    world.count(`reorgs of depth ${depth}`);
    return () => undefined;
  },
};

/** Raw transactions with the index of their new block. Of each sender the first ones, as the others would have no nonce. */
async function keptOf(world: World, depth: number, isKept: () => boolean): Promise<KeptTransaction[]> {
  const head = Number(await world.ask<Hex>("eth_blockNumber"));
  const kept: KeptTransaction[] = [];
  const lost = new Set<Hex>();
  for (let index = 0; index < depth; index++) {
    const number: Hex = `0x${(head - depth + 1 + index).toString(16)}`;
    const block = await world.ask<Block | null>("eth_getBlockByNumber", [number, true]);
    for (const { hash, from } of block?.transactions ?? []) {
      if (lost.has(from) || !isKept()) lost.add(from);
      else kept.push([await world.ask<Hex>("eth_getRawTransactionByHash", [hash]), index]);
    }
  }
  return kept;
}
