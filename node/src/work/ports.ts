import type { Completion } from "@pleiad/sdk/types/completion";
import type { Evidence } from "@pleiad/sdk/types/evidence";
import type { Address, Hex } from "viem";
import type { SignedCompletion } from "../chain/journal.ts";

/**
 * What the work layer needs of the others. `local` wires the real ones in; tests wire fakes.
 */

/** What the chain says about one execution. */
export interface ExecutionFacts {
  readonly id: bigint;
  readonly cluster: bigint;
  readonly version: bigint;
  /** Whose run it is: the user whose memory and threads belong to it. */
  readonly requester: Address;
  /** The conversation it belongs to; zero is none. */
  readonly thread: Hex;
  /** Whether completions are still accepted. */
  readonly running: boolean;
  /** Whether its creation is as deep in the chain as the policy demands, so that signing for it is safe (N6). */
  readonly settled: boolean;
  /** Unix seconds. */
  readonly createdAt: bigint;
  readonly readyAt: bigint;
  readonly deadline: bigint;
  readonly inputDigest: Hex;
  /** The input's bytes where it is inline. */
  readonly input: Uint8Array | undefined;
  readonly outputsByReference: boolean;
  /** Accepted completions by task. */
  readonly completed: ReadonlyMap<number, AcceptedFacts>;
  /** Nodes that reported that they cannot answer, by task. @default none */
  readonly failures?: ReadonlyMap<number, readonly bigint[]>;
}

/** An accepted completion. */
export interface AcceptedFacts {
  readonly node: bigint;
  /** Nodes that agreed to it besides that one. @default none */
  readonly seconds?: readonly bigint[];
  readonly outputDigest: Hex;
  /** The output's bytes where they are inline. */
  readonly output: Uint8Array | undefined;
  readonly transactionHash: Hex;
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  /** Whether its block is as deep as the policy demands to act on it. */
  readonly settled: boolean;
  /** Whether its block is so deep that no reorganisation takes it any more. More than what the policy demands to act on it. */
  readonly final: boolean;
}

/** A published version, as far as work needs it. */
export interface VersionFacts {
  readonly digest: Hex;
  readonly windowSeconds: bigint;
  /** What a run is paid in; zero is the chain's own currency. */
  readonly currency: Address;
  readonly tasks: readonly VersionTask[];
}

export interface VersionTask {
  readonly name: string;
  readonly prompt: string;
  readonly tool: string;
  /** What the tool is to be called with. @default "" */
  readonly toolArguments?: string;
  /** Names of the variables that the execution's input brings. @default none: it is one text */
  readonly inputs?: readonly string[];
  readonly model: bigint;
  /** What the run pays for the task, node and model together, in units of the version's currency. */
  readonly priceWei: bigint;
  /** Share of the nodes that answer, in basis points. */
  readonly nodeShareBps: number;
  /** Mask of the earlier tasks it depends on. */
  readonly dependsOn: number;
  /** How many nodes of different owners must agree. @default 1 */
  readonly quorum?: number;
  readonly agent: {
    /** Its ERC-8004 id. */
    readonly agent: bigint;
    readonly name: string;
    readonly role: string;
    readonly goal: string;
    readonly backstory: string;
    /** Most tokens of an answer. @default the operator's */
    readonly tokensMax?: number;
    /** Sampling temperature. @default the operator's */
    readonly temperature?: number;
  };
}

/** The chain as this node follows it. */
export interface ChainView {
  /** Executions that still run, oldest first. */
  running(): readonly bigint[];
  execution(id: bigint): ExecutionFacts | undefined;
  /** A version, checked against its digest. @throws PleiadError (retryable) when it cannot be read now */
  version(cluster: bigint, version: bigint): Promise<VersionFacts>;
  /**
   * How many windows open before a node's own for a task; undefined for one that may never answer it. As many as must
   * agree on a task have rank 0.
   */
  rankOf(execution: bigint, task: number, model: bigint, node: bigint): number | undefined;
  /** Who owns a node; undefined for one that is not registered. A quorum takes one node of each owner. */
  ownerOf(node: bigint): Address | undefined;
  /** Block time that a block mined now would have, unix seconds, by the newest block and the time since. */
  now(): bigint;
  /** Tells which execution changed, and with undefined that a block came or was taken back; the answer ends it. */
  onChange(handler: (execution: bigint | undefined) => void): () => void;
  /** Tells that who may answer, and when, may have changed though no execution did; the answer ends it. */
  onStanding(handler: (change: StandingChange) => void): () => void;
}

