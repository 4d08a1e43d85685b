import { randomUUID } from "node:crypto";
import { copyFile, link, mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errnoOf } from "../config/files.ts";
import type { Backend } from "./backend.ts";
import { storeEmptied, storeLocked, toStoreError } from "./errors.ts";
import { openLevelBackend } from "./levelBackend.ts";
import { DATABASE_FOLDER } from "./open.ts";

/** A database at rest stands still at once; one that changes each time is being worked on. Times. */
export const COPY_TRIES_MAX = 5;

/** LevelDB never changes a file of this kind once it is written. */
const TABLE = /\.ldb$/;
/** The copy has its own. */
const OWN = new Set(["LOCK", "LOG", "LOG.old"]);

/**
 * Opens a copy of a database of a data folder (by default the store's) and leaves the database itself as it is: opening one replays its log, and
 * drops what of it is damaged. Tables are linked where that can be, the rest is copied.
 *
 * @throws STORE_EMPTIED when there is no database; STORE_LOCKED when it changes while it is copied; STORE_DAMAGED;
 * STORE_FULL, STORE_IO
 */
export async function openDatabaseCopy(
  dataFolder: string,
  name = DATABASE_FOLDER,
): Promise<Pick<Backend, "entries" | "close">> {
  const folder = await translated(dataFolder, () => mkdtemp(join(tmpdir(), "pleiad-copy-")));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const target = join(folder, DATABASE_FOLDER);
    await copyAtRest(dataFolder, name, target);
    const backend = await openLevelBackend({ folder: target, create: false });
    return {
      entries: backend.entries,
      async close() {
        await backend.close().finally(remove);
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function copyAtRest(dataFolder: string, name: string, target: string): Promise<void> {
  const source = join(dataFolder, name);
  for (let tries = 0; tries < COPY_TRIES_MAX; tries += 1) {
    const isWhole = await translated(dataFolder, async () => {
      await rm(target, { recursive: true, force: true });
      await mkdir(target, { recursive: true });
      const before = await stateOf(source);
      if (before === undefined) throw storeEmptied(dataFolder, "is gone");
      return (await copyFiles(source, target)) && (await stateOf(source)) === before;
    });
    if (isWhole) return;
  }
  throw storeLocked(dataFolder);
}

/** Names, sizes and times of the files: the same again where nobody has written meanwhile. */
async function stateOf(folder: string): Promise<string | undefined> {
  let names: readonly string[];
  try {
    names = (await readdir(folder)).filter((name) => !OWN.has(name)).sort();
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    const files = await Promise.all(
      names.map(async (name) => {
        const { size, mtimeMs } = await stat(join(folder, name));
        return `${name} ${size} ${mtimeMs}`;
      }),
    );
    return files.join("\n");
  } catch (error) {
    // One was removed meanwhile: no two looks are the same.
    if (errnoOf(error) === "ENOENT") return randomUUID();
    throw error;
  }
}

/** @returns whether every file was there until it was copied */
async function copyFiles(source: string, target: string): Promise<boolean> {
  try {
    for (const name of (await readdir(source)).filter((found) => !OWN.has(found))) {
      const [from, to] = [join(source, name), join(target, name)];
      if (!TABLE.test(name) || !(await isLinked(from, to))) await copyFile(from, to);
    }
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** Another file system, or one without links, takes a copy. */
async function isLinked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (["EXDEV", "EPERM", "ENOTSUP", "EMLINK", "EACCES"].includes(errnoOf(error) ?? "")) return false;
    throw error;
  }
}

async function translated<T>(folder: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toStoreError(error, folder);
  }
}
