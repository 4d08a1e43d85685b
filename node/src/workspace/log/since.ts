import type { Hex } from "viem";
import { feedName } from "./entry.ts";
import type { EntryStore } from "./entryStore.ts";
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
  for (const head of heads) {
    const from = Math.max(theirs.get(feedName(head.feed))?.sequence ?? 0, head.base.sequence) + 1;
    if (from > head.sequence || more) continue;
    for await (const entry of store.entries(head.feed, from)) {
      if (entry.sequence > head.sequence) break;
      if (entry.bytes.length > room) {
        more = true;
        break;
      }
      room -= entry.bytes.length;
      entries.push(entry.bytes);
      digests.add(entry.certificate);
    }
  }
  const forks = (await store.forks())
    .filter(
      ({ feed, sequence }) => (theirs.get(feedName(feed))?.forkedAt ?? Number.POSITIVE_INFINITY) > sequence,
    )
    .map((fork) => fork.entries);
  const records = await Promise.all([...digests].map((digest) => store.certificate(digest)));
  return {
    parcel: { certificates: records.filter((record) => record !== undefined), entries, forks },
    more,
  };
}
