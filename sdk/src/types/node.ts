import type { Address, Hex } from "viem";
import type { NodeStatus } from "./states.ts";

/** A registered machine of an operator. */
export interface NodeRecord {
  readonly node: bigint;
  readonly owner: Address;
  /** The key that signs its completions and certificates, also while it is suspended. */
  readonly key: Address;
  readonly status: NodeStatus;
  /** SHA-256 of its metadata file, or zero. */
  readonly metadataDigest: Hex;
}
