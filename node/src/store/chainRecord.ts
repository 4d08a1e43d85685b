import { PleiadError } from "@pleiad/sdk/errors";
import type { Address } from "viem";
import { z } from "zod";
import { addressSchema, decodeRecord, encodeRecord } from "./codec.ts";
import type { Records } from "./records.ts";

/** Under it lies which chain and contract the records are about. */
export const CHAIN_KEY = "chain";

export const chainSchema = z.object({ chainId: z.number().int().positive(), contract: addressSchema });

/** Which chain and `ClusterExecutions` a store is about. */
export type StoreChain = z.output<typeof chainSchema>;

/**
 * What is kept is about one contract on one chain; another one's jobs under the same ids would be mixed with it.
 *
 * @param name what to call the store in errors
 * @throws STORE_OTHER_CHAIN
 */
export async function bindToChain(records: Records, chain: StoreChain, name: string): Promise<void> {
  const wanted = { chainId: chain.chainId, contract: chain.contract.toLowerCase() as Address };
  const payload = await records.get(CHAIN_KEY);
  if (payload !== undefined) return requireChain(decodeRecord(CHAIN_KEY, chainSchema, payload), wanted, name);
  await records.update(async (draft) => draft.put(CHAIN_KEY, encodeRecord(chainSchema, wanted)), {
    flush: true,
  });
}

/** @throws STORE_OTHER_CHAIN unless the two are the same */
export function requireChain(found: StoreChain, wanted: StoreChain, name: string): void {
  const isSame =
    found.chainId === wanted.chainId && found.contract.toLowerCase() === wanted.contract.toLowerCase();
  if (isSame) return;
  throw new PleiadError(
    `${name} belongs to contract ${found.contract} on chain ${found.chainId}, not to ${wanted.contract} on chain ${wanted.chainId}`,
    {
      code: "STORE_OTHER_CHAIN",
      hint: "give each chain a data folder of its own, or correct chain.chainId and chain.contracts",
      details: { name, found, wanted },
    },
  );
}
