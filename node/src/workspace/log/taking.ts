import type { PleiadError } from "@pleiad/sdk/errors";
import { EntryError } from "../errors.ts";
import {
  type CheckModules,
  checkEarly,
  refused,
  requireAdmitted,
  requireNext,
  requireSigned,
} from "./check.ts";
import { decodeEntry, type Entry, type FeedId, feedName, NO_HASH } from "./entry.ts";
import type { EntryStore, FeedHead, Fork } from "./entryStore.ts";
import type { FeedTable } from "./feedTable.ts";
import type { CertificateProof } from "./ports.ts";
import { decodePruning, keptBefore } from "./prune.ts";
import type { Gap } from "./types.ts";

/** What a batch of entries comes to, before it is written. */
export interface Batch {
  readonly added: Entry[];
  readonly heads: Map<string, FeedHead>;
  readonly certificates: Map<string, CertificateProof>;
  readonly forks: Fork[];
  readonly gaps: Gap[];
  readonly errors: PleiadError[];
  /** Of what is added, by node. */
  readonly bytes: Map<bigint, number>;
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
    bytes: new Map(),
    known: 0,
  };
}

export interface ForkModules extends CheckModules {
  readonly table: FeedTable;
  readonly store: EntryStore;
  /** Whether a fork of a node is looked into now: each makes the whole log to be read again. */
  readonly mayFork: (node: bigint) => boolean;
}

/** An entry that came in, or why its bytes are none. */
export type Incoming = Entry | EntryError;

/** Takes pieces apart; nothing in them is checked but their form. */
export function decodeAll(pieces: readonly Uint8Array[]): readonly Incoming[] {
  return pieces.map((bytes) => {
    try {
      return decodeEntry(bytes);
    } catch (error) {
      if (error instanceof EntryError) return error;
      throw error;
    }
  });
}

/**
 * Begins to check the signatures of a batch that will be asked for: of entries that may be next in a feed that counts. What is
 * junk at a glance costs no such work.
 */
