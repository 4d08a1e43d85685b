import {
  type Address,
  type Hex,
  isAddressEqual,
  keccak256,
  parseTransaction,
  recoverTransactionAddress,
  type TransactionSerialized,
} from "viem";
import { chainFailure } from "./errors.ts";
import type { Fees } from "./fees.ts";
import type { CarriedCompletion, TransactionAttempt } from "./journal.ts";
import type { Signer } from "./signer.ts";

/** What a nonce is used for. */
export interface TransactionBody {
  readonly to: Address;
  readonly data: Hex;
  readonly valueWei: bigint;
  readonly gasLimit: bigint;
}

/** What a new attempt is made of. */
export interface AttemptDraft extends TransactionBody, Fees {
  readonly chainId: number;
  readonly nonce: number;
  readonly purpose: TransactionAttempt["purpose"];
  readonly completions: readonly CarriedCompletion[];
}

/**
 * Has an attempt signed, and makes sure that the signer signed this and nothing else: the signer may be another
 * machine.
 *
 * @throws PleiadError SIGNER_MISMATCH, and what the signer throws
 */
export async function signAttempt(draft: AttemptDraft, signer: Signer): Promise<TransactionAttempt> {
  const { purpose, completions, ...transaction } = draft;
  const raw = await signer.signTransaction(transaction);
  const body = bodyOf(raw);
  const serializedTransaction = raw as TransactionSerialized<"eip1559">;
  const from = await recoverTransactionAddress({ serializedTransaction });
  const signed = parseTransaction(serializedTransaction);
  const isAsAsked =
    isAddressEqual(from, signer.address) &&
    isAddressEqual(body.to, draft.to) &&
    body.data === draft.data.toLowerCase() &&
    body.valueWei === draft.valueWei &&
    body.gasLimit === draft.gasLimit &&
    signed.chainId === draft.chainId &&
    (signed.nonce ?? 0) === draft.nonce &&
    (signed.maxFeePerGas ?? 0n) === draft.maxFeePerGasWei &&
    (signed.maxPriorityFeePerGas ?? 0n) === draft.maxPriorityFeePerGasWei;
  if (!isAsAsked) {
    throw chainFailure(
      "SIGNER_MISMATCH",
      `the signer of ${signer.address} signed another transaction than nonce ${draft.nonce}`,
      {
        details: { account: signer.address, nonce: draft.nonce, signedBy: from },
      },
    );
  }
  const { gasLimit, maxFeePerGasWei, maxPriorityFeePerGasWei } = draft;
  return {
    hash: keccak256(raw),
    raw,
    purpose,
    completions,
    gasLimit,
    maxFeePerGasWei,
    maxPriorityFeePerGasWei,
  };
}

/** What signed bytes do, for signing the same again with other fees. */
export function bodyOf(raw: Hex): TransactionBody {
  const { to, data, value, gas } = parseTransaction(raw as TransactionSerialized<"eip1559">);
  if (to === undefined || to === null) throw new Error("signed bytes without a receiver");
  return { to, data: data ?? "0x", valueWei: value ?? 0n, gasLimit: gas ?? 0n };
}
