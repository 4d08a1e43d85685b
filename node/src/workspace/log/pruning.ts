import type { Logger } from "pino";
import { KEPT_ENTRIES_MAX } from "../limits.ts";
import { type CheckModules, refused, requireAdmitted, requireSigned } from "./check.ts";
import { decodeEntry, type Entry, type FeedId, feedName } from "./entry.ts";
import type { EntryStore, FeedHead } from "./entryStore.ts";
import type { FeedTable } from "./feedTable.ts";
import { decodePruning, type Pruning } from "./prune.ts";

/** Dropping the beginnings of feeds, and taking what others kept of theirs. */
export interface PruningDesk {
  /**
   * Does what an entry of the kind `prune` says: drops what its node dropped, and goes on from its base where this node has not
   * come so far.
   *
   * @returns how many entries were dropped
   * @throws EntryError PRUNING_MALFORMED, PRUNING_WRONG (reject): another entry stands here at its base
   */
  apply(entry: Entry): Promise<number>;
  /** Takes such an entry before the feed has come to it. @throws EntryError as the checks of an entry, and as `apply` */
  takeEarly(bytes: Uint8Array, from: string | undefined): Promise<boolean>;
  /** Takes an entry below a base. @returns it where it is new @throws EntryError as the checks, KEPT_UNKNOWN (wait) */
  takeKept(bytes: Uint8Array, from: string | undefined): Promise<Entry | undefined>;
  /** What this node may drop of a feed. @returns undefined where that is nothing */
  plan(
    head: FeedHead,
    options: { readonly isHeld: (entry: Entry) => boolean; readonly leave: number },
  ): Promise<Pruning | undefined>;
}

export function createPruningDesk(
  modules: CheckModules & {
    readonly table: FeedTable;
    readonly store: EntryStore;
    readonly logger: Logger;
  },
): PruningDesk {
  const { table, store, logger } = modules;

  async function requireSameBase(head: FeedHead, { base }: Pruning, entry: Entry): Promise<void> {
    if (head.sequence < base.sequence || head.base.sequence >= base.sequence) return;
    const here = await store.entry(head.feed, base.sequence);
    if (here === undefined || here.hash === base.hash) return;
    throw refused(
      entry,
      "PRUNING_WRONG",
      "reject",
      `drops ${feedName(head.feed)} up to another entry than is here`,
    );
  }

  /** How many of the kept entries are here before the first that is not. */
  async function countHere(feed: FeedId, kept: readonly number[]): Promise<number> {
    for (const [index, sequence] of kept.entries())
      if ((await store.entry(feed, sequence)) === undefined) return index;
    return kept.length;
  }

  async function apply(entry: Entry): Promise<number> {
    const pruning = decodePruning(entry.body);
    const { base, kept } = pruning;
    const feed = { node: entry.feed.node, generation: pruning.generation };
    const head = table.getOrBegin(feed);
    if (head.base.sequence >= base.sequence) return 0;
    await requireSameBase(head, pruning, entry);
    const keptHere = await countHere(feed, kept);
    // What is kept here has no holes, so that one number says what is missing.
    const but = new Set(kept.slice(0, keptHere));
    const reached = head.sequence < base.sequence ? { ...head, ...base } : head;
    const pruned = { ...reached, base, keptHere };
    await store.write(
      {
        heads: [pruned],
        prunings: [{ feed, bytes: entry.bytes }],
        forget: [{ feed, from: 1, to: base.sequence, but }],
      },
      true,
    );
    table.set(pruned);
    const dropped = Math.min(head.sequence, base.sequence) - head.base.sequence - keptHere + head.keptHere;
    logger.info({ feed: feedName(feed), to: base.sequence, kept: kept.length, dropped }, "feed was pruned");
    return dropped;
  }

  return {
    apply,
    async takeEarly(bytes, from) {
      const entry = decodeEntry(bytes);
      requireAdmitted(entry, modules);
      if (entry.kind !== "prune") throw refused(entry, "PRUNING_MALFORMED", "reject", "drops nothing");
      const { generation, base } = decodePruning(entry.body);
      const head = table.getOrBegin({ node: entry.feed.node, generation });
      if (head.base.sequence >= base.sequence) return false;
      const proof = await requireSigned(entry, from, modules);
      await store.write({ certificates: [proof] }, false);
      await apply(entry);
      return true;
    },
    async takeKept(bytes, from) {
      const entry = decodeEntry(bytes);
      const { feed, sequence } = entry;
      requireAdmitted(entry, modules);
      const head = table.get(feed);
      const pruning = await store.pruning(feed);
      if (head === undefined || pruning === undefined)
        throw refused(entry, "KEPT_UNKNOWN", "wait", "is said to be kept of a feed that is not pruned here");
      const { kept } = decodePruning(decodeEntry(pruning).body);
      const wanted = kept[head.keptHere];
      if (wanted === undefined || sequence < wanted) return undefined;
      if (sequence !== wanted)
        throw refused(entry, "KEPT_UNKNOWN", "wait", `is not the next that is kept, which is ${wanted}`);
      const proof = await requireSigned(entry, from, modules);
      const further = { ...head, keptHere: head.keptHere + 1 };
      await store.write({ entries: [entry], heads: [further], certificates: [proof] }, false);
      table.set(further);
      return entry;
    },
    async plan(head, { isHeld, leave }) {
      const to = head.sequence - leave;
      if (head.forkedAt !== undefined || to <= head.base.sequence) return undefined;
      const kept: number[] = [];
      let base = head.base;
      for await (const entry of beginning(store, head)) {
        if (entry.sequence > to || kept.length >= KEPT_ENTRIES_MAX) break;
        // Keys and marks are for those who come later; what it dropped before is said again.
        const stays = entry.kind === "sealed" ? isHeld(entry) : entry.kind !== "prune";
        if (stays) kept.push(entry.sequence);
        if (entry.sequence > base.sequence)
          base = { sequence: entry.sequence, hash: entry.hash, stamp: entry.stamp };
      }
      if (base.sequence <= head.base.sequence) return undefined;
      return { generation: head.feed.generation, base, kept };
    },
  };
}

async function* beginning(store: EntryStore, head: FeedHead): AsyncIterable<Entry> {
  yield* store.kept(head);
  yield* store.entries(head.feed, head.base.sequence + 1);
}
