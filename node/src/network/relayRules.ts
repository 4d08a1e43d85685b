import type { CircuitRelayService } from "@libp2p/circuit-relay-v2";
import type { PeerId, Stream } from "@libp2p/interface";
import { createBoundedMap } from "./boundedMap.ts";
import type { Clock } from "./clock.ts";
import {
  BUDGETS_MAX,
  RELAY_BURST_SECONDS,
  RELAY_BYTES_PER_SECOND,
  RELAY_CONNECTS_BURST,
  RELAY_CONNECTS_PER_SECOND,
  RELAY_RESERVATIONS_PER_NODE_MAX,
  RELAY_TOTAL_BYTES_PER_SECOND,
} from "./limits.ts";
import { paceStream } from "./pace.ts";
import type { Peers } from "./peers.ts";
import type { Counters } from "./stats.ts";
import { createTokenBucket, type TokenBucket } from "./tokenBucket.ts";

/** Whom this daemon serves as a relay. Bytes and time of a connection are counted by the relay itself. */
export interface RelayRules {
  /** Whether a peer may be reached through this daemon. */
  mayReserve(peer: PeerId): boolean;
  /** Whether `source` may be connected with `destination`, which has a place here. */
  mayConnect(source: PeerId, destination: PeerId): boolean;
  /** Reads what a peer sends through this relay no faster than its node's rate, and that of all. */
  pace(stream: Stream, peer: PeerId): void;
  /** Places that are taken. */
  reservations(): number;
  /** A peer is gone: its place is free for another. */
  forget(peer: PeerId): void;
}

/**
 * Only certified peers are served, at both ends, and so many of each node.
 *
 * @param options.bytesPerSecond of one node. @default RELAY_BYTES_PER_SECOND
 * @param modules.service the relay; undefined where this daemon is none
 */
export function createRelayRules(
  options: { readonly bytesPerSecond?: number | undefined },
  modules: {
    readonly service: () => CircuitRelayService | undefined;
    readonly peers: () => Pick<Peers, "get">;
    readonly counters: Counters;
    readonly clock: Clock;
  },
): RelayRules {
  const { bytesPerSecond = RELAY_BYTES_PER_SECOND } = options;
  const { service, counters, clock } = modules;
  const total = createTokenBucket(
    { perSecond: RELAY_TOTAL_BYTES_PER_SECOND, burst: RELAY_BURST_SECONDS * RELAY_TOTAL_BYTES_PER_SECOND },
    { clock },
  );
  const sent = createBoundedMap<bigint, TokenBucket>({ entriesMax: BUDGETS_MAX }, { clock });
  const connects = createBoundedMap<bigint, TokenBucket>({ entriesMax: BUDGETS_MAX }, { clock });

  function nodeOf(peer: PeerId): bigint | undefined {
    return modules.peers().get(peer.toString())?.certificate.certificate.node;
  }

  function bucketIn(
    buckets: ReturnType<typeof createBoundedMap<bigint, TokenBucket>>,
    node: bigint,
    perSecond: number,
    burst: number,
  ): TokenBucket {
    const held = buckets.get(node);
    if (held !== undefined) return held;
    const made = createTokenBucket({ perSecond, burst }, { clock });
    buckets.set(node, made);
    return made;
  }

  function mayAskOnce(node: bigint): boolean {
    return bucketIn(connects, node, RELAY_CONNECTS_PER_SECOND, RELAY_CONNECTS_BURST).take();
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
      return counted(node !== undefined && nodeOf(destination) !== undefined && mayAskOnce(node));
    },
    pace(stream, peer) {
      const node = nodeOf(peer);
      // Who is certified no more is cut.
      if (node === undefined) return;
      const own = bucketIn(sent, node, bytesPerSecond, RELAY_BURST_SECONDS * bytesPerSecond);
      paceStream(stream, {
        buckets: [own, total],
        clock,
        onPause: () => {
          counters.relayPausedTotal++;
        },
      });
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
