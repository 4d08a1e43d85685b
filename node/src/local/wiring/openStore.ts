import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import type { Config } from "../../config/table.ts";
import { openStore, type Store } from "../../store/open.ts";
import { canSetAside, setAside } from "../../store/setAside.ts";

/** Opens the store; a damaged or emptied database is put beside and rebuilt from the chain. */
export async function openOrRebuild(config: Config, deployment: Deployment, logger: Logger): Promise<Store> {
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
