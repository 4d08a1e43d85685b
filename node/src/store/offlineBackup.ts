import { join } from "node:path";
import { type BackupFacts, backupFrames } from "./backup.ts";
import type { BackupFrame } from "./backupFormat.ts";
import { openDatabaseCopy } from "./databaseCopy.ts";
import { memoriesAtRest } from "./memoryRecords.ts";
import { BLOBS_FOLDER } from "./open.ts";
import { requireHistory } from "./setAside.ts";

/**
 * A backup of a data folder whose daemon does not run; changes nothing there.
 *
 * @throws STORE_HISTORY_MISSING, STORE_EMPTIED, STORE_DAMAGED; STORE_LOCKED when a daemon works there meanwhile; STORE_FULL
 * (for the copy that is read), STORE_IO
 */
export async function* offlineBackup(dataFolder: string, facts: BackupFacts): AsyncGenerator<BackupFrame> {
  await requireHistory(dataFolder);
  const copy = await openDatabaseCopy(dataFolder);
  try {
    yield* backupFrames(facts, {
      records: copy.entries(""),
      blobsFolder: join(dataFolder, BLOBS_FOLDER),
      memories: memoriesAtRest(dataFolder),
    });
  } finally {
    await copy.close();
  }
}
