import { decodeCommitment, encodeCommitment, isCommitment } from "./commitmentMessage.ts";
import type { Commitments } from "./commitments.ts";
import { decodeCompletion, encodeCompletion } from "./completionMessage.ts";
import type { Completions } from "./completions.ts";
import { malformed, networkError, oversized, type PeerInputError } from "./errors.ts";
import type { Gossip } from "./gossip.ts";
import { CLUSTERS_SUBSCRIBED_MAX, COMPLETION_MESSAGE_BYTES_MAX, OUTPUT_INLINE_BYTES_MAX } from "./limits.ts";
import type { Counters } from "./stats.ts";
import type { Topics } from "./topics.ts";
import type { Network } from "./types.ts";

/** The topics of completions and commitments, one for each cluster. */
export interface CompletionTopics
  extends Pick<
    Network,
    "subscribeCluster" | "unsubscribeCluster" | "publishCompletion" | "publishCommitment"
  > {
  /** Clusters this node listens to. */
  clusters(): readonly bigint[];
  /** Joins the clusters of the options, and those that were named before the network was started. */
  start(): void;
}

/**
 * @param modules.isRunning whether topics can be joined now: before the start they wait for `start`
 * @param modules.onSubscribed told of each cluster that is new while it runs
 */
export function createCompletionTopics(
  options: { readonly clusters: readonly bigint[] },
  modules: {
    readonly gossip: Pick<Gossip, "join" | "leave" | "publish">;
    readonly topics: Pick<Topics, "completions">;
    readonly completions: Completions;
    readonly commitments: Commitments;
    readonly counters: Counters;
    readonly isRunning: () => boolean;
    readonly onSubscribed: () => void;
  },
): CompletionTopics {
  const { gossip, topics, completions, commitments, counters, isRunning } = modules;
  const clusters = new Set(options.clusters);

  function join(cluster: bigint): void {
    gossip.join({
      name: topics.completions(cluster),
      bytesMax: COMPLETION_MESSAGE_BYTES_MAX,
      dear: true,
      take(body) {
        if (isCommitment(body)) {
          const commitment = decodeCommitment(body);
          if (commitment.cluster !== cluster) throw elsewhere("the commitment", commitment, cluster);
          return commitments.take(commitment);
        }
        const message = decodeCompletion(body);
        if (message.cluster !== cluster) throw elsewhere("the completion", message, cluster);
        return completions.take(message);
      },
    });
  }

  return {
    clusters: () => [...clusters],
    start() {
      for (const cluster of clusters) join(cluster);
    },
    subscribeCluster(cluster) {
      if (clusters.has(cluster)) return;
      if (clusters.size >= CLUSTERS_SUBSCRIBED_MAX) {
        throw networkError(
          "CLUSTERS_TOO_MANY",
          `cluster ${cluster} would be one more than ${CLUSTERS_SUBSCRIBED_MAX}`,
          {
            hint: "unsubscribe from a cluster that this node no longer serves",
          },
        );
      }
      clusters.add(cluster);
      if (!isRunning()) return;
      join(cluster);
      modules.onSubscribed();
    },
    unsubscribeCluster(cluster) {
      if (clusters.delete(cluster) && isRunning()) gossip.leave(topics.completions(cluster));
    },
    async publishCompletion(message) {
      const outputBytes = message.output?.length ?? 0;
      if (outputBytes > OUTPUT_INLINE_BYTES_MAX)
        throw oversized("the output", outputBytes, OUTPUT_INLINE_BYTES_MAX);
      const body = encodeCompletion(message);
      // What peers would refuse, and score this node down for, never leaves.
      await completions.takeOwn(decodeCompletion(body));
      counters.completionsPublishedTotal++;
      return gossip.publish(topics.completions(message.cluster), body);
    },
    async publishCommitment(message) {
      const body = encodeCommitment(message);
      await commitments.takeOwn(decodeCommitment(body));
      return gossip.publish(topics.completions(message.cluster), body);
    },
  };
}

function elsewhere(what: string, message: { readonly cluster: bigint }, cluster: bigint): PeerInputError {
  return malformed(what, `it is of cluster ${message.cluster}, in the topic of cluster ${cluster}`);
}
