import { randomBytes } from "node:crypto";
import { link, mkdir, open, readdir, rename, stat, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** Owner reads and writes, nobody else anything: the mode of whatever this daemon keeps. */
export const PRIVATE_FILE_MODE = 0o600;
/** Owner only, for folders. */
export const PRIVATE_FOLDER_MODE = 0o700;
/** What a file is called while it is written, after the process that writes it: `writeTemporary` makes such names. */
const TEMPORARY_NAME = /^\.tmp-(\d+)-[0-9a-f]{16}$/;

/**
 * Flushes a folder, so that the names just made or moved in it survive a power cut.
 *
 * @param folder path of a folder
 */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes a folder (mode 0700) and its parents, and flushes its name. Does nothing when it is there.
 *
 * @throws what the system says of the first folder that it will not make
 */
export async function makeFolder(folder: string): Promise<void> {
  // One by one from the first that is missing: Node's own way never ends below a folder that is there and takes none (/proc).
  const missing = await missingFolders(resolve(folder));
  for (const one of missing) await makeOne(one);
  const [first] = missing;
  if (first !== undefined) await syncFolder(dirname(first));
}

/** A folder's missing parents and the folder itself, the outermost first; empty where it is there. */
async function missingFolders(folder: string): Promise<string[]> {
  const missing: string[] = [];
  // It ends at the root, which is always there.
  for (let at = folder; !(await isFolder(at)); at = dirname(at)) missing.unshift(at);
  return missing;
}

async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: PRIVATE_FOLDER_MODE });
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (errnoOf(error) !== "EEXIST" || !(await isFolder(folder))) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) return false;
    throw error;
  }
}

/**
 * Replaces a file in one step (mode 0600): after a crash at any instant the old content is there or the new one,
 * whole and flushed.
 *
 * @param temporaryFolder where the new content is written first; on the same file system. @default the file's own
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  temporaryFolder: string = dirname(path),
): Promise<void> {
  const temporary = await writeTemporary(temporaryFolder, content);
  try {
    await rename(temporary, path);
  } catch (error) {
    await removeIfThere(temporary);
    throw error;
  }
  await syncFolder(dirname(path));
}

/**
 * Writes a file that must not be there yet (mode 0600), whole and flushed or not at all.
 *
 * @throws the system's EEXIST when the path is taken; the file there is untouched
 */
export async function writeFileNew(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = await writeTemporary(dirname(path), content);
  try {
    // A link, not a rename: it is the one call that both publishes the whole file and refuses a taken name.
    await link(temporary, path);
  } finally {
    await removeIfThere(temporary);
  }
  await syncFolder(dirname(path));
}

async function writeTemporary(folder: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, `.tmp-${process.pid}-${randomBytes(8).toString("hex")}`);
  const handle = await open(path, "wx", PRIVATE_FILE_MODE);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    await handle.close();
    await removeIfThere(path);
    throw error;
  }
  await handle.close();
  return path;
}

/**
 * Removes what writers that were killed left half written in a folder; what a process that lives is writing stays.
 *
 * Warning: call it before this process writes there, since its number may have been that of one that was killed.
 */
export async function removeHalfWritten(folder: string): Promise<void> {
  for (const name of await filesIn(folder)) {
    const [, pid] = TEMPORARY_NAME.exec(name) ?? [];
    if (pid === undefined) continue;
    if (Number(pid) === process.pid || !isRunning(Number(pid))) await removeIfThere(join(folder, name));
  }
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** Whether there is a process of that number, whosever it is. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, as somebody else's.
    return errnoOf(error) === "EPERM";
  }
}

/** Removes a file; one that is not there is as good as removed. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}

/** The system's name for what went wrong (`ENOENT`, `ENOSPC`, …); undefined when `error` did not come from there. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Why a file could not be read, in words where the system's name for it says little. */
export function whyUnreadable(errno: string): string {
  const words: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file",
    EISDIR: "it is a folder",
    EACCES: "this user may not read it",
  };
  return words[errno] ?? errno;
}

/** Why `makeFolder` failed, in words where the system's name for it says little. */
export function whyNoFolder(errno: string): string {
  if (errno === "EEXIST" || errno === "ENOTDIR") return "a file is in the way";
  // All its parents were there, or were just made.
  return errno === "ENOENT" ? "the file system there takes no folders" : errno;
}
