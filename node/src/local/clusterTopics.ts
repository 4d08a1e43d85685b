import type { Network } from "../network/types.ts";

/** The clusters whose completions this node listens to. */
export interface ClusterTopics {
  /** Listens to a cluster. Above the limit the one that was named longest ago gives way. */
  join(cluster: bigint): void;
}

/**
 * Anybody can create a cluster, so their number is a stranger's to choose: it must neither end the daemon nor keep it
 * from the clusters that are at work.
 *
 * @param options.clustersMax How many clusters the network listens to at once.
 */
export function createClusterTopics(
  options: { readonly clustersMax: number },
  modules: { readonly network: Pick<Network, "subscribeCluster" | "unsubscribeCluster"> },
): ClusterTopics {
  const { network } = modules;
  /** The one that was named longest ago first. */
  const joined = new Set<bigint>();
  return {
    join(cluster) {
      const isNew = !joined.delete(cluster);
      joined.add(cluster);
      if (!isNew) return;
      const [oldest] = joined;
      if (joined.size > options.clustersMax && oldest !== undefined) {
        joined.delete(oldest);
        network.unsubscribeCluster(oldest);
      }
      network.subscribeCluster(cluster);
    },
  };
}