/** A node or a model has changed: owner, key or status; or which nodes serve it. */
export interface StandingChange {
  readonly kind: "node" | "model";
  readonly id: bigint;
}

/** A signed completion with its output where it is at hand. */
export interface SignedMessage {
  readonly cluster: bigint;
  readonly completion: Completion;
  readonly signature: Hex;
  readonly output: Uint8Array | undefined;
}

/** A task of an execution, and what an answer to it is bound to. */
export interface CommittedTask {
  readonly execution: bigint;
  readonly task: number;
  readonly contextHash: Hex;
}

/** A node's signed word that it has an answer, before it says which. */
export interface CommitmentMessage extends CommittedTask {
  readonly cluster: bigint;
  readonly commitment: Hex;
  readonly node: bigint;
  readonly signature: Hex;
}

/** The peers. */
export interface Gossip {
  /** Whether there are peers at all; without, outputs travel inline in transactions. */
  readonly enabled: boolean;
  publish(message: SignedMessage): Promise<void>;
  /** @throws PleiadError BLOB_MISSING (retryable) */
  fetchBlob(digest: Hex, signal: AbortSignal): Promise<Uint8Array>;
  /** Tells each completion heard; the answer ends it. */
  onCompletion(handler: (message: SignedMessage) => void): () => void;
  /** Tells each that does not count because its node had committed itself to another answer; the answer ends it. */
  onBroken(handler: (message: SignedMessage) => void): () => void;
  /** Tells the peers that this node has an answer, before it says which. */
  commit(message: CommitmentMessage): Promise<void>;
  /** Nodes of which such a word was heard for a task and context. */
  committed(task: CommittedTask): readonly bigint[];
  /** Tells of which execution a commitment came; the answer ends it. */
  onCommitment(handler: (execution: bigint) => void): () => void;
  /** Asks peers for what they hold of these executions. */
  catchUp(executions: readonly bigint[]): Promise<void>;
}

/** Bytes by keccak256, on this node's disk. */
export interface Blobs {
  get(digest: Hex): Promise<Uint8Array | undefined>;
  /** @returns the digest */
  put(bytes: Uint8Array): Promise<Hex>;
}

/** All that an agent is told. */
export interface TaskQuestion {
  readonly task: VersionTask;
  /** The execution's input. */
  readonly request: Uint8Array;
  /** Outputs of the tasks it depends on, in task order. */
  readonly dependencies: readonly {
    readonly task: string;
    readonly agent: string;
    readonly output: Uint8Array;
  }[];
  /** What the cluster shares that bears on it. @default nothing */
  readonly around?: Around;
}

/** What somebody said or noted. */
export interface Said {
  readonly author: string;
  readonly text: string;
}

/** What an agent is told of what its cluster shares. */
export interface Around {
  /** The last of the thread, oldest first; nothing that the same execution said. */
  readonly messages: readonly Said[];
  /** What is remembered of the requester, what fits the request best first. */
  readonly memories: readonly Said[];
  /** How the cluster's members agreed to work. */
  readonly rules: string | undefined;
}

/** For whose task something is looked up. */
export interface AroundWhat {
  readonly cluster: bigint;
  readonly execution: bigint;
  readonly user: Address;
  /** Zero is none. */
  readonly thread: Hex;
  readonly agent: bigint;
  readonly request: Uint8Array;
}

/** What a cluster's agents share, as far as this node has it. Each part may fail by itself. */
export interface Surroundings {
  /** @throws PleiadError */
  messages(what: AroundWhat): Promise<readonly Said[]>;
  /** @throws PleiadError */
  memories(what: AroundWhat): Promise<readonly Said[]>;
  /** @throws PleiadError */
  rules(what: AroundWhat): Promise<string | undefined>;
}

/** What is to stand in the thread of an execution. */
export interface ThreadPost {
  readonly cluster: bigint;
  readonly execution: bigint;
  readonly user: Address;
  /** Never zero. */
  readonly thread: Hex;
  /** The request, by the user; or the output of a task, by its agent. */
  readonly what:
    | { readonly kind: "request" }
    | { readonly kind: "output"; readonly task: number; readonly agent: bigint };
  readonly bytes: Uint8Array;
}

/** The threads of this node's clusters. */
export interface Threads {
  /**
   * Posts, once: the same `what` of the same execution again does nothing.
   *
   * @returns whether it stands there; not where it is no text
   * @throws PleiadError; retryable where it may be posted later
   */
  post(post: ThreadPost): Promise<boolean>;
}

