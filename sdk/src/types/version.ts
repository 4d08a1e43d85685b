import type { Address, Hex } from "viem";

/** An agent as a version froze it. */
export interface VersionAgent {
  /** ERC-8004 id; agents count from 0. */
  readonly agent: bigint;
  readonly name: string;
  readonly role: string;
  readonly goal: string;
  readonly backstory: string;
  /** Most tokens of an answer, where the version has a say. */
  readonly tokensMax?: number;
  /** Sampling temperature, in steps of a thousandth, where the version has a say. */
  readonly temperature?: number;
}

/** A task as a version froze it. */
export interface VersionTask {
  /** Index in the version, from 0. */
  readonly task: number;
  readonly name: string;
  readonly prompt: string;
  /** Name of the tool it needs, or empty. */
  readonly tool: string;
  /** What the tool is to be called with, or empty. */
  readonly toolArguments: string;
  /** Index of its agent in `agents`. */
  readonly agentIndex: number;
  readonly model: bigint;
  readonly priceWei: bigint;
  /** Share of the node that answers, in basis points. */
  readonly nodeShareBps: number;
  /** Indices of the tasks it depends on, ascending. */
  readonly dependsOn: readonly number[];
  /** How many nodes must agree. */
  readonly quorum: number;
}

/** A published version, decoded from its bytes. It never changes. */
export interface Version {
  readonly cluster: bigint;
  readonly version: bigint;
  /** Hash of the code that holds it. */
  readonly digest: Hex;
  readonly windowSeconds: number;
  /** What the cluster's owner earns from a succeeded execution. */
  readonly feeWei: bigint;
  /** Zero is the chain's own currency. */
  readonly currency: Address;
  /** What a run costs, exactly. */
  readonly quoteWei: bigint;
  /** Number of tasks on the longest path of dependencies. */
  readonly pathLength: number;
  /** After so many nodes' reports of failure a task has failed. */
  readonly attempts: number;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  /** Names of the variables that an input brings; empty where an input is one text. */
  readonly inputs: readonly string[];
  readonly agents: readonly VersionAgent[];
  readonly tasks: readonly VersionTask[];
}
