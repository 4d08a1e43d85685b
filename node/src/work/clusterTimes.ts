import type { Clock } from "../chain/clock.ts";

/** Clusters whose answers are timed; beyond it the one that was not answered for the longest time is forgotten. */
const CLUSTERS_TIMED_MAX = 256;
/** Answers of a cluster that are remembered: enough that the twentieth part of them is more than chance. */
const LATENCIES_PER_CLUSTER_MAX = 128;
/** How long an answer counts as one of late. */
export const LATENCIES_KEPT_MS = 600_000;

/** How long tasks of clusters wait here, and how long they took of late from being ready to their answer. */
export interface ClusterTimes {
  /** Tasks of an execution that wait for a place now; whoever waited before waits since then. */
  wait(execution: bigint, cluster: bigint, tasks: readonly number[]): void;
  /** A task does not wait any more. @returns since when it did, by the clock; now where it did not */
  begin(execution: bigint, task: number): number;
  forget(execution: bigint): void;
  answered(cluster: bigint, tookMs: number): void;
  /** By cluster, for how long its oldest task waits. */
  oldestMs(): ReadonlyMap<bigint, number>;
  /** Clusters of which something was answered. */
  clusters(): readonly bigint[];
  /** 95th percentile of late; undefined where nothing was answered. */
  latencyMs(cluster: bigint): number | undefined;
}

export function createClusterTimes({ clock }: { readonly clock: Clock }): ClusterTimes {
  const waiting = new Map<bigint, { readonly cluster: bigint; readonly since: Map<number, number> }>();
  const latencies = new Map<bigint, readonly { readonly atMs: number; readonly tookMs: number }[]>();

  const ofLate = (cluster: bigint) =>
    (latencies.get(cluster) ?? []).filter(({ atMs }) => clock.monotonicMs() - atMs < LATENCIES_KEPT_MS);

  return {
    wait(execution, cluster, tasks) {
      const before = waiting.get(execution)?.since;
      if (tasks.length === 0) return void waiting.delete(execution);
      const nowMs = clock.monotonicMs();
      waiting.set(execution, {
        cluster,
        since: new Map(tasks.map((task) => [task, before?.get(task) ?? nowMs])),
      });
    },
    begin: (execution, task) => waiting.get(execution)?.since.get(task) ?? clock.monotonicMs(),
    forget: (execution) => void waiting.delete(execution),
    answered(cluster, tookMs) {
      const next = [...ofLate(cluster), { atMs: clock.monotonicMs(), tookMs }];
      // Put behind the others: the first is then the one that was not answered for the longest time.
      latencies.delete(cluster);
      latencies.set(cluster, next.slice(-LATENCIES_PER_CLUSTER_MAX));
      const [oldest] = latencies.keys();
      if (latencies.size > CLUSTERS_TIMED_MAX && oldest !== undefined) latencies.delete(oldest);
    },
    oldestMs() {
      const nowMs = clock.monotonicMs();
      const oldest = new Map<bigint, number>();
      for (const { cluster, since } of waiting.values())
        for (const sinceMs of since.values())
          oldest.set(cluster, Math.max(oldest.get(cluster) ?? 0, nowMs - sinceMs));
      return oldest;
    },
    clusters: () => [...latencies.keys()],
    latencyMs(cluster) {
      const sorted = ofLate(cluster)
        .map(({ tookMs }) => tookMs)
        .sort((a, b) => a - b);
      return sorted[Math.ceil(sorted.length * 0.95) - 1];
    },
  };
}
