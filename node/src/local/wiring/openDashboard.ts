import type { Logger } from "pino";
import type { Address } from "viem";
import manifest from "../../../package.json" with { type: "json" };
import type { ApiMount } from "../../api/server.ts";
import type { Config } from "../../config/table.ts";
import type { Authenticate } from "../../workspace/face/speaker.ts";
import type { Workspace } from "../../workspace/types.ts";
import type { DaemonStatus, StartingStatus } from "../daemonStatus.ts";
import { createChainReads } from "../dashboard/chainReads.ts";
import { createChangeHub } from "../dashboard/changeHub.ts";
import { lookedAt, presenceLook, usageLook } from "../dashboard/lookedAt.ts";
import { DASHBOARD_PATHS, mountDashboard } from "../dashboard/mount.ts";
import { offersOf } from "../dashboard/offers.ts";
import { overviewOf } from "../dashboard/overview.ts";
import { mountPage, PAGE_PATHS } from "../dashboard/page.ts";
import type { FollowedChain } from "./followChain.ts";
import type { AgentBooks } from "./openAgentBooks.ts";

/** The dashboard: its page, and what the page reads. It is there from the start on and tells how far that is. */
export function openDashboard(
  config: Pick<Config, "chain" | "network" | "services" | "workspace" | "folders" | "budgets">,
  modules: {
    readonly chain: FollowedChain;
    readonly status: () => Promise<DaemonStatus | StartingStatus>;
    readonly books: Pick<AgentBooks, "approvals" | "usage">;
    readonly authenticate: Authenticate;
    readonly workspace: () => Workspace | undefined;
    readonly ownerOf: (cluster: bigint) => Address | undefined;
    readonly logger: Logger;
  },
): ApiMount {
  const { chain, status, books, authenticate, workspace, ownerOf, logger } = modules;
  const { chainId, finalDepth } = config.chain;
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
    sources: { presence: lookedAt(presenceLook(workspace)), usage: lookedAt(usageLook(usage, now)) },
  });
  return {
    // The page loads its own scripts and styles with its origin said.
    paths: [...DASHBOARD_PATHS, ...PAGE_PATHS],
    add(app) {
      app.register(async (plugin) => mountPage(plugin));
      app.register(async (plugin) =>
        mountDashboard(plugin, {
          reads: createChainReads({ finalDepth }, chain),
          overview: () => overviewOf({ chainId }, { chain, status, approvals, usage, now }),
          offers: (credential) => offersOf(credential, config, ownerOf),
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
