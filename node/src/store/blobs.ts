import { open, readdir, rename, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Hex, keccak256 } from "viem";
import { errnoOf, makeFolder, removeIfThere, writeFileAtomic } from "../config/files.ts";
import { toStoreError } from "./errors.ts";

/** Bytes by their keccak-256 digest: outputs and inputs too large for a record. */
export interface BlobStore {
  /** Room that the blobs take now, in bytes: each blob's size, but at least `BLOB_ROOM_BYTES_MIN`. */
  readonly bytesTotal: number;
  /** Whether a blob is there; not whether it is sound. */
  has(digest: Hex): Promise<boolean>;
  /**
   * Reads a blob and checks it.
   * @throws BLOB_MISSING (retryable: a peer may have it); BLOB_DAMAGED (retryable: it was put away, so that it can
   * be fetched again); BLOB_DIGEST_INVALID
   */
  get(digest: Hex): Promise<Uint8Array>;
  /**
   * Keeps bytes, flushed. Keeping them twice is keeping them once.
   * @param usedAtMs When they were used last, unix milliseconds. @default the machine's time, or what it was for those kept
   * @returns their digest
   * @throws BLOB_TOO_LARGE; BLOBS_FULL (retryable: after others were deleted); STORE_FULL, STORE_IO
   */
  put(bytes: Uint8Array, usedAtMs?: number): Promise<Hex>;
  /** Deletes a blob. @returns whether it was there */
  delete(digest: Hex): Promise<boolean>;
  /** All of them, in no order. What comes and goes meanwhile may be missing. */
  list(): AsyncGenerator<KeptBlob>;
  /** Notes that a blob was used then; an earlier time than the one noted changes nothing, nor does a blob that is not there. */
  use(digest: Hex, usedAtMs: number): Promise<void>;
  /**
   * Deletes a blob unless that was reconsidered: nobody can put or use it between the question and the deletion.
   * @param mayGo Asked right before, with when it was used last.
   * @returns the room that it took; 0 where it stays or was not there
   */
  evict(digest: Hex, mayGo: (usedAtMs: number) => boolean): Promise<number>;
}

/** A blob as it lies there. */
export interface KeptBlob {
  readonly digest: Hex;
  readonly roomBytes: number;
  /** Unix milliseconds. */
  readonly usedAtMs: number;
}

/** The digests of all blobs in a folder of `openBlobStore`, by what their files are called. @throws STORE_IO */
export async function* digestsIn(folder: string): AsyncGenerator<Hex> {
  for (const shard of await namesIn(folder)) {
    if (!SHARD.test(shard)) continue;
    for (const name of await namesIn(join(folder, shard))) if (FILE.test(name)) yield `0x${name}`;
  }
}

/**
 * Reads a blob and changes nothing, whatever it finds.
 *
 * @returns its bytes; undefined when it is not there
 * @throws BLOB_DAMAGED; STORE_IO
 */
export async function readBlob(folder: string, digest: Hex): Promise<Uint8Array | undefined> {
  const name = nameOfBlob(digest);
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readBounded(join(folder, name.slice(0, 2), name));
  } catch (error) {
    throw toStoreError(error, folder);
  }
  if (bytes === undefined || nameOfBlob(keccak256(bytes)) === name) return bytes;
  throw new PleiadError(`blob ${digest} has other bytes than its digest says`, {
    code: "BLOB_DAMAGED",
    retryable: true,
    hint: "nothing: the daemon puts it away and asks its peers for it again; check the disk",
    details: { digest, folder },
  });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw toStoreError(error, folder);
  }
}

/** The largest document that an execution takes; a larger blob could be about nothing. Bytes. */
export const BLOB_BYTES_MAX = 1_048_576;
/** The smallest blob takes a block of the disk and a name in a folder; counting it so bounds their number. Bytes. */
export const BLOB_ROOM_BYTES_MIN = 4_096;
/** Default for all blobs together: a thousand of the largest. Bytes. */
export const BLOB_BYTES_TOTAL_MAX_DEFAULT = 1_073_741_824;
/** Damaged blobs are kept for a look, the latest ones only. Files. */
export const QUARANTINED_MAX = 16;

const TEMPORARY = "tmp";
const QUARANTINED = "quarantined";
const DIGEST = /^0x[0-9a-f]{64}$/i;
const SHARD = /^[0-9a-f]{2}$/;
const FILE = /^[0-9a-f]{64}$/;

