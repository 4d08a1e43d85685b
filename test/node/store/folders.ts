import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import { DATABASE_FOLDER, openStore, type Store } from "../../../node/src/store/open.ts";
import { CHAIN, digest, LEASE, logger, signed } from "./helpers.ts";

/** Opens the store of a folder as a daemon does. */
export function openAt(dataFolder: string): Promise<Store> {
  return openStore({ ...CHAIN, dataFolder }, { logger });
}

/** Jobs in a filled folder. */
export const FILLED_JOBS = 12;

/** Makes a store with jobs and signings, and closes it. */
export async function fill(dataFolder: string, jobs = FILLED_JOBS): Promise<void> {
  const store = await openAt(dataFolder);
  for (let execution = 1n; execution <= jobs; execution += 1n) {
    await signed(store.journal, { execution, task: 0 }, `context ${execution}`);
  }
  await store.close();
}

/** Adds a job and closes, so that the folder's log has one more write. */
export async function addJob(dataFolder: string, execution: bigint): Promise<void> {
  const store = await openAt(dataFolder);
  await store.journal.jobs.lease({ execution, task: 0 }, { ...LEASE, contextHash: digest("more") });
  await store.close();
}

/** A second copy of a folder, as it is now. */
export async function copyOf(from: string, to: string): Promise<string> {
  await cp(from, to, { recursive: true });
  return to;
}

/** Paths of the database's files whose name ends so. */
export async function databaseFiles(dataFolder: string, ending: string): Promise<readonly string[]> {
  const folder = join(dataFolder, DATABASE_FOLDER);
  const names = await readdir(folder);
  return names
    .filter((name) => name.endsWith(ending) || name.startsWith(ending))
    .map((name) => join(folder, name));
}

/** Changes bytes of a file from `position` on. */
export async function flipBytes(path: string, position: number, count = 1): Promise<void> {
  const bytes = await readFile(path);
  for (let index = position; index < Math.min(position + count, bytes.length); index += 1) {
    bytes[index] = (bytes[index] ?? 0) ^ 0x5a;
  }
  await writeFile(path, bytes);
}

/** Moves everything from the log into tables, as LevelDB does by itself after a while. */
export async function compact(dataFolder: string): Promise<void> {
  const level = new ClassicLevel(join(dataFolder, DATABASE_FOLDER), { createIfMissing: false });
  await level.open();
  await level.compactRange("", "\uffff");
  await level.close();
}

/** Reads and writes single entries of the database past the store. */
export async function withDatabase<T>(
  dataFolder: string,
  use: (level: ClassicLevel<string, Uint8Array>) => Promise<T>,
): Promise<T> {
  const level = new ClassicLevel<string, Uint8Array>(join(dataFolder, DATABASE_FOLDER), {
    valueEncoding: "view",
  });
  await level.open();
  try {
    return await use(level);
  } finally {
    await level.close();
  }
}
