import type { Address, Hex, TypedDataDefinition } from "viem";

/**
 * The only thing in the daemon that can use a node key. A keystore on disk and a remote signer both stand behind
 * it; nothing else ever holds the key's bytes.
 */
export interface Signer {
  /** Address of the key. */
  readonly address: Address;
  /**
   * Whether the key can be used now.
   *
   * @throws PleiadError SIGNER_… where it cannot
   * @default it always can: it is in this process
   */
  check?(): Promise<void>;
  /** Asks nobody any more: what is under way fails, so that no stop waits for it. @default there is nobody to ask */
  stop?(): void;
  /** Signs EIP-712 typed data; answers 65 bytes r, s, v. */
  signTypedData(definition: TypedDataDefinition): Promise<Hex>;
  /** Signs an EIP-1559 transaction; answers the serialized, signed bytes. */
  signTransaction(transaction: UnsignedTransaction): Promise<Hex>;
}

/** An EIP-1559 transaction before it is signed. Fees and value in wei. */
export interface UnsignedTransaction {
  readonly chainId: number;
  readonly nonce: number;
  readonly to: Address;
  readonly data: Hex;
  readonly valueWei: bigint;
  readonly gasLimit: bigint;
  readonly maxFeePerGasWei: bigint;
  readonly maxPriorityFeePerGasWei: bigint;
}
