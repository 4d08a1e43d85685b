import { setTimeout as sleep } from "node:timers/promises";
import type { Hex } from "viem";
import { BLOCK_SECONDS, type World } from "../world.ts";

/** A block that is being mined when mining is stopped is there by then. */
const SETTLE_MS = 100;
let last: Promise<unknown> = Promise.resolve();

/** A raw transaction, and the index of the new block that it stands in. */
export type KeptTransaction = readonly [raw: Hex, block: number];

/**
 * Replaces the newest blocks of the chain. One after the other, and while no block is mined: a block that anvil mines
 * in the middle of a reorganisation leaves a hole in its chain.
 */
export function reorgChain(
  world: World,
  depth: number,
  keep: () => Promise<readonly KeptTransaction[]> = async () => [],
): Promise<void> {
  const done = last.then(async () => {
    await world.ask("evm_setIntervalMining", [0]);
    try {
      await sleep(SETTLE_MS);
      await world.ask("anvil_reorg", [depth, await keep()]);
    } finally {
      await world.ask("evm_setIntervalMining", [BLOCK_SECONDS]);
    }
  });
  // The next one goes on whatever became of this one, which its own caller hears.
  last = done.catch(() => undefined);
  return done;
}
