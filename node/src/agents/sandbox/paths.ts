import { lstat, stat } from "node:fs/promises";
import { isAbsolute, relative } from "node:path";

/** Whether a path is a folder or lies in it. Both are absolute and without symbolic links. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith("../") && !isAbsolute(way));
}

/** What must not be seen and lies below a folder that is shown, as far as it exists. */
export async function hiddenIn(
  folder: string,
  hidden: readonly string[],
): Promise<readonly { readonly path: string; readonly isFolder: boolean }[]> {
  const found = [];
  for (const path of hidden) {
    if (path === folder || !isInside(path, folder)) continue;
    try {
      found.push({ path, isFolder: (await lstat(path)).isDirectory() });
    } catch {
      // It is not there.
    }
  }
  return found;
}

/** What an absolute path leads to; undefined where that is nothing, and for any other text. */
export async function whatIsAt(text: string): Promise<"file" | "folder" | "other" | undefined> {
  if (!text.startsWith("/") || text.includes("\0")) return undefined;
  try {
    const about = await stat(text);
    if (about.isFile()) return "file";
    return about.isDirectory() ? "folder" : "other";
  } catch {
    return undefined;
  }
}

/** Whether there is a file or a folder itself, and no link to one. */
export async function isPlain(path: string): Promise<boolean> {
  try {
    const about = await lstat(path);
    return about.isFile() || about.isDirectory();
  } catch {
    return false;
  }
}
