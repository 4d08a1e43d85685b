import type { Address } from "viem";
import type { VersionAgent } from "./version.ts";

/** A cluster as it stands. */
export interface Cluster {
  readonly cluster: bigint;
  readonly owner: Address;
  /** Unique for ever. */
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  /** Names of the variables that an input brings; empty where an input is one text. */
  readonly inputs: readonly string[];
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
  /** Most tokens of an answer. @default no say */
  readonly tokensMax?: number | undefined;
  /** Sampling temperature, 0 to 2 in steps of a thousandth. @default no say */
  readonly temperature?: number | undefined;
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
  /** What the tool is to be called with, at most 1,024 bytes. @default "" */
  readonly toolArguments?: string | undefined;
  /** Indices of the earlier tasks it depends on; none if empty. @default the task before */
  readonly dependsOn?: readonly number[] | undefined;
  /** How many nodes must agree on the answer, 1 to 7. @default 1 */
  readonly quorum?: number | undefined;
}

/** A whole cluster in one piece. */
export interface ClusterBlueprint {
  /** 3 to 31 characters of `[a-z0-9-]`. */
  readonly slug: string;
  /** At most 64 bytes. */
  readonly name: string;
  /** At most 1,024 bytes. */
  readonly description: string;
  /** Names of the variables that an input brings, at most 16. @default none: an input is one text */
  readonly inputs?: readonly string[] | undefined;
  readonly agents: readonly AgentEntry[];
  readonly tasks: readonly TaskEntry[];
}

/** What a version pins besides its tasks. */
export interface PublishTerms {
  /** What the cluster's owner earns from each succeeded execution. @default 0n */
  readonly feeWei?: bigint | undefined;
  /** Length of a step-in window, 3 to 86,400: at least three block times. */
  readonly windowSeconds: number;
  /** After so many nodes' reports of failure a task has failed, 1 to 8. @default 3 */
  readonly attempts?: number | undefined;
}

/** The draft of a cluster, which the next `publish` freezes. */
export interface Draft extends Pick<Cluster, "slug" | "name" | "description" | "inputs"> {
  readonly agents: readonly VersionAgent[];
  readonly tasks: readonly DraftTask[];
}

/** A task of a draft, with everything said. */
export interface DraftTask {
  readonly task: number;
  readonly name: string;
  readonly agent: bigint;
  /** False where the agent has left the cluster: the draft cannot be published until the task has another. */
  readonly isAgentMember: boolean;
  readonly prompt: string;
  readonly tool: string;
  readonly toolArguments: string;
  readonly dependsOn: readonly number[];
  readonly quorum: number;
}
