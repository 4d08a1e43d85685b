import { type Address, type Hex, hashTypedData } from "viem";
import { commitmentOf, commitmentTypedData } from "../chain/commitment.ts";
import type { KnownKeys } from "../chain/knownKeys.ts";
import { type BoundedMap, createBoundedMap } from "./boundedMap.ts";
import type { Clock } from "./clock.ts";
import { PeerInputError } from "./errors.ts";
import { COMMITMENT_NODES_MAX, COMMITMENTS_PER_NODE_MAX, COMPLETIONS_KNOWN_MS } from "./limits.ts";
import type { CommittedTask, NodeDirectory, SignedCommitment, SignedCompletion } from "./types.ts";

/** The commitments this node knows of: of each node one for a task and context, the first. */
export interface Commitments {
  /**
   * Checks a commitment and keeps it; a new one is told to the handlers. False when one of the node is known already.
   *
   * @throws PeerInputError COMMITMENT_NODE_UNKNOWN (retryable), COMMITMENT_SIGNATURE_INVALID
   */
  take(message: SignedCommitment): Promise<boolean>;
  /** The same for this node's own, which its own handlers do not hear. */
  takeOwn(message: SignedCommitment): Promise<boolean>;
  /** Nodes that have committed themselves. */
  nodesOf(task: CommittedTask): readonly bigint[];
  /** Whether a completion's node committed itself to something else. */
  isBroken(message: SignedCompletion): boolean;
  onCommitment(handler: (message: SignedCommitment) => void): () => void;
}

export function createCommitments(
  options: { readonly chainId: number; readonly clusterExecutions: Address },
  modules: { readonly directory: NodeDirectory; readonly keys: KnownKeys; readonly clock: Clock },
): Commitments {
  const { directory, keys, clock } = modules;
  const ttlMs = COMPLETIONS_KNOWN_MS;
  /** By node: one that says many pushes out its own. */
  const nodes = createBoundedMap<bigint, BoundedMap<string, Hex>>(
    { entriesMax: COMMITMENT_NODES_MAX, ttlMs: Number.POSITIVE_INFINITY },
    { clock },
  );
  const handlers = new Set<(message: SignedCommitment) => void>();

  async function admit(message: SignedCommitment): Promise<boolean> {
    const { node, signature, commitment } = message;
    const key = keyOf(message);
    if (nodes.get(node)?.get(key) !== undefined) return false;
    const details = { execution: message.execution, task: message.task, node };
    const known = await directory.keyOf(node);
    if (known === undefined) {
      throw new PeerInputError("COMMITMENT_NODE_UNKNOWN", `the chain knows no node ${node}`, {
        reaction: "reject",
        misdeed: "unknownNode",
        retryable: true,
        details,
      });
    }
    const digest = hashTypedData(commitmentTypedData(message, options));
    if (!(await keys.isSignedBy(digest, signature, known.key))) {
      throw new PeerInputError("COMMITMENT_SIGNATURE_INVALID", `the key of node ${node} did not sign it`, {
        reaction: "reject",
        misdeed: "badSignature",
        details,
      });
    }
    const ofNode =
      nodes.get(node) ??
      createBoundedMap<string, Hex>({ entriesMax: COMMITMENTS_PER_NODE_MAX, ttlMs }, { clock });
    // Its twin may have been checked meanwhile.
    if (ofNode.get(key) !== undefined) return false;
    ofNode.set(key, commitment);
    nodes.set(node, ofNode);
    return true;
  }

  return {
    async take(message) {
      if (!(await admit(message))) return false;
      for (const handler of handlers) queueMicrotask(() => handler(message));
      return true;
    },
    takeOwn: admit,
    nodesOf(task) {
      const key = keyOf(task);
      return [...nodes.entries()].flatMap(([node, ofNode]) => (ofNode.get(key) === undefined ? [] : [node]));
    },
    isBroken(message) {
      const { completion } = message;
      const committed = nodes.get(completion.node)?.get(keyOf(completion));
      return committed !== undefined && committed !== commitmentOf(message);
    },
    onCommitment(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
  };
}

function keyOf({ execution, task, contextHash }: CommittedTask): string {
  return `${execution}:${task}:${contextHash.toLowerCase()}`;
}
