import { type Address, type Hex, isAddressEqual, parseTransaction } from "viem";
import type { TransactionJournal } from "../chain/journal.ts";

/** Whether a call was sent, by this life or a former one, and may still be mined: it is not sent twice. */
export async function isUnderWay(
  { to, data }: { readonly to: Address; readonly data: Hex },
  { journal }: { readonly journal: Pick<TransactionJournal, "live"> },
): Promise<boolean> {
  const live = await journal.live();
  return live.some(({ state, attempts }) => {
    const raw = attempts.findLast(({ purpose }) => purpose === "settle")?.raw;
    if (state === "mined" || raw === undefined) return false;
    const transaction = parseTransaction(raw);
    return transaction.data === data && transaction.to != null && isAddressEqual(transaction.to, to);
  });
}
