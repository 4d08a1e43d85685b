import type { Hex } from "viem";
import type { Body } from "./body.ts";
import type { FeedId } from "./entry.ts";
import type { Stamp } from "./stamp.ts";

/** An entry as the views see it: checked, decrypted, its author one for whom its node may speak. */
export interface LogEntry extends Body {
  readonly cluster: bigint;
  /** SHA-256 of the signed entry: its name everywhere. */
  readonly id: Hex;
  readonly feed: FeedId;
  readonly sequence: number;
  /** Orders entries of different feeds; ties are broken by node, then generation. */
  readonly stamp: Stamp;
}

/** How far one feed has come: a position in a version vector. */
export interface FeedPosition {
  readonly feed: FeedId;
  /** The last entry that is here. */
  readonly sequence: number;
  /** The number at which a fork of it is known; such evidence need not be sent again. */
  readonly forkedAt?: number;
  /** Up to where the feed was pruned, and how many of the entries kept below that are here. */
  readonly pruned?: { readonly to: number; readonly keptHere: number };
}

/** Something of a feed that is missing here, and that whoever handed in a later entry has. */
export interface Gap {
  readonly feed: FeedId;
  /** The entry here may be another than theirs: theirs of the same number is wanted, too. */
  readonly back: boolean;
}

/** What became of entries that were handed in. */
export interface Taken {
  /** Entries that are new, now kept. */
  readonly added: number;
  /** Entries that were here already. */
  readonly known: number;
  readonly gaps: readonly Gap[];
  /** Why entries were not taken, the first of each kind. */
  readonly refused: readonly { readonly code: string; readonly reaction: "wait" | "ignore" | "reject" }[];
}

/** What a peer hands in, taken in this order; the entries in the order of their feeds. */
export interface LogParcel {
  readonly certificates?: readonly Uint8Array[];
  /** Entries by which nodes dropped the beginning of a feed. */
  readonly prunings?: readonly Uint8Array[];
  /** What is kept of such beginnings. */
  readonly kept?: readonly Uint8Array[];
  readonly entries?: readonly Uint8Array[];
  /** Pairs of entries that prove a fork. */
  readonly forks?: readonly (readonly [Uint8Array, Uint8Array])[];
}

/** The log of one cluster on this node. */
export interface ClusterLog {
  readonly cluster: bigint;
  /**
   * Says something: links, signs, encrypts and keeps an entry, then hands it to the peers.
   *
   * @throws PleiadError BODY_OVERSIZED, AUTHOR_NOT_SERVED, NOT_A_MEMBER (retryable), APPENDS_TOO_MANY (retryable), LOG_STOPPED; STORE_FULL, STORE_IO
   */
  append(said: Body): Promise<LogEntry>;
  /**
   * Takes what a peer hands in. What is wrong is said in the answer, and costs nothing that came with it.
   *
   * @param from libp2p id of that peer
   * @throws PleiadError LOG_STOPPED; STORE_FULL, STORE_IO
   */
  take(parcel: LogParcel, from?: string): Promise<Taken>;
  /** How far each feed has come here: what others are asked by. */
  vector(): readonly FeedPosition[];
  /**
   * What somebody with that vector lacks, feed by feed, each in order, until `bytesMax` are reached.
   *
   * @returns also whether that is all
   */
  since(
    vector: readonly FeedPosition[],
    bytesMax: number,
  ): Promise<{ readonly parcel: LogParcel; readonly more: boolean }>;
  /** Hears each entry once it counts: in the order of its feed, feeds mixed. The answer ends it. */
  onEntry(handler: (entry: LogEntry) => void): () => void;
  /** Hears that entries that counted do so no more (a feed was forked): what was folded is to be folded anew. */
  onRewrite(handler: () => void): () => void;
  /** Hears each signed entry of this node, and each that came new, to hand on. The answer ends it. */
  onNew(handler: (parcel: LogParcel, own: boolean) => void): () => void;
  /**
   * Reads everything from the disk and tells the handlers of `onEntry`, feed by feed; what is damaged is dropped, to be had
   * from peers. Call it once they are there; nothing is said or taken before.
   */
  start(): Promise<void>;
  /** Tells `onRewrite`, then everything again. */
  rebuild(): Promise<void>;
  /**
   * Drops the beginning of this node's own feeds, but what still is of use: members do the same when they hear of it.
   *
   * @param isHeld whether something stands by an entry, by its id
   * @param leave how many of the newest entries of a feed stay whole
   * @returns how many entries were dropped here
   */
  prune(options: { readonly isHeld: (id: Hex) => boolean; readonly leave: number }): Promise<number>;
  status(): LogStatus;
  /** Waits for what is under way, and takes nothing more. */
  stop(): Promise<void>;
}

export interface LogStatus {
  readonly feeds: number;
  readonly entries: number;
  /** Entries for which this node has no key (yet). */
  readonly sealed: number;
  /** Entries of authors for whom their node may not speak, as the chain is seen here. */
  readonly unvoiced: number;
  readonly forked: readonly { readonly feed: FeedId; readonly at: number }[];
  /** This node's own feed. */
  readonly own: FeedPosition | undefined;
}
