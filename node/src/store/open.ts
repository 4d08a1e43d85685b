import { join } from "node:path";
import type { Logger } from "pino";
import type { Cursor } from "../chain/cursor.ts";
import type { EquivocationBook } from "../chain/equivocations.ts";
import type { Journal } from "../chain/journal.ts";
import type { SpendingFile } from "../chain/spendingMemory.ts";
import { makeFolder } from "../config/files.ts";
import { type ApprovalBook, createApprovalBook } from "./approvalBook.ts";
import { type BackupFacts, backupFrames } from "./backup.ts";
import type { BackupFrame } from "./backupFormat.ts";
import { type BlobStore, openBlobStore } from "./blobs.ts";
import { bindToChain } from "./chainRecord.ts";
import { createCursor } from "./cursor.ts";
import { createEquivocationBook } from "./equivocationBook.ts";
import { restoreUnfinished, toStoreError } from "./errors.ts";
import { createJournal, type JournalOptions } from "./journal.ts";
import { openLevelBackend } from "./levelBackend.ts";
import { createManagerDatabases, type ManagerDatabases } from "./managerDatabases.ts";
import { MARK_FILE, openSequenceMark } from "./mark.ts";
import { MARKER_ABOUT, MARKER_FILE, readMarker, writeMarker } from "./marker.ts";
import type { MemoryRecord } from "./memoryRecords.ts";
import { MIGRATIONS, type Migration, migrate, requireNotNewer, SCHEMA_VERSION } from "./migrations.ts";
import { openRecords, type Records } from "./records.ts";
import { countSignings, reconcileSignings } from "./signingJournal.ts";
import { LEDGER_FILE, openSigningLedger } from "./signingLedger.ts";
import { createSpendingFile, SPENDING_FILE } from "./spendingFile.ts";
import { createUsageBook, type UsageBook } from "./usageBook.ts";
import { openWatermark, WATERMARK_FILE, type Watermark } from "./watermark.ts";

/** Name of the database's folder in the data folder. */
export const DATABASE_FOLDER = "db";
/** Name of the blobs' folder in the data folder. */
export const BLOBS_FOLDER = "blobs";

export interface StoreOptions extends JournalOptions {
  /** Made when it is not there. One daemon works in it at a time. */
  readonly dataFolder: string;
  /** See `openBlobStore`. */
  readonly blobBytesTotalMax?: number;
  /** Which shapes of records this daemon writes, and how it comes to them. @default `SCHEMA_VERSION`, `MIGRATIONS` */
  readonly schema?: {
    readonly version: number;
    readonly migrations: ReadonlyMap<number, Migration>;
  };
}

/** All that a node keeps. */
export interface Store {
  readonly journal: Journal;
  readonly cursor: Cursor;
  readonly equivocations: EquivocationBook;
  /** What agents used: `UsageStore` of `agents/money`. */
  readonly usage: UsageBook;
  /** What agents asked: `ApprovalStore` of `agents/approvals`. */
  readonly approvals: ApprovalBook;
  /** What cluster managers keep: `ManagerStore` of `manager`. */
  readonly managers: ManagerDatabases;
  readonly blobs: BlobStore;
  /** What a gap in the node's memory forbids; the caller seals it once it has caught up with the chain. */
  readonly watermark: Watermark;
  /** What was spent, in a file of its own. */
  readonly spending: SpendingFile;
  /**
   * A backup of all of it as it is now, for `encodeBackup`; what is written meanwhile is not in it.
   *
   * @param memories of agents, which the workspace has
   */
  backup(facts: BackupFacts, memories?: AsyncIterable<MemoryRecord>): AsyncIterable<BackupFrame>;
  /** Names this opening; leases of any other are void. */
  readonly session: string;
  /**
   * `first`: nothing was here. `known`: everything was. `rebuild`: the database is new though the folder has a
   * history, so the caller follows the chain from the contracts' first block and asks it for its own nonces before
   * it sends anything.
   */
  readonly start: "first" | "known" | "rebuild";
  /** Waits for running writes, and closes everything. The last thing a daemon does. */
  close(): Promise<void>;
}

/**
 * Opens the store of a data folder, checks everything in it, and makes it when the folder has no history.
 *
 * @throws STORE_LOCKED when another process has it open; STORE_DAMAGED, STORE_EMPTIED (`setAside` helps);
 * SIGNINGS_LOST; STORE_RESTORE_UNFINISHED; STORE_OTHER_CHAIN; STORE_SCHEMA_NEWER; STORE_FULL, STORE_IO (retryable)
 *
 * @example
 * const store = await openStore({ dataFolder, chainId: 31337, contract }, { logger });
 * const work = await store.journal.jobs.live();
 */
