import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { sweepTagged } from "./processTable.mjs";
import { removeTree } from "./removeTree.ts";
import { sweepDoors } from "./sandbox/door.ts";
import { requireTagPrefix } from "./tag.ts";

/** What a sweep found. */
export interface SweepResult {
  /** Ids of the processes that were killed. */
  readonly killed: readonly number[];
  /** Why the machine's processes could not be listed, if so: then nothing was killed. */
  readonly listingError: string | undefined;
  /** Folders of earlier runs that were removed. */
  readonly foldersRemoved: number;
  /** Folders that could not be removed, each with the code of the error. */
  readonly foldersLeft: readonly { readonly folder: string; readonly errorCode: string }[];
  /** Doors of earlier runs' sandboxes that were removed. */
  readonly doorsRemoved: number;
}

/**
 * Kills what earlier runs of this data folder's daemon left behind (agents that fled their group, guards that were stopped
 * or killed with their daemon) and removes their folders and the doors of their sandboxes.
 *
 * Warning: call it at start only, after taking the lock of the data folder. It kills every run of that folder.
 *
 * @param tagPrefix The data folder's own; processes with any other prefix are not touched.
 * @param scratchFolder Where drivers of this data folder keep the agents' folders; everything in it is removed.
 * @throws AgentError AGENT_TAG_INVALID
 */
export async function sweepOrphans(tagPrefix: string, scratchFolder?: string): Promise<SweepResult> {
  const beginning = `${requireTagPrefix(tagPrefix)}:`;
  const { killed, error } = sweepTagged((entry) => entry.tag.startsWith(beginning));
  const left: { folder: string; errorCode: string }[] = [];
  const folders = scratchFolder === undefined ? [] : await foldersIn(scratchFolder);
  for (const folder of folders) {
    const errorCode = await removeTree(folder);
    if (errorCode !== undefined) left.push({ folder, errorCode });
  }
  return {
    killed,
    listingError: error,
    foldersRemoved: folders.length - left.length,
    foldersLeft: left,
    doorsRemoved: await sweepDoors(tagPrefix),
  };
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).map((name) => join(folder, name));
  } catch (error) {
    // No agent has run here yet.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
