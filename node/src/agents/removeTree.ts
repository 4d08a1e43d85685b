import type { Dirent } from "node:fs";
import { chmod, lstat, opendir, rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { isSystemError } from "./systemError.ts";

/** A process that was killed a moment ago may still have been writing. */
const ATTEMPTS_MAX = 5;
/** Files that are removed together: more wait for the same few threads, and others wait behind them. */
const REMOVED_AT_ONCE = 16;

/**
 * Removes a folder and everything in it, or a file; nothing happens if it does not exist. Read-only folders, which programs leave
 * behind (caches of packages), are opened first. No link is followed. However much there is, nobody else has to wait: the daemon
 * does other things between some files and the next.
 *
 * @returns the code of the first error if it cannot be removed
 */
export async function removeTree(path: string): Promise<string | undefined> {
  let code: string | undefined;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    code = await removeOnce(path);
    if (code === undefined) return undefined;
  }
  return code;
}

async function removeOnce(path: string): Promise<string | undefined> {
  const isFolder = { value: false };
  const looked = await codeOf(async () => {
    isFolder.value = (await lstat(path)).isDirectory();
  });
  if (looked !== undefined) return looked;
  return isFolder.value ? removeWhole(path) : codeOf(() => unlink(path));
}

/** As long as something goes, there may be more: not every file system lists all that is there while some of it goes. */
async function removeWhole(folder: string): Promise<string | undefined> {
  for (;;) {
    const { removed, code } = await removeContent(folder);
    if (code !== undefined) return code;
    const left = await codeOf(() => rmdir(folder));
    if (left !== "ENOTEMPTY" || removed === 0) return left;
  }
}

async function removeContent(
  folder: string,
): Promise<{ readonly removed: number; readonly code: string | undefined }> {
  let removed = 0;
  let first: string | undefined;
  const count = (codes: readonly (string | undefined)[]): void => {
    removed += codes.filter((code) => code === undefined).length;
    first ??= codes.find((code) => code !== undefined);
  };
  const unreadable = await codeOf(async () => {
    for await (const entries of inGroups(folder)) {
      count(
        await Promise.all(
          entries
            .filter((entry) => !entry.isDirectory())
            .map(({ name }) => removeFile(folder, join(folder, name))),
        ),
      );
      for (const entry of entries)
        if (entry.isDirectory()) count([await removeWhole(join(folder, entry.name))]);
    }
  });
  return { removed, code: first ?? unreadable };
}

/** The entries of a folder, some at a time, so that one of a million files is not in memory as a whole. */
async function* inGroups(folder: string): AsyncGenerator<Dirent[]> {
  let group: Dirent[] = [];
  for await (const entry of await opened(folder)) {
    group.push(entry);
    if (group.length < REMOVED_AT_ONCE) continue;
    yield group;
    group = [];
  }
  yield group;
}

async function opened(folder: string) {
  try {
    return await opendir(folder);
  } catch (error) {
    if (!isClosed(error)) throw error;
    await chmod(folder, 0o700);
    return await opendir(folder);
  }
}

async function removeFile(folder: string, path: string): Promise<string | undefined> {
  const code = await codeOf(() => unlink(path));
  if (code !== "EACCES" && code !== "EPERM") return code;
  return codeOf(async () => {
    await chmod(folder, 0o700);
    await unlink(path);
  });
}

function isClosed(error: unknown): boolean {
  return isSystemError(error) && (error.code === "EACCES" || error.code === "EPERM");
}

/** What is gone already is as it should be. */
async function codeOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return error.code === "ENOENT" ? undefined : error.code;
  }
}
