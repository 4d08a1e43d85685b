import { circuitRelayTransport, RELAY_V2_HOP_CODEC } from "@libp2p/circuit-relay-v2";
import type { Connection, PeerId, Transport } from "@libp2p/interface";
import { networkError } from "./errors.ts";
import { type Gate, gateRegistrar, withRegistrar } from "./gate.ts";
import { RELAY_ASK_TIMEOUT_MS, RELAYED_PER_PEER_MAX } from "./limits.ts";

/** The protocol that a relay answers; who does not answer it is none. */
export const RELAY_PROTOCOL = RELAY_V2_HOP_CODEC;

type Components = Parameters<ReturnType<typeof circuitRelayTransport>>[0];

/** Dials through relays, and takes connections that come through those where this daemon has a place. */
export interface RelayTransport {
  /** For libp2p's list of transports. */
  readonly make: (components: Components) => Transport;
  has(relay: PeerId): boolean;
  /** Asks a relay, to which there is a direct connection, for a place. @throws PleiadError RELAY_REFUSED (retryable) */
  reserve(relay: PeerId): Promise<void>;
}

/** What the transport of libp2p keeps of its places. */
interface Places {
  hasReservation(relay: PeerId): boolean;
  addRelay(relay: PeerId, type: "configured"): Promise<unknown>;
  relayFilter: unknown;
}

/** @param gate decides who is answered; here also a relay has to be one that this daemon asked */
export function createRelayTransport(gate: Gate): RelayTransport {
  let places: Places | undefined;

  function has(relay: PeerId): boolean {
    return places?.hasReservation(relay) ?? false;
  }

  const relaysOnly: Gate = {
    // Without this, any peer could have connections brought here, and this daemon would ask it for a place besides.
    admit: async (connection: Connection) => (await gate.admit(connection)) && has(connection.remotePeer),
  };

  return {
    has,
    make(components) {
      const { registrar } = gateRegistrar(components.registrar, relaysOnly, undefined, RELAYED_PER_PEER_MAX);
      const make = circuitRelayTransport({
        maxInboundStopStreams: RELAYED_PER_PEER_MAX,
        reservationCompletionTimeout: RELAY_ASK_TIMEOUT_MS,
      });
      const transport = make(withRegistrar(components, registrar));
      places = placesOf(transport);
      return transport;
    },
    async reserve(relay) {
      try {
        await places?.addRelay(relay, "configured");
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw networkError("RELAY_REFUSED", `peer ${relay} gives no place at its relay: ${reason}`, {
          retryable: true,
          details: { relay: relay.toString() },
          cause,
        });
      }
    },
  };
}

/**
 * The transport tells of its places to those who listen on addresses; this daemon asks by itself, when a relay is certified. It also
 * remembers, for good, relays that did not answer once: asked again is what the daemon's own back-off says. A version that works
 * otherwise must not start unnoticed.
 */
function placesOf(transport: Transport): Places {
  const { reservationStore } = transport as Transport & { reservationStore?: Places };
  if (reservationStore?.addRelay === undefined || reservationStore.relayFilter === undefined)
    throw new Error("this relay transport does not keep its places as expected");
  reservationStore.relayFilter = { has: () => false, add: () => undefined, remove: () => undefined };
  return reservationStore;
}