/**
 * Opens the blobs of a folder: `<folder>/<first two digits>/<digest>`, each written aside, flushed, and renamed, so
 * that a file under a digest is whole. What a killed daemon left half written is removed.
 *
 * @param options.bytesTotalMax a blob beyond it is refused. @default BLOB_BYTES_TOTAL_MAX_DEFAULT
 * @throws STORE_FULL, STORE_IO
 */
export async function openBlobStore(
  options: { readonly folder: string; readonly bytesTotalMax?: number },
  modules: { readonly logger: Logger },
): Promise<BlobStore> {
  const { folder, bytesTotalMax = BLOB_BYTES_TOTAL_MAX_DEFAULT } = options;
  const { logger } = modules;
  const temporary = join(folder, TEMPORARY);
  const quarantined = join(folder, QUARANTINED);

  const translated = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw toStoreError(error, folder);
    }
  };

  await translated(async () => {
    for (const made of [temporary, quarantined]) await makeFolder(made);
    for (const name of await readdir(temporary)) await removeIfThere(join(temporary, name));
  });
  let bytesTotal = await translated(() => sumOfRooms(folder));
  /** Writes and deletes of one digest wait for each other, so that the sum counts each blob once. */
  const busy = new Map<string, Promise<unknown>>();

  function oneByOne<T>(name: string, task: () => Promise<T>): Promise<T> {
    const run = (busy.get(name) ?? Promise.resolve()).then(task);
    const settled = run.then(
      () => undefined,
      () => undefined,
    );
    busy.set(name, settled);
    void settled.then(() => {
      if (busy.get(name) === settled) busy.delete(name);
    });
    return run;
  }

  const pathOf = (name: string) => join(folder, name.slice(0, 2), name);

  /** Whether sound bytes lie under a name; damaged ones are put away, so that the name is free again. */
  async function isSound(name: string): Promise<boolean> {
    const bytes = await readBounded(pathOf(name));
    if (bytes === undefined) return false;
    if (nameOfBlob(keccak256(bytes)) === name) return true;
    bytesTotal -= roomOfBlob((await stat(pathOf(name))).size);
    await rename(pathOf(name), join(quarantined, `${Date.now()}-${name}`));
    // The names begin with the time, so they sort from the oldest.
    const kept = (await readdir(quarantined)).sort();
    for (const old of kept.slice(0, -QUARANTINED_MAX)) await removeIfThere(join(quarantined, old));
    logger.error({ digest: `0x${name}` }, "a damaged blob was put away");
    return false;
  }

  /** A file's time is when its blob was used last: it needs no file of its own, and a crash cannot tear it. */
  async function noteUse(name: string, usedAtMs: number | undefined): Promise<void> {
    if (usedAtMs !== undefined) await utimes(pathOf(name), new Date(usedAtMs), new Date(usedAtMs));
  }

  return {
    get bytesTotal() {
      return bytesTotal;
    },

    async *list() {
      for await (const digest of digestsIn(folder)) {
        const found = await translated(() => orUndefined(() => stat(pathOf(nameOfBlob(digest)))));
        if (found !== undefined) yield { digest, roomBytes: roomOfBlob(found.size), usedAtMs: found.mtimeMs };
      }
    },

    async use(digest, usedAtMs) {
      const name = nameOfBlob(digest);
      await oneByOne(name, () =>
        translated(async () => {
          const found = await orUndefined(() => stat(pathOf(name)));
          if (found !== undefined && found.mtimeMs < usedAtMs) await noteUse(name, usedAtMs);
        }),
      );
    },

    async evict(digest, mayGo) {
      const name = nameOfBlob(digest);
      return oneByOne(name, () =>
        translated(async () => {
          const found = await orUndefined(() => stat(pathOf(name)));
          if (found === undefined || !mayGo(found.mtimeMs)) return 0;
          await removeIfThere(pathOf(name));
          bytesTotal -= roomOfBlob(found.size);
          return roomOfBlob(found.size);
        }),
      );
    },

    has: (digest) => translated(async () => (await sizeOf(pathOf(nameOfBlob(digest)))) !== undefined),

    async get(digest) {
      const name = nameOfBlob(digest);
      const bytes = await translated(() => readBounded(pathOf(name)));
      if (bytes === undefined) throw blobMissing(digest);
      if (nameOfBlob(keccak256(bytes)) === name) return bytes;
      await oneByOne(name, () => translated(() => isSound(name)));
      throw new PleiadError(`blob ${digest} has other bytes than its digest says; it was put away`, {
        code: "BLOB_DAMAGED",
        retryable: true,
        hint: "ask the peers for it again, and check the disk",
        details: { digest, quarantined },
      });
    },

    async put(bytes, usedAtMs) {
      if (bytes.length > BLOB_BYTES_MAX) throw blobTooLarge(bytes.length);
      const digest = keccak256(bytes);
      const name = nameOfBlob(digest);
      await oneByOne(name, () =>
        translated(async () => {
          if (await isSound(name)) return noteUse(name, usedAtMs);
          const room = roomOfBlob(bytes.length);
          if (bytesTotal + room > bytesTotalMax) throw blobsFull(bytes.length, bytesTotal, bytesTotalMax);
          bytesTotal += room;
          try {
            await makeFolder(join(folder, name.slice(0, 2)));
            await writeFileAtomic(pathOf(name), bytes, temporary);
            await noteUse(name, usedAtMs);
          } catch (error) {
            if ((await sizeOf(pathOf(name))) === undefined) bytesTotal -= room;
            throw error;
          }
        }),
      );
      return digest;
    },

    async delete(digest) {
      const name = nameOfBlob(digest);
      return oneByOne(name, () =>
        translated(async () => {
          const size = await sizeOf(pathOf(name));
          if (size === undefined) return false;
          await removeIfThere(pathOf(name));
          bytesTotal -= roomOfBlob(size);
          return true;
        }),
      );
    },
  };
}

