import { PleiadError } from "@pleiad/sdk/errors";
import type { Hex } from "viem";
import { mapParallel } from "../../chain/parallel.ts";
import type { RpcReceipt } from "../../chain/parse.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { ChainPlace, ExecutionRecord } from "../../chain/state.ts";
import { CHAIN_READS_AT_ONCE_MAX, RECEIPTS_KEPT_MAX } from "./limits.ts";
import type { ExecutionCosts } from "./viewSchemas.ts";

/** What the transactions of executions cost, read from their receipts when somebody looks, each once. */
export function createTransactionCosts(modules: { readonly rpc: Pick<Rpc, "receipt"> }) {
  const { rpc } = modules;
  const kept = new Map<string, RpcReceipt>();

  /** Undefined where the endpoint knows none, or one in another block than the one that was followed. */
  async function receiptOf({ transactionHash, blockHash }: ChainPlace): Promise<RpcReceipt | undefined> {
    const key = `${transactionHash} ${blockHash}`;
    const there = kept.get(key);
    if (there !== undefined) return there;
    const read = await rpc.receipt(transactionHash);
    if (read === null || read.blockHash !== blockHash) return undefined;
    kept.set(key, read);
    const [oldest] = kept.keys();
    if (kept.size > RECEIPTS_KEPT_MAX && oldest !== undefined) kept.delete(oldest);
    return read;
  }

  return {
    async of(record: ExecutionRecord): Promise<ExecutionCosts> {
      const places = placesOf(record);
      try {
        const receipts = await mapParallel(places, CHAIN_READS_AT_ONCE_MAX, receiptOf);
        const transactions = receipts.flatMap((receipt) => (receipt === undefined ? [] : [costOf(receipt)]));
        return { transactions, missing: places.length - transactions.length, error: null };
      } catch (error) {
        // What cannot be asked now takes nothing else from the page.
        if (!(error instanceof PleiadError)) throw error;
        return { transactions: [], missing: places.length, error: error.message };
      }
    },
  };
}

/** Each transaction once: several answers may have come in one. */
function placesOf({ createdIn, completions, endedIn }: ExecutionRecord): readonly ChainPlace[] {
  const all = [
    createdIn,
    ...[...completions.values()].map(({ place }) => place),
    ...(endedIn === null ? [] : [endedIn]),
  ];
  return [...new Map<Hex, ChainPlace>(all.map((place) => [place.transactionHash, place])).values()];
}

function costOf({ transactionHash, gasUsed, effectiveGasPriceWei }: RpcReceipt) {
  return {
    transactionHash,
    gasUsed: String(gasUsed),
    gasPriceWei: String(effectiveGasPriceWei),
    feeWei: String(gasUsed * effectiveGasPriceWei),
  };
}