/** What `Chronicle` needs of the chain. */
export type ChronicleChain = Pick<ChainView, "execution" | "version" | "onChange"> & {
  /** Executions that run or ended of late, in any order. */
  remembered(): readonly bigint[];
};

export interface AnswerOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly outputBytesMax: number;
  /** Names the job to whoever sweeps what a crash left. */
  readonly job: string;
  /** Which task it is, for the books of what agents cost. @default none of an execution */
  readonly of?: { readonly execution: bigint; readonly index: number };
  /** Told how the answer came, right before it, where there is something to say. @default nobody */
  readonly onEvidence?: (evidence: AnswerEvidence) => void;
}

/** What a node says of how its answer came, beside what it is about. */
export type AnswerEvidence = Pick<Evidence, "durationMs" | "model" | "usage" | "cost" | "work">;

/** What a failure of an agent may say about the next attempt, as properties of the error beside `retryable`. */
export interface AnswerFailure {
  /** How often the same job may be tried again on this node because of this code; 0 = not at all. */
  readonly retriesMax?: number;
  /** How long to wait before the next attempt, in milliseconds, where a server said so. */
  readonly retryAfterMs?: number | undefined;
}

/** The agents of this node. */
export interface Answerer {
  /** Whether a service is configured for a model. */
  canAnswer(model: bigint): boolean;
  /** @throws PleiadError, which may be an `AnswerFailure`; retryable where another attempt may help */
  answer(question: TaskQuestion, options: AnswerOptions): Promise<Uint8Array>;
}

/** A completion as it is sent to the contract: `output` holds the bytes, or the URI where they may be had. */
export interface SettlementItem {
  readonly completion: Completion;
  readonly output: Uint8Array;
  readonly signature: Hex;
}

/** Sends completions. */
export interface Settler {
  /**
   * Sends one transaction with these items and answers when it is mined or will never be, the latter with the reason:
   * what it wanted is so already, or it was given up. Each call is one attempt.
   *
   * @throws PleiadError; retryable where the same items may be sent again later. SUBMISSION_REFUSED where the
   * contract will never accept any of them
   */
  settle(
    items: readonly SettlementItem[],
  ): Promise<{ readonly transactionHash: Hex } | { readonly reason: string }>;
}

/** Tells the chain that this node cannot answer a task. */
export interface FailureReporter {
  /**
   * Sends one report and answers when it is mined or will never be, the latter with the reason. Each call is one attempt.
   *
   * @throws PleiadError; retryable where the same report may be sent again later
   */
  report(failure: {
    readonly execution: bigint;
    readonly task: number;
    /** See `reasonDigestOf`. */
    readonly reasonDigest: Hex;
  }): Promise<{ readonly transactionHash: Hex } | { readonly reason: string }>;
}

/** Brings proofs of equivocation to the bonds of nodes. */
export interface EquivocationProver {
  /**
   * Sends a proof, if it is worth its gas and nobody has brought it; answers `proven` only once the chain shows it at the
   * depth of what is final, whoever brought it. Each call is one attempt.
   *
   * @throws PleiadError; SUBMISSION_REFUSED where the contract will never take it
   */
  prove(equivocation: {
    readonly a: SignedCompletion;
    readonly b: SignedCompletion;
  }): Promise<{ readonly kind: "proven" } | { readonly kind: "later"; readonly reason: string }>;
}

/** A callback that is to be delivered. */
export interface CallbackFacts {
  /** Whether the end is as deep in the chain as the policy demands. */
  readonly settled: boolean;
  /** Length of the run's windows; undefined where its version is not at hand. Milliseconds. */
  readonly windowMs: number | undefined;
}

/** Callbacks that requesters asked for, as the chain shows them. */
export interface CallbackChain {
  /** Ended executions of which nobody was told yet, by id. Only those that are still remembered. */
  undelivered(): readonly bigint[];
  /** Undefined where nothing is to be delivered. */
  callback(execution: bigint): CallbackFacts | undefined;
  /** Tells that something may have changed; the answer ends it. */
  onChange(handler: () => void): () => void;
}

/** Tells consumers of ends. */
export interface CallbackDeliverer {
  /**
   * Sends one delivery, if its budget is worth the gas, and answers when it is mined or will never be, the latter with the
   * reason. Each call is one attempt.
   *
   * @throws PleiadError DELIVERY_NOT_WORTH (retryable); others, retryable where it may be sent again later
   */
  deliver(execution: bigint): Promise<{ readonly transactionHash: Hex } | { readonly reason: string }>;
}
