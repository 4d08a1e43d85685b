import { EntryError } from "../errors.ts";
import { FEEDS_PER_CLUSTER_MAX, FEEDS_PER_NODE_MAX } from "../limits.ts";
import { type FeedId, feedName, NO_HASH } from "./entry.ts";
import { type FeedHead, NO_BASE } from "./entryStore.ts";

/** How far each feed of a cluster has come here. */
export interface FeedTable {
  get(feed: FeedId): FeedHead | undefined;
  /** The head, or one before the first entry. @throws EntryError FEEDS_TOO_MANY (ignore) when it would be one too many */
  getOrBegin(feed: FeedId): FeedHead;
  set(head: FeedHead): void;
  all(): readonly FeedHead[];
  ofNode(node: bigint): readonly FeedHead[];
}

export function createFeedTable(heads: readonly FeedHead[]): FeedTable {
  const feeds = new Map<string, FeedHead>(heads.map((head) => [feedName(head.feed), head]));
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
