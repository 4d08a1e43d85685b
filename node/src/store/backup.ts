import { createReadStream } from "node:fs";
import { link, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { errnoOf, PRIVATE_FILE_MODE, removeIfThere, syncFolder } from "../config/files.ts";
import {
  BACKUP_ABOUT,
  type BackupFrame,
  type BackupManifest,
  backupDamaged,
  decodeBackup,
} from "./backupFormat.ts";
import { digestsIn, readBlob } from "./blobs.ts";
import { CHAIN_KEY, chainSchema, type StoreChain } from "./chainRecord.ts";
import { decodeRecord } from "./codec.ts";
import { decodeEnvelope } from "./envelope.ts";
import { storeDamaged, toStoreError } from "./errors.ts";
import { isMemoryRecord, type MemoryRecord } from "./memoryRecords.ts";
import { decodeMeta, META_KEY } from "./records.ts";
import { createRecordsCheck, type RecordsReport, requireSound } from "./recordsCheck.ts";
import { SIGNING_PREFIX } from "./signingJournal.ts";

/** What whoever takes a backup knows, and the store does not. */
export interface BackupFacts {
  /** The node, where it is known. */
  readonly node: bigint | null;
  /** Unix milliseconds. */
  readonly takenAtMs: number;
}

/**
 * The frames of a backup. Records are passed on as they lie there: whoever writes or reads the backup checks them.
 * A blob that is damaged, or deleted meanwhile, is left out.
 *
 * @param modules.records all of them in one state, `meta` included, in key order
 * @param modules.blobsFolder undefined for no blobs
 */
export async function* backupFrames(
  facts: BackupFacts,
  modules: {
    readonly records: AsyncIterable<readonly [key: string, bytes: Uint8Array]>;
    readonly blobsFolder: string | undefined;
    /** What agents remember outside of clusters. @default none */
    readonly memories?: AsyncIterable<MemoryRecord> | undefined;
  },
): AsyncGenerator<BackupFrame> {
  const counts = { records: 0, signings: 0, blobs: 0, blobBytes: 0, memories: 0 };
  let last = { schemaVersion: 0, sequence: 0 };
  let chain: StoreChain | undefined;
  for await (const [key, bytes] of modules.records) {
    if (key === META_KEY) {
      const { schema, sequence } = decodeMeta(bytes);
      last = { schemaVersion: schema, sequence };
    } else counts.records += 1;
    if (key === CHAIN_KEY) chain = decodeRecord(key, chainSchema, decodeEnvelope(key, bytes).payload);
    if (key.startsWith(SIGNING_PREFIX)) counts.signings += 1;
    yield { kind: "record", key, bytes };
  }
  if (modules.blobsFolder !== undefined) {
    for await (const digest of digestsIn(modules.blobsFolder)) {
      const bytes = await soundBlob(modules.blobsFolder, digest);
      if (bytes === undefined) continue;
      counts.blobs += 1;
      counts.blobBytes += bytes.length;
      yield { kind: "blob", bytes };
    }
  }
  for await (const [key, bytes] of modules.memories ?? []) {
    counts.memories += 1;
    yield { kind: "memory", key, bytes };
  }
  if (chain === undefined) throw storeDamaged(CHAIN_KEY, "it is not there");
  yield { kind: "manifest", manifest: { about: BACKUP_ABOUT, ...chain, ...facts, ...last, ...counts } };
}

async function soundBlob(folder: string, digest: `0x${string}`): Promise<Uint8Array | undefined> {
  try {
    return await readBlob(folder, digest);
  } catch (error) {
    if (error instanceof PleiadError && error.code === "BLOB_DAMAGED") return undefined;
    throw error;
  }
}

/** What a backup was found to hold. */
export interface CheckedBackup {
  readonly manifest: BackupManifest;
  readonly records: RecordsReport;
}

/**
 * Reads a backup to its end and checks all of it: its own checksum and counts, and each record as `createRecordsCheck`
 * does.
 *
 * @throws BACKUP_DAMAGED when it is not what was written; the report tells what was wrong when it was written
 */
export async function checkBackup(chunks: AsyncIterable<Uint8Array>): Promise<CheckedBackup> {
  const check = createRecordsCheck();
  let blobs = 0;
  let memories = 0;
  for await (const frame of decodeBackup(chunks)) {
    if (frame.kind === "record") check.add(frame.key, frame.bytes);
    else if (frame.kind === "blob") blobs += 1;
    else if (frame.kind === "memory") {
      if (!isMemoryRecord(frame.key, frame.bytes))
        throw backupDamaged("a memory of it is not what it is called");
      memories += 1;
    } else {
      const { manifest } = frame;
      const records = check.end();
      const isWhole =
        blobs === manifest.blobs &&
        memories === manifest.memories &&
        records.records === manifest.records &&
        (records.meta === undefined || records.meta.sequence === manifest.sequence);
      if (!isWhole) throw backupDamaged("it holds something else than its manifest says");
      return { manifest, records };
    }
  }
  throw backupDamaged("it has no manifest");
}

/**
 * Writes a backup to a file that must not be there yet: aside, checked on the way, flushed, and then given its name.
 * So a file under that name is a whole and sound backup, or there is none.
 *
 * @throws BACKUP_EXISTS; STORE_DAMAGED when what was backed up is not sound; BACKUP_DAMAGED when it broke on the way;
 * STORE_FULL, STORE_IO
 */
export async function writeBackup(path: string, chunks: AsyncIterable<Uint8Array>): Promise<CheckedBackup> {
  const partial = `${path}.partial-${process.pid}`;
  try {
    const handle = await open(partial, "wx", PRIVATE_FILE_MODE);
    let checked: CheckedBackup;
    try {
      checked = await checkBackup(
        (async function* () {
          for await (const chunk of chunks) {
            await handle.writeFile(chunk);
            yield chunk;
          }
        })(),
      );
      requireSound(checked.records);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await publish(partial, path);
    await syncFolder(dirname(path));
    return checked;
  } catch (error) {
    await removeIfThere(partial).catch(() => undefined);
    if (errnoOf(error) === "EEXIST") throw backupExists(path);
    throw toStoreError(error, path);
  }
}

/** Gives a file its name, unless that is taken. */
async function publish(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path);
  } catch (error) {
    // File systems of memory sticks know no links; there two backups at once to one name are not kept apart.
    if (errnoOf(error) !== "EPERM" && errnoOf(error) !== "ENOTSUP") throw error;
    const taken = await open(path, "wx", PRIVATE_FILE_MODE);
    await taken.close();
    return rename(partial, path);
  }
  await removeIfThere(partial);
}

/** A backup file's bytes. Reading them again is calling this again. @throws BACKUP_UNREADABLE */
export async function* readBackup(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path);
  } catch (cause) {
    if (errnoOf(cause) === undefined) throw cause;
    throw new PleiadError(`cannot read the backup ${path}`, {
      code: "BACKUP_UNREADABLE",
      hint: "check its name, and that this user may read it",
      details: { path },
      cause,
    });
  }
}

function backupExists(path: string): PleiadError {
  return new PleiadError(`there is something at ${path} already`, {
    code: "BACKUP_EXISTS",
    hint: "name another file, or a folder: a backup never replaces another",
    details: { path },
  });
}
