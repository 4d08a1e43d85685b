import {
  type Address,
  type Hex,
  isAddressEqual,
  keccak256,
  parseTransaction,
  recoverAddress,
  serializeSignature,
  serializeTransaction,
  type TransactionSerializableEIP1559,
  type TransactionSerialized,
} from "viem";
import { chainFailure } from "./errors.ts";
import type { Fees } from "./fees.ts";
import type { CarriedCompletion, TransactionAttempt } from "./journal.ts";
import type { KnownKeys } from "./knownKeys.ts";
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
export async function signAttempt(
  draft: AttemptDraft,
  signer: Signer,
  keys: KnownKeys,
): Promise<TransactionAttempt> {
  const { purpose, completions, ...transaction } = draft;
  const raw = await signer.signTransaction(transaction);
  const signed = parseTransaction(raw as TransactionSerialized<"eip1559">);
  const body = bodyIn(signed);
  const { r, s, v, yParity, ...unsigned } = signed;
  const digest = keccak256(serializeTransaction(unsigned));
  const signature = serializeSignature({ r: r ?? "0x0", s: s ?? "0x0", yParity: yParity ?? 0 });
  const isAsAsked =
    (await keys.isSignedBy(digest, signature, signer.address)) &&
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
        details: {
          account: signer.address,
          nonce: draft.nonce,
          signedBy: await recoverAddress({ hash: digest, signature }).catch(() => undefined),
        },
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
  return bodyIn(parseTransaction(raw as TransactionSerialized<"eip1559">));
}

function bodyIn({ to, data, value, gas }: TransactionSerializableEIP1559): TransactionBody {
  if (to === undefined || to === null) throw new Error("signed bytes without a receiver");
  return { to, data: data ?? "0x", valueWei: value ?? 0n, gasLimit: gas ?? 0n };
}
