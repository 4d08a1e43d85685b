import type { Hex } from "viem";
import { PARCEL_CERTIFICATES_MAX, PARCEL_ITEMS_MAX } from "../limits.ts";
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
  const forks: (readonly [Uint8Array, Uint8Array])[] = [];
  const digests = new Set<Hex>();
  let room = asked.bytesMax;
  // One is left for the word that there is more.
  let places = PARCEL_ITEMS_MAX - 1;
  let isEmpty = true;
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
  /** Whether there is room for something signed under these certificates; it is counted then, and else there is more to be asked for. */
  function fits(bytes: number, certificates: readonly Hex[]): boolean {
    const fresh = new Set(certificates.filter((digest) => !digests.has(digest)));
    // The first is never too large, however small the answer is to be: else it would never come.
    const hasRoom = bytes <= room || (isEmpty && room > 0);
    const isFull = !hasRoom || 1 + fresh.size > places || digests.size + fresh.size > PARCEL_CERTIFICATES_MAX;
    if (isFull) {
      more = true;
      return false;
    }
    room -= bytes;
    places -= 1 + fresh.size;
    for (const digest of fresh) digests.add(digest);
    return true;
  }
  function takes(entry: Entry, into: Uint8Array[]): boolean {
    if (!fits(entry.bytes.length, [entry.certificate])) return false;
    isEmpty &&= into === prunings;
    into.push(entry.bytes);
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
    if (pruning === undefined || !takes(decodeEntry(pruning), prunings)) return;
    let index = 0;
    for await (const entry of store.kept(head)) {
      if (index++ < keptThere) continue;
      if (!takes(entry, kept)) return;
    }
  }

  // Proofs first: what was forked is not to be taken further. Only the lowest of a feed says something.
  for (const { feed, forkedAt } of heads) {
    if (forkedAt === undefined || more) continue;
    if ((theirs.get(feedName(feed))?.forkedAt ?? Number.POSITIVE_INFINITY) <= forkedAt) continue;
    const proof = await store.fork(feed, forkedAt);
    if (proof === undefined) continue;
    const [one, other] = proof.entries;
    const signedUnder = proof.entries.map((bytes) => decodeEntry(bytes).certificate);
    if (!fits(one.length + other.length, signedUnder)) continue;
    isEmpty = false;
    forks.push(proof.entries);
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
