// How much a folder of an agent's holds, for the guard process: plain JavaScript with few imports, since one starts for each run.
import { lstatSync, opendirSync } from "node:fs";
import { join } from "node:path";

/** Files and folders of one folder: a package manager's largest trees have a tenth of it. More is a flood, and too much to count. */
export const FOLDER_ENTRIES_MAX = 1_000_000;
/** How many files are counted between two looks at the clock. */
const FOLDER_STRIDE = 64;
/** Between two walks through a folder so many times what a walk took: a large folder costs the machine a few per cent at most. */
const FOLDER_REST_TIMES = 10;
/** But no longer than this: what is written meanwhile is seen by the next walk alone. Milliseconds. */
const FOLDER_REST_MS_MAX = 10_000;
/** What the system counts a file's room in, whatever its disk does. Bytes. */
const BLOCK_BYTES = 512;

/**
 * Measures one folder, a few milliseconds at a time. What counts is the room that it takes on the disk: a file with holes counts for
 * what it has, and one of several names once. Links are not followed.
 *
 * @returns a look, which goes on where the last one stopped, until its deadline, and answers the limit that is passed, if any
 */
export function createMeasure({ path, bytesMax, kept, entriesMax = FOLDER_ENTRIES_MAX }) {
  let walk = sizeOf(path);
  let walkMs = 0;
  let restsUntil = 0;

  return function look(deadline) {
    const begun = performance.now();
    if (begun < restsUntil) return undefined;
    for (let count = 1; ; count += 1) {
      const { value, done } = walk.next();
      const { bytes, entries } = value;
      if (bytes > bytesMax || entries > entriesMax) {
        walk.return();
        walk = sizeOf(path);
        return bytes > bytesMax
          ? { limit: "folder", found: bytes, kept }
          : { limit: "files", found: entries, kept };
      }
      const now = done || count % FOLDER_STRIDE === 0 ? performance.now() : undefined;
      if (done) {
        walkMs += now - begun;
        restsUntil = now + Math.min(walkMs * FOLDER_REST_TIMES, FOLDER_REST_MS_MAX);
        walk = sizeOf(path);
        walkMs = 0;
        return undefined;
      }
      if (now > deadline) {
        walkMs += now - begun;
        return undefined;
      }
    }
  };
}

/** Walks a folder and tells what was found so far, after each file. Always the same object, so that a walk makes no garbage. */
function* sizeOf(folder) {
  const sum = { bytes: 0, entries: 0 };
  const several = new Set();
  const folders = isFolder(folder) ? [folder] : [];
  while (folders.length > 0) {
    let entries;
    try {
      entries = opendirSync(folders.pop());
    } catch {
      // It was removed meanwhile, or the agent has closed it to itself.
      continue;
    }
    try {
      for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
        const path = join(entry.parentPath, entry.name);
        sum.entries += 1;
        try {
          const { blocks, dev, ino, nlink } = lstatSync(path);
          if (entry.isDirectory()) {
            folders.push(path);
            sum.bytes += blocks * BLOCK_BYTES;
          } else if (nlink === 1 || isFirst(several, `${dev}:${ino}`)) sum.bytes += blocks * BLOCK_BYTES;
        } catch {
          // It was removed meanwhile.
        }
        yield sum;
      }
    } finally {
      entries.closeSync();
    }
  }
  return sum;
}

function isFirst(seen, name) {
  if (seen.has(name)) return false;
  seen.add(name);
  return true;
}

/** A link in the place of the folder leads elsewhere: nothing there is the agent's. */
function isFolder(path) {
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return false;
  }
}
