import type { Hex } from "viem";

/** Bytes that are elsewhere: their keccak-256, and where they may be had. */
export interface BlobReference {
  readonly digest: Hex;
  /** From the chain, so chosen by a stranger: fetch only from where you would anyway. */
  readonly uri: string;
}

/** Gets bytes that are elsewhere; answers undefined where they are not to be had. What it answers is checked. */
export type FetchBlob = (blob: BlobReference) => Promise<Uint8Array | undefined>;
