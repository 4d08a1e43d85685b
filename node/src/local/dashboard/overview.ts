import type { Approvals } from "../../agents/approvals/approvals.ts";
import type { Stops } from "../../agents/money/stops.ts";
import type { UsageStore } from "../../agents/money/types.ts";
import type { DaemonStatus, StartingStatus } from "../daemonStatus.ts";
import type { FollowedChain } from "../wiring/followChain.ts";
import { OVERVIEW_ROWS_MAX, PROBLEMS_MAX } from "./limits.ts";
import { problemsOf } from "./problems.ts";
import { clusterRow, executionRow, runningByCluster } from "./rows.ts";
import type { Overview } from "./schemas.ts";

export interface OverviewModules {
  readonly chain: Pick<FollowedChain, "projection" | "versions" | "view">;
  readonly status: () => Promise<DaemonStatus | StartingStatus>;
  readonly approvals: Pick<Approvals, "waiting">;
  readonly usage: Pick<UsageStore, "sum">;
  readonly stops: Pick<Stops, "list">;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** What somebody looks at first. */
export async function overviewOf(
  options: { readonly chainId: number },
  { chain, status: read, approvals, usage, stops, now }: OverviewModules,
): Promise<Overview> {
  const { projection, versions, view } = chain;
  const nowMs = now();
  const day = { kind: "day", key: new Date(nowMs).toISOString().slice(0, 10) } as const;
  const [status, waiting, today] = await Promise.all([read(), approvals.waiting(), usage.sum(day)]);
  const problems = problemsOf({
    ...{ status, projection, versions, waiting },
    stops: stops.list(),
    chainNow: view.now(),
    nowMs,
  });
  const work = "account" in status ? status : undefined;
  const { state, head, lagBlocks, headAgeSeconds, hinted } = status.chain;
  const counts = runningByCluster(projection);
  const clusters = [...projection.clusters()];
  const running = projection.runningExecutions();
  const rows = { projection, versions };
  const ended = [...projection.endedExecutions()].sort((a, b) => (a.execution < b.execution ? 1 : -1));
  return {
    node: work === undefined ? null : String(work.node),
    isStarting: work === undefined,
    version: status.version,
    startedAtMs: status.startedAtMs,
    chain: {
      chainId: options.chainId,
      state,
      head:
        head === null
          ? null
          : { number: String(head.number), hash: head.hash, timestamp: String(head.timestamp) },
      lagBlocks,
      headAgeSeconds,
      isHinted: hinted,
    },
    problems: problems.slice(0, PROBLEMS_MAX),
    problemsLeftOut: Math.max(0, problems.length - PROBLEMS_MAX),
    counts: {
      clusters: clusters.length,
      running: running.length,
      nodes: projection.nodes().length,
      models: projection.models().length,
      agents: projection.agents().length,
      peers: work?.peers.length ?? 0,
      approvalsWaiting: waiting.length,
    },
    clusters: clusters
      // Those with work first, then the newest.
      .sort(
        (a, b) =>
          (counts.get(b.cluster) ?? 0) - (counts.get(a.cluster) ?? 0) || (a.cluster < b.cluster ? 1 : -1),
      )
      .slice(0, OVERVIEW_ROWS_MAX)
      .map((cluster) => clusterRow(cluster, counts)),
    running: running
      .slice(-OVERVIEW_ROWS_MAX)
      .reverse()
      .map((record) => executionRow(record, rows)),
    recent: ended.slice(0, OVERVIEW_ROWS_MAX).map((record) => executionRow(record, rows)),
    money: {
      account: work?.account.address ?? null,
      balanceWei: digitsOf(work?.account.balanceWei),
      spentWei: digitsOf(work?.account.spentWei),
      spendingLimitWei: digitsOf(work?.account.spendingLimitWei),
      earnings: work?.earnings?.map(({ currency, amount }) => ({ currency, amount: String(amount) })) ?? null,
    },
    agentsToday: {
      turns: today?.turns ?? 0,
      inputTokens: today?.inputTokens ?? 0,
      outputTokens: today?.outputTokens ?? 0,
      cachedTokens: today?.cachedTokens ?? 0,
      micros: Object.fromEntries(Object.entries(today?.micros ?? {}).map(([key, sum]) => [key, String(sum)])),
    },
  };
}

function digitsOf(value: bigint | null | undefined): string | null {
  return value === undefined || value === null ? null : String(value);
}
