import type { Hex } from "viem";
import type { CanonicalChain } from "./followerTypes.ts";
import type { TransactionInclusion, TransactionKey, TransactionRecord } from "./journal.ts";
import { readCount } from "./nonceCount.ts";
import type { RpcReceipt } from "./parse.ts";
import { readReceipt } from "./receipts.ts";
import type { Rpc } from "./rpc.ts";

/**
 * What the endpoints say of a transaction: `mined` where more than half tell a receipt of one of its attempts, canonical
 * or not; `disputed` where some do.
 */
export type LookResult = "mined" | "disputed" | "none";

/**
 * Whether what counts as mined is so for good.
 *
 * | verdict | the endpoints that answer |
 * |---|---|
 * | `final` | two at least, or the only one there is, and more than half of them tell its receipt |
 * | `alone` | one of several, which tells its receipt |
 * | `withheld` | contradict each other, and agree that its nonce is used; or the follower is not there yet |
 * | `gone` | deny it |
 */
export type Verdict = "final" | "alone" | "withheld" | "gone";

/** Finds out which block a transaction is in, from all endpoints: one that lies makes nothing mined, or final, or gone. */
export interface Inclusions {
  /** The inclusion is set where its block is canonical. */
  find(
    record: TransactionRecord,
  ): Promise<{ readonly found: LookResult; readonly inclusion: TransactionInclusion | undefined }>;
  judge(key: TransactionKey, inclusion: TransactionInclusion): Promise<Verdict>;
}

export function createInclusions(modules: { readonly rpc: Rpc; readonly chain: CanonicalChain }): Inclusions {
  const { rpc, chain } = modules;

  async function isNonceUsed({ account, nonce }: TransactionKey): Promise<boolean> {
    return (await readCount(rpc, account, "latest")).count > nonce;
  }

  /** The hash of the canonical block of a number; undefined while the follower is not there yet. */
  async function canonicalHash(number: bigint): Promise<Hex | undefined> {
    const head = chain.head();
    if (head === undefined || number > head.number) return undefined;
    // Older than what the follower remembers: nothing will change there any more.
    return chain.canonicalAt(number)?.hash ?? (await rpc.blockByNumber(number))?.hash;
  }

  return {
    async find(record) {
      const all = await Promise.all(record.attempts.map(({ hash }) => readReceipt(rpc, hash)));
      const mined = all.flatMap(({ agreed }) => agreed ?? []);
      const told = all.flatMap((receipt) => receipt.told ?? []);
      const isDisputed = mined.length === 0 && told.length > 0;
      const found = mined.length > 0 ? "mined" : isDisputed ? "disputed" : "none";
      // One says so, another denies it, and both that its nonce is used: it is not sent again, and not final yet.
      for (const receipt of isDisputed && (await isNonceUsed(record)) ? told : mined) {
        if ((await canonicalHash(receipt.blockNumber)) !== receipt.blockHash) continue;
        return { found: "mined", inclusion: inclusionOf(receipt) };
      }
      return { found, inclusion: undefined };
    },
    async judge(key, inclusion) {
      const { agreed, told, isConfirmed } = await readReceipt(rpc, inclusion.transactionHash);
      const hash = await canonicalHash(inclusion.blockNumber);
      if (hash === undefined) return "withheld";
      const saysSo = (receipt: RpcReceipt | null) =>
        receipt !== null && hash === inclusion.blockHash && isSame(inclusion, inclusionOf(receipt));
      if (saysSo(agreed)) return isConfirmed ? "final" : "alone";
      if (agreed === null && saysSo(told) && (await isNonceUsed(key))) return "withheld";
      return "gone";
    },
  };
}

function inclusionOf(receipt: RpcReceipt): TransactionInclusion {
  const { transactionHash, blockNumber, blockHash, status, gasUsed, effectiveGasPriceWei } = receipt;
  return { transactionHash, blockNumber, blockHash, status, gasUsed, effectiveGasPriceWei };
}

function isSame(a: TransactionInclusion, b: TransactionInclusion): boolean {
  return a.blockHash === b.blockHash && a.status === b.status && a.gasUsed === b.gasUsed;
}
