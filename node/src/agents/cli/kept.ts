import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readPlain } from "../folders/safeFiles.ts";
import { isSystemError } from "../systemError.ts";

/** What a program keeps of its sessions; a database with thousands of them has so many bytes. */
const KEPT_BYTES_MAX = 268_435_456;
/** Files and folders that are looked at: those of thousands of sessions. */
const KEPT_ENTRIES_MAX = 20_000;
/** What is no plain file of a bearable size is none of the program's: a link, a pipe, a folder, something that may not be read. */
const NOT_KEPT = new Set(["ELOOP", "EINVAL", "EFBIG", "ENXIO", "EACCES", "EISDIR", "ENOTDIR"]);
/** Of folders that cannot be looked into. */
const CLOSED = new Set(["ENOENT", "ENOTDIR", "EACCES", "ELOOP"]);

/**
 * Names of the plain files in a folder of a program's home, however deep; none if there is no such folder. The home is the agent's:
 * no link is followed, so that nothing leads out of it or round in it.
 */
export async function filesIn(folder: string): Promise<string[]> {
  const files: string[] = [];
  const waiting = [""];
  let entries = 0;
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const entry of await entriesOf(join(folder, at))) {
      entries += 1;
      if (entries > KEPT_ENTRIES_MAX) return files;
      const name = join(at, entry.name);
      if (entry.isDirectory()) waiting.push(name);
      else if (entry.isFile()) files.push(name);
    }
  }
  return files;
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isSystemError(error) && CLOSED.has(error.code)) return [];
    throw error;
  }
}

/** What is in one of those files; undefined if it is no plain file, or too large. */
export async function readKept(folder: string, name: string): Promise<Buffer | undefined> {
  try {
    return await readPlain(join(folder, name), KEPT_BYTES_MAX);
  } catch (error) {
    if (isSystemError(error) && NOT_KEPT.has(error.code)) return undefined;
    throw error;
  }
}

/** Whether a program kept a file with this in its name. */
export async function keepsFile(folder: string, part: string): Promise<boolean> {
  return (await filesIn(folder)).some((name) => name.includes(part));
}

/** Whether one of a program's files (a database) holds this text. */
export async function keepsText(folder: string, fileName: RegExp, text: string): Promise<boolean> {
  for (const name of await filesIn(folder)) {
    if (fileName.test(name) && (await readKept(folder, name))?.includes(text) === true) return true;
  }
  return false;
}
