import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { isSystemError } from "../systemError.ts";

/** Bytes of all files below a folder; it may change meanwhile. What is above the limit is not looked at any more. */
export async function folderBytes(folder: string, bytesMax: number): Promise<number> {
  let bytes = 0;
  const waiting = [folder];
  for (let at = waiting.pop(); at !== undefined && bytes <= bytesMax; at = waiting.pop()) {
    for (const entry of await gone(readdir(at, { withFileTypes: true }), [])) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      else bytes += (await gone(lstat(path), undefined))?.size ?? 0;
    }
  }
  return bytes;
}

async function gone<T>(look: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await look;
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return otherwise;
    throw error;
  }
}
