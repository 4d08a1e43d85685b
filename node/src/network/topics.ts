import type { Address } from "viem";

/** The topics of one deployment: chain and contract in the name, so that two deployments never hear each other. */
export interface Topics {
  readonly presence: string;
  completions(cluster: bigint): string;
}

export function topicsOf(chainId: number, clusterExecutions: Address): Topics {
  const base = `/pleiad/1/${chainId}/${clusterExecutions.toLowerCase()}`;
  return { presence: `${base}/presence`, completions: (cluster) => `${base}/completions/${cluster}` };
}
