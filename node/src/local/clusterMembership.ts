import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import type { Version } from "@pleiad/sdk/types/version";
import type { Logger } from "pino";
import type { Address } from "viem";
import { type Backoff, backoffMs } from "../chain/backoff.ts";
import { type Clock, systemClock } from "../chain/clock.ts";
import type { ProjectionReader } from "../chain/projection.ts";
import type { Versions } from "../chain/versions.ts";
import { MEMBERS_MAX } from "../workspace/limits.ts";
import type { ClusterMembership } from "../workspace/log/ports.ts";

/** Who belongs to the clusters that are watched, kept from the chain as this node sees it. */
export interface WatchedMembership extends ClusterMembership {
  /**
   * Reads what a cluster's versions say; before that it has no members. Where the chain does not answer it goes on trying, and
   * `onChange` says when it has been read.
   */
  watch(cluster: bigint): Promise<void>;
  stop(): void;
}

/** Wait before a cluster whose versions could not be read is tried again, doubled with each failure: an endpoint that hiccups ... */
export const MEMBERS_RETRY_MIN_MS = 1_000;
/** ... and the longest: an outage costs a question a minute for each cluster, and is over for this node a minute after it is over. */
export const MEMBERS_RETRY_MAX_MS = 60_000;

interface Watched {
  readonly members: readonly bigint[];
  readonly home: bigint | undefined;
  /** Nodes that may speak for an agent. */
  readonly voices: ReadonlyMap<bigint, ReadonlySet<bigint>>;
  /** When the first of those who are named is so no more, in unix seconds; undefined for never. No event of the chain says it. */
  readonly holdsUntil: bigint | undefined;
}

const NOBODY: Watched = { members: [], home: undefined, voices: new Map(), holdsUntil: undefined };

/**
 * Members of a cluster are the active nodes that serve a model of a task of its current version, and those whose key its
 * owner named a delegate. The home is the lowest of those who are named, else the lowest of the version's.
 */
