import type { TransactionRecord } from "./journal.ts";

/**
 * What a transaction's gas has cost its account: what its receipt says once it is mined, nothing where it ended without
 * being mined, and until then the most that any of its attempts may cost, for one of them may be mined yet. A receipt says
 * no more than that either: one that does is a lie, which would use up the day's limit. Wei.
 */
export function transactionCostWei({ attempts, inclusion, state }: TransactionRecord): bigint {
  if (inclusion === null && (state === "final" || state === "replaced" || state === "cancelled")) return 0n;
  let mostWei = 0n;
  for (const { gasLimit, maxFeePerGasWei } of attempts) {
    const costWei = gasLimit * maxFeePerGasWei;
    if (costWei > mostWei) mostWei = costWei;
  }
  if (inclusion === null) return mostWei;
  const paidWei = inclusion.gasUsed * inclusion.effectiveGasPriceWei;
  return paidWei < mostWei ? paidWei : mostWei;
}
