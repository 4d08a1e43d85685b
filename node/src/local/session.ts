import { existsSync, mkdirSync, rmSync } from "node:fs";
import { PleiadError } from "@pleiad/sdk/errors";
import { layoutOf } from "./layout.ts";
import { type LocalNetwork, type LocalNetworkOptions, startLocalNetwork } from "./localNetwork.ts";
import { runningTarget } from "./networkFile.ts";
import { type RunHooks, type RunResult, runDocument } from "./runDocument.ts";
import { isHeld, takeLock } from "./upLock.ts";

/** What a data folder of ours has in it; a reset removes these and nothing else. */
const OWN_ENTRIES = [
  "chain",
  "operators",
  "mnemonic",
  "deployment.json",
  "network.json",
  "registry.json",
  "requester.key",
  "up.json",
];

/** A local network that this process keeps up, or one that another process does. */
export type Session =
  | { readonly kind: "own"; readonly network: LocalNetwork; close(): Promise<void> }
  | { readonly kind: "other"; run(document: Uint8Array, hooks: RunHooks): Promise<RunResult> };

/**
 * Brings up the network of a data folder; where another process keeps it up already, answers how to run on that.
 *
 * @throws PleiadError those of `startLocalNetwork`
 */
export async function openSession(options: LocalNetworkOptions): Promise<Session> {
  const layout = layoutOf(options.folder);
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const lock = await takeLock(layout.lockFile);
  if (lock === undefined) {
    return { kind: "other", run: (document, hooks) => runDocument(runningTarget(layout), document, hooks) };
  }
  try {
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
 * Removes what a local network left in a data folder.
 *
 * @throws PleiadError LOCAL_FOLDER_BUSY while a process keeps it up
 */
export function resetFolder(folder: string): void {
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
