import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import { type Address, type Hex, isAddressEqual } from "viem";
import manifest from "../../../package.json" with { type: "json" };
import type { FolderNews } from "../../agents/folders/types.ts";
import type { Terminals } from "../../agents/terminals/terminals.ts";
import type { ApiMount } from "../../api/server.ts";
import { httpUrlOf } from "../../config/relations.ts";
import type { Config } from "../../config/table.ts";
import type { Authenticate } from "../../workspace/face/speaker.ts";
import type { TokenCredential } from "../../workspace/tokens/credential.ts";
import type { Workspace } from "../../workspace/types.ts";
import type { DaemonObserver } from "../daemonObserver.ts";
import type { DaemonStatus, StartingStatus } from "../daemonStatus.ts";
import { budgetsOf } from "../dashboard/budgets.ts";
import { createChangeHub } from "../dashboard/changeHub.ts";
import { createJobReads } from "../dashboard/jobReads.ts";
import { createLocalWallet } from "../dashboard/localWallet.ts";
import { DASHBOARD_PATHS, mountDashboard } from "../dashboard/mount.ts";
import { offersOf } from "../dashboard/offers.ts";
import { overviewOf } from "../dashboard/overview.ts";
import { mountPage, PAGE_PATHS } from "../dashboard/page.ts";
import { tellableUrl } from "../dashboard/tellableUrl.ts";
import { type BeginAtWork, changeSources, type DashboardAtWork } from "./changeSources.ts";
import { dashboardReads } from "./dashboardReads.ts";
import type { FollowedChain } from "./followChain.ts";
import type { AgentBooks } from "./openAgentBooks.ts";

export interface OpenedDashboard extends ApiMount {
  atWork(work: DashboardAtWork): void;
}

/** The dashboard: its page, and what the page reads. It is there from the start on and tells how far that is. */
export function openDashboard(
  config: Pick<Config, "chain" | "network" | "log" | "services" | "workspace" | "folders" | "budgets">,
  modules: {
    readonly chain: FollowedChain;
    readonly deployment: Deployment;
    readonly status: () => Promise<DaemonStatus | StartingStatus>;
    readonly books: AgentBooks;
    readonly observer: Pick<DaemonObserver, "stories" | "gossipTimes" | "log">;
    /** @throws PleiadError API_STARTING */
    readonly requireWork: () => void;
    readonly explain: (code: string) => CatalogEntry | undefined;
    readonly terminals: Pick<Terminals, "onChange">;
    readonly authenticate: Authenticate;
    /** Hears of agents' copies of projects, once there are some. */
    readonly onFolder: (handler: (news: FolderNews) => void) => () => void;
    readonly workspace: () => Workspace | undefined;
    readonly ownerOf: (cluster: bigint) => Address | undefined;
    /** The cluster that a token's speaker is in now. */
    readonly clusterOf: (credential: TokenCredential) => bigint | undefined;
    /** From this node's disk, or from a peer. @throws PleiadError */
    readonly getBlob: (digest: Hex, signal: AbortSignal) => Promise<Uint8Array>;
    readonly logger: Logger;
  },
): OpenedDashboard {
  const { chain, deployment, status, books, observer, requireWork, explain, terminals, authenticate } =
    modules;
  const { onFolder, workspace, ownerOf, clusterOf, getBlob, logger } = modules;
  const { chainId, finalDepth, pageAccount } = config.chain;
  const { approvals, usage, budgets, stops } = books;
  const { stories, gossipTimes, log } = observer;
  const now = Date.now;
  /** Told once it is at work; whoever listens before hears of it from then on. */
  const begun = new Set<(work: DashboardAtWork) => void>();
  let work: DashboardAtWork | undefined;
  const atWork = (): DashboardAtWork["observed"] => {
    requireWork();
    if (work === undefined) throw new Error("the daemon is at work, and its dashboard was not told");
    return work.observed;
  };
  const jobs = createJobReads({ logLevel: config.log.level }, { atWork, chain, stories, log: log?.jobLog });
  const { reads, views } = dashboardReads(config, {
    chain,
    getBlob,
    gossipTimes,
    work: () => work?.observed,
    now,
  });
  const hub = createChangeHub({
    projection: chain.projection,
    onBlock: (handler) =>
      chain.view.onChange((execution) => {
        if (execution === undefined) handler();
      }),
    head: () => chain.projection.head()?.number.toString(),
    sources: changeSources({
      ...{ books, observer, terminals, onFolder, workspace, onWork },
      credits: views.credits,
    }),
  });
  const rpcUrl = (): string => httpUrlOf(config.chain.rpcUrls) ?? "";
  const isNodes = (account: Address) =>
    chain.projection
      .nodes()
      .some((node) => [node.key, node.owner].some((one) => isAddressEqual(one, account)));
  const wallet = createLocalWallet(
    // The configuration's own rules say that the chain is a local one then.
    pageAccount ? { rpcUrl: rpcUrl(), chainId, account: pageAccount } : undefined,
    { isNodes, followed: () => chain.projection.head(), nowMs: () => performance.now() },
  );

  /** Has something begun with what there is at work, now or when it is; the answer ends it. */
  function onWork(begin: BeginAtWork): () => void {
    let ends: readonly (() => void)[] = [];
    const later = (now: DashboardAtWork): void => {
      ends = begin(now, true);
    };
    if (work === undefined) begun.add(later);
    else ends = begin(work, false);
    return () => {
      begun.delete(later);
      for (const end of ends) end();
    };
  }

  return {
    // The page loads its own scripts and styles with its origin said.
    paths: [...DASHBOARD_PATHS, ...PAGE_PATHS],
    add(app) {
      app.register(async (plugin) => mountPage(plugin));
      app.register(async (plugin) =>
        mountDashboard(plugin, {
          reads,
          views,
          overview: () => overviewOf({ chainId }, { chain, status, approvals, usage, stops, now }),
          offers: (credential) => offersOf(credential, config, ownerOf),
          hub,
          clusterOf,
          operate: { jobs, budgets: () => budgetsOf({ budgets, usage, stops, status, now }), explain },
          authenticate,
          version: manifest.version,
          chainId,
          hasWorkspace: config.network.enabled,
          making: {
            deployment,
            projection: chain.projection,
            wallet,
            finalDepth,
            walletRpcUrl: () => tellableUrl(rpcUrl()),
          },
          logger: logger.child({ module: "dashboard" }),
          now,
        }),
      );
    },
    atWork(now) {
      work = now;
      for (const listener of begun) listener(now);
      begun.clear();
    },
  };
}
