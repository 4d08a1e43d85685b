import type { Fleet, FleetAgent } from "./fleet.ts";
import type { Plan, Step, StepCost } from "./plans.ts";

/**
 * What the manager needs of the others. `local` wires the real ones in; the simulated fleet and tests wire theirs.
 */

/** Eyes. */
export interface FleetView {
  /** All of it as of now. */
  observe(): Promise<Fleet>;
  /** Called when something changed that should not wait for the next interval: a member's end was seen, a node came or went. */
  onNews(handler: (news: FleetNews) => void): () => void;
}

export type FleetNews =
  | {
      readonly kind: "member";
      readonly cluster: bigint;
      readonly name: string;
      readonly state: "lost" | "ready";
      /** On which node, where that is known: a member that several can run goes on at the others. @default unknown */
      readonly node?: bigint | undefined;
    }
  | { readonly kind: "node"; readonly node: bigint; readonly isUp: boolean };

/** Hands. Every act is idempotent by `key`: done again after a crash it answers what the first one led to. */
export interface Hands {
  /**
   * What a step costs at most, as of now.
   *
   * @throws PleiadError where it cannot be done at all (no right, unknown node), in words that say what to do
   */
  estimate(step: Step): Promise<StepCost>;
  /**
   * Whether this manager holds the keys and rights for it; else a person brings it: `pleiad manager apply`.
   *
   * @returns undefined where it can, else what is lacking
   */
  lacks(step: Step): string | undefined;
  /** @returns what it led to: a transaction's hash, a cluster's id; undefined for nothing to tell */
  carryOut(step: Step, key: string): Promise<string | undefined>;
  /** The step that takes one back; undefined where nothing can (what is published stays). */
  inverse(step: Step): Step | undefined;
}

/** What requesters of runs that were paid for said of agents. */
export interface Ratings {
  /**
   * @returns those that have ratings, and undefined for the others
   * @throws PleiadError where it cannot be found out
   */
  of(agents: readonly bigint[]): Promise<ReadonlyMap<bigint, FleetAgent["rating"]>>;
}

/** What a next version is to have that the last one has not. */
export interface VersionChange {
  /** Agents that come beside a member: each takes over every second of its tasks, so that both have work. */
  readonly add: readonly { readonly agent: bigint; readonly beside: string }[];
  /** Agents that take the place of members, by the members' names. */
  readonly replace: ReadonlyMap<string, bigint>;
}

/** Writes a cluster's next version. */
export interface VersionWriter {
  /**
   * @returns its `cluster.yaml`; undefined where that of the last version is not to be had, or where one that is added would have
   * nothing to do
   */
  next(cluster: bigint, change: VersionChange): string | undefined;
}

/** One of the manager's three databases. Values are JSON with bigints as decimal strings; keys sort by their bytes. */
export interface ManagerTable {
  get(key: string): Promise<unknown>;
  /** Durable when it resolves. All or none of them. */
  put(entries: readonly (readonly [key: string, value: unknown])[]): Promise<void>;
  delete(keys: readonly string[]): Promise<void>;
  /** From the first key with the prefix on, or from the last. */
  list(
    prefix: string,
    options?: { readonly limit?: number; readonly newestFirst?: boolean },
  ): AsyncIterable<readonly [string, unknown]>;
}

/** The databases by what they keep; their names come from the configuration. */
export interface ManagerStore {
  /** Plans, desired state, restarts. */
  readonly clusters: ManagerTable;
  /** Routes, gateways, latencies. */
  readonly communication: ManagerTable;
  /** Samples, scores, alerts. */
  readonly performance: ManagerTable;
}

/** Plans that are kept; `manager/planBook.ts` makes it from a `ManagerTable`. */
export interface PlanBook {
  get(id: string): Promise<Plan | undefined>;
  put(plan: Plan): Promise<void>;
  /** The newest first. */
  list(limit: number): Promise<readonly Plan[]>;
  /** Those that are not over. */
  open(): Promise<readonly Plan[]>;
}
