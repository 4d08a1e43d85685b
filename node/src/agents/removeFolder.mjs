// Removes an agent's private folder, for the guard process, which nobody waits for; the daemon has removeTree.ts. Plain JavaScript: see processTable.mjs.
import { chmodSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** A process that was killed a moment ago may still have been writing. */
const ATTEMPTS_MAX = 5;

/**
 * Removes a folder and everything in it; nothing happens if it does not exist. Programs leave read-only folders behind
 * (caches of packages do), so those are opened first. Returns the code of the error if it cannot be removed.
 */
export function removeFolder(folder) {
  let code;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return undefined;
    } catch (error) {
      code = error.code;
      if (code === undefined) throw error;
      if (code === "EACCES" || code === "EPERM") openFolders(folder);
    }
  }
  return code;
}

/** Symbolic links are not followed: what they point to is not the agent's. */
function openFolders(folder) {
  try {
    chmodSync(folder, 0o700);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) openFolders(join(folder, entry.name));
    }
  } catch {
    // The next attempt to remove it says what is wrong.
  }
}