/** The file's name for a digest; nothing else ever becomes part of a path. */
export function nameOfBlob(digest: Hex): string {
  if (DIGEST.test(digest)) return digest.slice(2).toLowerCase();
  throw new PleiadError(`"${digest.slice(0, 80)}" is no digest`, {
    code: "BLOB_DIGEST_INVALID",
    hint: "a digest is 0x and 64 hex digits",
    details: { digest: digest.slice(0, 80) },
  });
}

/** Room that a blob of so many bytes takes. */
export function roomOfBlob(bytes: number): number {
  return Math.max(bytes, BLOB_ROOM_BYTES_MIN);
}

async function sizeOf(path: string): Promise<number | undefined> {
  return orUndefined(async () => (await stat(path)).size);
}

/** A file's bytes, but never more than one over the limit: a file of that size is no blob anyway. */
async function readBounded(path: string): Promise<Uint8Array | undefined> {
  return orUndefined(async () => {
    const handle = await open(path, "r");
    try {
      const { size } = await handle.stat();
      const bytes = new Uint8Array(Math.min(size, BLOB_BYTES_MAX + 1));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  });
}

async function orUndefined<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function sumOfRooms(folder: string): Promise<number> {
  let sum = 0;
  for (const shard of (await readdir(folder)).filter((name) => SHARD.test(name))) {
    for (const name of (await readdir(join(folder, shard))).filter((found) => FILE.test(found))) {
      sum += roomOfBlob((await stat(join(folder, shard, name))).size);
    }
  }
  return sum;
}

function blobsFull(bytes: number, bytesTotal: number, bytesTotalMax: number): PleiadError {
  return new PleiadError(
    `no room for a blob of ${bytes} bytes: ${bytesTotal} of ${bytesTotalMax} are taken`,
    {
      code: "BLOBS_FULL",
      retryable: true,
      hint: "raise store.blobBytesTotalMax: what is there is needed by executions that run, or was posted within the hour",
      details: { bytes, bytesTotal, bytesTotalMax },
    },
  );
}

/** Nothing lies under this digest. */
export function blobMissing(digest: Hex): PleiadError {
  return new PleiadError(`blob ${digest} is not here`, {
    code: "BLOB_MISSING",
    retryable: true,
    hint: "ask the peers for it",
    details: { digest },
  });
}

/** More bytes than any blob may have. */
export function blobTooLarge(bytes: number): PleiadError {
  return new PleiadError(`a blob of ${bytes} bytes is over the limit of ${BLOB_BYTES_MAX}`, {
    code: "BLOB_TOO_LARGE",
    hint: "send less, or split it",
    details: { bytes, blobBytesMax: BLOB_BYTES_MAX },
  });
}
