import { type BoundedMap, createBoundedMap } from "./boundedMap.ts";
import type { Clock } from "./clock.ts";
import { MESSAGE_COPIES_KNOWN_MAX, MESSAGE_COPIES_MAX, SCORES_MAX } from "./limits.ts";
import type { Misdeed } from "./reputation.ts";

/** Counts how often a peer sends one and the same message. */
export interface Copies {
  /** A message came that has come before, from this peer or another. */
  came(peer: string, messageId: string): void;
}

/**
 * gossipsub drops copies before anything here sees them, and takes no offence. Each costs little, but a peer that sends
 * nothing else would go on for ever.
 */
export function createCopies(modules: {
  readonly clock: Clock;
  readonly penalize: (peer: string, misdeed: Misdeed) => void;
}): Copies {
  const { clock, penalize } = modules;
  const ofPeers = createBoundedMap<string, BoundedMap<string, number>>({ entriesMax: SCORES_MAX }, { clock });
  return {
    came(peer, messageId) {
      const counts =
        ofPeers.get(peer) ??
        createBoundedMap<string, number>({ entriesMax: MESSAGE_COPIES_KNOWN_MAX }, { clock });
      ofPeers.set(peer, counts);
      const count = (counts.get(messageId) ?? 0) + 1;
      counts.set(messageId, count);
      if (count > MESSAGE_COPIES_MAX) penalize(peer, "repeated");
    },
  };
}
