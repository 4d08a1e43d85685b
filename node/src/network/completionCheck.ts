import { COMPLETION_TYPES, completionDomain } from "@pleiad/sdk/types/completion";
import { type Address, hashTypedData, keccak256 } from "viem";
import type { KnownKeys } from "../chain/knownKeys.ts";
import { oversized, PeerInputError } from "./errors.ts";
import { OUTPUT_INLINE_BYTES_MAX } from "./limits.ts";
import type { NodeDirectory, SignedCompletion } from "./types.ts";

/**
 * Checks what the network promises about a completion: the output's size and digest, and that the key the chain
 * knows for its node signed it. Whether the node is eligible is for `work` to decide.
 *
 * The node need not be active: what it signed before it was suspended counts or not by the chain's rules.
 *
 * @throws PeerInputError COMPLETION_NODE_MISSING, MESSAGE_OVERSIZED, COMPLETION_OUTPUT_MISMATCH,
 * COMPLETION_NODE_UNKNOWN (retryable), COMPLETION_SIGNATURE_INVALID; whatever the directory throws
 */
export async function checkCompletion(
  message: SignedCompletion,
  context: {
    readonly directory: NodeDirectory;
    readonly keys: KnownKeys;
    readonly chainId: number;
    readonly clusterExecutions: Address;
  },
): Promise<void> {
  const { completion, signature, output } = message;
  const details = { execution: completion.execution, task: completion.task, node: completion.node };
  if (completion.node === 0n) {
    throw new PeerInputError(
      "COMPLETION_NODE_MISSING",
      "a completion by an owner (node 0) does not travel by gossip",
      {
        reaction: "reject",
        misdeed: "wrongContent",
        hint: "submit it to the chain directly",
        details,
      },
    );
  }
  if (output !== undefined) {
    if (output.length > OUTPUT_INLINE_BYTES_MAX)
      throw oversized("the output", output.length, OUTPUT_INLINE_BYTES_MAX);
    if (keccak256(output) !== completion.outputDigest) {
      throw new PeerInputError(
        "COMPLETION_OUTPUT_MISMATCH",
        `the output's digest is not ${completion.outputDigest}`,
        {
          reaction: "reject",
          misdeed: "wrongContent",
          details,
        },
      );
    }
  }

  const known = await context.directory.keyOf(completion.node);
  if (known === undefined) {
    // Cheap for the sender: it may be honest and this node's view of the chain behind its own.
    throw new PeerInputError("COMPLETION_NODE_UNKNOWN", `the chain knows no node ${completion.node}`, {
      reaction: "reject",
      misdeed: "unknownNode",
      retryable: true,
      details,
    });
  }
  const digest = hashTypedData({
    domain: completionDomain(context.chainId, context.clusterExecutions),
    types: COMPLETION_TYPES,
    primaryType: "Completion",
    message: completion,
  });
  if (await context.keys.isSignedBy(digest, signature, known.key)) return;
  throw new PeerInputError(
    "COMPLETION_SIGNATURE_INVALID",
    `the key of node ${completion.node} did not sign it`,
    {
      reaction: "reject",
      misdeed: "badSignature",
      details,
    },
  );
}
