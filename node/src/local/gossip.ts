import { PleiadError } from "@pleiad/sdk/errors";
import type { Network } from "../network/types.ts";
import type { Gossip, SignedMessage } from "../work/ports.ts";
import type { ClusterTopics } from "./clusterTopics.ts";

/** The peers as the work layer sees them. */
export function gossipOf(
  network: Network,
  topics: ClusterTopics,
  /** Told of each completion that was handed to the peers. @default nobody */
  onSent: (message: SignedMessage, peers: number) => void = () => {},
): Gossip {
  return {
    enabled: true,
    async publish(message) {
      // A cluster's topic is joined with the first completion of it, whoever signs that.
      topics.join(message.cluster);
      onSent(message, await network.publishCompletion(message));
    },
    fetchBlob: (digest, signal) => network.fetchBlob(digest, { signal }),
    onCompletion: (handler) => network.onCompletion(handler),
    onBroken: (handler) => network.onBrokenCompletion(handler),
    async commit(message) {
      topics.join(message.cluster);
      await network.publishCommitment(message);
    },
    committed: (task) => network.committed(task),
    onCommitment: (handler) => network.onCommitment(({ execution }) => handler(execution)),
    catchUp: (executions) => (executions.length === 0 ? Promise.resolve() : network.catchUp(executions)),
  };
}

/** No peers: everything travels through the chain. */
export function noGossip(): Gossip {
  return {
    enabled: false,
    publish: async () => {},
    async fetchBlob(digest) {
      throw new PleiadError(`blob ${digest} is not here, and the network is switched off`, {
        code: "BLOB_MISSING",
        retryable: true,
        hint: "put the blob on this node (POST /blobs), or set network.enabled to true",
        details: { digest },
      });
    },
    onCompletion: () => () => {},
    onBroken: () => () => {},
    commit: async () => {},
    committed: () => [],
    onCommitment: () => () => {},
    catchUp: async () => {},
  };
}
