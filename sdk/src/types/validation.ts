import type { Address, Hex } from "viem";

/** A request to check an agent's work, and its validator's last answer (ERC-8004). */
export interface Validation {
  /** The hash that names the request. */
  readonly request: Hex;
  readonly agent: bigint;
  readonly validator: Address;
  /** The completion that it is about; undefined for work outside of executions. */
  readonly completion: ValidatedCompletion | undefined;
  /** The last answer; undefined where there is none yet. */
  readonly answer: ValidationAnswer | undefined;
}

/** One accepted completion of an execution. */
export interface ValidatedCompletion {
  readonly execution: bigint;
  /** Index of the task in its version, from 0. */
  readonly task: number;
  /** keccak256 of the accepted output. */
  readonly outputDigest: Hex;
}

/** What a validator says. */
export interface ValidationAnswer {
  /** 0 for failed to 100 for passed. */
  readonly response: number;
  /** keccak256 of the evidence, zero for none. */
  readonly hash: Hex;
  readonly tag: string;
  /** Unix seconds. */
  readonly at: bigint;
}

/** Answers about an agent. */
export interface ValidationSummary {
  readonly count: bigint;
  /** Mean of the responses, rounded down; 0 without any. */
  readonly mean: number;
}
