import { secp256k1 } from "@noble/curves/secp256k1.js";
import { type Address, type Hex, hexToBytes, isAddressEqual, recoverPublicKey } from "viem";
import { publicKeyToAddress } from "viem/utils";

/** Checks signatures, those of keys that sign often several times as fast. */
export interface KnownKeys {
  /**
   * Whether `key` signed `digest`.
   *
   * @param digest 32 bytes
   * @param signature 65 bytes r, s, v
   */
  isSignedBy(digest: Hex, signature: Hex, key: Address): Promise<boolean>;
}

/** The nodes of a cluster, and one's own; a table takes some 300 KB. Keys. */
export const PREPARED_KEYS_MAX = 16;
/** A table costs as much as a dozen recoveries: so often a key must have signed before it is worth one. Signatures. */
export const PREPARE_AFTER_SIGNATURES = 3;
/** Doublings that the table saves at once; a wider one takes twice the room for a tenth of the time. Bits. */
const WINDOW_BITS = 5;
/** 0x, r, s, v in hex. */
const SIGNATURE_CHARS = 132;

const { Point } = secp256k1;
const { Fn } = Point;

interface Known {
  readonly point: InstanceType<typeof Point>;
  signatures: number;
  isPrepared: boolean;
}

/**
 * A signature holds if s·R = z·G + r·Q, for the point R that r and v name. Recovery solves that for Q and compares; here Q
 * is known from an earlier signature of the same address, with its multiples ready, and R is what is compared: the
 * same equation, 0.4 ms in place of 2.
 */
export function createKnownKeys(): KnownKeys {
  /** By address in small letters, the longest unused first. */
  const known = new Map<string, Known>();

  function note(key: Address, publicKey: Hex): void {
    known.set(key.toLowerCase(), {
      point: Point.fromBytes(hexToBytes(publicKey)),
      signatures: 1,
      isPrepared: false,
    });
    const [oldest] = known.keys();
    if (known.size > PREPARED_KEYS_MAX && oldest !== undefined) known.delete(oldest);
  }

  function use(key: Address): Known | undefined {
    const name = key.toLowerCase();
    const found = known.get(name);
    if (found === undefined) return undefined;
    known.delete(name);
    known.set(name, found);
    found.signatures += 1;
    if (found.signatures === PREPARE_AFTER_SIGNATURES) {
      // After the answer, which nobody is to wait longer for.
      setImmediate(() => {
        found.point.precompute(WINDOW_BITS, false);
        found.isPrepared = true;
      });
    }
    return found;
  }

  return {
    async isSignedBy(digest, signature, key) {
      const { point, isPrepared } = use(key) ?? {};
      const parts = partsOf(signature);
      if (point !== undefined && isPrepared === true && parts !== undefined)
        return holds(digest, parts, point);
      let publicKey: Hex;
      try {
        publicKey = await recoverPublicKey({ hash: digest, signature });
      } catch {
        // No point of the curve, r or s out of range, a strange v: whoever made this, the key did not.
        return false;
      }
      const isKeys = isAddressEqual(publicKeyToAddress(publicKey), key);
      if (isKeys && point === undefined) note(key, publicKey);
      return isKeys;
    },
  };
}

interface Parts {
  readonly r: bigint;
  readonly s: bigint;
  readonly isOdd: boolean;
}

/** Undefined for what is not spelled as signers spell it: the slow way says what that is. */
function partsOf(signature: Hex): Parts | undefined {
  if (signature.length !== SIGNATURE_CHARS) return undefined;
  const r = BigInt(signature.slice(0, 66));
  const s = BigInt(`0x${signature.slice(66, 130)}`);
  const v = Number.parseInt(signature.slice(130), 16);
  if (!Fn.isValidNot0(r) || !Fn.isValidNot0(s) || (v !== 27 && v !== 28)) return undefined;
  return { r, s, isOdd: v === 28 };
}

function holds(digest: Hex, { r, s, isOdd }: Parts, key: InstanceType<typeof Point>): boolean {
  const inverse = Fn.inv(s);
  const z = Fn.create(BigInt(digest));
  const found = Point.BASE.multiplyUnsafe(Fn.mul(z, inverse)).add(key.multiplyUnsafe(Fn.mul(r, inverse)));
  if (found.is0()) return false;
  const { x, y } = found.toAffine();
  // v of 27 and 28 says that x is r itself, not r + n.
  return x === r && (y & 1n) === (isOdd ? 1n : 0n);
}
