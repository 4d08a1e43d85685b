import { ed25519 } from "@noble/curves/ed25519.js";
import { concatBytes } from "viem";
import { type DecodedLogEntry, LOG_ENTRY_TAG, LOG_SIGNATURE_BYTES } from "../types/logEntry.ts";

/** Checks an Ed25519 signature (RFC 8032). */
export type CheckEd25519 = (
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
) => boolean | Promise<boolean>;

/**
 * Whether that key signed an entry.
 *
 * @param peerKey 32 bytes, the Ed25519 key that the entry's certificate names
 * @param check @default in JavaScript, about a thousand a second
 *
 * @example
 * const isAuthentic = await isLogEntrySigned(decodeLogEntry(bytes), peerKey);
 */
export async function isLogEntrySigned(
  entry: Pick<DecodedLogEntry, "bytes">,
  peerKey: Uint8Array,
  check: CheckEd25519 = checkEd25519,
): Promise<boolean> {
  const end = entry.bytes.length - LOG_SIGNATURE_BYTES;
  return check(
    entry.bytes.subarray(end),
    concatBytes([LOG_ENTRY_TAG, entry.bytes.subarray(0, end)]),
    peerKey,
  );
}

function checkEd25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    // The key or the signature is no point of the curve: it is nobody's signature.
    return false;
  }
}
