import type { NodeStatus } from "@pleiad/sdk/types/states";
import type { Address, Hex } from "viem";

/**
 * What a manager sees: chain, log, presence and metrics at one moment, in one value that nothing changes any more.
 * Whoever decides reads nothing else, so the same fleet and the same clock always lead to the same plan.
 */
export interface Fleet {
  /** The block as of which the chain's part was read. */
  readonly block: { readonly number: bigint; readonly hash: Hex };
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly nodes: ReadonlyMap<bigint, FleetNode>;
  readonly models: ReadonlyMap<bigint, FleetModel>;
  readonly agents: ReadonlyMap<bigint, FleetAgent>;
  /** The clusters that this manager manages; `agents` names those of others, too. */
  readonly clusters: ReadonlyMap<bigint, FleetCluster>;
  /** Clusters of the chain by their slugs, also those that nobody here manages. @default those of `clusters` */
  readonly slugs?: ReadonlyMap<string, bigint> | undefined;
}

/** What of a machine can be used up. */
export type ResourceName = "processor" | "memory" | "disk";

/** What a peer says of itself counts as a claim: `seen` alone is what others saw of it. */
export interface FleetNode {
  readonly node: bigint;
  readonly owner: Address;
  readonly status: NodeStatus;
  /** Whether this manager may change it: a daemon of the same operator. */
  readonly isOwn: boolean;
  /** Whether heartbeats of it came within the time after which a node counts as dead; this node itself always is. */
  readonly isUp: boolean;
  /** Since it was last heard of; undefined where it never was. */
  readonly silentMs: number | undefined;
  /** Median of the round trips of late; undefined where none was measured. */
  readonly roundTripMs: number | undefined;
  /** Share of probes and messages of late that were not answered, 0 to 1; undefined where none was sent. */
  readonly lossShare: number | undefined;
  /** Places for agents at once, and how many are taken: of own nodes alone, else undefined. */
  readonly places: { readonly total: number; readonly taken: number } | undefined;
  /** Highest of the shares of processor, memory and disk that are in use, 0 to 1; of own nodes alone. */
  readonly resourceShare: number | undefined;
  /** Which of the three that is. */
  readonly resourceName?: ResourceName | undefined;
  /** What clusters may use of its places when others want them, too; of own nodes alone, and of clusters that were given a share. @default none */
  readonly shares?: ReadonlyMap<bigint, number> | undefined;
  /** Whether it takes no new work, as it is being drained. */
  readonly isDraining: boolean;
}

export interface FleetModel {
  readonly model: bigint;
  readonly name: string;
  readonly owner: Address;
  /** Zero is the chain's own currency. */
  readonly currency: Address;
  readonly priceWei: bigint;
  /** Whether anybody's agent may use it. */
  readonly isOpen: boolean;
  /** Nodes that serve it now, in the order of their places. */
  readonly nodes: readonly bigint[];
}

export interface FleetAgent {
  readonly agent: bigint;
  readonly owner: Address;
  readonly name: string;
  /** 0 for none. */
  readonly model: bigint;
  /** The cluster it is in; 0 for none. An agent is in at most one. */
  readonly cluster: bigint;
  /** What it says it can do, in lower case, from its registration file. */
  readonly capabilities: readonly string[];
  /** Others who may put it into a cluster of theirs, by a grant of its owner; left out where that is not known, which counts as nobody. */
  readonly grantees?: readonly Address[];
  /** Feedback of runs that were paid for; undefined where there is none. Mean from 0 to 1. */
  readonly rating: { readonly mean: number; readonly count: number } | undefined;
}

/** An agent or a helper in one cluster, as it is doing. */
export interface FleetMember {
  /** Its name in the cluster. */
  readonly name: string;
  /** Undefined for a helper. */
  readonly agent: bigint | undefined;
  /** 0 for a helper whose service is no model of the chain. */
  readonly model: bigint;
  /** Nodes that can run it: those that serve its model, or the one that its helper runs on. */
  readonly nodes: readonly bigint[];
  /** `lost`: its process ended unasked; `silent`: nothing was heard of any of its nodes for the time after which a node counts as dead. */
  readonly state: "ready" | "spawning" | "running" | "done" | "lost" | "silent";
  /** Since it is in that state. */
  readonly sinceMs: number;
  /** Which nodes are asked for it now, the first first. @default unknown */
  readonly route?: readonly bigint[] | undefined;
  /** Of a helper: the service that it runs by. @default unknown */
  readonly service?: string | undefined;
  /** Of a helper: whether its node's operator spawned it, or this manager, and no agent and no user. @default unknown */
  readonly isOperators?: boolean | undefined;
  /** Of a helper: jobs that were handed to it and that it has not begun. @default unknown, which counts as none */
  readonly queued?: number | undefined;
  /** Restarts within the window that the policy counts over. */
  readonly restarts: number;
}

export interface FleetCluster {
  readonly cluster: bigint;
  readonly owner: Address;
  readonly slug: string;
  /** 0 where nothing is published. */
  readonly version: number;
  readonly members: readonly FleetMember[];
  /** For its share of places among the clusters of a node. */
  readonly weight: number;
  readonly queue: ClusterQueue;
  /** What happened within `METRICS_WINDOW_MS`. */
  readonly window: ClusterWindow;
}

/** Tasks of a cluster on the own nodes now. */
export interface ClusterQueue {
  readonly waiting: number;
  readonly running: number;
  /** How long the oldest waits; 0 where none does. */
  readonly oldestMs: number;
}

/** What a cluster did of late. */
export interface ClusterWindow {
  readonly ended: number;
  readonly succeeded: number;
  /** Step-in windows of its tasks that passed without an answer of whoever had the turn. */
  readonly windowsMissed: number;
  /** Step-in windows that were given at all. */
  readonly windows: number;
  readonly restarts: number;
  /** 95th percentile from a task's being ready to its answer; undefined where none was answered. */
  readonly latencyMs: number | undefined;
  /** 95th percentile from a message's being sent to its being there; undefined where none was measured. */
  readonly messageLatencyMs: number | undefined;
  readonly costWei: bigint;
}
