import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import { makeFolder } from "../../config/files.ts";
import type { Config } from "../../config/table.ts";
import type { Network } from "../../network/types.ts";
import { type MemoryRecord, memoriesIn, openMemories } from "../../store/memoryRecords.ts";
import { LOGS_OPEN_MAX } from "../../workspace/limits.ts";
import { LOGS_FOLDER, openLogs } from "../../workspace/log/logs.ts";
import { reopening } from "../../workspace/log/reopening.ts";
import type { HelperPort } from "../../workspace/ports.ts";
import { createPrivateMemories } from "../../workspace/privateMemory.ts";
import type { Workspace } from "../../workspace/types.ts";
import { createWorkspace } from "../../workspace/workspace.ts";
import { createClusterMembership } from "../clusterMembership.ts";
import { embeddingsOf } from "../embeddings.ts";
import { logCertificatesOf } from "../logCertificates.ts";
import { workspaceNetworkOf } from "../logNetwork.ts";
import { createWorkspaceDirectory } from "../workspaceDirectory.ts";
import type { FollowedChain } from "./followChain.ts";

/** The workspace of a daemon; it opens and closes clusters as the chain lets its node in and out. */
export interface RunningWorkspace {
  readonly workspace: Workspace;
  /** Members of the clusters of which this node is one. */
  members(): readonly bigint[];
  /** What agents remember outside of clusters, for a backup. */
  memories(): AsyncIterable<MemoryRecord>;
  stop(): Promise<void>;
}

/** @throws PleiadError STORE_… as the store gives them */
export async function openWorkspace(
  config: Config,
  deployment: Deployment,
  node: bigint,
  modules: {
    readonly chain: FollowedChain;
    readonly network: Network;
    readonly helpers: HelperPort;
    readonly logger: Logger;
  },
): Promise<RunningWorkspace> {
  const { chain, network, logger } = modules;
  const { projection, versions } = chain;
  const { clusterRegistry, nodeRegistry, chainId } = deployment;
  const membership = createClusterMembership({ clusterRegistry }, { projection, versions, logger });
  const carrier = workspaceNetworkOf(network);
  const folder = join(config.dataFolder, LOGS_FOLDER);
  await makeFolder(folder);
  const logs = await openLogs(
    { dataFolder: config.dataFolder, chainId, clusterRegistry, node },
    { membership, certificates: logCertificatesOf(network), network: carrier.logs, logger },
  );
  const privateBackend = reopening(await openMemories(config.dataFolder));
  const operator = projection.node(node)?.owner;
  if (operator === undefined) throw new Error(`node ${node} is not on the chain that it follows`);
  const embeddings = embeddingsOf(config);
  const workspace = createWorkspace(
    { node, operator, nodeRegistry },
    {
      openLog: (cluster) => logs.open(cluster),
      membership,
      directory: createWorkspaceDirectory({ node, clusterRegistry }, { projection }),
      home: carrier.home,
      presence: carrier.presence,
      helpers: modules.helpers,
      ...(embeddings === undefined ? {} : { embeddings }),
      privateMemories: createPrivateMemories({ backend: privateBackend, logger }),
      logger,
    },
  );
  const endHome = carrier.answerHome((from, request) => workspace.answerHome(from, request));

  /** Open while this node is a member; one after the other, as the chain may change its mind. */
  let last: Promise<void> = Promise.resolve();
  function follow(cluster: bigint): void {
    last = last
      .then(() => followNow(cluster))
      .catch((error: unknown) => {
        if (!(error instanceof PleiadError)) throw error;
        logger.warn(
          { cluster, code: error.code, reason: error.message },
          "workspace of a cluster is not open",
        );
      });
  }
  async function followNow(cluster: bigint): Promise<void> {
    const isMember = membership.members(cluster).includes(node);
    const isOpen = workspace.clusters().includes(cluster);
    if (isMember && !isOpen && workspace.clusters().length < LOGS_OPEN_MAX) await workspace.open(cluster);
    if (!isMember && isOpen) await workspace.close(cluster);
  }
  /** Clusters that are watched: from then on the membership sees by itself to what changes. */
  const watched = new Set<bigint>();
  function watch(cluster: bigint): void {
    if (watched.has(cluster)) return;
    watched.add(cluster);
    void membership.watch(cluster).then(() => follow(cluster));
  }
  const ends = [membership.onChange(follow), projection.on("cluster", watch)];
  for (const { cluster } of projection.clusters()) watch(cluster);

  return {
    workspace,
    memories: () => memoriesIn(privateBackend),
    members: () => [...new Set(workspace.clusters().flatMap((cluster) => membership.members(cluster)))],
    async stop() {
      for (const end of ends) end();
      endHome();
      membership.stop();
      await last;
      await workspace.stop();
      await logs.stop();
      await privateBackend.close();
    },
  };
}
