import type { ExecutionState, NodeStatus, Role } from "@pleiad/sdk/types/states";
import type { Address, Hex } from "viem";

/** Where and when something happened on chain. */
export interface ChainPlace {
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  /** Unix seconds of the block. */
  readonly timestamp: bigint;
  readonly transactionHash: Hex;
  /** Index in the block. */
  readonly logIndex: number;
}

/** A node as it stands. */
export interface NodeState {
  readonly node: bigint;
  readonly owner: Address;
  readonly key: Address;
  /** `Suspended`: it changed hands and its new owner has not proven a key; its key signs nothing. */
  readonly status: NodeStatus;
  /** Unix seconds. */
  readonly registeredAt: bigint;
  /** SHA-256 of its metadata file, or zero. */
  readonly metadataDigest: Hex;
  readonly metadataURI: string;
}

/** A place in a model's list of serving nodes; its index is the place, for ever. */
export interface ServingPlace {
  readonly node: bigint;
  /** When it first joined, unix seconds. */
  readonly joinedAt: bigint;
  /** When it last left, unix seconds; null when it never did. */
  readonly leftAt: bigint | null;
  readonly active: boolean;
}

/** A model as it stands; versions pin their own price and share. */
export interface ModelState {
  readonly model: bigint;
  readonly owner: Address;
  readonly name: string;
  /** Zero is the chain's own currency. */
  readonly currency: Address;
  readonly priceWei: bigint;
  /** Share of the node that answers, in basis points. */
  readonly nodeShareBps: number;
  /** Whether anybody's agent may use it. */
  readonly open: boolean;
  readonly places: readonly ServingPlace[];
  /** When a node last left, unix seconds; zero when none ever did. */
  readonly lastLeftAt: bigint;
}

/** An agent as it stands. */
export interface AgentState {
  /** Agents count from 0. */
  readonly agent: bigint;
  readonly owner: Address;
  /** The model it is on; 0 for none. */
  readonly model: bigint;
  /** Where its registration file is; empty for none. */
  readonly uri: string;
  /** The cluster it is in; 0 for none. */
  readonly cluster: bigint;
}

/** A version, as the log names it; `versions.ts` reads what it says. */
export interface VersionState {
  readonly version: bigint;
  /** keccak-256 of the code that holds it. */
  readonly digest: Hex;
  /** The contract whose code it is. */
  readonly code: Address;
  /** Unix seconds. */
  readonly publishedAt: bigint;
}

/** A cluster as it stands. */
export interface ClusterState {
  readonly cluster: bigint;
  readonly owner: Address;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  /** Its agents, in the order they joined. */
  readonly agents: readonly { readonly agent: bigint; readonly name: string }[];
  /** Its versions; version v stands at index v - 1. */
  readonly versions: readonly VersionState[];
}

/** An account that acts for a token's owner, as the log last said. */
export interface DelegateState {
  readonly delegate: Address;
  /** Role bits: 1 edit, 2 submit, 4 grant, 8 withdraw; 0 where it was revoked. */
  readonly roles: number;
  /** Unix seconds after which it counts no more; 0 for never. */
  readonly expiresAt: number;
  /** The token's count of owners for which it holds. */
  readonly tenure: bigint;
}

/** Leave to use a token at a contract, as the log last said. */
export interface GrantState {
  readonly grantee: Address;
  /** The contract that asks for it. */
  readonly gate: Address;
  /** How often it may still be used; never 0. */
  readonly uses: number;
  /** Unix seconds after which it counts no more; 0 for never. */
  readonly expiresAt: number;
  /** The token's count of owners for which it holds. */
  readonly tenure: bigint;
}

/** An accepted answer to a task. */
export interface AcceptedState {
  readonly task: number;
  readonly role: Role;
  /** The node that answered; 0 where an owner did. */
  readonly node: bigint;
  readonly outputDigest: Hex;
  readonly evidenceDigest: Hex;
  readonly tipWei: bigint;
  /** The output's bytes; null where it is given by reference. */
  readonly output: Hex | null;
  /** Where an output that is given by reference may be had; else empty. */
  readonly outputURI: string;
  readonly place: ChainPlace;
}

/** Who is to be told of an execution's end, and what whoever does it earns. */
export interface CallbackState {
  readonly consumer: Address;
  /** With exactly how much gas it is called. */
  readonly gas: number;
  readonly budgetWei: bigint;
}

/** An execution as it stands. */
export interface ExecutionRecord {
  readonly execution: bigint;
  readonly cluster: bigint;
  readonly version: bigint;
  readonly requester: Address;
  /** Completions are accepted up to and at this time, unix seconds. */
  readonly deadline: bigint;
  /** The conversation it belongs to, or zero. */
  readonly thread: Hex;
  readonly ownerMayAnswer: boolean;
  readonly outputsByReference: boolean;
  readonly inputDigest: Hex;
  /** The input's bytes; null where it is given by reference. */
  readonly input: Hex | null;
  /** Where an input that is not inline may be had; else empty. */
  readonly inputURI: string;
  readonly state: ExecutionState;
  /** When it was created, unix seconds. */
  readonly createdAt: bigint;
  /** When its last completion was accepted, or it was created: windows count from here. Unix seconds. */
  readonly readyAt: bigint;
  readonly createdIn: ChainPlace;
  /** Accepted answers by task. */
  readonly completions: ReadonlyMap<number, AcceptedState>;
  /** Nodes that agreed to the answer of a quorum's task besides the one in `completions`, by task. */
  readonly seconds: ReadonlyMap<number, readonly bigint[]>;
  /** Nodes that reported that they cannot answer, by task, in the order of their reports. */
  readonly failures: ReadonlyMap<number, readonly bigint[]>;
  /** What was asked for as a callback and is not delivered yet; else null. */
  readonly callback: CallbackState | null;
  /** Digest of the last task's output; null until it has succeeded. */
  readonly responseDigest: Hex | null;
  /** What is left of all outputs at the end; null while it runs. */
  readonly runDigest: Hex | null;
  /** What went back to the requester at an end without a response, in wei. */
  readonly refundWei: bigint;
  readonly endedIn: ChainPlace | null;
}
