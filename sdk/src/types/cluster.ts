import type { Address } from "viem";

/** A cluster as it stands. */
export interface Cluster {
  readonly cluster: bigint;
  readonly owner: Address;
  /** Unique for ever. */
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  /** How many versions were published; the newest version. */
  readonly versions: bigint;
  /** Ids of its agents, in the order they joined. */
  readonly agents: readonly bigint[];
}

/** An agent as a member of a cluster: its ERC-8004 id and the persona that prompts speak with. */
export interface AgentEntry {
  readonly agent: bigint;
  /** 1 to 32 characters of `[A-Za-z0-9 _-]`, unique in the cluster. */
  readonly name: string;
  /** At most 1,024 bytes, as `goal` and `backstory`. @default "" */
  readonly role?: string | undefined;
  /** @default "" */
  readonly goal?: string | undefined;
  /** @default "" */
  readonly backstory?: string | undefined;
}

/** One step of the work. */
export interface TaskEntry {
  /** 1 to 32 characters of `[A-Za-z0-9 _-]`, unique in the cluster. */
  readonly name: string;
  /** Id of the member that does it. */
  readonly agent: bigint;
  /** What the agent is asked to do, 1 to 8,192 bytes. */
  readonly prompt: string;
  /** Name of the tool the task needs. @default "" */
  readonly tool?: string | undefined;
  /** Indices of the earlier tasks it depends on; none if empty. @default the task before */
  readonly dependsOn?: readonly number[] | undefined;
}

/** A whole cluster in one piece. */
export interface ClusterBlueprint {
  /** 3 to 31 characters of `[a-z0-9-]`. */
  readonly slug: string;
  /** At most 64 bytes. */
  readonly name: string;
  /** At most 1,024 bytes. */
  readonly description: string;
  readonly agents: readonly AgentEntry[];
  readonly tasks: readonly TaskEntry[];
}

/** What a version pins besides its tasks. */
export interface PublishTerms {
  /** What the cluster's owner earns from each succeeded execution. @default 0n */
  readonly feeWei?: bigint | undefined;
  /** Length of a step-in window, 3 to 86,400: at least three block times. */
  readonly windowSeconds: number;
}

/** The draft of a cluster, which the next `publish` freezes. */
export interface Draft {
  readonly agents: readonly Required<AgentEntry>[];
  readonly tasks: readonly DraftTask[];
}

/** A task of a draft, with everything said. */
export interface DraftTask {
  readonly task: number;
  readonly name: string;
  readonly agent: bigint;
  readonly prompt: string;
  readonly tool: string;
  readonly dependsOn: readonly number[];
}
