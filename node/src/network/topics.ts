import type { Address } from "viem";

/** The topics of one deployment: chain and contract in the name, so that two deployments never hear each other. */
export interface Topics {
  readonly presence: string;
  completions(cluster: bigint): string;
  /** Whether a topic's messages cost much to check: all but those of logs, also of topics that are none of ours. */
  isDear(topic: string): boolean;
  /** Whether a topic is that of some cluster's completions. */
  isCompletions(topic: string): boolean;
  log(cluster: bigint): string;
}

export function topicsOf(chainId: number, clusterExecutions: Address): Topics {
  const base = `/pleiad/1/${chainId}/${clusterExecutions.toLowerCase()}`;
  return {
    presence: `${base}/presence`,
    completions: (cluster) => `${base}/completions/${cluster}`,
    isDear: (topic) => !topic.startsWith(`${base}/log/`),
    isCompletions: (topic) => topic.startsWith(`${base}/completions/`),
    log: (cluster) => `${base}/log/${cluster}`,
  };
}
