import type { WatchBlockNumberParameters } from "viem";
import { getBlockNumber } from "viem/actions";
import type { WriteClient } from "../types/client.ts";

/** How often the height is told again where no block comes. viem looks for the receipt each time that it is told. */
const REPEAT_MS = 1_000;

/**
 * The client, with a `watchBlockNumber` that tells the height again while no block comes.
 *
 * Waiting for a receipt, viem ignores a height that it is told while it still reads the block before. On a chain that
 * mines on demand no other comes: the receipt would be there, and never be looked at.
 */
export function withRepeatingBlocks(client: WriteClient): WriteClient {
  const watchBlockNumber = ({ onBlockNumber, pollingInterval }: WatchBlockNumberParameters): (() => void) => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let told: bigint | undefined;
    let toldAtMs = 0;
    const tell = (height: bigint): void => {
      const before = told;
      told = height;
      toldAtMs = performance.now();
      onBlockNumber(height, before);
    };
    const look = async (): Promise<void> => {
      // A height that could not be read is asked for again.
      const height = await getBlockNumber(client, { cacheTime: 0 }).catch(() => undefined);
      if (isOver) return;
      const first = told ?? height;
      if (first !== undefined) {
        if (told === undefined || performance.now() - toldAtMs >= REPEAT_MS) tell(first);
        // Each block may hold what took the transaction's place.
        for (let next = first + 1n; height !== undefined && next <= height; next += 1n) tell(next);
      }
      if (!isOver) timer = setTimeout(() => void look(), pollingInterval);
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  };
  return Object.assign({}, client, { watchBlockNumber });
}
