import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errnoOf, removeIfThere } from "../../config/files.ts";
import { AGENT_TAG_VARIABLE, listTagged, sweepTagged } from "../processTable.mjs";
import { GIT_LEFT_MS_MAX, GIT_LEFT_POLL_MS, REF_FILE_BYTES_MAX } from "./limits.ts";
import type { Project } from "./project.ts";
import { PRIVATE_REFS } from "./refs.ts";
import { lookAt, readPlain } from "./safeFiles.ts";

/**
 * Waits for what the last life of the daemon started: a git that outlived it may be writing still. Each is short; one that is
 * not is ended, and so is a gate.
 */
export async function awaitLeftGit(gitTag: string, gateTagStart: string): Promise<void> {
  sweepTagged(({ variable, tag }) => variable === AGENT_TAG_VARIABLE && tag.startsWith(gateTagStart));
  const deadline = performance.now() + GIT_LEFT_MS_MAX;
  while (listTagged().some(({ tag }) => tag === gitTag)) {
    if (performance.now() > deadline) {
      sweepTagged(({ tag }) => tag === gitTag);
      return;
    }
    await sleep(GIT_LEFT_POLL_MS);
  }
}

/** Removes locks of private refs, which nobody but this daemon takes. @returns their paths */
export async function removePrivateLocks(project: Project): Promise<string[]> {
  const folder = join(project.commonFolder, PRIVATE_REFS);
  if ((await lookAt(folder))?.isDirectory() !== true) return [];
  const removed: string[] = [];
  for (const name of await namesBelow(folder)) {
    if (!name.endsWith(".lock")) continue;
    await removeIfThere(join(folder, name));
    removed.push(join(folder, name));
  }
  return removed;
}

/**
 * Removes the lock of a branch that a merge was about to move, if it is that merge's: only then does it hold the commit that
 * the merge had written down. @returns its path if it was removed
 */
export async function removeTargetLock(
  project: Project,
  ref: string,
  commit: string,
): Promise<string | undefined> {
  const path = join(project.commonFolder, `${ref}.lock`);
  const content = await readPlain(path, REF_FILE_BYTES_MAX);
  if (content?.toString("latin1").trim() !== commit) return undefined;
  await removeIfThere(path);
  return path;
}

async function namesBelow(folder: string): Promise<string[]> {
  try {
    return await readdir(folder, { recursive: true });
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}
