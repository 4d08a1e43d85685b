import type { Address, Hex, TypedDataDomain } from "viem";

/**
 * A node key's word for a daemon's network identity, so that the process that faces the network needs no key that
 * is worth money. Valid for at most `CERTIFICATE_VALIDITY_MAX_SECONDS`.
 */
export interface Certificate {
  /** Id of the node whose key signed. */
  readonly node: bigint;
  /** keccak256 of the libp2p peer id's bytes (an Ed25519 identity multihash), see the network's README. */
  readonly peer: Hex;
  /** X25519 public key, 32 bytes, to which bodies for this node are encrypted. */
  readonly boxKey: Hex;
  /** Unix seconds from which it holds. */
  readonly notBefore: bigint;
  /** Unix seconds until which it holds, included. */
  readonly notAfter: bigint;
}

/** EIP-712 types of `Certificate`. */
export const CERTIFICATE_TYPES = {
  Certificate: [
    { name: "node", type: "uint256" },
    { name: "peer", type: "bytes32" },
    { name: "boxKey", type: "bytes32" },
    { name: "notBefore", type: "uint64" },
    { name: "notAfter", type: "uint64" },
  ],
} as const;

/** A stolen network identity is worth nothing after a day: the operator's daemon signs a new one by itself. */
export const CERTIFICATE_VALIDITY_MAX_SECONDS = 86_400n;

/** EIP-712 domain of certificates: the registry that knows the node keys. */
export function certificateDomain(chainId: number, nodeRegistry: Address): TypedDataDomain {
  return { name: "Pleiad NodeRegistry", version: "1", chainId, verifyingContract: nodeRegistry };
}
