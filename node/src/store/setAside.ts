import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { syncFolder } from "../config/files.ts";
import { toStoreError } from "./errors.ts";
import { openLevelBackend } from "./levelBackend.ts";
import { MARK_FILE, openSequenceMark } from "./mark.ts";
import { MARKER_ABOUT, MARKER_FILE, type Marker, readMarker, writeMarker } from "./marker.ts";
import { requireNotNewer, SCHEMA_VERSION } from "./migrations.ts";
import { DATABASE_FOLDER } from "./open.ts";
import { LEDGER_FILE, openSigningLedger } from "./signingLedger.ts";
import { raiseWatermarkAnyway, WATERMARK_FILE } from "./watermark.ts";

/** A disk that damages more databases than this is to be looked at, not written to again. Folders. */
export const SET_ASIDE_MAX = 8;

/**
 * Moves a damaged (or emptied) database beside, to `db.damaged-<n>`, so that the next `openStore` makes a new one and
 * the node rebuilds from the chain. The signings and the blobs stay where they are, and the watermark is raised first: a
 * ledger that was cut at an entry's end looks whole. May be repeated after a crash.
 *
 * @param options.now unix milliseconds. @default Date.now
 * @returns the folder it was moved to; undefined when there was none to move
 * @throws STORE_LOCKED when a daemon works in it; STORE_SET_ASIDE_TOO_OFTEN; STORE_SCHEMA_NEWER; STORE_FULL, STORE_IO
 */
export async function setAside(
  dataFolder: string,
  options: { readonly now?: () => number } = {},
): Promise<string | undefined> {
  const { now = Date.now } = options;
  try {
    const names = await readdir(dataFolder);
    const hasDatabase = names.includes(DATABASE_FOLDER);
    if (hasDatabase) await requireUnlocked(join(dataFolder, DATABASE_FOLDER));
    const asides = names.filter((name) => name.startsWith(`${DATABASE_FOLDER}.damaged-`));
    if (asides.length >= SET_ASIDE_MAX) throw setAsideTooOften(dataFolder, asides.length);
    let number = 1;
    while (names.some((name) => name.endsWith(`.damaged-${number}`))) number += 1;

    const markerPath = join(dataFolder, MARKER_FILE);
    const marker = await markerOrTraces(dataFolder, markerPath, number);
    await raiseWatermarkAnyway(join(dataFolder, WATERMARK_FILE), "rebuild", now());
    await writeMarker(markerPath, { ...marker, database: "set-aside" });
    if (!hasDatabase) return undefined;
    const target = join(dataFolder, `${DATABASE_FOLDER}.damaged-${number}`);
    await rename(join(dataFolder, DATABASE_FOLDER), target);
    await syncFolder(dataFolder);
    return target;
  } catch (error) {
    throw toStoreError(error, dataFolder);
  }
}

/** Opening tells whether another process has it open; that it cannot be opened for damage is why we are here. */
async function requireUnlocked(folder: string): Promise<void> {
  try {
    const backend = await openLevelBackend({ folder, create: false });
    await backend.close();
  } catch (error) {
    const isExpected =
      error instanceof PleiadError && ["STORE_DAMAGED", "STORE_EMPTIED"].includes(error.code);
    if (!isExpected) throw error;
  }
}

/** The marker, or what the other files tell of the history when it is missing or damaged itself. */
async function markerOrTraces(dataFolder: string, path: string, number: number): Promise<Marker> {
  try {
    const marker = await readMarker(path);
    if (marker !== undefined) {
      requireNotNewer(marker.schemaVersion, SCHEMA_VERSION);
      return marker;
    }
  } catch (error) {
    if (!(error instanceof PleiadError) || error.code !== "STORE_DAMAGED") throw error;
    await rename(path, `${path}.damaged-${number}`);
  }
  const ledger = await openSigningLedger(join(dataFolder, LEDGER_FILE));
  await ledger.close();
  const mark = await openSequenceMark(join(dataFolder, MARK_FILE));
  await mark.close();
  return {
    about: MARKER_ABOUT,
    schemaVersion: SCHEMA_VERSION,
    database: "set-aside",
    sequence: mark.highest,
    signings: ledger.countAtOpening,
    openings: 0,
  };
}

function setAsideTooOften(dataFolder: string, count: number): PleiadError {
  return new PleiadError(`${count} damaged databases lie in ${dataFolder} already`, {
    code: "STORE_SET_ASIDE_TOO_OFTEN",
    hint: "check the disk, then remove the db.damaged-* folders that nobody needs any more",
    details: { dataFolder, count, setAsideMax: SET_ASIDE_MAX },
  });
}

/** Whether `setAside` can help against an error of `openStore`. */
export function canSetAside(error: unknown): boolean {
  return error instanceof PleiadError && (error.code === "STORE_DAMAGED" || error.code === "STORE_EMPTIED");
}
