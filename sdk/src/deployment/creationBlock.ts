import type { Address } from "viem";
import { getCode } from "viem/actions";
import { PleiadError } from "../errors/base.ts";
import { rpc } from "../internal/read.ts";
import type { ReadClient } from "../types/client.ts";

/**
 * The block that created the first of several contracts. Halves the chain until it is found: 25 questions on a chain
 * of 30 million blocks, and one for each contract that is not older than those before it.
 *
 * @param head A block as of which all of them are there.
 * @returns undefined where the endpoint no longer has the state of old blocks.
 */
export async function creationBlock(
  client: ReadClient,
  addresses: readonly Address[],
  head: bigint,
): Promise<bigint | undefined> {
  let first = head;
  for (const address of addresses) {
    const found = await firstBlockWithCode(client, address, first);
    if (found === undefined) return undefined;
    first = found;
  }
  return first;
}

/** The first block, up to `last`, with code at the address; `last` where that is not known to be later. */
async function firstBlockWithCode(
  client: ReadClient,
  address: Address,
  last: bigint,
): Promise<bigint | undefined> {
  let [low, high] = [0n, last];
  // The newest possible answer first: of several contracts most are not older than the one before.
  let middle = last > 0n ? last - 1n : 0n;
  while (low < high) {
    const there = await hasCodeAt(client, address, middle);
    if (there === undefined) return undefined;
    if (there) high = middle;
    else low = middle + 1n;
    middle = (low + high) / 2n;
  }
  return high;
}

/** Whether there was code at an address as of a block; undefined where the endpoint no longer knows. */
export async function hasCodeAt(
  client: ReadClient,
  address: Address,
  blockNumber: bigint,
): Promise<boolean | undefined> {
  try {
    const code = await rpc(() => getCode(client, { address, blockNumber }));
    return code !== undefined && code !== "0x";
  } catch (error) {
    // Endpoints say in words of their own that they keep no state of a block that old.
    if (error instanceof PleiadError && !error.retryable) return undefined;
    throw error;
  }
}
