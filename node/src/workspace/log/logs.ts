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
import { reopening } from "./reopening.ts";
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
   * Gives a cluster's log, not started: its `start` reads it and joins the peers, its `stop` leaves them. What is on the
   * disk stays.
   *
   * @throws PleiadError LOGS_TOO_MANY, LOG_OPEN_ALREADY, LOG_STOPPED; STORE_… as the store gives them
   */
  open(cluster: bigint): Promise<ClusterLog>;
  /** Stops all of them, and closes the database last. */
  stop(): Promise<void>;
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
  const opened = new Map<bigint, ClusterLog | "opening">();
  const backend = reopening(
    modules.backend ?? (await openLevelBackend({ folder: join(folder, "db"), create: true })),
    readAgain,
  );
  const exchanges = new Map<bigint, Exchange>();
  let stopped = false;

  /** What peers said was not flushed, and may be gone: what is missing is asked for again. */
  function readAgain(): void {
    for (const log of opened.values()) {
      if (log === "opening") continue;
      log.rebuild().catch((error: unknown) => {
        if (!(error instanceof PleiadError)) throw error;
        // The disk is full again, say: the next write that works is followed by the next try.
        logger.warn(
          { cluster: log.cluster, code: error.code, reason: error.message },
          "a log was not read again",
        );
      });
    }
  }

  const endAnswers = network.answer((cluster, question, asker) => {
    const exchange = exchanges.get(cluster);
    if (exchange !== undefined) return exchange.answer(question, asker);
    throw workspaceError("LOG_NOT_HERE", `this node keeps no log of cluster ${cluster} now`, {
      retryable: true,
      details: { cluster },
    });
  });

  /** A log that exchanges what it has with others while it runs. */
  function exchanged(log: ClusterLog): ClusterLog {
    const { cluster } = log;
    return {
      ...log,
      async start() {
        await log.start();
        const exchange = createExchange({ log, peers: network, membership, logger });
        exchanges.set(cluster, exchange);
        network.join(cluster, exchange.hear);
      },
      async stop() {
        const exchange = exchanges.get(cluster);
        if (exchanges.delete(cluster)) network.leave(cluster);
        await exchange?.stop();
        await log.stop();
        opened.delete(cluster);
      },
    };
  }

  return {
    async open(cluster) {
      if (stopped) throw workspaceError("LOG_STOPPED", "the logs are stopped", { retryable: true });
      if (opened.has(cluster)) {
        throw workspaceError("LOG_OPEN_ALREADY", `the log of cluster ${cluster} is open`, {
          details: { cluster },
        });
      }
      if (opened.size >= LOGS_OPEN_MAX) {
        throw workspaceError(
          "LOGS_TOO_MANY",
          `${opened.size} logs are open already, at most ${LOGS_OPEN_MAX}`,
          {
            hint: "serve fewer clusters with this node",
            details: { cluster, logsMax: LOGS_OPEN_MAX },
          },
        );
      }
      opened.set(cluster, "opening");
      try {
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
        const running = exchanged(log);
        opened.set(cluster, running);
        return running;
      } catch (error) {
        opened.delete(cluster);
        throw error;
      }
    },
    async stop() {
      stopped = true;
      endAnswers();
      await Promise.all([...opened.values()].map((log) => (log === "opening" ? undefined : log.stop())));
      if (modules.backend === undefined) await backend.close();
    },
  };
}
