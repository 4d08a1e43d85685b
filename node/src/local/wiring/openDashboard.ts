import type { Logger } from "pino";
import type { Hex } from "viem";
import manifest from "../../../package.json" with { type: "json" };
import type { ApiMount } from "../../api/server.ts";
import type { Config } from "../../config/table.ts";
import type { Authenticate } from "../../workspace/face/speaker.ts";
import type { Observed } from "../daemonObserver.ts";
import type { DaemonStatus, StartingStatus } from "../daemonStatus.ts";
import { createChainReads } from "../dashboard/chainReads.ts";
import { createChangeHub } from "../dashboard/changeHub.ts";
import { createCreditDesk } from "../dashboard/credits.ts";
import { createFinalityReads } from "../dashboard/finalityReads.ts";
import { createHeadCache } from "../dashboard/headCache.ts";
import { DASHBOARD_PATHS, mountDashboard } from "../dashboard/mount.ts";
import { createNetworkReads } from "../dashboard/networkReads.ts";
import { overviewOf } from "../dashboard/overview.ts";
import { mountPage, PAGE_PATHS } from "../dashboard/page.ts";
import { createReceiptReads } from "../dashboard/receiptReads.ts";
import { createTransactionCosts } from "../dashboard/transactionCosts.ts";
import { createVersionReads } from "../dashboard/versionReads.ts";
import type { GossipTimes } from "../gossipTimes.ts";
import type { FollowedChain } from "./followChain.ts";
import type { AgentBooks } from "./openAgentBooks.ts";

/** The dashboard: its page, and what the page reads. It is there from the start on and tells how far that is. */
export function openDashboard(
  config: Pick<Config, "chain" | "network">,
  modules: {
    readonly chain: FollowedChain;
    readonly status: () => Promise<DaemonStatus | StartingStatus>;
    readonly books: Pick<AgentBooks, "approvals" | "usage">;
    readonly authenticate: Authenticate;
    /** From this node's disk, or from a peer. @throws PleiadError */
    readonly getBlob: (digest: Hex, signal: AbortSignal) => Promise<Uint8Array>;
    readonly gossipTimes: GossipTimes;
    /** What is there once the node is at work; undefined before that. */
    readonly work: () => Pick<Observed, "node" | "submitter" | "journal" | "network"> | undefined;
    readonly logger: Logger;
  },
): ApiMount {
  const { chain, status, books, authenticate, getBlob, gossipTimes, work, logger } = modules;
  const { rpc, deployment, reorgs, projection, follower, versions } = chain;
  const { chainId, finalDepth } = config.chain;
  const { approvals, usage } = books;
  const now = Date.now;
  const cache = createHeadCache({ head: () => projection.head()?.hash });
  const finality = createFinalityReads(
    { deployment, finalDepth, policy: config.chain.finality },
    { projection, follower, reorgs },
  );
  const credits = createCreditDesk(
    { deployment },
    {
      projection,
      rpc,
      cache,
      work() {
        const at = work();
        return at && { node: at.node, submitter: at.submitter, journal: at.journal.transactions };
      },
      now,
    },
  );
  const network = createNetworkReads(
    { deployment },
    {
      projection,
      client: rpc.client,
      cache,
      self: () => work()?.node,
      silentMs: (node) =>
        work()
          ?.network?.presence.list()
          .find((up) => up.node === node)?.silentMs,
    },
  );
  const reads = createChainReads({ finalDepth }, chain, {
    costs: createTransactionCosts({ rpc }).of,
    versionsOf: createVersionReads({ deployment }, { client: rpc.client, versions, cache }).of,
    gossip: (execution) =>
      config.network.enabled
        ? gossipTimes
            .of(execution)
            .map(({ node, peers = null, ...moment }) => ({ ...moment, peers, node: String(node) }))
        : null,
    takenBack: finality.takenBack,
  });
  const receipts = createReceiptReads({ client: rpc.client, deployment }, { getBlob, now });
  const hub = createChangeHub({
    projection: chain.projection,
    onBlock: (handler) =>
      chain.view.onChange((execution) => {
        if (execution === undefined) handler();
      }),
    head: () => chain.projection.head()?.number.toString(),
    approvals,
    onGossip: gossipTimes.on,
    onCredit: credits.onChange,
  });
  return {
    // The page loads its own scripts and styles with its origin said.
    paths: [...DASHBOARD_PATHS, ...PAGE_PATHS],
    add(app) {
      app.register(async (plugin) => mountPage(plugin));
      app.register(async (plugin) =>
        mountDashboard(plugin, {
          reads,
          views: { network, finality, receipts, credits },
          overview: () => overviewOf({ chainId }, { chain, status, approvals, usage, now }),
          hub,
          authenticate,
          version: manifest.version,
          chainId,
          hasWorkspace: config.network.enabled,
          logger: logger.child({ module: "dashboard" }),
          now,
        }),
      );
    },
  };
}
