import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import { removeHalfWritten } from "../../config/files.ts";
import type { Config } from "../../config/table.ts";
import { openStore, type Store } from "../../store/open.ts";
import { canSetAside, setAside } from "../../store/setAside.ts";

/**
 * Opens the store; a damaged or emptied database is put beside and rebuilt from the chain. Once it is open no other daemon
 * works in the data folder, and what one that was killed left half written there is removed.
 */
export async function openOrRebuild(config: Config, deployment: Deployment, logger: Logger): Promise<Store> {
  const store = await openStoreOf(config, deployment, logger);
  try {
    for (const folder of await ownFolders(config.dataFolder)) await removeHalfWritten(folder);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The data folder and those in it. What is deeper belongs to agents, or is seen to by whoever writes it. */
async function ownFolders(dataFolder: string): Promise<string[]> {
  const entries = await readdir(dataFolder, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(dataFolder, name));
  return [dataFolder, ...folders];
}

async function openStoreOf(config: Config, deployment: Deployment, logger: Logger): Promise<Store> {
  const options = {
    dataFolder: config.dataFolder,
    chainId: deployment.chainId,
    contract: deployment.clusterExecutions,
    blobBytesTotalMax: config.store.blobBytesTotalMax,
  };
  try {
    return await openStore(options, { logger });
  } catch (error) {
    if (!canSetAside(error)) throw error;
    const folder = await setAside(config.dataFolder);
    logger.error(
      { folder, reason: (error as Error).message },
      "the database is damaged; rebuilding it from the chain",
    );
    return openStore(options, { logger });
  }
}
