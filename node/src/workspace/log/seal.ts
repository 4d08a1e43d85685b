import { randomBytes } from "node:crypto";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";

/** XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): a nonce of 24 bytes may be drawn at random for each body. */
const NONCE_BYTES = 24;
const TAG_BYTES = 16;
export const SEAL_BYTES = NONCE_BYTES + TAG_BYTES;
export const KEY_BYTES = 32;

/**
 * Encrypts with a key that only members have. The nonce is random and not counted: a feed that was forked by a restored disk
 * would count the same numbers twice.
 *
 * @param context what the text is bound to: it opens nowhere else
 */
export function seal(key: Uint8Array, context: Uint8Array, text: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  return Buffer.concat([nonce, xchacha20poly1305(key, nonce, context).encrypt(text)]);
}

/** The inverse of `seal`; undefined where key, context or bytes are others. */
export function unseal(
  key: Uint8Array,
  context: Uint8Array,
  sealed: Uint8Array,
): Uint8Array<ArrayBuffer> | undefined {
  if (sealed.length < SEAL_BYTES) return undefined;
  try {
    const text = xchacha20poly1305(key, sealed.subarray(0, NONCE_BYTES), context).decrypt(
      sealed.subarray(NONCE_BYTES),
    );
    return Uint8Array.from(text);
  } catch {
    // The cipher's only answer to a wrong tag; which of the three was wrong nobody can tell.
    return undefined;
  }
}
