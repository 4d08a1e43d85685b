import { EntryError } from "../errors.ts";
import {
  FEEDS_PER_CLUSTER_MAX,
  FEEDS_PER_NODE_MAX,
  LOG_BYTES_PER_CLUSTER_MAX,
  LOG_BYTES_PER_NODE_MAX,
  LOG_BYTES_PER_NODE_SHARE,
  LOG_BYTES_RESERVED,
} from "../limits.ts";
import { type FeedId, feedName, NO_HASH } from "./entry.ts";
import { type FeedHead, NO_BASE } from "./entryStore.ts";

/** What a log may take on a disk, in bytes of its entries. */
export interface LogBytes {
  readonly perNodeMax: number;
  readonly perClusterMax: number;
  /** What a node has where the cluster is at its bound. */
  readonly perNodeShare: number;
  /** What a node leaves free of its own for what is not said: keys, marks, prunings. */
  readonly reserved: number;
}

export const LOG_BYTES: LogBytes = {
  perNodeMax: LOG_BYTES_PER_NODE_MAX,
  perClusterMax: LOG_BYTES_PER_CLUSTER_MAX,
  perNodeShare: LOG_BYTES_PER_NODE_SHARE,
  reserved: LOG_BYTES_RESERVED,
};

/** How far each feed of a cluster has come here, and what they take. */
export interface FeedTable {
  get(feed: FeedId): FeedHead | undefined;
  /** The head, or one before the first entry. @throws EntryError FEEDS_TOO_MANY (ignore) when it would be one too many */
  getOrBegin(feed: FeedId): FeedHead;
  set(head: FeedHead): void;
  all(): readonly FeedHead[];
  ofNode(node: bigint): readonly FeedHead[];
  /** Counts bytes of a node's entries that came, or (below zero) that went. */
  weigh(node: bigint, bytes: number): void;
  /** Before all entries are read and counted again. */
  weighAnew(): void;
  /** Bytes of a node's entries that are here. */
  bytesOf(node: bigint): number;
  /** How many more bytes of a node are taken now. */
  roomOf(node: bigint): number;
}

export function createFeedTable(heads: readonly FeedHead[], limits: LogBytes = LOG_BYTES): FeedTable {
  const feeds = new Map<string, FeedHead>(heads.map((head) => [feedName(head.feed), head]));
  const bytes = new Map<bigint, number>();
  let bytesOfAll = 0;
  const bytesOf = (node: bigint) => bytes.get(node) ?? 0;
  const ofNode = (node: bigint) => [...feeds.values()].filter(({ feed }) => feed.node === node);

  return {
    get: (feed) => feeds.get(feedName(feed)),
    getOrBegin(feed) {
      const known = feeds.get(feedName(feed));
      if (known !== undefined) return known;
      if (feeds.size >= FEEDS_PER_CLUSTER_MAX) throw tooMany(feed, "the cluster", FEEDS_PER_CLUSTER_MAX);
      if (ofNode(feed.node).length >= FEEDS_PER_NODE_MAX) throw tooMany(feed, "its node", FEEDS_PER_NODE_MAX);
      return { feed, sequence: 0, hash: NO_HASH, stamp: 0n, base: NO_BASE, keptHere: 0, forkedAt: undefined };
    },
    set: (head) => void feeds.set(feedName(head.feed), head),
    all: () => [...feeds.values()],
    ofNode,
    weigh(node, more) {
      bytes.set(node, bytesOf(node) + more);
      bytesOfAll += more;
    },
    weighAnew() {
      bytes.clear();
      bytesOfAll = 0;
    },
    bytesOf,
    roomOf(node) {
      const bytesMax = bytesOfAll < limits.perClusterMax ? limits.perNodeMax : limits.perNodeShare;
      return bytesMax - bytesOf(node);
    },
  };
}

function tooMany(feed: FeedId, whose: string, feedsMax: number): EntryError {
  return new EntryError(
    "FEEDS_TOO_MANY",
    `feed ${feedName(feed)} would be one more than the ${feedsMax} of ${whose}`,
    {
      reaction: "ignore",
      hint: "a node begins a feed anew only when it has lost one; look at that node's disk",
      details: { node: feed.node, generation: feed.generation, feedsMax },
    },
  );
}
