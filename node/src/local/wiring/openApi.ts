import { PleiadError } from "@pleiad/sdk/errors";
import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";
import type { Logger } from "pino";
import type { FolderNews, ProjectFolders } from "../../agents/folders/types.ts";
import { createTerminals, type Terminals } from "../../agents/terminals/terminals.ts";
import { type Api, type ApiModules, startApi } from "../../api/server.ts";
import type { Config } from "../../config/table.ts";
import type { Manager } from "../../manager/face.ts";
import { encodeBackup } from "../../store/backupFormat.ts";
import type { MemoryRecord } from "../../store/memoryRecords.ts";
import type { Store } from "../../store/open.ts";
import { bytesOf } from "../../work/jobRunner.ts";
import type { Gossip } from "../../work/ports.ts";
import { workspaceError } from "../../workspace/errors.ts";
import type { Workspace } from "../../workspace/types.ts";
import { APPROVALS_PATH, mountAgentBooks, USAGE_PATH } from "../agentRoutes.ts";
import { callerBy } from "../callerBy.ts";
import type { DaemonObserver, Observed, Started } from "../daemonObserver.ts";
import { executionReport, jobReport } from "../daemonReports.ts";
import { followingText } from "../followingText.ts";
import { createManagerFace, managerOff } from "../manager/managerFace.ts";
import { managerFeed, managerRoutes } from "../manager/managerRoutes.ts";
import { managerTools } from "../manager/managerTools.ts";
import { readOrMakeSecret } from "../secretFile.ts";
import { blobsOf } from "../storeBlobs.ts";
import { folderRoutes } from "../team/folderRoutes.ts";
import type { AgentBooks } from "./openAgentBooks.ts";
import { openDashboard } from "./openDashboard.ts";
import { type Faces, openFaces } from "./openFaces.ts";

/** The API of a daemon, which listens before the daemon works. */
export interface DaemonApi extends Api {
  /** Where who starts agents opens their terminals; all of them go when the API stops. */
  readonly terminals: Terminals;
  readonly directTools: Faces["directTools"];
  /** From here on every route answers. */
  atWork(
    observed: Observed,
    modules: {
      readonly gossip: Gossip;
      readonly workspace: Workspace | undefined;
      readonly folders: ProjectFolders | undefined;
      /** Undefined where this daemon runs none. */
      readonly manager: Manager | undefined;
      /** What agents remember outside of clusters, for a backup. */
      readonly memories: (() => AsyncIterable<MemoryRecord>) | undefined;
    },
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
    readonly onToolsAsked: (token: string) => void;
    /** What is said of an error's code. @default nothing is known of any */
    readonly explain?: ((code: string) => CatalogEntry | undefined) | undefined;
    readonly logger: Logger;
  },
): Promise<DaemonApi> {
  const { store, books, observer, onToolsAsked, explain = () => undefined, logger } = modules;
  const token = await readOrMakeSecret(config.api.tokenFile);
  let routes: WorkRoutes | undefined;
  let folders: ProjectFolders | undefined;
  const folderListeners = new Set<(news: FolderNews) => void>();
  let manager: Manager | undefined;
  const working = (): WorkRoutes => {
    if (routes !== undefined) return routes;
    throw new PleiadError(`the node is starting; ${followingText(started.chain.follower.status())}`, {
      code: "API_STARTING",
      retryable: true,
      hint: "ask again once GET /ready answers 200",
    });
  };
  const terminals = createTerminals({ logger: logger.child({ module: "terminals" }) });
  const ownerOf = (cluster: bigint) => started.chain.projection.cluster(cluster)?.owner;
  const managerNow = (): Manager => {
    working();
    return manager ?? managerOff();
  };
  const managerFace = createManagerFace({ manager: managerNow, ownerOf });
  const tools = managerTools(managerFace);
  const faces = openFaces(config, token, {
    chain: started.chain,
    feeds: [managerFeed({ face: managerFace, manager: managerNow })],
    operatorTools: () => (manager === undefined ? [] : tools),
    isWorking: working,
    onToolsAsked,
    terminals,
    logger,
  });
  const observed = observer.routes({ ...started, faces: faces.stats });
  const dashboard = openDashboard(config, {
    chain: started.chain,
    deployment: started.deployment,
    status: observed.status,
    books,
    observer,
    requireWork: working,
    explain,
    terminals,
    authenticate: faces.authenticate,
    workspace: faces.workspaceNow,
    clusterOf: faces.clusterOf,
    ownerOf,
    getBlob: async (digest, signal) => working().getBlob(digest, signal),
    onFolder(listener) {
      folderListeners.add(listener);
      return () => void folderListeners.delete(listener);
    },
    logger,
  });
  const api = await startApi(
    { host: config.api.host, port: config.api.port, token },
    {
      ...observed,
      identify: callerBy(faces.authenticate),
      jobs: async () => working().jobs(),
      execution: async (id) => working().execution(id),
      putBlob: async (bytes) => working().putBlob(bytes),
      getBlob: async (digest, signal) => working().getBlob(digest, signal),
      backup: () => working().backup(),
      exportLog: async (cluster, what) => working().exportLog(cluster, what),
      mounts: [
        faces.mount,
        managerRoutes({ face: managerFace, authenticate: faces.authenticate, logger }),
        dashboard,
        folderRoutes(
          { projects: config.folders.projects, gate: config.folders.gate ?? undefined },
          {
            folders() {
              working();
              if (folders === undefined) throw noFolders();
              return folders;
            },
            authenticate: faces.authenticate,
          },
        ),
        {
          paths: [USAGE_PATH, APPROVALS_PATH],
          add: (app) =>
            mountAgentBooks(app, {
              books,
              authenticate: faces.authenticate,
              ownerOf,
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
    access: api.access,
    terminals,
    directTools: faces.directTools,
    atWork(work, { gossip, workspace, memories, folders: opened, manager: managing }) {
      manager = managing;
      faces.atWork(workspace);
      folders = opened;
      opened?.onNews((news) => {
        for (const listener of folderListeners) listener(news);
      });
      const { node, journal, chain, engine } = work;
      const blobs = blobsOf(work.blobs);
      routes = {
        jobs: async () => (await journal.jobs.live()).map(jobReport),
        execution: (id) => executionReport(id, { journal, chain: chain.view, engine, node }),
        putBlob: (bytes) => blobs.put(bytes),
        getBlob: (digest, signal) => bytesOf(digest, signal, { blobs, gossip }),
        backup: () => encodeBackup(store.backup({ node, takenAtMs: Date.now() }, memories?.())),
        async exportLog(cluster, what) {
          if (workspace === undefined) throw noWorkspace();
          return workspace.exportLog({ kind: "node", cluster }, what);
        },
      };
      observer.atWork(work);
      dashboard.atWork({ observed: work, manager: managing });
    },
    stop() {
      stopped ??= api.stop().then(() => terminals.stop());
      return stopped;
    },
  };
}

function noWorkspace(): PleiadError {
  return workspaceError("LOG_NOT_HERE", "this node keeps no logs: its network is off", {
    hint: "set network.enabled in its configuration, or ask another member",
  });
}

function noFolders(): PleiadError {
  return new PleiadError("this node has no project folders", {
    code: "FOLDERS_OFF",
    hint: "name the projects that helpers may work on under folders.projects in pleiad.yaml, and start the daemon again",
  });
}
