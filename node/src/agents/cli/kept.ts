import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { isSystemError } from "../systemError.ts";

/** What a program keeps of its sessions; a database with thousands of them has so many bytes. */
const KEPT_BYTES_MAX = 268_435_456;

/** Names of what lies in a folder of a program's home, however deep; none if there is no such folder. */
export async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder, { recursive: true });
  } catch (error) {
    if (isSystemError(error) && (error.code === "ENOENT" || error.code === "ENOTDIR")) return [];
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
    const path = join(folder, name);
    if (!fileName.test(name) || (await stat(path)).size > KEPT_BYTES_MAX) continue;
    if ((await readFile(path)).includes(text)) return true;
  }
  return false;
}
