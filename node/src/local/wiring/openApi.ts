import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Api, type ApiModules, startApi } from "../../api/server.ts";
import type { Config } from "../../config/table.ts";
import { encodeBackup } from "../../store/backupFormat.ts";
import type { Store } from "../../store/open.ts";
import { bytesOf } from "../../work/jobRunner.ts";
import type { Gossip } from "../../work/ports.ts";
import { workspaceError } from "../../workspace/errors.ts";
import type { Workspace } from "../../workspace/types.ts";
import { APPROVALS_PATH, mountAgentBooks, USAGE_PATH } from "../agentRoutes.ts";
import type { DaemonObserver, Observed, Started } from "../daemonObserver.ts";
import { executionReport, jobReport } from "../daemonReports.ts";
import { followingText } from "../followingText.ts";
import { readOrMakeSecret } from "../secretFile.ts";
import { blobsOf } from "../storeBlobs.ts";
import type { AgentBooks } from "./openAgentBooks.ts";
import { openFaces } from "./openFaces.ts";

/** The API of a daemon, which listens before the daemon works. */
export interface DaemonApi extends Api {
  /** From here on every route answers. */
  atWork(
    observed: Observed,
    modules: { readonly gossip: Gossip; readonly workspace: Workspace | undefined },
  ): void;
}

type WorkRoutes = Required<
  Pick<ApiModules, "jobs" | "execution" | "putBlob" | "getBlob" | "backup" | "exportLog">
>;

/** Opens the API of a daemon that starts: it tells how far that is, and refuses what needs a node at work. */
export async function openApi(
  config: Config,
  started: Started,
  modules: {
    readonly store: Store;
    readonly books: AgentBooks;
    readonly observer: DaemonObserver;
    readonly logger: Logger;
  },
): Promise<DaemonApi> {
  const { store, books, observer, logger } = modules;
  const token = await readOrMakeSecret(config.api.tokenFile);
  let routes: WorkRoutes | undefined;
  const working = (): WorkRoutes => {
    if (routes !== undefined) return routes;
    throw new PleiadError(`the node is starting; ${followingText(started.chain.follower.status())}`, {
      code: "API_STARTING",
      retryable: true,
      hint: "ask again once GET /ready answers 200",
    });
  };
  const faces = openFaces(config, token, { chain: started.chain, isWorking: working, logger });
  const api = await startApi(
    { host: config.api.host, port: config.api.port, token },
    {
      ...observer.routes(started),
      jobs: async () => working().jobs(),
      execution: async (id) => working().execution(id),
      putBlob: async (bytes) => working().putBlob(bytes),
      getBlob: async (digest, signal) => working().getBlob(digest, signal),
      backup: () => working().backup(),
      exportLog: async (cluster, what) => working().exportLog(cluster, what),
      mounts: [
        faces.mount,
        {
          paths: [USAGE_PATH, APPROVALS_PATH],
          add: (app) =>
            mountAgentBooks(app, {
              books,
              authenticate: faces.authenticate,
              ownerOf: (cluster) => started.chain.projection.cluster(cluster)?.owner,
              logger,
            }),
        },
      ],
      logger,
    },
  );
  let stopped: Promise<void> | undefined;
  return {
    url: api.url,
    atWork(observed, { gossip, workspace }) {
      faces.atWork(workspace);
      const { node, journal, chain, engine } = observed;
      const blobs = blobsOf(observed.blobs);
      routes = {
        jobs: async () => (await journal.jobs.live()).map(jobReport),
        execution: (id) => executionReport(id, { journal, chain: chain.view, engine, node }),
        putBlob: (bytes) => blobs.put(bytes),
        getBlob: (digest, signal) => bytesOf(digest, signal, { blobs, gossip }),
        backup: () => encodeBackup(store.backup({ node, takenAtMs: Date.now() })),
        async exportLog(cluster, what) {
          if (workspace === undefined) throw noWorkspace();
          return workspace.exportLog({ kind: "node", cluster }, what);
        },
      };
      observer.atWork(observed);
    },
    stop() {
      stopped ??= api.stop();
      return stopped;
    },
  };
}

function noWorkspace(): PleiadError {
  return workspaceError("LOG_NOT_HERE", "this node keeps no logs: its network is off", {
    hint: "set network.enabled in its configuration, or ask another member",
  });
}
