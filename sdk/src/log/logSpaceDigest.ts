import { concatBytes, hexToBytes, numberToBytes, sha256, stringToBytes } from "viem";
import type { LogSpace } from "../types/logEntry.ts";

const TAG = "pleiad log space 1\0";

/**
 * The 32 bytes by which every entry names its log: SHA-256 over a tag, the chain, the registry's address and the cluster, so
 * that an entry counts in one cluster of one deployment and nowhere else.
 *
 * @example
 * const space = logSpaceDigest({ chainId: 1, clusterRegistry: deployment.clusterRegistry, cluster: 7n });
 */
export function logSpaceDigest({ chainId, clusterRegistry, cluster }: LogSpace): Uint8Array {
  return sha256(
    concatBytes([
      stringToBytes(TAG),
      numberToBytes(chainId, { size: 8 }),
      hexToBytes(clusterRegistry),
      numberToBytes(cluster, { size: 32 }),
    ]),
    "bytes",
  );
}
