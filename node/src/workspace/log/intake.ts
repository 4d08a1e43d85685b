import { setImmediate as breathe } from "node:timers/promises";
import type { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Hex } from "viem";
import { EntryError } from "../errors.ts";
import { ENTRIES_PER_CHECK_MAX, FORK_PAUSE_MS, PARCEL_ITEMS_MAX } from "../limits.ts";
import { createCertificateCache } from "./certificateCache.ts";
import { type Entry, type FeedId, feedName } from "./entry.ts";
import type { EntryStore } from "./entryStore.ts";
import type { FeedTable } from "./feedTable.ts";
import type { Folding } from "./folding.ts";
import type { GivenKey } from "./keyRing.ts";
import type { Marks } from "./marks.ts";
import type { OwnFeed } from "./ownFeed.ts";
import type { CertificateProof, CertificateSource, ClusterMembership } from "./ports.ts";
import { createPruningDesk, type PruningDesk } from "./pruning.ts";
import { readFeeds } from "./readFeeds.ts";
import type { HybridClock } from "./stamp.ts";
import {
  type Batch,
  checkAhead,
  decodeAll,
  emptyBatch,
  type Incoming,
  takeFork,
  takeInto,
} from "./taking.ts";
import type { Gap, LogParcel, Taken } from "./types.ts";

/** A parcel with the certificates that its entries name, ready to be taken. */
export interface Prepared {
  readonly parcel: LogParcel;
  readonly entries: readonly Incoming[];
  readonly proofs: ReadonlyMap<Hex, CertificateProof>;
  /** Why certificates that came with it prove nothing. */
  readonly errors: readonly PleiadError[];
}

/** How entries come into a log: from peers, and from its own disk. Of what changes it one call runs at a time, which the log sees to. */
export interface Intake {
  readonly pruning: PruningDesk;
  /** Takes a parcel apart and looks for its certificates; changes nothing, and may wait for peers. */
  prepare(parcel: LogParcel, from: string | undefined): Promise<Prepared>;
  /** Checks, keeps and folds what was prepared, and tells of what is new. */
  take(prepared: Prepared): Promise<Taken>;
  /** Takes entries into rings, marks and views, and again those that waited for what they brought. */
  fold(entries: readonly Entry[]): Promise<void>;
  /** Reads all feeds anew; what is damaged ends its feed here. */
  readAll(): Promise<void>;
  /** Says that all is told anew, and does it. */
  rewrite(): Promise<void>;
}

