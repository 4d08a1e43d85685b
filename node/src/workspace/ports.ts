import type { Address, Hex } from "viem";
import type { ClusterLog } from "./log/types.ts";
import type { PartyId, Version } from "./types.ts";

/** What the workspace needs of the chain, beside `ClusterMembership`: who is in which cluster, as this node sees it now. */
export interface WorkspaceDirectory {
  /** Clusters that an agent is in: none or one. A second one is somebody's mistake, and refused. */
  clustersOf(agent: bigint): readonly bigint[];
  /** The agents of a cluster, by id; names are unique in it. */
  agentsOf(cluster: bigint): readonly { readonly agent: bigint; readonly name: string }[];
  agentExists(agent: bigint): boolean;
  clusterExists(cluster: bigint): boolean;
  /** Whether this node serves the agent's model now. */
  serves(agent: bigint): boolean;
  /** `owner`: owns the cluster or edits it for its owner; `user`: may execute it, or its operator let it in. */
  roleOf(cluster: bigint, user: Address): "owner" | "user" | undefined;
}

/** Heartbeats that are told to the peers and kept by nobody. */
export interface PresencePort {
  beat(cluster: bigint, party: PartyId): void;
  /** Hears a beat that came from a node, checked to be that node's. The answer ends it. */
  onBeat(handler: (cluster: bigint, node: bigint, party: PartyId) => void): () => void;
}

/** Starts and ends helpers: what `spawnAgent` names a `service` for is known to the daemon alone. */
export interface HelperPort {
  /**
   * Asked before a name is given in the log: the program of an earlier one of it, ended there already, would speak as the new one.
   *
   * @throws PleiadError HELPER_RUNS while it has not ended, TEAM_STARTING before it is known
   */
  requireFree(cluster: bigint, name: string): void;
  /** Rejects with a PleiadError when it cannot be started: then it is ended in the log, too. */
  start(helper: HelperStart): Promise<void>;
  stop(cluster: bigint, name: string): Promise<void>;
  /** Starts its program again. @throws PleiadError HELPER_NOT_RUNNING */
  restart(cluster: bigint, name: string): Promise<void>;
  /** One whose program ended for good and unasked, as it was spawned; undefined where none of that name did. */
  lost(cluster: bigint, name: string): Promise<LostHelper | undefined>;
  /** Starts such a one again as it was. Rejects with a PleiadError where that cannot be. */
  again(cluster: bigint, name: string): Promise<void>;
  /** The program of a helper of this node, where one runs. */
  programOf(cluster: bigint, name: string): HelperProgram | undefined;
}

export type LostHelper = Pick<HelperStart, "role" | "goal" | "user" | "by"> & { readonly service: string };

/** What runs a helper, and what it is at. */
export interface HelperProgram {
  readonly service: string;
  /** `asking`: it works, and waits for a person's answer to what it asks leave for. */
  readonly state: "spawning" | "waiting" | "working" | "asking" | "done";
  readonly note: string;
  readonly turns: number;
  readonly restarts: number;
  /** Since when it is in that state and at that. Unix milliseconds. */
  readonly sinceMs: number;
  /** How the task begins that it was spawned with, where it was with one. */
  readonly task?: string;
  readonly project?: string;
}

export interface HelperStart {
  readonly cluster: bigint;
  readonly name: string;
  readonly role: string;
  readonly goal: string;
  readonly service?: string;
  readonly user: Address;
  /** Who spawns it: what an operator may have done, an agent may not always. */
  readonly by: PartyId;
  /** What it does first. */
  readonly task?: string;
  readonly project?: string;
  /** What it may cost in all, as text. */
  readonly budget?: string;
  readonly files?: readonly TaskFile[];
}

/** A file for a task; its bytes are a blob of this node. */
export interface TaskFile {
  readonly name: string;
  readonly mediaType: string;
  readonly digest: string;
}

/** Makes vectors of texts: an endpoint of the kind `POST /embeddings`. */
export interface EmbeddingPort {
  /** One vector for each text, in order, all of one length. Rejects with a PleiadError. */
  embed(texts: readonly string[]): Promise<readonly (readonly number[])[]>;
}

/** Brings a request to the home node of its cluster, and its answer back. */
export interface HomePort {
  /** Rejects with a PleiadError where the home cannot be asked. Whoever asks waits `HOME_ANSWER_TIMEOUT_MS` for it. */
  ask(home: bigint, request: HomeRequest): Promise<HomeAnswer>;
}

/** A write that depends on the version that stands. */
export interface HomeRequest {
  readonly cluster: bigint;
  /** The same for each try; with `writer` it names the write for ever. */
  readonly request: string;
  /** For whom the asking node speaks. */
  readonly writer: PartyId;
  readonly target:
    | { readonly view: "context"; readonly key: string; readonly value: string | null }
    | { readonly view: "rules"; readonly text: string };
  /** What must stand; null: nothing. */
  readonly ifVersion: Version | null;
  /** The place of that version in the log, where the asking node knows it: shows a home that is behind that it is. */
  readonly ifOrder?: string;
}

export type HomeAnswer =
  | { readonly kind: "written"; readonly id: Hex }
  /** Another version stands. */
  | {
      readonly kind: "conflict";
      readonly current: {
        readonly version: Version;
        readonly value: string | null;
        readonly writer: PartyId;
      } | null;
    }
  /** Not decided: it may be asked again where `retryable` says so. */
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly message: string;
      readonly retryable: boolean;
    };

/** Gives the log of a cluster, not yet started. */
export type LogOpener = (cluster: bigint) => Promise<ClusterLog>;
