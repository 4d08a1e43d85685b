import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import { type Address, isAddressEqual } from "viem";
import manifest from "../../../package.json" with { type: "json" };
import type { ApiMount } from "../../api/server.ts";
import { httpUrlOf, isLoopbackUrl } from "../../config/relations.ts";
import type { Config } from "../../config/table.ts";
import type { Authenticate } from "../../workspace/face/speaker.ts";
import type { DaemonStatus, StartingStatus } from "../daemonStatus.ts";
import { createChainReads } from "../dashboard/chainReads.ts";
import { createChangeHub } from "../dashboard/changeHub.ts";
import { createLocalWallet } from "../dashboard/localWallet.ts";
import { DASHBOARD_PATHS, mountDashboard } from "../dashboard/mount.ts";
import { overviewOf } from "../dashboard/overview.ts";
import { mountPage, PAGE_PATHS } from "../dashboard/page.ts";
import type { FollowedChain } from "./followChain.ts";
import type { AgentBooks } from "./openAgentBooks.ts";

/** The dashboard: its page, and what the page reads. It is there from the start on and tells how far that is. */
export function openDashboard(
  config: Pick<Config, "chain" | "network">,
  modules: {
    readonly chain: FollowedChain;
    readonly deployment: Deployment;
    readonly status: () => Promise<DaemonStatus | StartingStatus>;
    readonly books: Pick<AgentBooks, "approvals" | "usage">;
    readonly authenticate: Authenticate;
    readonly logger: Logger;
  },
): ApiMount {
  const { chain, deployment, status, books, authenticate, logger } = modules;
  const { chainId, finalDepth, pageAccount } = config.chain;
  const { approvals, usage } = books;
  const now = Date.now;
  const hub = createChangeHub({
    projection: chain.projection,
    onBlock: (handler) =>
      chain.view.onChange((execution) => {
        if (execution === undefined) handler();
      }),
    head: () => chain.projection.head()?.number.toString(),
    approvals,
  });
  const rpcUrl = (): string => httpUrlOf(config.chain.rpcUrls) ?? "";
  const isNodes = (account: Address) =>
    chain.projection
      .nodes()
      .some((node) => [node.key, node.owner].some((one) => isAddressEqual(one, account)));
  const wallet = createLocalWallet(
    // The configuration's own rules say that the chain is a local one then.
    pageAccount ? { rpcUrl: rpcUrl(), chainId, account: pageAccount } : undefined,
    { isNodes, nowMs: () => performance.now() },
  );
  return {
    // The page loads its own scripts and styles with its origin said.
    paths: [...DASHBOARD_PATHS, ...PAGE_PATHS],
    add(app) {
      app.register(async (plugin) => mountPage(plugin));
      app.register(async (plugin) =>
        mountDashboard(plugin, {
          reads: createChainReads({ finalDepth }, chain),
          overview: () => overviewOf({ chainId }, { chain, status, approvals, usage, now }),
          hub,
          authenticate,
          version: manifest.version,
          chainId,
          hasWorkspace: config.network.enabled,
          making: {
            deployment,
            projection: chain.projection,
            wallet,
            finalDepth,
            walletRpcUrl: () => (isLoopbackUrl(rpcUrl()) ? rpcUrl() : null),
          },
          logger: logger.child({ module: "dashboard" }),
          now,
        }),
      );
    },
  };
}
