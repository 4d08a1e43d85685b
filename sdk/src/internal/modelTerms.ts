import { type Address, zeroAddress } from "viem";
import type { ModelTerms } from "../types/model.ts";

/** Terms as `ModelRegistry` takes them. */
export function modelTerms(terms: ModelTerms): {
  currency: Address;
  priceWei: bigint;
  nodeShareBps: number;
  open: boolean;
} {
  const { currency = zeroAddress, priceWei, nodeShareBps, open = true } = terms;
  return { currency, priceWei, nodeShareBps, open };
}
