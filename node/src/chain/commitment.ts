import { type Completion, completionDomain } from "@pleiad/sdk/types/completion";
import { type Address, encodeAbiParameters, type Hex, keccak256, type TypedDataDefinition } from "viem";

/** EIP-712 type of a commitment, in the domain of completions; no contract knows it. */
const COMMITMENT_TYPES = {
  AnswerCommitment: [
    { name: "execution", type: "uint256" },
    { name: "task", type: "uint16" },
    { name: "contextHash", type: "bytes32" },
    { name: "commitment", type: "bytes32" },
    { name: "node", type: "uint256" },
  ],
} as const;

/**
 * What a node commits to. The completion's signature is in it: an output can be one of a few that everybody can guess
 * ("yes", "no"), and nobody but the node can make its signature.
 */
export function commitmentOf({
  completion,
  signature,
}: {
  readonly completion: Pick<Completion, "outputDigest" | "node">;
  readonly signature: Hex;
}): Hex {
  const { outputDigest, node } = completion;
  return keccak256(
    encodeAbiParameters(
      [{ type: "bytes32" }, { type: "uint256" }, { type: "bytes32" }],
      [outputDigest, node, keccak256(signature)],
    ),
  );
}

/** A node's word that it has an answer to a task, before it says which. */
export interface AnswerCommitment {
  readonly execution: bigint;
  readonly task: number;
  /** What the answer is bound to. */
  readonly contextHash: Hex;
  /** See `commitmentOf`. */
  readonly commitment: Hex;
  readonly node: bigint;
}

/** What a node signs. */
export function commitmentTypedData(
  { execution, task, contextHash, commitment, node }: AnswerCommitment,
  { chainId, clusterExecutions }: { readonly chainId: number; readonly clusterExecutions: Address },
) {
  return {
    domain: completionDomain(chainId, clusterExecutions),
    types: COMMITMENT_TYPES,
    primaryType: "AnswerCommitment",
    message: { execution, task, contextHash, commitment, node },
  } as const satisfies TypedDataDefinition;
}