export function createIntake(
  options: { readonly cluster: bigint; readonly space: Uint8Array },
  modules: {
    readonly store: EntryStore;
    readonly table: FeedTable;
    readonly folding: Folding;
    readonly marks: Marks;
    readonly clock: HybridClock;
    readonly own: Pick<OwnFeed, "adopt">;
    readonly membership: ClusterMembership;
    readonly certificates: CertificateSource;
    readonly now: () => number;
    readonly logger: Logger;
    readonly tellRewrite: () => void;
    readonly tellNew: (parcel: LogParcel) => void;
    readonly keepKeys: (keys: readonly GivenKey[]) => Promise<void>;
  },
): Intake {
  const { cluster, space } = options;
  const { store, table, folding, marks, clock, own, membership, certificates, now, logger } = modules;
  const { tellRewrite, tellNew, keepKeys } = modules;
  const cache = createCertificateCache({ store, certificates });
  /** Certificates of the parcel that is being taken. */
  let found: ReadonlyMap<Hex, CertificateProof> = new Map();
  /** When a fork of a node was looked into last. Unix milliseconds. */
  const forkedAtMs = new Map<bigint, number>();
  const checks = {
    space,
    now,
    proofOf: (digest: Hex) => found.get(digest) ?? cache.recent(digest),
    table,
    store,
    isAdmitted: ({ feed, sequence }: Entry) =>
      membership.members(cluster).includes(feed.node) || marks.covers(feed, sequence),
    mayFork: (forker: bigint) =>
      Math.abs(now() - (forkedAtMs.get(forker) ?? -FORK_PAUSE_MS)) >= FORK_PAUSE_MS,
  };

  const pruning = createPruningDesk({ ...checks, logger });

  /** Takes entries into rings, marks and views, and again those that waited for what they brought. */
  async function fold(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      if (entry.kind === "prune") await prunes(entry);
      await keepKeys(folding.take(entry));
    }
    for (let places = folding.released(); places.length > 0; places = folding.released()) {
      for (const { feed, sequence } of places) {
        const entry = await store.entry(feed, sequence);
        if (entry !== undefined) await keepKeys(folding.take(entry));
      }
    }
  }

  /** What a node drops of its own feeds is dropped here; views hold nothing of it, so they stay as they are. */
  async function prunes(entry: Entry): Promise<void> {
    try {
      await pruning.apply(entry);
    } catch (error) {
      if (!(error instanceof EntryError)) throw error;
      logger.warn({ feed: feedName(entry.feed), code: error.code }, "entry of no use");
    }
  }

  /** Reads all feeds anew; what is damaged ends its feed here. */
  async function readAll(): Promise<void> {
    folding.reset();
    table.weighAnew();
    for await (const entries of readFeeds({ table, store, logger })) {
      for (const { stamp, feed, bytes } of entries) {
        clock.see(stamp);
        table.weigh(feed.node, bytes.length);
      }
      await fold(entries);
    }
  }

  async function rewrite(): Promise<void> {
    tellRewrite();
    await readAll();
  }

  async function keep(batch: Batch): Promise<void> {
    const forget: { feed: FeedId; from: number; to: number }[] = [];
    for (const { feed, sequence: from } of batch.forks)
      for await (const { sequence } of store.sizes(feed, table.get(feed)?.sequence ?? 0))
        if (sequence >= from) forget.push({ feed, from: sequence, to: sequence });
    const heads = [...batch.heads.values()];
    const proofs = [...batch.certificates.values()];
    await store.write(
      { entries: batch.added, heads, forks: batch.forks, certificates: proofs, forget },
      batch.forks.length > 0,
    );
    for (const head of heads) table.set(head);
    for (const { stamp, feed, bytes } of batch.added) {
      clock.see(stamp);
      table.weigh(feed.node, bytes.length);
    }
    await own.adopt();
    for (const { feed, sequence } of batch.forks) {
      forkedAtMs.set(feed.node, now());
      logger.error(
        { node: feed.node, feed: feedName(feed), sequence, code: "FEED_FORKED" },
        "a feed was forked",
      );
    }
    if (batch.forks.length > 0) await rewrite();
    else await fold(batch.added);
    if (batch.added.length + batch.forks.length === 0) return;
    tellNew({
      entries: batch.added.map(({ bytes }) => bytes),
      forks: batch.forks.map(({ entries }) => entries),
    });
  }

  /** What is kept of feeds that were pruned, so that what follows has something to follow. */
  async function takeBeginnings(
    { prunings = [], kept = [] }: LogParcel,
    taken: { added: number; known: number; readonly errors: PleiadError[] },
  ): Promise<void> {
    const counted = async (take: () => Promise<boolean>) => {
      try {
        if (await take()) taken.added += 1;
        else taken.known += 1;
      } catch (error) {
        if (!(error instanceof EntryError)) throw error;
        taken.errors.push(error);
      }
    };
    for (const bytes of prunings) await counted(() => pruning.takeEarly(bytes));
    for (const bytes of kept) {
      await counted(async () => {
        const entry = await pruning.takeKept(bytes);
        if (entry !== undefined) await fold([entry]);
        return entry !== undefined;
      });
    }
  }

  /** Certificates under which entries are signed that may come next, or be the second with their number. */
  function namedIn({ prunings = [], kept = [], forks = [] }: LogParcel, entries: readonly Incoming[]) {
    const others = decodeAll([...prunings, ...kept, ...forks.flat()]);
    const mayCount = (entry: Incoming): entry is Entry =>
      !(entry instanceof EntryError) && checks.isAdmitted(entry);
    // Others of its feed may be on the way, not taken yet.
    const near = ({ feed, sequence }: Entry) =>
      sequence <= (table.get(feed)?.sequence ?? 0) + PARCEL_ITEMS_MAX;
    const isBeyondBeginning = prunings.length > 0;
    return new Set(
      [
        ...entries.filter(mayCount).filter((entry) => isBeyondBeginning || near(entry)),
        ...others.filter(mayCount),
      ].map(({ certificate }) => certificate),
    );
  }

  async function take({ parcel, entries, proofs, errors }: Prepared): Promise<Taken> {
    const { forks = [] } = parcel;
    found = proofs;
    const taken = { added: 0, known: 0, gaps: new Map<string, Gap>(), errors: [...errors] };
    await takeBeginnings(parcel, taken);
    async function round(batch: Batch): Promise<void> {
      await keep(batch);
      taken.added += batch.added.length + batch.forks.length;
      taken.known += batch.known;
      taken.errors.push(...batch.errors);
      for (const gap of batch.gaps) taken.gaps.set(`${feedName(gap.feed)} ${gap.back}`, gap);
      await breathe();
    }
    for (let at = 0; at < entries.length; at += ENTRIES_PER_CHECK_MAX) {
      const batch = emptyBatch();
      const incoming = entries.slice(at, at + ENTRIES_PER_CHECK_MAX);
      checkAhead(incoming, checks);
      for (const entry of incoming) await takeInto(batch, entry, checks);
      await round(batch);
    }
    for (const pair of forks) {
      const batch = emptyBatch();
      await takeFork(batch, pair, checks);
      await round(batch);
    }
    return answer(taken);
  }

  return {
    pruning,
    async prepare(parcel, from) {
      const entries = decodeAll(parcel.entries ?? []);
      const { proofs, errors } = await cache.gather(
        parcel.certificates ?? [],
        namedIn(parcel, entries),
        from,
      );
      return { parcel, entries, proofs, errors };
    },
    take,
    fold,
    readAll,
    rewrite,
  };
}

function answer(taken: {
  readonly added: number;
  readonly known: number;
  readonly gaps: ReadonlyMap<string, Gap>;
  readonly errors: readonly PleiadError[];
}): Taken {
  const refused = new Map<string, { code: string; reaction: "wait" | "ignore" | "reject" }>();
  for (const error of taken.errors) {
    // A certificate that proves nothing was made by whoever handed it in, or is of a node that this one does not know yet.
    const reaction = error instanceof EntryError ? error.reaction : error.retryable ? "wait" : "reject";
    if (!refused.has(error.code)) refused.set(error.code, { code: error.code, reaction });
  }
  return {
    added: taken.added,
    known: taken.known,
    gaps: [...taken.gaps.values()],
    refused: [...refused.values()],
  };
}
