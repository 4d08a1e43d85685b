import type { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { createMutex } from "../../chain/mutex.ts";
import type { Author } from "../author.ts";
import { workspaceError } from "../errors.ts";
import { createAppendQueue } from "./appendQueue.ts";
import { type Entry, feedName } from "./entry.ts";
import type { EntryStore, FeedHead } from "./entryStore.ts";
import { exportLog } from "./export.ts";
import { createFeedTable, type FeedTable, LOG_BYTES, type LogBytes } from "./feedTable.ts";
import { createFolding } from "./folding.ts";
import { createIntake } from "./intake.ts";
import { createKeyRing } from "./keyRing.ts";
import { createMarks } from "./marks.ts";
import { createOwnFeed } from "./ownFeed.ts";
import type { OwnMark } from "./ownMark.ts";
import type { CertificateSource, ClusterMembership } from "./ports.ts";
import { missingFor } from "./since.ts";
import { type LogSpace, spaceOf } from "./space.ts";
import { createHybridClock } from "./stamp.ts";
import type { ClusterLog, FeedPosition, LogEntry, LogParcel } from "./types.ts";

export interface ClusterLogOptions {
  readonly space: LogSpace;
  /** This daemon's node. */
  readonly node: bigint;
  /** @default LOG_BYTES */
  readonly bytes?: LogBytes;
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
  const table: FeedTable = createFeedTable(await store.heads(), options.bytes);
  const ring = createKeyRing();
  for (const key of await store.keys()) ring.add(key.giver, [key]);
  const marks = createMarks();
  const clock = createHybridClock(now);
  const queue = createAppendQueue();
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
    { space, cluster, node: options.node, reserved: (options.bytes ?? LOG_BYTES).reserved },
    { store, mark: modules.mark, table, ring, marks, membership, certificates, clock, now, logger },
  );
  const intake = createIntake(
    { cluster, space },
    {
      store,
      table,
      folding,
      marks,
      clock,
      own,
      membership,
      certificates,
      now,
      logger,
      tellRewrite() {
        for (const handler of rewriteHandlers) handler();
      },
      tellNew: (parcel) => tellNew(parcel, false),
      keepKeys: async (keys) => {
        // Not flushed: they stand in the log, and are found there again.
        if (keys.length > 0) await store.write({ keys }, false);
      },
    },
  );
  const { fold, rewrite } = intake;

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
      // Before it is its turn: who hands in entries and is slow to say by whom they are keeps nobody else waiting.
      const prepared = await intake.prepare(parcel, from);
      return alone(async () => {
        requireRunning();
        return intake.take(prepared);
      });
    },
    vector: () => table.all().map(positionOf),
    since: (vector, bytesMax) => missingFor({ vector, bytesMax }, { table, store }),
    onEntry: (handler) => listen(entryHandlers, handler),
    onRewrite: (handler) => listen(rewriteHandlers, handler),
    onNew: (handler) => listen(newHandlers, handler),
    async start() {
      await alone(async () => {
        await intake.readAll();
        own.open();
        running = true;
      });
      maintainSoon();
    },
    rebuild: () => alone(rewrite),
    async prune({ isHeld, leave, leaveBytes = Number.POSITIVE_INFINITY }) {
      requireRunning();
      return alone(async () => {
        const before = countEntries(table);
        const plans = await Promise.all(
          table
            .ofNode(options.node)
            .map((head) =>
              intake.pruning.plan(head, { isHeld: ({ hash }) => isHeld(hash), leave, leaveBytes }),
            ),
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
        ownBytes: table.bytesOf(options.node),
        own: feed === undefined ? undefined : positionOf(table.getOrBegin(feed)),
      };
    },
    export: (what) =>
      exportLog({ ...what, space: options.space, exportedAtMs: now() }, { store, heads: table.all() }),
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
