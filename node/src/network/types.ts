import type { Completion } from "@pleiad/sdk/types/completion";
import type { Logger } from "pino";
import type { Address, Hex } from "viem";
import type { Signer } from "../chain/signer.ts";
import type { Carrier } from "./carrierTypes.ts";
import type { Certificates } from "./certificates.ts";
import type { Clock } from "./clock.ts";
import type { FindingModules, FindingOptions } from "./findingTypes.ts";
import type { NetworkStats } from "./stats.ts";

/** What the chain says about node keys. Implemented from the chain's state; the network keeps its answers briefly. */
export interface NodeDirectory {
  /**
   * The key of a node and whether the node is active; undefined for a node that is not registered.
   *
   * @throws PleiadError when it cannot tell now; anything else it throws counts as a bug and stops the process
   */
  keyOf(node: bigint): Promise<NodeKey | undefined>;
  /**
   * The node to which a key belongs or once belonged: a key never signs for two. Undefined for a key of none.
   *
   * @throws as `keyOf`
   */
  nodeOf(key: Address): Promise<bigint | undefined>;
}

export interface NodeKey {
  readonly key: Address;
  readonly active: boolean;
}

/** A completion with its signature and, where it is short enough to travel inline, its output. */
export interface SignedCompletion {
  /** Id of the cluster the execution belongs to. */
  readonly cluster: bigint;
  readonly completion: Completion;
  /** EIP-712 signature by the node key, 65 bytes r, s, v. */
  readonly signature: Hex;
  /** The output's bytes (at most `OUTPUT_INLINE_BYTES_MAX`), or undefined: then they are a blob by that digest. */
  readonly output: Uint8Array | undefined;
}

/** A task of an execution, and what an answer to it is bound to. */
export interface CommittedTask {
  readonly execution: bigint;
  readonly task: number;
  readonly contextHash: Hex;
}

/** A node's word that it has an answer to a task on which nodes must agree, before it says which. */
export interface SignedCommitment extends CommittedTask {
  /** Id of the cluster the execution belongs to. */
  readonly cluster: bigint;
  /** See `commitmentOf`. */
  readonly commitment: Hex;
  readonly node: bigint;
  /** EIP-712 signature by the node key, 65 bytes r, s, v. */
  readonly signature: Hex;
}

/** Where the daemon keeps signed completions, its own and others'. */
export interface CompletionArchive {
  /**
   * All signed completions it holds of these executions (at most `COMPLETIONS_ASK_EXECUTIONS_MAX`).
   *
   * @throws PleiadError when it cannot tell now
   */
  find(executions: readonly bigint[]): Promise<readonly SignedCompletion[]>;
}

/** Where the daemon keeps blobs. */
export interface BlobSource {
  /** The bytes whose keccak256 is `digest`, or undefined. @throws PleiadError when it cannot tell now */
  get(digest: Hex): Promise<Uint8Array | undefined>;
}

export interface NetworkOptions extends FindingOptions {
  readonly chainId: number;
  /** Address of `NodeRegistry`: part of the certificates' domain. */
  readonly nodeRegistry: Address;
  /** Address of `ClusterExecutions`: part of the completions' domain and of every topic. */
  readonly clusterExecutions: Address;
  /** Id of this daemon's node. */
  readonly node: bigint;
  /** Folder of the peer key and the box key; made when it is not there. */
  readonly identityFolder: string;
  /** Ids of the models this daemon serves; asked at each heartbeat. @default none */
  readonly modelsServed?: () => readonly bigint[];
  /** Whether to take connections on a TCP port; without it, peers come through relays alone. @default true */
  readonly listen?: boolean;
  /** Address to listen on. @default "127.0.0.1" */
  readonly listenHost?: string;
  /** Port to listen on; 0 takes any free one; a taken one gives the next free one. @default 0 */
  readonly listenPort?: number;
  /** Multiaddrs under which others reach this daemon, when they differ from what it listens on. @default none */
  readonly announce?: readonly string[];
  /** Multiaddrs of peers to keep a connection to, with or without `/p2p/<peer id>`. @default none */
  readonly bootstrap?: readonly string[];
  /** Clusters to listen to from the start. @default none */
  readonly clusters?: readonly bigint[];
  /** How long an uncertified connection may last, in ms. @default CERTIFY_TIMEOUT_MS */
  readonly certifyTimeoutMs?: number;
}

export interface NetworkModules extends FindingModules {
  readonly signer: Signer;
  readonly directory: NodeDirectory;
  readonly archive: CompletionArchive;
  readonly blobs: BlobSource;
  readonly logger: Logger;
  /** Executions whose completions this daemon wants from every peer it meets. @default none */
  readonly wantedExecutions?: () => Promise<readonly bigint[]>;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** A number from 0 to below 1: spreads redials, and questions among equal peers. @default Math.random */
  readonly random?: () => number;
}

