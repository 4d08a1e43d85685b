import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import type { Projection } from "../../chain/projection.ts";
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

/** After a gap in the node's memory: what the chain has by now is of before, and nothing new is signed for it. */
export async function sealWatermark(
  { watermark }: Store,
  projection: Projection,
  logger: Logger,
): Promise<void> {
  const running = projection.runningExecutions();
  const { timestamp = 0n } = projection.head() ?? {};
  await watermark.seal({ timestamp, execution: running.at(-1)?.execution ?? 0n });
  if (watermark.facts === undefined) return;
  const barred = running.filter(
    ({ execution, createdAt }) => watermark.barrierOf({ execution, createdAt }) !== "none",
  );
  if (barred.length === 0) return;
  const { reason, atSeconds } = watermark.facts;
  logger.warn(
    { reason, atSeconds, executions: barred.length },
    "nothing new is signed for executions of before the restore, until they have ended",
  );
}
