import { KEYS_PER_GIVER_MAX } from "../limits.ts";
import { type FeedId, feedName } from "./entry.ts";
import type { FeedKey } from "./keyBox.ts";

/** A key, and which node gave it. */
export interface GivenKey extends FeedKey {
  readonly giver: bigint;
}

/**
 * The keys of a cluster's feeds that this node has. Of each member that gives keys one is kept for an epoch, so that one that
 * gives wrong ones cannot push out the right one: the cipher says which opens.
 */
export interface KeyRing {
  /** Takes keys that a node gave; answers those that are new and were kept. */
  add(giver: bigint, keys: readonly FeedKey[]): readonly GivenKey[];
  /** Candidates for what a feed said in an epoch. */
  of(feed: FeedId, epoch: number): readonly Uint8Array[];
  /** All keys of feeds of a node, or of all. Where a feed's own node gave one, what others say it is is left out. */
  all(node?: bigint): readonly FeedKey[];
}

export function createKeyRing(): KeyRing {
  const kept = new Map<string, GivenKey[]>();
  const counts = new Map<bigint, number>();

  return {
    add(giver, keys) {
      const added: GivenKey[] = [];
      for (const key of keys) {
        const name = `${feedName(key.feed)}/${key.epoch}`;
        const known = kept.get(name) ?? [];
        const isKnown = known.some(
          (other) => other.giver === giver || Buffer.compare(other.key, key.key) === 0,
        );
        const count = counts.get(giver) ?? 0;
        if (isKnown || count >= KEYS_PER_GIVER_MAX) continue;
        const given = { ...key, giver };
        kept.set(name, [...known, given]);
        counts.set(giver, count + 1);
        added.push(given);
      }
      return added;
    },
    of: (feed, epoch) => (kept.get(`${feedName(feed)}/${epoch}`) ?? []).map(({ key }) => key),
    all: (node) =>
      [...kept.values()].flatMap((candidates) => {
        const [first] = candidates;
        if (first === undefined || (node !== undefined && first.feed.node !== node)) return [];
        const genuine = candidates.find(({ giver, feed }) => giver === feed.node);
        return genuine === undefined ? candidates : [genuine];
      }),
  };
}