export function createClusterMembership(
  options: { readonly clusterRegistry: Address },
  modules: {
    readonly projection: ProjectionReader;
    readonly versions: Versions;
    readonly logger: Logger;
    /** @default the machine's */
    readonly clock?: Clock;
    /** @default Math.random */
    readonly random?: () => number;
  },
): WatchedMembership {
  const { projection, versions, logger, clock = systemClock(), random = Math.random } = modules;
  const backoff: Backoff = { baseMs: MEMBERS_RETRY_MIN_MS, maxMs: MEMBERS_RETRY_MAX_MS, random };
  /** Clusters that could not be read: how often in a row, and what calls the next try off. */
  const failing = new Map<bigint, { readonly failures: number; readonly cancel: () => void }>();
  let isStopped = false;
  const watched = new Map<bigint, Watched>();
  const handlers = new Set<(cluster: bigint) => void>();

  /** Nodes whose key the owner named; all that ever were, and those that are now. */
  function named(cluster: bigint): {
    readonly ever: readonly bigint[];
    readonly now: readonly bigint[];
    readonly holdsUntil: bigint | undefined;
  } {
    const atSeconds = projection.head()?.timestamp ?? 0n;
    const delegates = projection.clusterDelegates(options.clusterRegistry, cluster).flatMap((delegate) => {
      const node = projection.nodeOfKey(delegate.delegate);
      const holds = projection.isDelegate(cluster, delegate, atSeconds);
      return node === 0n ? [] : [{ node, holds, expiresAt: BigInt(delegate.expiresAt) }];
    });
    const ends = delegates.flatMap(({ holds, expiresAt }) => (holds && expiresAt !== 0n ? [expiresAt] : []));
    return {
      ever: delegates.map(({ node }) => node),
      now: delegates.filter(({ node, holds }) => holds && isActive(node)).map(({ node }) => node),
      holdsUntil: ascending(ends)[0],
    };
  }

  const isActive = (node: bigint) => projection.node(node)?.status === "Active";

  function assess(cluster: bigint, all: readonly Version[]): Watched {
    const { ever, now, holdsUntil } = named(cluster);
    const voices = new Map<bigint, Set<bigint>>();
    const voice = (agent: bigint, nodes: readonly bigint[]) => {
      const known = voices.get(agent) ?? new Set();
      voices.set(agent, known);
      for (const node of nodes) known.add(node);
    };
    for (const { tasks, agents } of all) {
      for (const { agent } of agents) voice(agent, ever);
      for (const { agentIndex, model } of tasks) {
        const agent = agents[agentIndex]?.agent;
        if (agent !== undefined)
          voice(
            agent,
            (projection.model(model)?.places ?? []).map(({ node }) => node),
          );
      }
    }
    const current = all.at(-1);
    const serving = new Set(
      (current?.tasks ?? []).flatMap(({ model }) =>
        (projection.model(model)?.places ?? [])
          .filter(({ active, node }) => active && isActive(node))
          .map(({ node }) => node),
      ),
    );
    const homes = now.length > 0 ? now : [...serving];
    return {
      // Those who are named come first: who serves a model that is open to all takes no place of theirs.
      members: ascending([...new Set([...ascending(now), ...ascending([...serving])])].slice(0, MEMBERS_MAX)),
      home: ascending(homes)[0],
      voices,
      holdsUntil,
    };
  }

  /** What is known of a cluster; where the time of somebody who is named is over, it is read again. */
  function known(cluster: bigint): Watched {
    const present = watched.get(cluster) ?? NOBODY;
    const { holdsUntil } = present;
    if (holdsUntil === undefined || (projection.head()?.timestamp ?? 0n) <= holdsUntil) return present;
    watched.set(cluster, { ...present, holdsUntil: undefined });
    refreshSoon(cluster);
    return present;
  }

  async function refresh(cluster: bigint): Promise<void> {
    const state = projection.cluster(cluster);
    const all = await Promise.all(
      (state?.versions ?? []).map(({ version }) => versions.get(cluster, version)),
    );
    // It changed while its versions were read: what was read is of before, and whoever saw the change may be done already.
    if (projection.cluster(cluster) !== state) return refresh(cluster);
    const before = watched.get(cluster) ?? NOBODY;
    const after = assess(cluster, all);
    watched.set(cluster, after);
    if (isSame(before, after)) return;
    for (const handler of handlers) handler(cluster);
  }

  /** Never rejects with what the chain says. */
  async function refreshOrRetry(cluster: bigint): Promise<void> {
    try {
      await refresh(cluster);
      failing.get(cluster)?.cancel();
      failing.delete(cluster);
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      const { code, message: reason } = error;
      // Until then what was known stands. What is wrong with the versions themselves, only another block changes.
      logger.warn({ cluster, code, reason }, "members of a cluster are not read");
      if (isRetryable(error)) retryLater(cluster);
    }
  }

  function retryLater(cluster: bigint): void {
    if (isStopped) return;
    const before = failing.get(cluster);
    before?.cancel();
    const failures = (before?.failures ?? 0) + 1;
    const cancel = clock.after(backoffMs(failures, backoff), () => refreshSoon(cluster));
    failing.set(cluster, { failures, cancel });
  }

  function refreshSoon(cluster: bigint): void {
    void refreshOrRetry(cluster);
  }

  function refreshAll(): void {
    for (const cluster of watched.keys()) refreshSoon(cluster);
  }
  const ends = [
    projection.on("cluster", (cluster) => {
      if (watched.has(cluster)) refreshSoon(cluster);
    }),
    projection.on("delegates", (cluster) => {
      if (watched.has(cluster)) refreshSoon(cluster);
    }),
    // Versions are in memory, so looking at all clusters again costs microseconds each.
    projection.on("node", refreshAll),
    projection.on("model", refreshAll),
  ];

  return {
    members: (cluster) => known(cluster).members,
    home: (cluster) => known(cluster).home,
    mayVoice: (cluster, node, agent) => watched.get(cluster)?.voices.get(agent)?.has(node) ?? false,
    onChange(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    async watch(cluster) {
      watched.set(cluster, watched.get(cluster) ?? NOBODY);
      await refreshOrRetry(cluster);
    },
    stop() {
      isStopped = true;
      for (const { cancel } of failing.values()) cancel();
      failing.clear();
      for (const end of ends) end();
    },
  };
}

function ascending(nodes: readonly bigint[]): readonly bigint[] {
  return nodes.toSorted((a, b) => (a < b ? -1 : 1));
}

function isSame(one: Watched, other: Watched): boolean {
  return fingerprint(one) === fingerprint(other);
}

function fingerprint({ members, home, voices }: Watched): string {
  const heard = [...voices].map(([agent, nodes]) => `${agent}:${ascending([...nodes]).join("+")}`).sort();
  return `${members.join(",")} ${home} ${heard.join(" ")}`;
}
