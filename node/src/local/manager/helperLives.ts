import type { HelperPlan } from "../../agents/team/ports.ts";

/** Helpers that ended unasked and are remembered: more than a node runs at once. */
export const LOST_HELPERS_MAX = 64;
/** Restarts that are remembered of each member: above any policy's most. */
export const RESTARTS_KEPT_MAX = 64;
/** Members whose restarts are remembered. */
export const RESTARTED_MEMBERS_MAX = 1_024;

/** A helper whose program ended unasked: it is no member of its cluster any more, and can be made again as it was. */
export interface LostHelper {
  readonly plan: HelperPlan;
  /** Unix milliseconds. */
  readonly atMs: number;
}

/** What becomes of members over time, as far as one look does not show it. Forgotten with the process. */
export interface HelperLives {
  /** Its program ended for good, and nobody asked for that. */
  lost(plan: HelperPlan): void;
  lostIn(cluster: bigint): readonly LostHelper[];
  find(cluster: bigint, name: string): LostHelper | undefined;
  /** It is there again, or nobody wants it any more. */
  forget(cluster: bigint, name: string): void;
  /** A member was started again by whoever looks after it. */
  restarted(cluster: bigint, name: string): void;
  /** What its program says of how often it was started again; what came since the last time counts. */
  programSays(cluster: bigint, name: string, restarts: number): void;
  /** Restarts of a member within so many milliseconds. */
  restarts(cluster: bigint, name: string, withinMs: number): number;
  /** The same of all members of a cluster. */
  restartsIn(cluster: bigint, withinMs: number): number;
  /** Hears of each that is lost. The answer ends it. */
  onLost(handler: (cluster: bigint, name: string) => void): () => void;
}

export function createHelperLives({ now = Date.now }: { readonly now?: () => number } = {}): HelperLives {
  const gone = new Map<string, LostHelper>();
  /** Times of restarts, the oldest first, and what the program said last; who was restarted last stands last. */
  const restarted = new Map<string, { readonly cluster: bigint; times: readonly number[]; said: number }>();
  const handlers = new Set<(cluster: bigint, name: string) => void>();
  const keyOf = (cluster: bigint, name: string) => `${cluster}/${name}`;

  function note(cluster: bigint, name: string, times: number, said: number): void {
    const key = keyOf(cluster, name);
    const known = restarted.get(key)?.times ?? [];
    const added = Array.from({ length: Math.min(times, RESTARTS_KEPT_MAX) }, () => now());
    restarted.delete(key);
    restarted.set(key, { cluster, times: [...known, ...added].slice(-RESTARTS_KEPT_MAX), said });
    bound(restarted, RESTARTED_MEMBERS_MAX);
  }

  return {
    lost(plan) {
      const { cluster, name } = plan;
      gone.set(keyOf(cluster, name), { plan, atMs: now() });
      bound(gone, LOST_HELPERS_MAX);
      for (const handler of handlers) handler(cluster, name);
    },
    lostIn: (cluster) => [...gone.values()].filter(({ plan }) => plan.cluster === cluster),
    find: (cluster, name) => gone.get(keyOf(cluster, name)),
    forget: (cluster, name) => void gone.delete(keyOf(cluster, name)),
    restarted: (cluster, name) => note(cluster, name, 1, restarted.get(keyOf(cluster, name))?.said ?? 0),
    programSays(cluster, name, restarts) {
      const said = restarted.get(keyOf(cluster, name))?.said ?? 0;
      // A program that was begun anew counts from nothing.
      if (restarts !== said) note(cluster, name, Math.max(0, restarts - said), restarts);
    },
    restarts(cluster, name, withinMs) {
      const times = restarted.get(keyOf(cluster, name))?.times ?? [];
      return times.filter((atMs) => now() - atMs < withinMs).length;
    },
    restartsIn(cluster, withinMs) {
      let sum = 0;
      for (const { cluster: of, times } of restarted.values())
        if (of === cluster) sum += times.filter((atMs) => now() - atMs < withinMs).length;
      return sum;
    },
    onLost(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
  };
}

function bound(map: Map<string, unknown>, entriesMax: number): void {
  const [oldest] = map.keys();
  if (map.size > entriesMax && oldest !== undefined) map.delete(oldest);
}
