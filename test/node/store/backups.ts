import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { readBackup, writeBackup } from "../../../node/src/store/backup.ts";
import { encodeBackup } from "../../../node/src/store/backupFormat.ts";
import { type RestoreOptions, restoreBackup } from "../../../node/src/store/restore.ts";
import { openAt } from "./folders.ts";
import { CHAIN, logger } from "./helpers.ts";

export const NODE = 3n;
export const TAKEN_AT_MS = 1_790_000_000_000;

/** Backs a folder up, whose store is opened for that and closed again. */
export async function backUp(dataFolder: string, path: string) {
  const store = await openAt(dataFolder);
  try {
    return await writeBackup(path, encodeBackup(store.backup({ node: NODE, takenAtMs: TAKEN_AT_MS })));
  } finally {
    await store.close();
  }
}

/** Restores a backup as the node's own. */
export function restoreFrom(
  path: string,
  dataFolder: string,
  change: Partial<RestoreOptions> = {},
  beforeStep: (step: string) => Promise<void> = async () => undefined,
) {
  return restoreBackup(
    { dataFolder, read: () => readBackup(path), chain: CHAIN, node: NODE, ...change },
    { logger, beforeStep },
  );
}

/** Every file below a folder with a digest of its bytes: the same again where nothing was changed. */
export async function bytesOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, name);
    if (!(await stat(path)).isFile()) continue;
    files[name] = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
  }
  return files;
}
