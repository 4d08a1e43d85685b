import type { Logger } from "pino";
import { type Api, startApi } from "../../api/server.ts";
import type { Config } from "../../config/table.ts";
import { encodeBackup } from "../../store/backupFormat.ts";
import type { Store } from "../../store/open.ts";
import { bytesOf } from "../../work/jobRunner.ts";
import type { Gossip } from "../../work/ports.ts";
import type { DaemonObserver, Observed } from "../daemonObserver.ts";
import { executionReport, jobReport } from "../daemonReports.ts";
import { readOrMakeSecret } from "../secretFile.ts";
import { blobsOf } from "../storeBlobs.ts";

export async function openApi(
  config: Config,
  observed: Observed,
  modules: {
    readonly store: Store;
    readonly observer: DaemonObserver;
    readonly gossip: Gossip;
    readonly logger: Logger;
  },
): Promise<Api> {
  const { node, journal, chain, engine } = observed;
  const { store, observer, gossip, logger } = modules;
  const token = await readOrMakeSecret(config.api.tokenFile);
  const blobs = blobsOf(observed.blobs);
  return startApi(
    { host: config.api.host, port: config.api.port, token },
    {
      ...observer.routes(observed),
      jobs: async () => (await journal.jobs.live()).map(jobReport),
      execution: (id) => executionReport(id, { journal, chain: chain.view, engine, node }),
      putBlob: (bytes) => blobs.put(bytes),
      getBlob: (digest, signal) => bytesOf(digest, signal, { blobs, gossip }),
      backup: () => encodeBackup(store.backup({ node, takenAtMs: Date.now() })),
      logger,
    },
  );
}
