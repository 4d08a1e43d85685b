import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Level } from "level";
import { errnoOf } from "../config/files.ts";
import type { Backend } from "./backend.ts";
import { storeLocked, toStoreError } from "./errors.ts";

/** Sorts after every character that a key is made of (they are ASCII). */
const AFTER_ALL_KEYS = "\uffff";

/** Small: the store keeps hot records in the operating system's cache anyway. Bytes. */
const LEVEL_CACHE_BYTES = 2 * 1024 * 1024;

/** Entries that a walk fetches at once, and about how many bytes of them: each fetch waits for a thread. */
const READ_ENTRIES = 1_024;
const READ_BYTES = 2 * 1024 * 1024;

/**
 * Folders that this process has open. LevelDB's lock belongs to the process and is lost when the process closes any
 * descriptor of the lock file, which LevelDB itself does when it is opened a second time: the second opener is
 * refused, but from then on another process is not. So the second one must not get as far as LevelDB.
 */
const openFolders = new Set<string>();

/**
 * Opens a LevelDB database. LevelDB's own lock makes sure that one process has it open, `openFolders` that this one
 * has it open once.
 *
 * @param options.folder where it lies
 * @param options.create whether a database may be made where there is none; never for a folder with a history,
 * because LevelDB makes an empty one without a word where a single small file is missing
 * @throws STORE_LOCKED, STORE_DAMAGED, STORE_FULL, STORE_IO
 */
export async function openLevelBackend(options: {
  readonly folder: string;
  readonly create: boolean;
}): Promise<Backend> {
  const { folder } = options;
  const name = await translated(folder, () => trueNameOf(folder));
  if (openFolders.has(name)) throw storeLocked(folder);
  openFolders.add(name);
  let level: Level<string, Uint8Array>;
  try {
    level = await openLevel(folder, options.create);
  } catch (error) {
    openFolders.delete(name);
    throw error;
  }

  /** Why it could not be opened again, as on a full disk; until it can, that is the answer to everything. */
  let unopened: unknown;
  const useLevel = async <T>(use: () => Promise<T>): Promise<T> => {
    if (unopened !== undefined) throw unopened;
    return translated(folder, use);
  };

  return {
    // LevelDB finds a key in microseconds; the way over the thread pool costs many times that, and waits behind flushes.
    get: (key) => useLevel(async () => level.getSync(key)),
    getNow(key) {
      if (unopened !== undefined) throw unopened;
      try {
        return level.getSync(key);
      } catch (error) {
        throw toStoreError(error, folder);
      }
    },
    async *entries(prefix, { reverse = false, limit = -1 } = {}) {
      if (unopened !== undefined) throw unopened;
      const range = { gte: prefix, lt: prefix + AFTER_ALL_KEYS, reverse, limit };
      const iterator = level.iterator({ ...range, highWaterMarkBytes: READ_BYTES });
      try {
        for (;;) {
          const entries = await iterator.nextv(READ_ENTRIES);
          if (entries.length === 0) return;
          yield* entries;
        }
      } catch (error) {
        throw toStoreError(error, folder);
      } finally {
        await iterator.close();
      }
    },
    write: (operations, flush) =>
      useLevel(() =>
        level.batch(
          operations.map(({ key, value }) =>
            value === undefined ? { type: "del" as const, key } : { type: "put" as const, key, value },
          ),
          { sync: flush },
        ),
      ),
    async reopen() {
      await translated(folder, () => level.close());
      try {
        level = await openLevel(folder, false);
        unopened = undefined;
      } catch (error) {
        unopened = error;
        throw error;
      }
    },
    async close() {
      await translated(folder, () => level.close());
      openFolders.delete(name);
    },
  };
}

/** One name for a folder under any path to it, also before it is made. */
async function trueNameOf(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    return join(await realpath(dirname(folder)), basename(folder));
  }
}

async function openLevel(folder: string, create: boolean): Promise<Level<string, Uint8Array>> {
  const level = new Level<string, Uint8Array>(folder, {
    keyEncoding: "utf8",
    valueEncoding: "view",
    createIfMissing: create,
    cacheSize: LEVEL_CACHE_BYTES,
  });
  await translated(folder, () => level.open());
  return level;
}

async function translated<T>(folder: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toStoreError(error, folder);
  }
}