export function checkAhead(
  incoming: readonly Incoming[],
  { table, proofOf, isAdmitted }: Pick<ForkModules, "table" | "proofOf" | "isAdmitted">,
): void {
  for (const entry of incoming) {
    if (entry instanceof EntryError) continue;
    const ahead = entry.sequence - (table.get(entry.feed)?.sequence ?? 0);
    const proof = proofOf(entry.certificate);
    const mayBeNext = ahead > 0 && ahead <= incoming.length && isAdmitted(entry);
    if (mayBeNext && proof?.node === entry.feed.node) checkEarly(entry, proof);
  }
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
export async function takeInto(batch: Batch, entry: Incoming, modules: ForkModules): Promise<void> {
  try {
    if (entry instanceof EntryError) throw entry;
    await takeEntry(batch, entry, modules);
  } catch (error) {
    if (!(error instanceof EntryError)) throw error;
    batch.errors.push(error);
    if (entry instanceof EntryError) return;
    // Of the two entries that an unlinked one can come after, the other is asked for: it proves which feed forked.
    if (error.code === "ENTRY_GAP") batch.gaps.push({ feed: entry.feed, back: false });
    if (error.code === "ENTRY_UNLINKED") batch.gaps.push({ feed: entry.feed, back: true });
  }
}

async function takeEntry(batch: Batch, entry: Entry, modules: ForkModules): Promise<void> {
  const { table, store } = modules;
  const name = feedName(entry.feed);
  requireAdmitted(entry, modules);
  const head = batch.heads.get(name) ?? table.getOrBegin(entry.feed);
  if (head.forkedAt !== undefined && entry.sequence >= head.forkedAt)
    throw refused(entry, "FEED_FORKED", "ignore", `is of a feed that was forked at ${head.forkedAt}`);
  if (entry.sequence <= head.sequence) {
    const here = await entryHere(batch, entry.feed, entry.sequence, store);
    if (here === undefined)
      throw refused(entry, "ENTRY_PRUNED", "ignore", "is of the beginning that its node has dropped");
    if (here.hash === entry.hash) {
      batch.known += 1;
      return;
    }
    await requireSigned(entry, modules);
    return fork(batch, head, [here, entry], modules);
  }
  // Before anything is missed: nobody is to be asked for more of what is not taken.
  const before = batch.bytes.get(entry.feed.node) ?? 0;
  requireRoom(entry, table, before);
  requireNext(entry, head);
  const proof = await requireSigned(entry, modules);
  batch.certificates.set(proof.digest, proof);
  batch.added.push(entry);
  batch.bytes.set(entry.feed.node, before + entry.bytes.length);
  batch.heads.set(name, { ...head, sequence: entry.sequence, hash: entry.hash, stamp: entry.stamp });
}

/** @throws EntryError NODE_LOG_FULL (wait) */
export function requireRoom(entry: Entry, table: FeedTable, bytesBefore = 0): void {
  if (bytesBefore + entry.bytes.length <= table.roomOf(entry.feed.node)) return;
  throw refused(
    entry,
    "NODE_LOG_FULL",
    "wait",
    "is of a node whose entries take all the space they may here",
    {
      hint: "its daemon should have pruned its feeds; the cluster's owner can let it go",
      details: { bytes: table.bytesOf(entry.feed.node) },
    },
  );
}

async function entryHere(
  batch: Batch,
  feed: FeedId,
  sequence: number,
  store: EntryStore,
): Promise<Entry | undefined> {
  const isIt = (other: Entry) => feedName(other.feed) === feedName(feed) && other.sequence === sequence;
  return batch.added.find(isIt) ?? (await store.entry(feed, sequence));
}

/**
 * The feed stops before the number that two entries have: neither of them counts, nor what follows either. Where that is below
 * its base, what is kept below the number stays.
 *
 * @throws EntryError FORKS_TOO_MANY (wait)
 */
async function fork(
  batch: Batch,
  head: FeedHead,
  [one, other]: readonly [Entry, Entry],
  { store, mayFork }: ForkModules,
): Promise<void> {
  const { feed, sequence } = one;
  if (!mayFork(feed.node)) {
    throw refused(one, "FORKS_TOO_MANY", "wait", "proves another fork of a node that forked a moment ago", {
      hint: "its node is broken or hostile; the cluster's owner can let it go",
    });
  }
  batch.forks.push({ feed, sequence, entries: [one.bytes, other.bytes] });
  const kept = batch.added.filter(
    (entry) => feedName(entry.feed) !== feedName(feed) || entry.sequence < sequence,
  );
  const last = await endBefore(batch, head, sequence, store);
  batch.added.splice(0, batch.added.length, ...kept);
  batch.heads.set(feedName(feed), { ...head, ...last, forkedAt: sequence });
}

/** Where a feed ends that stops before a number. */
async function endBefore(
  batch: Batch,
  { feed, sequence: reached, hash, stamp, base, keptHere }: FeedHead,
  sequence: number,
  store: EntryStore,
): Promise<Pick<FeedHead, "sequence" | "hash" | "stamp" | "keptHere">> {
  if (sequence > reached) return { sequence: reached, hash, stamp, keptHere };
  if (sequence - 1 <= base.sequence) {
    const pruning = await store.pruning(feed);
    const below = pruning === undefined ? [] : keptBefore(decodePruning(decodeEntry(pruning).body), sequence);
    return { ...base, keptHere: Math.min(keptHere, below.length) };
  }
  const before = await entryHere(batch, feed, sequence - 1, store);
  return { sequence: sequence - 1, hash: before?.hash ?? NO_HASH, stamp: before?.stamp ?? 0n, keptHere };
}

/**
 * Takes the proof of a fork that somebody else found, also of entries that are not here.
 *
 * @throws EntryError FORK_MALFORMED (reject), and what the checks of an entry throw
 */
export async function takeFork(
  batch: Batch,
  pair: readonly [Uint8Array, Uint8Array],
  modules: ForkModules,
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
    if (head.forkedAt !== undefined && head.forkedAt <= one.sequence)
      throw refused(one, "FEED_FORKED", "ignore", `is of a feed that was forked at ${head.forkedAt}`);
    await requireSigned(one, modules);
    await requireSigned(other, modules);
    await fork(batch, head, [one, other], modules);
  } catch (error) {
    if (!(error instanceof EntryError)) throw error;
    batch.errors.push(error);
  }
}
