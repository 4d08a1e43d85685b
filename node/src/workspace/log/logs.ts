import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { Address } from "viem";
import { makeFolder } from "../../config/files.ts";
import type { Backend } from "../../store/backend.ts";
import { openLevelBackend } from "../../store/levelBackend.ts";
import { workspaceError } from "../errors.ts";
import { LOGS_OPEN_MAX } from "../limits.ts";
import { createClusterLog } from "./clusterLog.ts";
import { createEntryStore } from "./entryStore.ts";
import { createExchange, type Exchange, type LogPeer, type LogPeers, type Verdict } from "./exchange.ts";
import { openOwnMark } from "./ownMark.ts";
import type { CertificateSource, ClusterMembership } from "./ports.ts";
import type { ClusterLog } from "./types.ts";

/** What the logs of a node need of the network besides `LogPeers`. */
export interface LogNetwork extends LogPeers {
  /** Listens to a cluster's topic. @param hear gets what certified peers wrote, and from whom it came */
  join(cluster: bigint, hear: (bytes: Uint8Array, sender: LogPeer, from: LogPeer) => Promise<Verdict>): void;
  leave(cluster: bigint): void;
  /**
   * Lets peers ask: `handler` answers in pieces, or throws a PleiadError to refuse.
   *
   * @returns ends it
   */
  answer(
    handler: (cluster: bigint, question: Uint8Array, asker: LogPeer) => AsyncIterable<Uint8Array>,
  ): () => void;
}

/** The logs of the clusters that this node has a part in. */
export interface Logs {
  /**
   * Opens a cluster's log, or answers the one that is open. It is read and exchanged once `start` was called on it.
   *
   * @param listen is given the log before its first entry is told: views hook themselves in here
   * @throws PleiadError LOGS_TOO_MANY, LOG_STOPPED; STORE_… as the store gives them
   */
  open(cluster: bigint, listen: (log: ClusterLog) => void): Promise<OpenLog>;
  get(cluster: bigint): OpenLog | undefined;
  /** Stops a cluster's log; what is on the disk stays. */
  close(cluster: bigint): Promise<void>;
  /** Stops all of them, and closes the database last. */
  stop(): Promise<void>;
}

export interface OpenLog {
  readonly log: ClusterLog;
  readonly exchange: Exchange;
}

/** Where the logs of a node lie in its data folder. */
export const LOGS_FOLDER = "workspace";

export async function openLogs(
  options: {
    readonly dataFolder: string;
    readonly chainId: number;
    readonly clusterRegistry: Address;
    readonly node: bigint;
  },
  modules: {
    readonly membership: ClusterMembership;
    readonly certificates: CertificateSource;
    readonly network: LogNetwork;
    readonly logger: Logger;
    /** @default LevelDB in `workspace/db` */
    readonly backend?: Backend;
    /** Unix milliseconds. @default Date.now */
    readonly now?: () => number;
  },
): Promise<Logs> {
  const { dataFolder, chainId, clusterRegistry, node } = options;
  const { membership, certificates, network, logger } = modules;
  const folder = join(dataFolder, LOGS_FOLDER);
  await makeFolder(folder);
  const backend = modules.backend ?? (await openLevelBackend({ folder: join(folder, "db"), create: true }));
  const opened = new Map<bigint, Promise<OpenLog>>();
  const ready = new Map<bigint, OpenLog>();
  let stopped = false;

  const endAnswers = network.answer((cluster, question, asker) => {
    const open = ready.get(cluster);
    if (open === undefined) {
      throw workspaceError("CLUSTER_NOT_HERE", `this node keeps no log of cluster ${cluster}`, {
        details: { cluster },
      });
    }
    return open.exchange.answer(question, asker);
  });

  async function openOne(cluster: bigint, listen: (log: ClusterLog) => void): Promise<OpenLog> {
    const log = await createClusterLog(
      { space: { chainId, clusterRegistry, cluster }, node },
      {
        store: createEntryStore(cluster, backend),
        mark: await openOwnMark({ folder: join(folder, "marks"), cluster }),
        membership,
        certificates,
        logger,
        ...(modules.now === undefined ? {} : { now: modules.now }),
      },
    );
    listen(log);
    await log.start();
    const exchange = createExchange({ log, peers: network, membership, logger });
    const open = { log, exchange };
    ready.set(cluster, open);
    network.join(cluster, exchange.hear);
    return open;
  }

  async function close(cluster: bigint): Promise<void> {
    const opening = opened.get(cluster);
    if (opening === undefined) return;
    opened.delete(cluster);
    ready.delete(cluster);
    network.leave(cluster);
    try {
      const { log, exchange } = await opening;
      await exchange.stop();
      await log.stop();
    } catch (error) {
      // It never opened; whoever asked for it was told.
      if (!(error instanceof PleiadError)) throw error;
    }
  }

  return {
    open(cluster, listen) {
      if (stopped) throw workspaceError("LOG_STOPPED", "the logs are stopped", { retryable: true });
      const there = opened.get(cluster);
      if (there !== undefined) return there;
      if (opened.size >= LOGS_OPEN_MAX) {
        throw workspaceError(
          "LOGS_TOO_MANY",
          `${opened.size} logs are open already, at most ${LOGS_OPEN_MAX}`,
          {
            hint: "serve fewer clusters with this node, or name them in the configuration",
            details: { cluster, logsMax: LOGS_OPEN_MAX },
          },
        );
      }
      const opening = openOne(cluster, listen);
      opened.set(cluster, opening);
      opening.catch(() => {
        if (opened.get(cluster) === opening) opened.delete(cluster);
      });
      return opening;
    },
    get: (cluster) => ready.get(cluster),
    close,
    async stop() {
      stopped = true;
      endAnswers();
      await Promise.all([...opened.keys()].map(close));
      if (modules.backend === undefined) await backend.close();
    },
  };
}
