import type { CircuitRelayService } from "@libp2p/circuit-relay-v2";
import type { PeerId } from "@libp2p/interface";
import { createBoundedMap } from "./boundedMap.ts";
import type { Clock } from "./clock.ts";
import {
  BUDGETS_MAX,
  RELAY_CONNECTS_BURST,
  RELAY_CONNECTS_PER_SECOND,
  RELAY_RESERVATIONS_PER_NODE_MAX,
} from "./limits.ts";
import type { Peers } from "./peers.ts";
import type { Counters } from "./stats.ts";
import { createTokenBucket, type TokenBucket } from "./tokenBucket.ts";

/** Whom this daemon serves as a relay. Bytes and time of a connection are counted by the relay itself. */
export interface RelayRules {
  /** Whether a peer may be reached through this daemon. */
  mayReserve(peer: PeerId): boolean;
  /** Whether `source` may be connected with `destination`, which has a place here. */
  mayConnect(source: PeerId, destination: PeerId): boolean;
  /** Places that are taken. */
  reservations(): number;
  /** A peer is gone: its place is free for another. */
  forget(peer: PeerId): void;
}

/**
 * Only certified peers are served, at both ends, and so many of each node.
 *
 * @param modules.service the relay; undefined where this daemon is none
 */
export function createRelayRules(modules: {
  readonly service: () => CircuitRelayService | undefined;
  readonly peers: () => Pick<Peers, "get">;
  readonly counters: Counters;
  readonly clock: Clock;
}): RelayRules {
  const { service, counters, clock } = modules;
  const connects = createBoundedMap<bigint, TokenBucket>({ entriesMax: BUDGETS_MAX }, { clock });

  function nodeOf(peer: PeerId): bigint | undefined {
    return modules.peers().get(peer.toString())?.certificate.certificate.node;
  }

  function bucketOf(node: bigint): TokenBucket {
    const held = connects.get(node);
    if (held !== undefined) return held;
    const made = createTokenBucket(
      { perSecond: RELAY_CONNECTS_PER_SECOND, burst: RELAY_CONNECTS_BURST },
      { clock },
    );
    connects.set(node, made);
    return made;
  }

  function counted(may: boolean): boolean {
    if (may) counters.relayedTotal++;
    else counters.relayRefusedTotal++;
    return may;
  }

  return {
    mayReserve(peer) {
      const node = nodeOf(peer);
      const holders = [...(service()?.reservations.keys() ?? [])];
      if (node === undefined) return false;
      if (holders.some((holder) => holder.equals(peer))) return true;
      return holders.filter((holder) => nodeOf(holder) === node).length < RELAY_RESERVATIONS_PER_NODE_MAX;
    },
    mayConnect(source, destination) {
      const node = nodeOf(source);
      return counted(node !== undefined && nodeOf(destination) !== undefined && bucketOf(node).take());
    },
    reservations: () => service()?.reservations.size ?? 0,
    forget(peer) {
      const held = service()?.reservations.get(peer);
      if (held === undefined) return;
      // Or else its end would take the place away from the same peer, come back.
      held.signal.clear();
      service()?.reservations.delete(peer);
    },
  };
}
