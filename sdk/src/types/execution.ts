import type { Address, Hex } from "viem";
import type { ExecutionState, Role, SkipReason } from "./states.ts";

/** Where something stands in the log. */
export interface LogPlace {
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  readonly transactionHash: Hex;
  readonly logIndex: number;
}

/** What `ClusterExecutionCreated` says. */
export interface ExecutionCreated extends LogPlace {
  readonly execution: bigint;
  readonly cluster: bigint;
  readonly version: bigint;
  readonly requester: Address;
  /** Unix seconds. */
  readonly deadline: bigint;
  readonly thread: Hex;
  readonly ownerMayAnswer: boolean;
  readonly outputsByReference: boolean;
  readonly inputDigest: Hex;
  /** The input's bytes, or `0x` where it is not inline. */
  readonly input: Hex;
  /** Where an input that is not inline may be had, else empty. */
  readonly inputURI: string;
}

/** What `CompletionAccepted` says: the answer to one task. */
export interface AcceptedCompletion extends LogPlace {
  readonly execution: bigint;
  readonly task: number;
  /** The node that answered, or 0 where an owner did. */
  readonly node: bigint;
  readonly role: Role;
  readonly outputDigest: Hex;
  readonly evidenceDigest: Hex;
  readonly tipWei: bigint;
  /** The output's bytes, or `0x` where it is given by reference. */
  readonly output: Hex;
  /** Where an output that is not inline may be had, else empty. */
  readonly outputURI: string;
}

/** What `ClusterResponse` says. */
export interface ClusterResponse extends LogPlace {
  readonly execution: bigint;
  readonly cluster: bigint;
  readonly version: bigint;
  /** Digest of the last task's output. */
  readonly responseDigest: Hex;
  /** Digest over version, input and all outputs. */
  readonly runDigest: Hex;
}

/** What `ClusterExecutionEnded` says. */
export interface ExecutionEnded extends LogPlace {
  readonly execution: bigint;
  readonly state: ExecutionState;
  readonly refundWei: bigint;
  readonly runDigest: Hex;
}

/** What `CompletionSkipped` says. */
export interface SkippedCompletion extends LogPlace {
  readonly execution: bigint;
  readonly task: number;
  readonly reason: SkipReason;
}

/** An execution as storage has it. */
export interface ExecutionView {
  readonly execution: bigint;
  readonly state: ExecutionState;
  readonly requester: Address;
  readonly cluster: bigint;
  readonly version: bigint;
  readonly versionDigest: Hex;
  /** Unix seconds, as `deadline` and `readyAt`. */
  readonly createdAt: bigint;
  readonly deadline: bigint;
  /** When its last completion was accepted, or it was created; windows count from here. */
  readonly readyAt: bigint;
  /** Indices of the tasks that are answered, ascending. */
  readonly completedTasks: readonly number[];
  readonly ownerMayAnswer: boolean;
  readonly outputsByReference: boolean;
  /** While it runs the input's digest, once ended the run's. */
  readonly digest: Hex;
  readonly escrowWei: bigint;
  /** What the run is paid in; zero is the chain's own currency. */
  readonly currency: Address;
  /** Who is to be told of the end, until it is; zero for nobody. */
  readonly consumer: Address;
  readonly callbackGas: number;
  readonly callbackBudgetWei: bigint;
}

/** A node that agreed to the answer of a quorum's task besides the one that its `AcceptedCompletion` names. */
export interface SecondedCompletion extends LogPlace {
  readonly execution: bigint;
  readonly task: number;
  readonly node: bigint;
  readonly evidenceDigest: Hex;
  /** What it gave to whoever sent it, of the `TipCredited` right before. */
  readonly tipWei: bigint;
}

/** What the log says of one execution. */
export interface ExecutionLog {
  readonly created: ExecutionCreated;
  /** In the order they were accepted. */
  readonly completions: readonly AcceptedCompletion[];
  /** Who agreed to completions of quorums, in the order of the log. */
  readonly seconds: readonly SecondedCompletion[];
  readonly response: ClusterResponse | undefined;
  readonly ended: ExecutionEnded | undefined;
}

/** An execution, from storage and log as of one block. */
export interface Execution extends ExecutionView, ExecutionLog {
  /** The block as of which all of this holds. */
  readonly asOfBlock: bigint;
}
