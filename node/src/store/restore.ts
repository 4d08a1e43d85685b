import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { makeFolder, syncFolder } from "../config/files.ts";
import type { Backend, BackendOperation } from "./backend.ts";
import { type CheckedBackup, checkBackup } from "./backup.ts";
import { type BackupManifest, decodeBackup } from "./backupFormat.ts";
import { openBlobStore } from "./blobs.ts";
import { requireChain, type StoreChain } from "./chainRecord.ts";
import { decodeRecord } from "./codec.ts";
import { checksumIn, decodeEnvelope, encodeEnvelope } from "./envelope.ts";
import { toStoreError } from "./errors.ts";
import { LIVE_JOBS } from "./jobRecords.ts";
import { openLevelBackend } from "./levelBackend.ts";
import { MARK_FILE, openSequenceMark } from "./mark.ts";
import { MARKER_FILE, type Marker, writeMarker } from "./marker.ts";
import { addMemories, type MemoryRecord } from "./memoryRecords.ts";
import { requireNotNewer, SCHEMA_VERSION } from "./migrations.ts";
import { BLOBS_FOLDER, DATABASE_FOLDER } from "./open.ts";
import { encodeMeta, META_KEY } from "./records.ts";
import { requireSound } from "./recordsCheck.ts";
import {
  freeNumber,
  hasHistory,
  keepAside,
  markerOrTraces,
  markerOrUndefined,
  moveDatabase,
  requireUnlocked,
  soundSignings,
} from "./setAside.ts";
import { SIGNING_COUNT_KEY, SIGNING_PREFIX, signingKeyOf, signingSchema } from "./signingJournal.ts";
import { LEDGER_FILE, type LedgerEntry, openSigningLedger, readLedgerEntries } from "./signingLedger.ts";
import { raiseWatermarkAnyway, WATERMARK_FILE } from "./watermark.ts";

/** Where the database of a restore lies until it is whole. */
export const RESTORING_FOLDER = "db.restoring";
/** Where the ledger of a restore lies until it is whole. */
const RESTORING_LEDGER = `${LEDGER_FILE}.restoring`;

/** Records written in one step. */
const RESTORE_BATCH = 500;

/** What a restore does, in this order; each step is on the disk before the next one begins. */
export const RESTORE_STEPS = [
  "watermark",
  "marker",
  "aside",
  "records",
  "blobs",
  "memories",
  "ledger",
  "place",
  "done",
] as const;
export type RestoreStep = (typeof RESTORE_STEPS)[number];

export interface RestoreOptions {
  readonly dataFolder: string;
  /** The backup's bytes, from the beginning each time: it is checked whole before anything is changed. */
  readonly read: () => AsyncIterable<Uint8Array>;
  /** What the node's configuration is about; a backup of another chain, or of another node, is refused. */
  readonly chain: StoreChain;
  readonly node: bigint | null;
  /** What is there is set aside. @default a folder with a history is refused */
  readonly setAside?: boolean;
  readonly blobBytesTotalMax?: number;
  /** Unix milliseconds. @default Date.now */
  readonly now?: () => number;
}

export interface RestoreModules {
  readonly logger: Logger;
  /** Called before each step; a test ends a restore there. @default nothing */
  readonly beforeStep?: (step: RestoreStep) => Promise<void>;
}

export interface Restored {
  readonly manifest: BackupManifest;
  /** Where the database that was there lies now. */
  readonly movedTo: string | undefined;
  /** All that are on record now: the backup's and those that the folder's own ledger knew. */
  readonly signings: number;
}

/**
 * Restores a backup into a data folder. The watermark comes first, so that from then on nothing is signed for what was
 * created until now; the marker says that the folder is being restored until it is, so that no daemon starts on half of
 * it. Cut short at any instant it may be run again.
 *
 * Transactions are not taken over: what became of them since the backup only the chain knows, which the node asks for
 * its nonces as after a rebuild. What they carried is sent again. Signings that the folder's own ledger knows are kept.
 *
 * @throws BACKUP_DAMAGED, BACKUP_UNREADABLE, BACKUP_OTHER_NODE, STORE_OTHER_CHAIN, STORE_SCHEMA_NEWER, RESTORE_OVER_HISTORY,
 * STORE_LOCKED, STORE_SET_ASIDE_TOO_OFTEN: nothing was changed. STORE_FULL, STORE_IO, BLOBS_FULL: run it again.
 */
