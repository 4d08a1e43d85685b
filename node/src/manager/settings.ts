import type { Act } from "./plans.ts";

/** What a manager is told: by `cluster_manager` of its file. Times in milliseconds, shares from 0 to 1. */
export interface ManagerSettings {
  readonly id: string;
  readonly name: string;
  readonly capabilities: readonly ManagerCapability[];
  readonly relationships: ManagerRelationships;
  /** Names of its databases. */
  readonly databases: {
    readonly clusters: string;
    readonly communication: string;
    readonly performance: string;
  };
  readonly formationIntervalMs: number;
  readonly scalingIntervalMs: number;
  readonly alertThresholds: AlertThresholds;
  readonly policy: ManagerPolicy;
}

/** What it may make plans for. */
export type ManagerCapability = "formation" | "communication" | "scaling" | "stability";

export interface ManagerRelationships {
  /** Slugs of the clusters that it manages, or all whose owner is one of `owners`. */
  readonly clusters: readonly string[];
  readonly owners: readonly `0x${string}`[];
  /** Whom it reports to: a URL of this machine's network or an agent's name; undefined for nobody. */
  readonly orchestrator: string | undefined;
  /** Pairs of clusters whose owners both named this way between them. */
  readonly gateways: readonly {
    readonly from: string;
    readonly to: string;
    readonly topics: readonly string[];
  }[];
  /** Weights of clusters for shares of places; 1 for one that is not named. */
  readonly weights: ReadonlyMap<string, number>;
}

export interface AlertThresholds {
  /** Members of a cluster, least and most. */
  readonly clusterSize: { readonly min: number; readonly max: number };
  readonly communicationLatencyMs: number;
  readonly resourceUsage: number;
  readonly stabilityScore: number;
}

/** What it may do unasked. */
export interface ManagerPolicy {
  /** Acts that need no person's yes, as long as the money stays within the limits. */
  readonly unasked: readonly Act[];
  /** Acts that are never done, whoever asks. */
  readonly forbidden: readonly Act[];
  /** What one plan may cost unasked: gas and fees together, in the chain's own currency. */
  readonly planWeiMax: bigint;
  /** What all plans of a day may cost, asked or not. */
  readonly dayWeiMax: bigint;
  /** Restarts of one member within `restartWindowMs`. */
  readonly restartsMax: number;
  readonly restartWindowMs: number;
  /** After a change of scale, none in that cluster for so long. */
  readonly cooldownMs: number;
  /** How long a change is watched before it counts as good. */
  readonly verifyMs: number;
  /** Least places of every cluster that has work, on a node with enough of them. */
  readonly placesFloor: number;
  /** Most places that clusters of one owner use together on a node, as a share. */
  readonly ownerShareMax: number;
  /** Most places that a node is set to, and helpers that a cluster is given. */
  readonly placesMax: number;
  readonly helpersMax: number;
}
