import { constants } from "node:fs";
import { copyFile, readdir, rename, stat, truncate } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { errnoOf, removeIfThere, syncFolder } from "../config/files.ts";
import { toStoreError } from "./errors.ts";
import { openLevelBackend } from "./levelBackend.ts";
import { MARK_FILE, openSequenceMark } from "./mark.ts";
import { MARKER_ABOUT, MARKER_FILE, type Marker, readMarker, writeMarker } from "./marker.ts";
import { requireNotNewer, SCHEMA_VERSION } from "./migrations.ts";
import { DATABASE_FOLDER } from "./open.ts";
import { signingsLost } from "./signingJournal.ts";
import { LEDGER_ENTRY_BYTES, LEDGER_FILE, openSigningLedger, readLedgerEntries } from "./signingLedger.ts";
import { raiseWatermarkAnyway, WATERMARK_FILE } from "./watermark.ts";

/** A disk that damages more databases than this is to be looked at, not written to again. Folders. */
export const SET_ASIDE_MAX = 8;

/** Databases that were set aside because they were damaged, or replaced by a backup. */
export const ASIDE = /^db\.(damaged|replaced)-\d+$/;

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
    const number = freeNumber(dataFolder, names);
    const markerPath = join(dataFolder, MARKER_FILE);
    const marker = await markerOrTraces(dataFolder, markerPath, number);
    await raiseWatermarkAnyway(join(dataFolder, WATERMARK_FILE), "rebuild", now());
    await writeMarker(markerPath, { ...marker, database: "set-aside" });
    return hasDatabase ? await moveDatabase(dataFolder, `damaged-${number}`) : undefined;
  } catch (error) {
    throw toStoreError(error, dataFolder);
  }
}

/** The first number under which nothing was set aside yet. @throws STORE_SET_ASIDE_TOO_OFTEN */
export function freeNumber(dataFolder: string, names: readonly string[]): number {
  const asides = names.filter((name) => ASIDE.test(name));
  if (asides.length >= SET_ASIDE_MAX) throw setAsideTooOften(dataFolder, asides.length);
  let number = 1;
  while (names.some((name) => name.endsWith(`-${number}`))) number += 1;
  return number;
}

/** Moves the database to `db.<suffix>`. @returns where it is now */
export async function moveDatabase(dataFolder: string, suffix: string): Promise<string> {
  const target = join(dataFolder, `${DATABASE_FOLDER}.${suffix}`);
  await rename(join(dataFolder, DATABASE_FOLDER), target);
  await syncFolder(dataFolder);
  return target;
}

/**
 * Begins a node's database anew from the chain: sets aside what there is, whether it is damaged or not. The ledger of
 * signings and the blobs stay.
 *
 * @param options.acceptLostSignings go on where signings are lost: what of the ledger is sound stays, a damaged file is kept
 * for a look, and the node signs nothing for executions of before. @default refuse
 * @returns as `setAside`
 * @throws SIGNINGS_LOST; STORE_HISTORY_MISSING where no node has ever worked; what `setAside` throws
 */
export async function rebuildStore(
  dataFolder: string,
  options: { readonly acceptLostSignings?: boolean; readonly now?: () => number } = {},
): Promise<string | undefined> {
  const { acceptLostSignings = false, now = Date.now } = options;
  try {
    await requireHistory(dataFolder);
    const markerPath = join(dataFolder, MARKER_FILE);
    const expected = (await markerOrUndefined(markerPath))?.signings ?? 0;
    const found = await soundSignings(join(dataFolder, LEDGER_FILE));
    const isLost = !found.isWhole || found.count < expected;
    if (isLost && !acceptLostSignings) throw signingsLost(found.count, Math.max(expected, found.entries));
    // Who says so may know more than the ledger shows: one from an old copy of the disk looks whole.
    if (acceptLostSignings) await raiseWatermarkAnyway(join(dataFolder, WATERMARK_FILE), "restore", now());
    const moved = await setAside(dataFolder, { now });
    if (isLost) {
      await cutLedger(join(dataFolder, LEDGER_FILE), found.count);
      const marker = await readMarker(markerPath);
      if (marker !== undefined) await writeMarker(markerPath, { ...marker, signings: found.count });
    }
    return moved;
  } catch (error) {
    throw toStoreError(error, dataFolder);
  }
}

/** @throws STORE_HISTORY_MISSING when a data folder holds nothing of a node that has worked */
export async function requireHistory(dataFolder: string): Promise<void> {
  if (await hasHistory(dataFolder)) return;
  throw new PleiadError(`no node has worked in ${dataFolder} yet`, {
    code: "STORE_HISTORY_MISSING",
    hint: "name the data folder of a node: the one with its pleiad.yaml and db",
    details: { dataFolder },
  });
}

/** Whether a data folder holds anything of a node that has worked there. */
export async function hasHistory(dataFolder: string): Promise<boolean> {
  const names = await readdir(dataFolder).catch((error: unknown): readonly string[] => {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  });
  return [MARKER_FILE, DATABASE_FOLDER, MARK_FILE, LEDGER_FILE].some((name) => names.includes(name));
}

/** Whole entries from the ledger's beginning, and whether that is all of it. */
export async function soundSignings(
  path: string,
): Promise<{ readonly count: number; readonly entries: number; readonly isWhole: boolean }> {
  let count = 0;
  try {
    for await (const _ of readLedgerEntries(path)) count += 1;
    return { count, entries: count, isWhole: true };
  } catch (error) {
    if (!(error instanceof PleiadError) || error.code !== "STORE_DAMAGED") throw error;
    return { count, entries: Math.floor((await stat(path)).size / LEDGER_ENTRY_BYTES), isWhole: false };
  }
}

/** Leaves the first `count` entries in the ledger; the file as it was is kept beside. */
async function cutLedger(path: string, count: number): Promise<void> {
  await keepAside(path);
  // Where it is not there, none of it is sound.
  if (count === 0) await removeIfThere(path);
  else await truncate(path, count * LEDGER_ENTRY_BYTES);
  await syncFolder(dirname(path));
}

/** Keeps a copy of a file under the first free name `<path>.aside-<n>`. */
export async function keepAside(path: string): Promise<void> {
  for (let number = 1; ; number += 1) {
    try {
      return await copyFile(path, `${path}.aside-${number}`, constants.COPYFILE_EXCL);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return;
      if (errnoOf(error) !== "EEXIST") throw error;
      if (number >= SET_ASIDE_MAX) throw setAsideTooOften(dirname(path), number);
    }
  }
}

/** The marker, unless there is none or it is damaged. */
export async function markerOrUndefined(path: string): Promise<Marker | undefined> {
  try {
    return await readMarker(path);
  } catch (error) {
    if (error instanceof PleiadError && error.code === "STORE_DAMAGED") return undefined;
    throw error;
  }
}

/** Opening tells whether another process has it open; that it cannot be opened for damage is why we are here. */
export async function requireUnlocked(folder: string): Promise<void> {
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
export async function markerOrTraces(dataFolder: string, path: string, number: number): Promise<Marker> {
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
  return new PleiadError(`${count} databases that were set aside lie in ${dataFolder} already`, {
    code: "STORE_SET_ASIDE_TOO_OFTEN",
    hint: "check the disk, then remove what nobody needs any more of db.damaged-* and db.replaced-*",
    details: { dataFolder, count, setAsideMax: SET_ASIDE_MAX },
  });
}

/** Whether `setAside` can help against an error of `openStore`. */
export function canSetAside(error: unknown): boolean {
  return error instanceof PleiadError && (error.code === "STORE_DAMAGED" || error.code === "STORE_EMPTIED");
}
