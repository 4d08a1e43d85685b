import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Clock } from "../chain/clock.ts";
import type { Journal } from "../chain/journal.ts";
import type { ProjectionReader } from "../chain/projection.ts";
import { type BlobStore, type KeptBlob, roomOfBlob } from "../store/blobs.ts";
import type { ChainView, Gossip } from "../work/ports.ts";
import { createBlobUses } from "./blobUses.ts";

/** Whoever posts an input signs the execution next: a wallet that waits for a person has an hour. Milliseconds. */
export const BLOB_UNCLAIMED_KEEP_MS = 3_600_000;
/** Blobs are looked through so often; what is kept some minutes too long costs only its room. Milliseconds. */
export const BLOB_SWEEP_INTERVAL_MS = 600_000;
/** Where room is short, so much of all is freed at once, so that the next blobs need no look of their own. Tenths. */
export const BLOB_ROOM_FREED_TENTHS = 1;
/** Blobs that one look may drop for room: at least 16 MiB, and a list that memory holds. */
export const BLOB_EVICTIONS_MAX = 4_096;
/** After a look that found too little to drop, blobs are refused for so long without another look. Milliseconds. */
export const BLOB_ROOM_RETRY_MS = 10_000;

export type EvictionReason = "retention" | "room";

/** Keeps blobs for as long as somebody may need them, and no longer. */
export interface BlobKeeper {
  /** The store, but that putting makes room first where it is short. */
  readonly blobs: BlobStore;
  /** Looks through all blobs once. */
  sweep(): Promise<void>;
  /** Looks through them from now on, again and again. */
  start(): void;
  stop(): Promise<void>;
}

export interface BlobKeeperOptions {
  readonly bytesTotalMax: number;
  /** See `store.blobRetentionMs`. */
  readonly retentionMs: number;
  /** Blocks on top with which an end is final. */
  readonly finalDepth: number;
}

export interface BlobKeeperModules {
  readonly store: BlobStore;
  readonly projection: ProjectionReader;
  readonly view: Pick<ChainView, "now">;
  readonly journal: Pick<Journal, "jobs">;
  readonly gossip: Pick<Gossip, "onCompletion">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onEvicted: (reason: EvictionReason, roomBytes: number) => void;
  /** A blob was not taken: there was no room, and nothing to drop. */
  readonly onRefused: () => void;
}

/**
 * Drops what nobody needs any more: by age, or, where room is short, what was used longest ago. Never what a running
 * execution, an end that is not final, a job of the journal or a completion that is not settled refers to; and what
 * is referred to by nothing yet is left for `BLOB_UNCLAIMED_KEEP_MS`. Times are the chain's. That somebody asks for a blob
 * does not keep it: strangers ask.
 */
export function createBlobKeeper(options: BlobKeeperOptions, modules: BlobKeeperModules): BlobKeeper {
  const { bytesTotalMax, retentionMs, finalDepth } = options;
  const { store, view, clock, logger, onEvicted, onRefused } = modules;
  const uses = createBlobUses({ finalDepth }, modules);
  let cancelNext = () => {};
  let isStopped = false;
  let running: Promise<unknown> = Promise.resolve();
  /** Until then nobody looks for room again. */
  let retryAtMs = Number.NEGATIVE_INFINITY;

  const nowMs = () => Number(view.now()) * 1_000;

  /** One look at a time: two would count the same room twice. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = running.then(task);
    running = turn.catch(() => undefined);
    return turn;
  }

  async function evict({ digest, usedAtMs }: KeptBlob, reason: EvictionReason): Promise<void> {
    const room = await store.evict(digest, (atMs) => atMs <= usedAtMs && uses.of(digest) !== "needed");
    if (room > 0) onEvicted(reason, room);
  }

  async function sweepNow(): Promise<void> {
    await uses.refresh();
    const now = nowMs();
    let evicted = 0;
    for await (const blob of store.list()) {
      if (isStopped) return;
      const use = uses.of(blob.digest);
      if (use === "needed") {
        await store.use(blob.digest, now);
        continue;
      }
      const keptMs = use === undefined ? Math.max(retentionMs, BLOB_UNCLAIMED_KEEP_MS) : retentionMs;
      const sinceMs = Math.max(blob.usedAtMs, use?.endedAtMs ?? 0);
      if (sinceMs + keptMs >= now) {
        // Later the end is forgotten, and the blob's own time has to say when it was.
        if (sinceMs > blob.usedAtMs) await store.use(blob.digest, sinceMs);
        continue;
      }
      await evict(blob, "retention");
      evicted += 1;
    }
    if (evicted > 0) logger.debug({ blobs: evicted }, "blobs of executions that ended long ago were dropped");
  }

  /** What may go for others' sake, the longest unused first. */
  async function droppable(): Promise<readonly KeptBlob[]> {
    const claimedAtMs = nowMs() - BLOB_UNCLAIMED_KEEP_MS;
    let found: KeptBlob[] = [];
    const oldest = () => found.sort((a, b) => a.usedAtMs - b.usedAtMs).slice(0, BLOB_EVICTIONS_MAX);
    for await (const blob of store.list()) {
      const use = uses.of(blob.digest);
      if (use === "needed" || (use === undefined && blob.usedAtMs > claimedAtMs)) continue;
      found.push(blob);
      if (found.length >= 2 * BLOB_EVICTIONS_MAX) found = oldest();
    }
    return oldest();
  }

  async function makeRoom(bytes: number): Promise<void> {
    const isShort = () => store.bytesTotal + bytes > bytesTotalMax;
    if (!isShort() || clock.monotonicMs() < retryAtMs) return;
    await uses.refresh();
    const aimBytes = bytesTotalMax - bytes - Math.floor((bytesTotalMax * BLOB_ROOM_FREED_TENTHS) / 10);
    let evicted = 0;
    for (const blob of await droppable()) {
      if (store.bytesTotal <= aimBytes) break;
      await evict(blob, "room");
      evicted += 1;
    }
    if (isShort()) retryAtMs = clock.monotonicMs() + BLOB_ROOM_RETRY_MS;
    logger.info({ blobs: evicted, bytesTotal: store.bytesTotal, bytesTotalMax }, "room was made for blobs");
  }

  function sweepIn(delayMs: number): void {
    cancelNext = clock.after(delayMs, () => {
      void inTurn(sweepNow)
        .catch((error: unknown) => {
          if (!(error instanceof PleiadError)) throw error;
          logger.warn({ code: error.code, message: error.message }, "blobs could not be looked through");
        })
        .then(() => {
          if (!isStopped) sweepIn(BLOB_SWEEP_INTERVAL_MS);
        });
    });
  }

  return {
    blobs: {
      get bytesTotal() {
        return store.bytesTotal;
      },
      has: store.has,
      get: store.get,
      async put(bytes, usedAtMs = nowMs()) {
        try {
          return await store.put(bytes, usedAtMs);
        } catch (error) {
          if (!isFull(error)) throw error;
        }
        await inTurn(() => makeRoom(roomOfBlob(bytes.length)));
        try {
          return await store.put(bytes, usedAtMs);
        } catch (error) {
          if (isFull(error)) onRefused();
          throw error;
        }
      },
      delete: store.delete,
      list: store.list,
      use: store.use,
      evict: store.evict,
    },
    sweep: () => inTurn(sweepNow),
    start: () => sweepIn(0),
    async stop() {
      isStopped = true;
      cancelNext();
      uses.stop();
      await running;
    },
  };
}

function isFull(error: unknown): boolean {
  return error instanceof PleiadError && error.code === "BLOBS_FULL";
}
