import type { Logger } from "pino";
import { systemClock } from "../../chain/clock.ts";
import type { Config } from "../../config/table.ts";
import type { Store } from "../../store/open.ts";
import type { Gossip } from "../../work/ports.ts";
import { type BlobKeeper, createBlobKeeper } from "../blobKeeper.ts";
import type { DaemonObserver } from "../daemonObserver.ts";
import type { FollowedChain } from "./followChain.ts";

/** What keeps the store's blobs from filling the disk. */
export function openBlobKeeper(
  { store: { blobBytesTotalMax, blobRetentionMs }, chain: { finalDepth } }: Config,
  modules: {
    readonly chain: FollowedChain;
    readonly store: Store;
    readonly gossip: Gossip;
    readonly observer: DaemonObserver;
    readonly logger: Logger;
  },
): BlobKeeper {
  const { chain, store, gossip, observer, logger } = modules;
  const { projection, view } = chain;
  return createBlobKeeper(
    { bytesTotalMax: blobBytesTotalMax, retentionMs: blobRetentionMs, finalDepth },
    {
      store: store.blobs,
      projection,
      view,
      journal: store.journal,
      gossip,
      clock: systemClock(),
      logger,
      onEvicted: observer.blobEvicted,
      onRefused: observer.blobRefused,
    },
  );
}
