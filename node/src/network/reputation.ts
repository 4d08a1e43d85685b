import { createBoundedMap } from "./boundedMap.ts";
import type { Clock } from "./clock.ts";
import { BAN_MS, BAN_POINTS, BANS_MAX, POINTS_HALF_LIFE_MS, SCORES_MAX } from "./limits.ts";

/** What a peer can do wrong. */
export type Misdeed = keyof typeof MISDEED_POINTS;

/**
 * What each misdeed costs. Honest software of any version never commits those of 25 and more; those below can
 * happen to an honest peer (its view of the chain differs, its burst is too large), so only many of them ban.
 */
export const MISDEED_POINTS = {
  /** Bytes that do not parse. */
  malformed: 25,
  /** More bytes than allowed. */
  oversized: 25,
  /** A signature that is not by the key it names. */
  badSignature: 25,
  /** An output whose digest is another, or an answer nobody asked for. */
  wrongContent: 25,
  /** Bytes of a blob that are not those of its digest. */
  lyingBlob: 50,
  /** A node or certificate this node's chain view does not know, or knows as suspended. */
  unknownNode: 2,
  /** A certificate it named but does not hand out. */
  certificateWithheld: 5,
  /** A message sent again and again, byte for byte. */
  repeated: 1,
  /** A message or question above its rate. */
  overBudget: 0.2,
} as const;

/** The only book about how peers behave. gossipsub reads its score from here too. */
export interface Reputation {
  /** Adds the misdeed's points; at `BAN_POINTS` the peer and its node are banned. Answers the points it has now. */
  penalize(peer: string, node: bigint | undefined, misdeed: Misdeed): number;
  /** Points of a peer now; they halve every `POINTS_HALF_LIFE_MS`. */
  points(peer: string): number;
  /** Bans a peer and its node for `BAN_MS`. */
  ban(peer: string, node: bigint | undefined): void;
  isPeerBanned(peer: string): boolean;
  isNodeBanned(node: bigint): boolean;
}

/**
 * @param modules.onBan told when a peer is banned, before `penalize` answers
 */
export function createReputation(modules: {
  readonly clock: Clock;
  readonly onBan: (peer: string, node: bigint | undefined) => void;
}): Reputation {
  const { clock, onBan } = modules;
  const scores = createBoundedMap<string, { points: number; countedMs: number }>(
    { entriesMax: SCORES_MAX },
    { clock },
  );
  const bans = { entriesMax: BANS_MAX, ttlMs: BAN_MS };
  const bannedPeers = createBoundedMap<string, true>(bans, { clock });
  const bannedNodes = createBoundedMap<bigint, true>(bans, { clock });

  function points(peer: string): number {
    const score = scores.get(peer);
    if (score === undefined) return 0;
    return score.points * 0.5 ** ((clock.monotonicMs() - score.countedMs) / POINTS_HALF_LIFE_MS);
  }

  function ban(peer: string, node: bigint | undefined): void {
    bannedPeers.set(peer, true);
    // The node too: a fresh peer id costs nothing, a registered node does.
    if (node !== undefined) bannedNodes.set(node, true);
    scores.delete(peer);
    onBan(peer, node);
  }

  return {
    penalize(peer, node, misdeed) {
      const now = points(peer) + MISDEED_POINTS[misdeed];
      scores.set(peer, { points: now, countedMs: clock.monotonicMs() });
      if (now >= BAN_POINTS && bannedPeers.get(peer) === undefined) ban(peer, node);
      return now;
    },
    points,
    ban,
    isPeerBanned: (peer) => bannedPeers.get(peer) !== undefined,
    isNodeBanned: (node) => bannedNodes.get(node) !== undefined,
  };
}
