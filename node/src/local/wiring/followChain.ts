import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import { agreementNeeded, createAgreement, type FollowedBlock } from "../../chain/agreement.ts";
import { systemClock } from "../../chain/clock.ts";
import { createEventDecoder } from "../../chain/events.ts";
import { createFinality } from "../../chain/finality.ts";
import { createFollower } from "../../chain/follower.ts";
import { createHeadHints } from "../../chain/headHints.ts";
import { createProjection } from "../../chain/projection.ts";
import { createRpc, type Rpc } from "../../chain/rpc.ts";
import { createVersions } from "../../chain/versions.ts";
import type { Config } from "../../config/table.ts";
import type { Store } from "../../store/open.ts";
import { createChainView } from "../chainView.ts";
import type { DaemonObserver } from "../daemonObserver.ts";
import { createReorgBook } from "../dashboard/reorgBook.ts";

export type FollowedChain = ReturnType<typeof followChain>;

/** The follower with all that folds and reads what it follows. */
export function followChain(
  config: Config,
  deployment: Deployment,
  store: Store,
  observer: DaemonObserver,
  modules: { readonly logger: Logger; readonly rpcWrapper?: ((rpc: Rpc) => Rpc) | undefined },
) {
  const { logger } = modules;
  const clock = systemClock();
  const endpoints = createRpc(
    { urls: config.chain.rpcUrls, chainId: config.chain.chainId },
    { logger, clock },
  );
  const rpc = observer.rpc(modules.rpcWrapper?.(endpoints) ?? endpoints);
  const projection = createProjection();
  const reorgs = createReorgBook({ projection, now: Date.now });
  const versions = createVersions({ rpc, projection, clusterRegistry: deployment.clusterRegistry });
  const finality = createFinality({ policy: config.chain.finality }, { rpc, logger });
  const agreement = createAgreement(
    { needed: config.chain.agreement ?? agreementNeeded(config.chain.rpcUrls.length) },
    {
      rpc,
      decoder: createEventDecoder(deployment),
      logger,
      clock,
      onAgreed: () => view.sawBlock(),
      onRefuted: ({ blockNumber }) => follower.refollow(blockNumber),
    },
  );
  const { settledUpTo } = finality;
  const { isAgreed } = agreement;
  const { finalDepth } = config.chain;
  const view = createChainView({ finalDepth }, { projection, versions, settledUpTo, isAgreed, clock });
  const { wsUrl } = config.chain;
  const follower = createFollower(
    { deployment, finalDepth: config.chain.finalDepth, pollIntervalMs: config.chain.pollIntervalMs },
    {
      rpc,
      cursor: store.cursor,
      finality,
      hints: wsUrl === null ? undefined : createHeadHints({ url: wsUrl }, { logger, clock }),
      logger,
      clock,
      handler: {
        apply(block, events) {
          projection.apply(block, events);
          agreement.saw(block, events);
        },
        rollback(target) {
          reorgs.before(target);
          projection.rollback(target);
        },
      },
    },
  );
  follower.subscribe({ block: () => view.sawBlock(), rollback: () => view.sawBlock() });
  /** What has to be so before a transaction of ours counts as done. */
  const isSettled = (block: FollowedBlock) => {
    const last = settledUpTo(follower.head());
    return last !== undefined && block.blockNumber <= last && isAgreed(block);
  };
  return { rpc, deployment, reorgs, projection, versions, view, follower, agreement, isSettled };
}
