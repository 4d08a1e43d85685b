import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Backoff, backoffMs } from "../chain/backoff.ts";
import { type Clock, systemClock } from "../chain/clock.ts";
import { LOGS_OPEN_MAX } from "../workspace/limits.ts";
import type { ClusterMembership } from "../workspace/log/ports.ts";
import type { Workspace } from "../workspace/types.ts";

/** Keeps those clusters open of which a node is a member. */
export interface OpenClusters {
  /** Opens or closes a cluster, as the node is a member of it now or not; where that fails it goes on trying. */
  follow(cluster: bigint): void;
  /** Waits for what is under way; tries nothing from then on. */
  stop(): Promise<void>;
}

/** Wait before a cluster that could not be opened or closed is tried again, doubled with each failure: a disk that hiccups ... */
export const OPEN_RETRY_MIN_MS = 1_000;
/** ... and the longest: a full disk costs a look a minute for each cluster, and is over for this node a minute after there is room. */
export const OPEN_RETRY_MAX_MS = 60_000;

/** @param options.node whose clusters these are */
export function createOpenClusters(
  { node }: { readonly node: bigint },
  modules: {
    readonly workspace: Pick<Workspace, "clusters" | "open" | "close">;
    readonly membership: Pick<ClusterMembership, "members">;
    readonly logger: Logger;
    /** @default the machine's */
    readonly clock?: Clock;
    /** @default Math.random */
    readonly random?: () => number;
  },
): OpenClusters {
  const { workspace, membership, logger, clock = systemClock(), random = Math.random } = modules;
  const backoff: Backoff = { baseMs: OPEN_RETRY_MIN_MS, maxMs: OPEN_RETRY_MAX_MS, random };
  /** Clusters with which it failed: how often in a row, and what calls the next try off. */
  const failing = new Map<bigint, { readonly failures: number; readonly cancel: () => void }>();
  let isStopped = false;
  /** One after the other, as the chain may change its mind. */
  let last: Promise<void> = Promise.resolve();

  async function followNow(cluster: bigint): Promise<void> {
    const isMember = membership.members(cluster).includes(node);
    const isOpen = workspace.clusters().includes(cluster);
    if (isMember && !isOpen && workspace.clusters().length < LOGS_OPEN_MAX) await workspace.open(cluster);
    if (!isMember && isOpen) await workspace.close(cluster);
  }

  async function followOrRetry(cluster: bigint): Promise<void> {
    if (isStopped) return;
    const failures = (failing.get(cluster)?.failures ?? 0) + 1;
    failing.get(cluster)?.cancel();
    try {
      await followNow(cluster);
      failing.delete(cluster);
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      const { code, message: reason } = error;
      logger.warn({ cluster, code, reason }, "workspace of a cluster is not open");
      // What another try does not mend, a restart or another membership may.
      if (isRetryable(error)) retryLater(cluster, failures);
      else failing.delete(cluster);
    }
  }

  function retryLater(cluster: bigint, failures: number): void {
    if (isStopped) return;
    const cancel = clock.after(backoffMs(failures, backoff), () => follow(cluster));
    failing.set(cluster, { failures, cancel });
  }

  function follow(cluster: bigint): void {
    last = last.then(() => followOrRetry(cluster));
  }

  return {
    follow,
    async stop() {
      isStopped = true;
      for (const { cancel } of failing.values()) cancel();
      failing.clear();
      await last;
    },
  };
}
