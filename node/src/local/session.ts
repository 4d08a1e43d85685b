import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { errnoOf, makeFolder, removeIfThere, whyNoFolder } from "../config/files.ts";
import { type Layout, layoutOf } from "./layout.ts";
import {
  type LocalNetwork,
  type LocalNetworkOptions,
  startLocalNetwork,
  throwIfStopped,
} from "./localNetwork.ts";
import { runningTarget } from "./networkFile.ts";
import { type RunHooks, type RunResult, runDocument } from "./runDocument.ts";
import { isHeld, takeLock } from "./upLock.ts";

/** What a data folder of ours has in it; a reset removes these and nothing else. */
const OWN_ENTRIES = [
  "chain",
  "operators",
  "owners",
  "mnemonic",
  "deployment.json",
  "network.json",
  "registry.json",
  "requester.key",
  "up.json",
  "project.json",
];

/** Says that a data folder was made by a local network, so that a reset never removes a stranger's files. */
export const MARKER = "local-network";

/** How often whoever waits for another process's network looks for it. */
const UP_POLL_MS = 100;

/** A local network that this process keeps up, or one that another process does. */
export type Session =
  | { readonly kind: "own"; readonly network: LocalNetwork; close(): Promise<void> }
  | { readonly kind: "other"; run(document: Uint8Array, hooks: RunHooks): Promise<RunResult> };

/**
 * Brings up the network of a data folder; where another process keeps it up already, answers how to run on that.
 *
 * @throws PleiadError LOCAL_FOLDER_UNWRITABLE, LOCAL_FOLDER_FOREIGN; those of `startLocalNetwork`
 */
export async function openSession(options: LocalNetworkOptions): Promise<Session> {
  const layout = layoutOf(options.folder);
  await makeDataFolder(options.folder);
  requireOwn(options.folder);
  writeFileSync(join(options.folder, MARKER), "", { mode: 0o600 });
  const lock = await takeLock(layout.lockFile);
  if (lock === undefined) {
    return {
      kind: "other",
      async run(document, hooks) {
        await untilUp(layout, options);
        return runDocument(runningTarget(layout), document, hooks);
      },
    };
  }
  try {
    // An earlier start's names ports that are gone; whoever comes meanwhile waits for the new one.
    await removeIfThere(layout.networkFile);
    const network = await startLocalNetwork(options);
    return {
      kind: "own",
      network,
      async close() {
        await network.stop();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Waits for a network that another process has begun to start.
 *
 * @throws PleiadError LOCAL_FOLDER_BUSY (retryable) where that process ends before; LOCAL_STOPPED
 */
async function untilUp(
  layout: Layout,
  { say, signal }: Pick<LocalNetworkOptions, "say" | "signal">,
): Promise<void> {
  if (!existsSync(layout.networkFile)) say("it still starts; waiting for it");
  while (!existsSync(layout.networkFile)) {
    throwIfStopped(signal);
    if (!isHeld(layout.lockFile)) {
      throw new PleiadError(`the start of the network in ${layout.folder} came to nothing`, {
        code: "LOCAL_FOLDER_BUSY",
        retryable: true,
        hint: "start it again, and read what it says",
        details: { folder: layout.folder },
      });
    }
    await new Promise((resolve) => setTimeout(resolve, UP_POLL_MS));
  }
}

/** @throws PleiadError LOCAL_FOLDER_UNWRITABLE */
export async function makeDataFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new PleiadError(`cannot make the folder ${folder}: ${whyNoFolder(errno)}`, {
      code: "LOCAL_FOLDER_UNWRITABLE",
      hint: "name another folder with --data or PLEIAD_DATA",
      details: { folder, errno },
      cause: error,
    });
  }
}

/** @throws PleiadError LOCAL_FOLDER_FOREIGN for a folder with things of our names that no local network made */
function requireOwn(folder: string): void {
  if (existsSync(join(folder, MARKER))) return;
  // `pleiad deploy` may have been here first, and what claims the folder for a project is.
  const early = ["deployment.json", "project.json"];
  const taken = OWN_ENTRIES.filter((entry) => !early.includes(entry) && existsSync(join(folder, entry)));
  if (taken.length === 0) return;
  throw new PleiadError(`${folder} holds ${taken.join(", ")}, and no local network made them`, {
    code: "LOCAL_FOLDER_FOREIGN",
    hint: "name another folder with --data or PLEIAD_DATA",
    details: { folder, taken },
  });
}

/**
 * Removes what a local network left in a data folder.
 *
 * @throws PleiadError LOCAL_FOLDER_BUSY while a process keeps it up; LOCAL_FOLDER_FOREIGN
 */
export function resetFolder(folder: string): void {
  requireOwn(folder);
  const layout = layoutOf(folder);
  if (isHeld(layout.lockFile)) {
    throw new PleiadError(`a network runs in ${folder}`, {
      code: "LOCAL_FOLDER_BUSY",
      hint: "stop it with Ctrl-C first",
      details: { folder },
    });
  }
  for (const entry of OWN_ENTRIES) {
    const path = `${folder}/${entry}`;
    if (existsSync(path)) rmSync(path, { recursive: true });
  }
}
