import { createHash } from "node:crypto";
import { type Address, hexToBytes } from "viem";

/** Which log an entry belongs to. */
export interface LogSpace {
  readonly chainId: number;
  readonly clusterRegistry: Address;
  readonly cluster: bigint;
}

export const SPACE_BYTES = 32;
const TAG = "pleiad log space 1\0";

/**
 * The 32 bytes by which every entry names its log: SHA-256 over a tag, the chain, the registry's address and the cluster, so
 * that an entry counts in one cluster of one deployment and nowhere else.
 */
export function spaceOf({ chainId, clusterRegistry, cluster }: LogSpace): Uint8Array {
  const numbers = Buffer.alloc(8 + 32);
  numbers.writeBigUInt64BE(BigInt(chainId), 0);
  numbers.write(cluster.toString(16).padStart(64, "0"), 8, "hex");
  return createHash("sha256")
    .update(TAG)
    .update(numbers.subarray(0, 8))
    .update(hexToBytes(clusterRegistry))
    .update(numbers.subarray(8))
    .digest();
}
