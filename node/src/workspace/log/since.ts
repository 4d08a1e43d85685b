import type { Hex } from "viem";
import { decodeEntry, type Entry, feedName } from "./entry.ts";
import type { EntryStore, FeedHead } from "./entryStore.ts";
import type { FeedTable } from "./feedTable.ts";
import type { FeedPosition, LogParcel } from "./types.ts";

/**
 * What somebody with that vector lacks: feed by feed, each in order, with the certificates of its entries; and the proofs of
 * forks that the vector does not name. The feeds that are furthest behind come last, so that a newcomer hears the living first.
 */
export async function missingFor(
  asked: { readonly vector: readonly FeedPosition[]; readonly bytesMax: number },
  modules: { readonly table: FeedTable; readonly store: EntryStore },
): Promise<{ readonly parcel: LogParcel; readonly more: boolean }> {
  const { table, store } = modules;
  const theirs = new Map(asked.vector.map((position) => [feedName(position.feed), position]));
  const entries: Uint8Array[] = [];
  const kept: Uint8Array[] = [];
  const prunings: Uint8Array[] = [];
  const digests = new Set<Hex>();
  let room = asked.bytesMax;
  let more = false;

  const heads = table.all().toSorted((a, b) => behind(a) - behind(b));
  function behind({
    feed,
    sequence,
  }: {
    readonly feed: FeedPosition["feed"];
    readonly sequence: number;
  }): number {
    return sequence - (theirs.get(feedName(feed))?.sequence ?? 0);
  }
  /** Whether there is room for an entry; it is taken then, and else there is more to be asked for. */
  function takes(entry: Entry, into: Uint8Array[]): boolean {
    if (entry.bytes.length > room) {
      more = true;
      return false;
    }
    room -= entry.bytes.length;
    into.push(entry.bytes);
    digests.add(entry.certificate);
    return true;
  }

  /** What is kept of a beginning that they cannot have whole any more. */
  async function takeBeginning(head: FeedHead): Promise<void> {
    const position = theirs.get(feedName(head.feed));
    const prunedThere = position?.pruned?.to ?? 0;
    const hasAll = prunedThere < head.base.sequence && (position?.sequence ?? 0) >= head.base.sequence;
    if (head.base.sequence === 0 || hasAll || prunedThere > head.base.sequence) return;
    const keptThere = prunedThere === head.base.sequence ? (position?.pruned?.keptHere ?? 0) : 0;
    if (prunedThere === head.base.sequence && keptThere >= head.keptHere) return;
    const pruning = await store.pruning(head.feed);
    if (pruning === undefined) return;
    prunings.push(pruning);
    digests.add(decodeEntry(pruning).certificate);
    let index = 0;
    for await (const entry of store.kept(head)) {
      if (index++ < keptThere) continue;
      if (!takes(entry, kept)) return;
    }
  }

  for (const head of heads) {
    if (!more) await takeBeginning(head);
    const from = Math.max(theirs.get(feedName(head.feed))?.sequence ?? 0, head.base.sequence) + 1;
    if (from > head.sequence || more) continue;
    for await (const entry of store.entries(head.feed, from)) {
      if (entry.sequence > head.sequence) break;
      if (!takes(entry, entries)) break;
    }
  }
  const forks = (await store.forks())
    .filter(
      ({ feed, sequence }) => (theirs.get(feedName(feed))?.forkedAt ?? Number.POSITIVE_INFINITY) > sequence,
    )
    .map((fork) => fork.entries);
  const records = await Promise.all([...digests].map((digest) => store.certificate(digest)));
  return {
    parcel: {
      certificates: records.filter((record) => record !== undefined),
      prunings,
      kept,
      entries,
      forks,
    },
    more,
  };
}
