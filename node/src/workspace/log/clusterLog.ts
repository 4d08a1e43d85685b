import { setImmediate as breathe } from "node:timers/promises";
import type { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { createMutex } from "../../chain/mutex.ts";
import type { Author } from "../author.ts";
import { EntryError, workspaceError } from "../errors.ts";
import { ENTRIES_PER_CHECK_MAX } from "../limits.ts";
import { createAppendQueue } from "./appendQueue.ts";
import { createCertificateCache } from "./certificateCache.ts";
import { type Entry, feedName } from "./entry.ts";
import type { EntryStore, FeedHead } from "./entryStore.ts";
import { createFeedTable, type FeedTable } from "./feedTable.ts";
import { createFolding } from "./folding.ts";
import { createKeyRing } from "./keyRing.ts";
import { createMarks } from "./marks.ts";
import { createOwnFeed } from "./ownFeed.ts";
import type { OwnMark } from "./ownMark.ts";
import type { CertificateSource, ClusterMembership } from "./ports.ts";
import { createPruningDesk } from "./pruning.ts";
import { readFeeds } from "./readFeeds.ts";
import { missingFor } from "./since.ts";
import { type LogSpace, spaceOf } from "./space.ts";
import { createHybridClock } from "./stamp.ts";
import { type Batch, emptyBatch, prepare, takeFork, takeInto } from "./taking.ts";
import type { ClusterLog, FeedPosition, Gap, LogEntry, LogParcel, Taken } from "./types.ts";

export interface ClusterLogOptions {
  readonly space: LogSpace;
  /** This daemon's node. */
  readonly node: bigint;
}

export interface ClusterLogModules {
  readonly store: EntryStore;
  readonly mark: OwnMark;
  readonly membership: ClusterMembership;
  readonly certificates: CertificateSource;
  readonly logger: Logger;
  /** Unix milliseconds. @default Date.now */
  readonly now?: () => number;
}

/**
 * The log of one cluster on this node: see the promises in the README. Everything that changes it runs one after the other.
 *
 * @throws PleiadError STORE_IO
 */
export async function createClusterLog(
  options: ClusterLogOptions,
  modules: ClusterLogModules,
): Promise<ClusterLog> {
  const { cluster } = options.space;
  const { store, membership, certificates, now = Date.now } = modules;
  const logger = modules.logger.child({ module: "log", cluster });
  const space = spaceOf(options.space);
  const alone = createMutex();
  const table: FeedTable = createFeedTable(await store.heads());
  const ring = createKeyRing();
  for (const key of await store.keys()) ring.add(key.giver, [key]);
  const marks = createMarks();
  const clock = createHybridClock(now);
  const queue = createAppendQueue();
  const cache = createCertificateCache({ store, certificates });
  const entryHandlers = new Set<(entry: LogEntry) => void>();
  const newHandlers = new Set<(parcel: LogParcel, own: boolean) => void>();
  const rewriteHandlers = new Set<() => void>();
  let running = false;
  let stopped = false;

  const folding = createFolding(
    { cluster, node: options.node },
    {
      ring,
      marks,
      membership,
      boxPrivateKey: certificates.own().boxPrivateKey,
      emit(entry) {
        for (const handler of entryHandlers) handler(entry);
      },
      onUseless(entry, error) {
        logger.warn(
          { feed: feedName(entry.feed), sequence: entry.sequence, code: error.code },
          "entry of no use",
        );
      },
    },
  );
  const own = await createOwnFeed(
    { space, cluster, node: options.node },
    { store, mark: modules.mark, table, ring, marks, membership, certificates, clock, now, logger },
  );
  const checks = {
    space,
    now,
    certificates: cache,
    recent: cache.recent,
    table,
    store,
    isAdmitted: ({ feed, sequence }: Entry) =>
      membership.members(cluster).includes(feed.node) || marks.covers(feed, sequence),
  };

  const pruning = createPruningDesk({ ...checks, logger });

  function requireRunning(): void {
    if (running && !stopped) return;
    throw workspaceError("LOG_STOPPED", `the log of cluster ${cluster} is not running`, {
      hint: "the daemon starts or stops; try again",
      retryable: true,
    });
  }

  function requireVoice(author: Author): void {
    if (author.kind !== "agent" || membership.mayVoice(cluster, options.node, author.agent)) return;
    throw workspaceError(
      "AUTHOR_NOT_SERVED",
      `node ${options.node} may not speak for agent ${author.agent} in cluster ${cluster}`,
      {
        hint: "the node must serve the agent's model; see `pleiad model show` and `pleiad model serve`",
        details: { cluster, node: options.node, agent: author.agent },
      },
    );
  }

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

  async function keepKeys(keys: ReturnType<typeof ring.add>): Promise<void> {
    // Not flushed: they stand in the log, and are found there again.
    if (keys.length > 0) await store.write({ keys }, false);
  }

  /** Reads all feeds anew; what is damaged ends its feed here. */
  async function readAll(): Promise<void> {
    folding.reset();
    for await (const entries of readFeeds({ table, store, logger })) {
      for (const { stamp } of entries) clock.see(stamp);
      await fold(entries);
    }
  }

  async function rewrite(): Promise<void> {
    for (const handler of rewriteHandlers) handler();
    await readAll();
  }

  function tellNew(parcel: LogParcel, isOwn: boolean): void {
    for (const handler of newHandlers) handler(parcel, isOwn);
  }

  /** Writes what this node says, in one go. */
  async function writeOwn(entries: readonly Entry[]): Promise<void> {
    await fold(entries);
    if (entries.length > 0) tellNew({ entries: entries.map(({ bytes }) => bytes) }, true);
  }

  async function drain(): Promise<void> {
    const waiting = queue.next();
    if (waiting.length === 0) return;
    try {
      if (stopped) requireRunning();
      const { said, all } = await own.say(waiting.map(({ text }) => text));
      await writeOwn(all);
      for (const [index, entry] of said.entries()) waiting[index]?.done(entry);
    } catch (error) {
      for (const { failed } of waiting) failed(error);
    }
  }

  /** Gives keys to who came, takes a new one where somebody went, marks the end of who went. */
  async function maintain(): Promise<void> {
    if (!running || stopped) return;
    folding.reconsider();
    await fold([]);
    if (folding.overflowed()) await rewrite();
    if (membership.members(cluster).includes(options.node)) await writeOwn(await own.maintain());
  }

  function maintainSoon(): void {
    alone(maintain).catch((error: PleiadError) => {
      if (!(error instanceof Error && "code" in error)) throw error;
      // A full disk, say: the next change of members, or the next thing said, does it.
      logger.warn({ code: error.code, reason: error.message }, "keys were not given");
    });
  }

  const ends = [
    membership.onChange((changed) => {
      if (changed === cluster) maintainSoon();
    }),
    certificates.onKnown((node) => {
      if (membership.members(cluster).includes(node)) maintainSoon();
    }),
  ];

  async function keep(batch: Batch): Promise<void> {
    const forget = batch.forks.map(({ feed, sequence }) => ({
      feed,
      from: sequence,
      to: table.get(feed)?.sequence ?? 0,
    }));
    const heads = [...batch.heads.values()];
    const proofs = [...batch.certificates.values()];
    await store.write(
      { entries: batch.added, heads, forks: batch.forks, certificates: proofs, forget },
      batch.forks.length > 0,
    );
    for (const head of heads) table.set(head);
    for (const { stamp } of batch.added) clock.see(stamp);
    await own.adopt();
    for (const { feed, sequence } of batch.forks)
      logger.error(
        { node: feed.node, feed: feedName(feed), sequence, code: "FEED_FORKED" },
        "a feed was forked",
      );
    if (batch.forks.length > 0) await rewrite();
    else await fold(batch.added);
    if (batch.added.length + batch.forks.length === 0) return;
    tellNew(
      { entries: batch.added.map(({ bytes }) => bytes), forks: batch.forks.map(({ entries }) => entries) },
      false,
    );
  }

  /** What is kept of feeds that were pruned, so that what follows has something to follow. */
  async function takeBeginnings(
    { prunings = [], kept = [] }: LogParcel,
    from: string | undefined,
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
    for (const bytes of prunings) await counted(() => pruning.takeEarly(bytes, from));
    for (const bytes of kept) {
      await counted(async () => {
        const entry = await pruning.takeKept(bytes, from);
        if (entry !== undefined) await fold([entry]);
        return entry !== undefined;
      });
    }
  }

  async function take(parcel: LogParcel, from?: string) {
    const { certificates: records = [], entries = [], forks = [] } = parcel;
    const taken = { added: 0, known: 0, gaps: new Map<string, Gap>(), errors: [] as PleiadError[] };
    for (const record of records) {
      const error = await cache.admit(record);
      if (error !== undefined) taken.errors.push(error);
    }
    await takeBeginnings(parcel, from, taken);
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
      const incoming = prepare(entries.slice(at, at + ENTRIES_PER_CHECK_MAX), checks);
      for (const entry of incoming) await takeInto(batch, entry, from, checks);
      await round(batch);
    }
    for (const pair of forks) {
      const batch = emptyBatch();
      await takeFork(batch, pair, from, checks);
      await round(batch);
    }
    return answer(taken);
  }

  return {
    cluster,
    async append(said) {
      requireRunning();
      requireVoice(said.author);
      const pushed = queue.push(said);
      void alone(drain);
      const { hash, feed, sequence, stamp } = await pushed;
      return { ...said, cluster, id: hash, feed, sequence, stamp };
    },
    async take(parcel, from) {
      requireRunning();
      return alone(() => take(parcel, from));
    },
    vector: () => table.all().map(positionOf),
    since: (vector, bytesMax) => missingFor({ vector, bytesMax }, { table, store }),
    onEntry: (handler) => listen(entryHandlers, handler),
    onRewrite: (handler) => listen(rewriteHandlers, handler),
    onNew: (handler) => listen(newHandlers, handler),
    async start() {
      await alone(async () => {
        await readAll();
        own.open();
        running = true;
      });
      maintainSoon();
    },
    rebuild: () => alone(rewrite),
    async prune({ isHeld, leave }) {
      requireRunning();
      return alone(async () => {
        const before = countEntries(table);
        const plans = await Promise.all(
          table
            .ofNode(options.node)
            .map((head) => pruning.plan(head, { isHeld: ({ hash }) => isHeld(hash), leave })),
        );
        const prunings = plans.filter((plan) => plan !== undefined);
        if (prunings.length === 0) return 0;
        const entries = await own.prune(prunings);
        await writeOwn(entries);
        return before + entries.length - countEntries(table);
      });
    },
    status() {
      const heads = table.all();
      const feed = own.feed();
      return {
        feeds: heads.length,
        entries: countEntries(table),
        ...folding.waiting(),
        forked: heads.flatMap(({ feed: forked, forkedAt }) =>
          forkedAt === undefined ? [] : [{ feed: forked, at: forkedAt }],
        ),
        own: feed === undefined ? undefined : positionOf(table.getOrBegin(feed)),
      };
    },
    async stop() {
      stopped = true;
      for (const end of ends) end();
      await alone(async () => {});
      await modules.mark.close();
    },
  };
}

function positionOf({ feed, sequence, forkedAt, base, keptHere }: FeedHead): FeedPosition {
  return {
    feed,
    sequence,
    ...(forkedAt === undefined ? {} : { forkedAt }),
    ...(base.sequence === 0 ? {} : { pruned: { to: base.sequence, keptHere } }),
  };
}

/** Entries that are here. */
function countEntries(table: FeedTable): number {
  return table
    .all()
    .reduce((sum, { sequence, base, keptHere }) => sum + sequence - base.sequence + keptHere, 0);
}

function listen<T>(handlers: Set<T>, handler: T): () => void {
  handlers.add(handler);
  return () => handlers.delete(handler);
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
