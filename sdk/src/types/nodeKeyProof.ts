import type { Address, TypedDataDomain } from "viem";

/** EIP-712 types of the word by which a node key asks to belong to a node of `owner`. */
export const NODE_KEY_PROOF_TYPES = {
  NodeKeyProof: [
    { name: "owner", type: "address" },
    { name: "nonce", type: "uint256" },
  ],
} as const;

/** EIP-712 domain of key proofs: chain and registry are part of it, so a proof is worth nothing elsewhere. */
export function nodeKeyProofDomain(chainId: number, nodeRegistry: Address): TypedDataDomain {
  return { name: "Pleiad NodeRegistry", version: "1", chainId, verifyingContract: nodeRegistry };
}