export async function openStore(options: StoreOptions, modules: { readonly logger: Logger }): Promise<Store> {
  const { dataFolder, schema = { version: SCHEMA_VERSION, migrations: MIGRATIONS } } = options;
  const { logger } = modules;
  const opened: Closable[] = [];
  const keep = <T extends Closable>(closable: T): T => {
    opened.push(closable);
    return closable;
  };

  try {
    await makeDataFolder(dataFolder);
    const markerPath = join(dataFolder, MARKER_FILE);
    const marker = await readMarker(markerPath);
    requireNotNewer(marker?.schemaVersion ?? 0, schema.version);
    if (marker?.database === "restoring") throw restoreUnfinished(dataFolder);

    // The database comes first, for its lock says whether the rest is this process's to touch.
    const mayCreate = marker === undefined || marker.database === "set-aside";
    const databaseFolder = join(dataFolder, DATABASE_FOLDER);
    const backend = keep(await openLevelBackend({ folder: databaseFolder, create: mayCreate }));
    const ledger = keep(await openSigningLedger(join(dataFolder, LEDGER_FILE)));
    const mark = keep(await openSequenceMark(join(dataFolder, MARK_FILE)));
    const hasTraces = ledger.countAtOpening > 0 || mark.highest > 0;
    const records = keep(
      await openRecords(
        {
          create: mayCreate && (marker !== undefined || !hasTraces),
          schema: schema.version,
          name: dataFolder,
          acknowledged: Math.max(mark.highest, marker?.sequence ?? 0),
        },
        { backend, mark },
      ),
    );
    await migrate({ to: schema.version, migrations: schema.migrations }, { records, logger });
    await bindToChain(records, options, `the data folder ${dataFolder}`);

    // The marker says "set aside" until this opening has taken the signings over, however often it is killed.
    const recordsAreNew = records.created || marker?.database === "set-aside";
    const signingsExpected = marker?.signings ?? 0;
    await reconcileSignings({ recordsAreNew, signingsExpected }, { records, ledger, logger });
    const blobs = await openBlobStore(
      {
        folder: join(dataFolder, BLOBS_FOLDER),
        ...(options.blobBytesTotalMax === undefined ? {} : { bytesTotalMax: options.blobBytesTotalMax }),
      },
      { logger },
    );

    const now = options.now ?? Date.now;
    const watermark = await openWatermark(join(dataFolder, WATERMARK_FILE), { logger, now });

    const openings = (marker?.openings ?? 0) + 1;
    await saveMarker(markerPath, records, openings);
    const start = !recordsAreNew ? "known" : marker === undefined ? "first" : "rebuild";
    logger.info({ dataFolder, start, sequence: records.sequence, openings }, "store opened");

    const { journal, session } = createJournal(options, { records, ledger, watermark });
    let closing: Promise<void> | undefined;
    return {
      journal,
      cursor: createCursor({ records }),
      equivocations: createEquivocationBook(options, { records }),
      usage: createUsageBook({ records }),
      approvals: createApprovalBook({ records }),
      managers: createManagerDatabases({ records }),
      blobs,
      watermark,
      spending: createSpendingFile(join(dataFolder, SPENDING_FILE), { logger }),
      session,
      start,
      backup: (facts, memories) =>
        backupFrames(facts, {
          records: records.raw(),
          blobsFolder: join(dataFolder, BLOBS_FOLDER),
          memories,
        }),
      close() {
        closing ??= saveMarker(markerPath, records, openings)
          // The mark knows what the marker would have said; a full disk is no reason not to stop.
          .catch((error: unknown) => logger.warn({ error }, "could not update the marker"))
          .finally(() => closeAll(opened));
        return closing;
      },
    };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

interface Closable {
  close(): Promise<void>;
}

/**
 * Closes all of them in the reverse order of opening, whatever happens to one. Closing something twice is harmless
 * for each of them.
 */
async function closeAll(opened: readonly Closable[]): Promise<void> {
  const errors: unknown[] = [];
  for (const closable of opened.toReversed()) {
    await closable.close().catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0) throw errors[0];
}

async function makeDataFolder(dataFolder: string): Promise<void> {
  try {
    await makeFolder(dataFolder);
  } catch (error) {
    throw toStoreError(error, dataFolder);
  }
}

async function saveMarker(path: string, records: Records, openings: number): Promise<void> {
  await writeMarker(path, {
    about: MARKER_ABOUT,
    schemaVersion: records.schema,
    database: "expected",
    sequence: records.sequence,
    signings: await countSignings(records),
    openings,
  });
}