export async function restoreBackup(options: RestoreOptions, modules: RestoreModules): Promise<Restored> {
  try {
    return await restore(options, modules);
  } catch (error) {
    throw toStoreError(error, options.dataFolder);
  }
}

async function restore(options: RestoreOptions, modules: RestoreModules): Promise<Restored> {
  const { dataFolder, now = Date.now } = options;
  const { logger, beforeStep = async () => undefined } = modules;
  const paths = pathsOf(dataFolder);
  const { manifest } = await checked(options);
  await makeFolder(dataFolder);
  const names = await readdir(dataFolder);
  const number = freeNumber(dataFolder, names);
  const isHistory = await hasHistory(dataFolder);
  const isUnfinished = (await markerOrUndefined(paths.marker))?.database === "restoring";
  if (isHistory && !isUnfinished && options.setAside !== true) throw overHistory(dataFolder);
  for (const name of [DATABASE_FOLDER, RESTORING_FOLDER])
    if (names.includes(name)) await requireUnlocked(join(dataFolder, name));

  await beforeStep("watermark");
  await raiseWatermarkAnyway(paths.watermark, "restore", now());
  await beforeStep("marker");
  const before = isHistory ? await markerOrTraces(dataFolder, paths.marker, number) : undefined;
  const marker = await restoringMarker(before, paths.mark);
  await writeMarker(paths.marker, marker);
  await beforeStep("aside");
  const movedTo = names.includes(DATABASE_FOLDER)
    ? await moveDatabase(dataFolder, `replaced-${number}`)
    : undefined;
  await beforeStep("records");
  await rm(paths.restoring, { recursive: true, force: true });
  const sequence = Math.max(manifest.sequence, marker.sequence) + 1;
  const backend = await openLevelBackend({ folder: paths.restoring, create: true });
  let signings: number;
  try {
    signings = await writeRecords(options.read(), { sequence, paths }, backend);
    await beforeStep("blobs");
    await writeBlobs(options, paths.blobs, logger);
    await beforeStep("memories");
    await addMemories(dataFolder, memoriesOf(options.read()));
    await beforeStep("ledger");
    await writeLedger(paths, backend);
  } finally {
    await backend.close();
  }
  await beforeStep("place");
  await rename(paths.restoring, paths.database);
  await syncFolder(dataFolder);
  await beforeStep("done");
  await writeMarker(paths.marker, {
    ...marker,
    schemaVersion: manifest.schemaVersion,
    database: "expected",
    sequence,
    signings,
  });
  return { manifest, movedTo, signings };
}

function pathsOf(dataFolder: string) {
  return {
    database: join(dataFolder, DATABASE_FOLDER),
    restoring: join(dataFolder, RESTORING_FOLDER),
    marker: join(dataFolder, MARKER_FILE),
    mark: join(dataFolder, MARK_FILE),
    watermark: join(dataFolder, WATERMARK_FILE),
    ledger: join(dataFolder, LEDGER_FILE),
    restoringLedger: join(dataFolder, RESTORING_LEDGER),
    blobs: join(dataFolder, BLOBS_FOLDER),
  };
}
type Paths = ReturnType<typeof pathsOf>;

/** The whole backup, found sound and about this node. */
async function checked({ read, chain, node }: RestoreOptions): Promise<CheckedBackup> {
  const backup = await checkBackup(read());
  requireSound(backup.records);
  const { manifest } = backup;
  requireNotNewer(manifest.schemaVersion, SCHEMA_VERSION);
  requireChain(manifest, chain, "the backup");
  if (node !== null && manifest.node !== null && manifest.node !== node) {
    throw new PleiadError(`the backup is of node ${manifest.node}, and this folder is of node ${node}`, {
      code: "BACKUP_OTHER_NODE",
      hint: "name a backup of this node, or the other node's folder",
      details: { found: manifest.node, wanted: node },
    });
  }
  return backup;
}

async function restoringMarker(before: Marker | undefined, markPath: string): Promise<Marker> {
  const mark = await openSequenceMark(markPath);
  const { highest } = mark;
  await mark.close();
  const known = before ?? { about: "", schemaVersion: SCHEMA_VERSION, sequence: 0, signings: 0, openings: 0 };
  return {
    ...known,
    about: "A backup is being restored here. Run the same `pleiad node restore` again to carry on.",
    database: "restoring",
    sequence: Math.max(known.sequence, highest),
  };
}

