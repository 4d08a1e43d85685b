import type { Address, Hex, TypedDataDomain } from "viem";

/** The answer to one task, as it is signed: the type is final from the first deployment on. */
export interface Completion {
  /** Id of the execution. */
  readonly execution: bigint;
  /** Index of the task in its version, from 0. */
  readonly task: number;
  /** What the answer is bound to: see `contextHashOf`. */
  readonly contextHash: Hex;
  /** keccak256 of the output's bytes. */
  readonly outputDigest: Hex;
  /** keccak256 of evidence the signer keeps (a transcript, an attestation), or zero. Appears in the event only. */
  readonly evidenceDigest: Hex;
  /** Id of the node that signs; 0 where the model's or the cluster's owner answers. */
  readonly node: bigint;
  /** What the signer gives from its own share to whoever sends the completion, in wei. */
  readonly tip: bigint;
}

/** EIP-712 types of `Completion`; the same words stand in `ClusterExecutions`. */
export const COMPLETION_TYPES = {
  Completion: [
    { name: "execution", type: "uint256" },
    { name: "task", type: "uint16" },
    { name: "contextHash", type: "bytes32" },
    { name: "outputDigest", type: "bytes32" },
    { name: "evidenceDigest", type: "bytes32" },
    { name: "node", type: "uint256" },
    { name: "tip", type: "uint256" },
  ],
} as const;

/** EIP-712 domain of completions: name, version, chain, contract. */
export function completionDomain(chainId: number, clusterExecutions: Address): TypedDataDomain {
  return { name: "Pleiad ClusterExecutions", version: "1", chainId, verifyingContract: clusterExecutions };
}
