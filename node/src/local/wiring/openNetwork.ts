import { join } from "node:path";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import type { Projection } from "../../chain/projection.ts";
import type { Signer } from "../../chain/signer.ts";
import { LOCAL_CHAIN_ID } from "../../config/schemas.ts";
import type { Config } from "../../config/table.ts";
import { createNetwork } from "../../network/network.ts";
import type { Network } from "../../network/types.ts";
import type { Store } from "../../store/open.ts";
import type { Engine } from "../../work/engine.ts";
import { createAnnouncedNodes } from "../announcedNodes.ts";
import type { ClusterTopics } from "../clusterTopics.ts";
import { blobsOf } from "../storeBlobs.ts";

import type { FollowedChain } from "./followChain.ts";

export async function openNetwork(
  config: Config,
  deployment: Deployment,
  node: bigint,
  modules: {
    readonly chain: FollowedChain;
    readonly signer: Signer;
    readonly store: Store;
    readonly logger: Logger;
    /** The engine comes later than the network: it needs it. */
    readonly engine: () => Engine | undefined;
    /** Nodes of the clusters that this one serves; so does the workspace. */
    readonly wantedNodes: () => readonly bigint[];
  },
): Promise<Network> {
  const { chain, signer, store, logger, engine } = modules;
  const blobs = blobsOf(store.blobs);
  const { relayUse, relayFind, relayServe, relayPeersMax, relayBytesMax, relayDurationMs } = config.network;
  // It ends with the projection, which the network does not outlive.
  const announced = createAnnouncedNodes(chain);
  const network = await createNetwork(
    {
      chainId: deployment.chainId,
      nodeRegistry: deployment.nodeRegistry,
      clusterExecutions: deployment.clusterExecutions,
      node,
      identityFolder: join(config.dataFolder, "network"),
      // One that is being drained answers for none: whoever looks for a node sees it within a heartbeat.
      modelsServed: () => (engine()?.places.isDraining() === true ? [] : [...config.models.keys()]),
      listen: config.network.listen,
      listenHost: config.network.listenHost,
      listenPort: config.network.listenPort,
      bootstrap: config.network.bootstrap,
      lanDiscovery: config.network.lanDiscovery,
      // Whoever announces an address on a local chain is on this machine anyway.
      privateAnnouncements: deployment.chainId === LOCAL_CHAIN_ID,
      relay: {
        use: relayUse,
        find: relayFind,
        ...(relayServe
          ? {
              serve: { reservationsMax: relayPeersMax, bytesMax: relayBytesMax, durationMs: relayDurationMs },
            }
          : {}),
      },
    },
    {
      signer,
      directory: {
        async keyOf(id) {
          const state = chain.projection.node(id);
          return state === undefined ? undefined : { key: state.key, active: state.status === "Active" };
        },
        async nodeOf(key) {
          const id = chain.projection.nodeOfKey(key);
          return id === 0n ? undefined : id;
        },
      },
      archive: { find: async (executions) => engine()?.find(executions) ?? [] },
      blobs: { get: (digest) => blobs.get(digest) },
      wantedExecutions: async () => chain.view.running(),
      wantedNodes: modules.wantedNodes,
      announced: announced.list,
      logger,
    },
  );
  await network.start();
  return network;
}

/** Listens to the clusters there are; those with an execution last, as they are the last to give way. */
export function joinClusters(topics: ClusterTopics, projection: Projection, config: Config): void {
  if (config.models.size === 0) return;
  for (const { cluster } of projection.clusters()) topics.join(cluster);
  for (const { cluster } of projection.runningExecutions()) topics.join(cluster);
  projection.on("cluster", (cluster) => topics.join(cluster));
  projection.on("execution", (id) => {
    const execution = projection.execution(id);
    if (execution?.state === "Running") topics.join(execution.cluster);
  });
}
