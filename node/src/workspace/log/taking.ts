import type { PleiadError } from "@pleiad/sdk/errors";
import { EntryError } from "../errors.ts";
import type { CertificateCache } from "./certificateCache.ts";
import {
  type CheckModules,
  checkEarly,
  refused,
  requireAdmitted,
  requireNext,
  requireSigned,
} from "./check.ts";
import { decodeEntry, type Entry, feedName, NO_HASH } from "./entry.ts";
import type { EntryStore, FeedHead, Fork } from "./entryStore.ts";
import type { FeedTable } from "./feedTable.ts";
import type { CertificateProof } from "./ports.ts";
import type { Gap } from "./types.ts";

/** What a batch of entries comes to, before it is written. */
export interface Batch {
  readonly added: Entry[];
  readonly heads: Map<string, FeedHead>;
  readonly certificates: Map<string, CertificateProof>;
  readonly forks: Fork[];
  readonly gaps: Gap[];
  readonly errors: PleiadError[];
  known: number;
}

export function emptyBatch(): Batch {
  return {
    added: [],
    heads: new Map(),
    certificates: new Map(),
    forks: [],
    gaps: [],
    errors: [],
    known: 0,
  };
}

/** An entry that came in, or why its bytes are none. */
export type Incoming = Entry | EntryError;

/**
 * Takes a batch's entries apart, and begins to check the signatures that will be asked for: of entries that may be next in a
 * feed that counts. What is junk at a glance costs no such work.
 */
export function prepare(
  pieces: readonly Uint8Array[],
  modules: CheckModules & { readonly table: FeedTable; readonly recent: CertificateCache["recent"] },
): readonly Incoming[] {
  return pieces.map((bytes) => {
    try {
      const entry = decodeEntry(bytes);
      const ahead = entry.sequence - (modules.table.get(entry.feed)?.sequence ?? 0);
      const proof = modules.recent(entry.certificate);
      const mayBeNext = ahead > 0 && ahead <= pieces.length && modules.isAdmitted(entry);
      if (mayBeNext && proof?.node === entry.feed.node) checkEarly(entry, proof);
      return entry;
    } catch (error) {
      if (error instanceof EntryError) return error;
      throw error;
    }
  });
}

/**
 * Checks one entry against its feed as the batch has it, the cheap checks before the dear, and puts what follows from it
 * into the batch.
 *
 * | the entry | effect |
 * |---|---|
 * | is the next of its feed, admitted, signed | added |
 * | is here already | known |
 * | has the number of another that is here, and both are signed | the fork is evidence; the feed ends before that number |
 * | follows one that is not here, or another than the one here | a gap: whoever handed it in is asked for what is missing |
 * | anything else | its error |
 */
export async function takeInto(
  batch: Batch,
  entry: Incoming,
  from: string | undefined,
  modules: CheckModules & { readonly table: FeedTable; readonly store: EntryStore },
): Promise<void> {
  try {
    if (entry instanceof EntryError) throw entry;
    await takeEntry(batch, entry, from, modules);
  } catch (error) {
    if (!(error instanceof EntryError)) throw error;
    batch.errors.push(error);
    if (entry instanceof EntryError) return;
    // Of the two entries that an unlinked one can come after, the other is asked for: it proves which feed forked.
    if (error.code === "ENTRY_GAP") batch.gaps.push({ feed: entry.feed, back: false });
    if (error.code === "ENTRY_UNLINKED") batch.gaps.push({ feed: entry.feed, back: true });
  }
}

async function takeEntry(
  batch: Batch,
  entry: Entry,
  from: string | undefined,
  modules: CheckModules & { readonly table: FeedTable; readonly store: EntryStore },
): Promise<void> {
  const { table, store } = modules;
  const name = feedName(entry.feed);
  requireAdmitted(entry, modules);
  const head = batch.heads.get(name) ?? table.getOrBegin(entry.feed);
  if (head.forkedAt !== undefined && entry.sequence >= head.forkedAt)
    throw refused(entry, "FEED_FORKED", "ignore", `is of a feed that was forked at ${head.forkedAt}`);
  if (entry.sequence <= head.base.sequence) {
    batch.known += 1;
    return;
  }
  if (entry.sequence <= head.sequence) {
    const here = await entryHere(batch, entry, store);
    if (here === undefined || here.hash === entry.hash) {
      batch.known += 1;
      return;
    }
    await requireSigned(entry, from, modules);
    return fork(batch, head, here, entry, store);
  }
  requireNext(entry, head);
  const proof = await requireSigned(entry, from, modules);
  batch.certificates.set(proof.digest, proof);
  batch.added.push(entry);
  batch.heads.set(name, { ...head, sequence: entry.sequence, hash: entry.hash, stamp: entry.stamp });
}

async function entryHere(
  batch: Batch,
  { feed, sequence }: Entry,
  store: EntryStore,
): Promise<Entry | undefined> {
  const isIt = (other: Entry) => feedName(other.feed) === feedName(feed) && other.sequence === sequence;
  return batch.added.find(isIt) ?? (await store.entry(feed, sequence));
}

/** The feed stops before the number that two entries have: neither of them counts, nor what follows either. */
async function fork(
  batch: Batch,
  head: FeedHead,
  one: Entry,
  other: Entry,
  store: EntryStore,
): Promise<void> {
  const { feed, sequence } = one;
  batch.forks.push({ feed, sequence, entries: [one.bytes, other.bytes] });
  const before =
    sequence - 1 === head.base.sequence
      ? head.base
      : await entryHere(batch, { ...one, sequence: sequence - 1 }, store);
  const kept = batch.added.filter(
    (entry) => feedName(entry.feed) !== feedName(feed) || entry.sequence < sequence,
  );
  batch.added.splice(0, batch.added.length, ...kept);
  batch.heads.set(feedName(feed), {
    ...head,
    sequence: sequence - 1,
    hash: before?.hash ?? NO_HASH,
    stamp: before?.stamp ?? 0n,
    forkedAt: sequence,
  });
}

/**
 * Takes the proof of a fork that somebody else found, also of entries that are not here.
 *
 * @throws EntryError FORK_MALFORMED (reject), and what the checks of an entry throw
 */
export async function takeFork(
  batch: Batch,
  pair: readonly [Uint8Array, Uint8Array],
  from: string | undefined,
  modules: CheckModules & { readonly table: FeedTable; readonly store: EntryStore },
): Promise<void> {
  try {
    const [one, other] = pair.map(decodeEntry) as [Entry, Entry];
    const isPair =
      feedName(one.feed) === feedName(other.feed) &&
      one.sequence === other.sequence &&
      one.hash !== other.hash;
    if (!isPair) {
      throw new EntryError(
        "FORK_MALFORMED",
        "two entries are no fork: not of one feed and number, or the same",
        {
          reaction: "reject",
        },
      );
    }
    requireAdmitted(one, modules);
    requireAdmitted(other, modules);
    const head = batch.heads.get(feedName(one.feed)) ?? modules.table.getOrBegin(one.feed);
    if (head.forkedAt !== undefined && head.forkedAt <= one.sequence) {
      batch.known += 1;
      return;
    }
    await requireSigned(one, from, modules);
    await requireSigned(other, from, modules);
    if (head.sequence >= one.sequence) return await fork(batch, head, one, other, modules.store);
    batch.forks.push({ feed: one.feed, sequence: one.sequence, entries: [one.bytes, other.bytes] });
    batch.heads.set(feedName(one.feed), { ...head, forkedAt: one.sequence });
  } catch (error) {
    if (!(error instanceof EntryError)) throw error;
    batch.errors.push(error);
  }
}