/** Writes the records of a backup into an empty database, and the signings that only the folder's ledger knows. */
async function writeRecords(
  chunks: AsyncIterable<Uint8Array>,
  { sequence, paths }: { readonly sequence: number; readonly paths: Paths },
  backend: Backend,
): Promise<number> {
  let [count, sum, signings, schema] = [0, 0n, 0, SCHEMA_VERSION];
  let batch: BackendOperation[] = [];
  const put = async (key: string, value: Uint8Array) => {
    batch.push({ key, value });
    count += 1;
    sum ^= checksumIn(value);
    if (key.startsWith(SIGNING_PREFIX)) signings += 1;
    if (batch.length < RESTORE_BATCH) return;
    await backend.write(batch, false);
    batch = [];
  };
  for await (const frame of decodeBackup(chunks)) {
    if (frame.kind === "manifest") schema = frame.manifest.schemaVersion;
    if (frame.kind !== "record" || !isTakenOver(frame.key)) continue;
    await put(frame.key, freed(frame.key, frame.bytes, sequence));
  }
  await backend.write(batch, false);
  batch = [];
  for await (const { context, digest } of soundEntries(paths.ledger)) {
    const key = signingKeyOf(context);
    if ((await backend.get(key)) !== undefined || batch.some((known) => known.key === key)) continue;
    await put(key, encodeEnvelope(key, sequence, { index: signings, digest: `0x${digest.toString("hex")}` }));
  }
  if (signings > 0)
    await put(SIGNING_COUNT_KEY, encodeEnvelope(SIGNING_COUNT_KEY, sequence, { count: signings }));
  batch.push({ key: META_KEY, value: encodeMeta({ schema, sequence, count, sum }) });
  await backend.write(batch, true);
  return signings;
}

/** `meta` and the count of signings are made anew; of transactions only the chain knows what became. */
function isTakenOver(key: string): boolean {
  return key !== META_KEY && key !== SIGNING_COUNT_KEY && !key.startsWith("tx/");
}

/** A job that was on its way is signed, and waits for another transaction. */
function freed(key: string, bytes: Uint8Array, sequence: number): Uint8Array {
  if (!key.startsWith(LIVE_JOBS)) return bytes;
  const payload = decodeEnvelope(key, bytes).payload as { readonly state?: unknown };
  if (payload.state !== "sent") return bytes;
  return encodeEnvelope(key, sequence, { ...payload, state: "signed", transaction: null });
}

/** What is sound of the folder's own ledger, from its beginning. */
async function* soundEntries(path: string): AsyncGenerator<LedgerEntry> {
  try {
    yield* readLedgerEntries(path);
  } catch (error) {
    if (!(error instanceof PleiadError) || error.code !== "STORE_DAMAGED") throw error;
  }
}

async function writeBlobs(options: RestoreOptions, folder: string, logger: Logger): Promise<void> {
  const { blobBytesTotalMax: bytesTotalMax } = options;
  const blobs = await openBlobStore(
    { folder, ...(bytesTotalMax === undefined ? {} : { bytesTotalMax }) },
    { logger },
  );
  for await (const frame of decodeBackup(options.read()))
    if (frame.kind === "blob") await blobs.put(frame.bytes);
}

async function* memoriesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<MemoryRecord> {
  for await (const frame of decodeBackup(chunks)) if (frame.kind === "memory") yield [frame.key, frame.bytes];
}

/** Writes the ledger anew from the database, which holds the old one's signings too; a damaged one is kept for a look. */
async function writeLedger(paths: Paths, backend: Backend): Promise<void> {
  await rm(paths.restoringLedger, { force: true });
  const ledger = await openSigningLedger(paths.restoringLedger);
  try {
    await ledger.rewrite(
      (async function* () {
        for await (const [key, bytes] of backend.entries(SIGNING_PREFIX)) {
          const { index, digest } = decodeRecord(key, signingSchema, decodeEnvelope(key, bytes).payload);
          const context = Buffer.from(key.slice(SIGNING_PREFIX.length), "hex");
          yield [index, { context, digest: Buffer.from(digest.slice(2), "hex") }] as const;
        }
      })(),
    );
  } finally {
    await ledger.close();
  }
  // Damaged, it may hold what can be read by hand.
  if (!(await soundSignings(paths.ledger)).isWhole) await keepAside(paths.ledger);
  await rename(paths.restoringLedger, paths.ledger);
}

function overHistory(dataFolder: string): PleiadError {
  return new PleiadError(`a node has worked in ${dataFolder}: its own memory is newer than any backup`, {
    code: "RESTORE_OVER_HISTORY",
    hint: "start it as it is; or, if its database is to be replaced, say --set-aside: it is kept beside",
    details: { dataFolder },
  });
}