/** A peer, as `Network.peers` shows it. */
export interface PeerView {
  /** libp2p peer id. */
  readonly peer: string;
  readonly state: "connected" | "certified";
  /** The node behind it; undefined until it is certified. */
  readonly node: bigint | undefined;
  /** Multiaddr of the connection. */
  readonly address: string;
  readonly direction: "inbound" | "outbound";
  readonly connectedMs: number;
  /** Misdeed points now; at `BAN_POINTS` it is banned. */
  readonly points: number;
}

/** A node that is up. */
export interface NodePresence {
  readonly node: bigint;
  /** Digest of the certificate its last heartbeat named. */
  readonly certificate: Hex;
  /** Ids of the models it says it serves; a hint, the chain decides. */
  readonly models: readonly bigint[];
  /** Unix seconds at which it says it started. */
  readonly startedAt: bigint;
  /** Milliseconds since its last heartbeat. */
  readonly silentMs: number;
}

export interface Presence {
  /** Nodes that are up, this one not among them. */
  list(): readonly NodePresence[];
  /** Tells when a node comes up or goes down; the answer ends it. */
  on(event: "up" | "down", handler: (node: bigint) => void): () => void;
}

/** A completion handler. What it throws is a bug and stops the process. */
export type CompletionHandler = (message: SignedCompletion) => void | Promise<void>;

export interface FetchBlobOptions {
  readonly signal?: AbortSignal;
  /** For the whole search. @default BLOB_TIMEOUT_MS */
  readonly timeoutMs?: number;
}

/** The daemon's place among its peers. */
export interface Network extends Carrier {
  /** libp2p peer id, the same in every life of the data folder. */
  readonly peerId: string;
  /** X25519 public key of this daemon, as its certificate names it. */
  readonly boxKey: Hex;
  readonly presence: Presence;
  readonly certificates: Certificates;
  /**
   * Signs a certificate, listens, dials the bootstrap list. Answers without waiting for any peer.
   *
   * @throws PleiadError CERTIFICATE_UNSIGNED (retryable), NETWORK_PORT_BUSY, NETWORK_STOPPED
   */
  start(): Promise<void>;
  /** Ends everything within 2 s. A stopped network is not started again. */
  stop(): Promise<void>;
  /** Addresses under which this daemon is reached, those at relays among them, with its peer id. */
  multiaddrs(): readonly string[];
  peers(): readonly PeerView[];
  /**
   * Connects to a multiaddr; answers when the peer there is certified.
   *
   * @throws PleiadError PEER_UNREACHABLE (retryable), PEER_REFUSED, PEER_BANNED (retryable)
   */
  dial(address: string, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Asks a certified peer of a node for a sign of life, at most `PING_ANSWER_MS_MAX` long.
   *
   * @returns how long it took to come, in milliseconds
   * @throws PleiadError PEER_UNREACHABLE (retryable) where none is connected, PEER_IO_FAILED (retryable), NETWORK_STOPPED
   */
  ping(node: bigint): Promise<number>;
  /** Listens to a cluster's completions, and asks peers for recent ones. @throws PleiadError CLUSTERS_TOO_MANY */
  subscribeCluster(cluster: bigint): void;
  unsubscribeCluster(cluster: bigint): void;
  /**
   * Hands a completion to all peers that listen to its cluster, and keeps it for those who join late.
   *
   * @returns how many peers it was sent to at once
   * @throws PleiadError COMPLETION_… when it is not what peers would accept; NETWORK_STOPPED
   */
  publishCompletion(message: SignedCompletion): Promise<number>;
  /**
   * Hands a commitment to all peers that listen to its cluster.
   *
   * @returns how many peers it was sent to at once
   * @throws PleiadError COMMITMENT_… when it is not what peers would accept; NETWORK_STOPPED
   */
  publishCommitment(message: SignedCommitment): Promise<number>;
  /** Hears the first commitment of each node for a task and context, its signature checked. The answer ends it. */
  onCommitment(handler: (message: SignedCommitment) => void): () => void;
  /** Nodes whose commitments for a task and context are known. */
  committed(task: CommittedTask): readonly bigint[];
  /**
   * Hears each completion once: checked for form, size, output digest and the node key's signature, not for
   * eligibility. One that came without its output is heard a second time when it comes with it. The answer ends it.
   */
  onCompletion(handler: CompletionHandler): () => void;
  /**
   * Hears each completion that does not count because its node had committed itself to another answer, once, checked like the
   * others: it is evidence. The answer ends it.
   */
  onBrokenCompletion(handler: CompletionHandler): () => void;
  /** Asks all certified peers for the completions of these executions; what is new reaches the handlers. */
  catchUp(executions: readonly bigint[]): Promise<void>;
  /**
   * Fetches a blob from certified peers, one after another.
   *
   * @throws PleiadError BLOB_MISSING (retryable), BLOB_FETCHES_TOO_MANY (retryable), NETWORK_STOPPED; the signal's
   * reason when that ends it
   */
  fetchBlob(digest: Hex, options?: FetchBlobOptions): Promise<Uint8Array>;
  /** Counts since the start, for metrics. */
  stats(): NetworkStats;
}
