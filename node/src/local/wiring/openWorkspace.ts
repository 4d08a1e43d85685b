import { join } from "node:path";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import { makeFolder } from "../../config/files.ts";
import type { Config } from "../../config/table.ts";
import type { Network } from "../../network/types.ts";
import { type MemoryRecord, memoriesIn, openMemories } from "../../store/memoryRecords.ts";
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
import { createOpenClusters } from "../openClusters.ts";
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

  const clusters = createOpenClusters({ node }, { workspace, membership, logger });
  /** Clusters that are watched: from then on the membership sees by itself to what changes. */
  const watched = new Set<bigint>();
  function watch(cluster: bigint): void {
    if (watched.has(cluster)) return;
    watched.add(cluster);
    void membership.watch(cluster).then(() => clusters.follow(cluster));
  }
  const ends = [membership.onChange(clusters.follow), projection.on("cluster", watch)];
  for (const { cluster } of projection.clusters()) watch(cluster);

  return {
    workspace,
    memories: () => memoriesIn(privateBackend),
    members: () => [...new Set(workspace.clusters().flatMap((cluster) => membership.members(cluster)))],
    async stop() {
      for (const end of ends) end();
      endHome();
      membership.stop();
      await clusters.stop();
      await workspace.stop();
      await logs.stop();
      await privateBackend.close();
    },
  };
}
