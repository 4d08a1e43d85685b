import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Entry, feedName } from "./entry.ts";
import type { EntryStore, FeedBase } from "./entryStore.ts";
import type { FeedTable } from "./feedTable.ts";

/** Entries given at a time. */
const PIECE = 256;

/**
 * Reads all feeds from the disk, in pieces. Each entry must link to the one before, and the last be the one that the head
 * names; where that ends, the feed ends here, and the rest is to be had from peers.
 */
export async function* readFeeds(modules: {
  readonly table: FeedTable;
  readonly store: EntryStore;
  readonly logger: Logger;
}): AsyncIterable<readonly Entry[]> {
  const { table, store, logger } = modules;
  for (const head of table.all()) {
    let piece: Entry[] = [];
    let last: FeedBase = head.base;
    try {
      for await (const entry of store.kept(head)) {
        piece.push(entry);
        if (piece.length < PIECE) continue;
        yield piece;
        piece = [];
      }
      for await (const entry of store.entries(head.feed, head.base.sequence + 1)) {
        if (entry.previous !== last.hash || entry.sequence > head.sequence) break;
        last = { sequence: entry.sequence, hash: entry.hash, stamp: entry.stamp };
        piece.push(entry);
        if (piece.length < PIECE) continue;
        yield piece;
        piece = [];
      }
    } catch (error) {
      if (!(error instanceof PleiadError) || error.code !== "LOG_DAMAGED") throw error;
    }
    yield piece;
    const reached = last.sequence;
    if (reached >= head.sequence) continue;
    logger.error(
      { feed: feedName(head.feed), from: reached + 1, to: head.sequence, code: "LOG_DAMAGED" },
      "entries of a feed are lost or damaged on the disk; they are fetched from peers",
    );
    const shorter = { ...head, ...last };
    await store.write(
      { heads: [shorter], forget: [{ feed: head.feed, from: reached + 1, to: head.sequence }] },
      true,
    );
    table.set(shorter);
  }
}
