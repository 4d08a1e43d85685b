import type { GossipSubComponents } from "@libp2p/gossipsub";
import type { Connection, PeerId, StreamHandler, Topology } from "@libp2p/interface";
import { STREAM_HELD_BYTES_MAX, STREAM_READ_BUFFER_BYTES_MAX, STREAMS_PER_PROTOCOL_MAX } from "./limits.ts";

/** libp2p's registry of protocol handlers. */
export type Registrar = GossipSubComponents["registrar"];

/** Decides who is answered. */
export interface Gate {
  /** True once the connection's peer is certified; false when it is refused or gone before that. */
  admit(connection: Connection): Promise<boolean>;
}

/** A handler that hears only certified peers: a stream of another waits for the certificate, or is cut. */
export function gateHandler(handler: StreamHandler, gate: Gate): StreamHandler {
  return async (stream, connection) => {
    stream.maxReadBufferLength = STREAM_HELD_BYTES_MAX;
    if (!(await gate.admit(connection))) {
      stream.abort(new Error("the peer is not certified"));
      return;
    }
    stream.maxReadBufferLength = STREAM_READ_BUFFER_BYTES_MAX;
    await handler(stream, connection);
  };
}

/** Tells gossipsub about peers: it hears of a peer when it is certified, not when it is identified. */
export interface GossipSwitch {
  /** Gives gossipsub a peer, or another connection to one it has. */
  attach(peer: PeerId, connection: Connection): void;
  detach(peer: PeerId): void;
}

/**
 * Stands between a libp2p service and the real registrar: whatever the service handles is gated, and what it wants to
 * hear of peers (its topology) comes from the answered switch.
 *
 * @param onStream told of each inbound stream after the service has taken it
 * @param streamsMax inbound streams of each of its protocols on a connection
 */
export function gateRegistrar(
  registrar: Registrar,
  gate: Gate,
  onStream?: StreamHandler,
  streamsMax = STREAMS_PER_PROTOCOL_MAX,
): { readonly registrar: Registrar; readonly switch: GossipSwitch } {
  const topologies = new Map<string, Topology>();
  let registered = 0;

  // A service registers the same topology once for each version of its protocol; it must hear of a peer once.
  const distinct = () => new Set(topologies.values());

  return {
    registrar: {
      getProtocols: () => registrar.getProtocols(),
      getHandler: (protocol) => registrar.getHandler(protocol),
      use: (protocol, middleware) => registrar.use(protocol, middleware),
      unuse: (protocol) => registrar.unuse(protocol),
      getMiddleware: (protocol) => registrar.getMiddleware(protocol),
      unhandle: (protocol, options) => registrar.unhandle(protocol, options),
      handle(protocol, handler, options) {
        const gated = gateHandler(async (stream, connection) => {
          await handler(stream, connection);
          await onStream?.(stream, connection);
        }, gate);
        return registrar.handle(protocol, gated, { ...options, maxInboundStreams: streamsMax });
      },
      async register(protocol, topology) {
        const id = `${protocol}#${registered++}`;
        topologies.set(id, topology);
        return id;
      },
      unregister: (id) => void topologies.delete(id),
      getTopologies: (protocol) => registrar.getTopologies(protocol),
    },
    switch: {
      attach(peer, connection) {
        for (const topology of distinct()) void topology.onConnect?.(peer, connection);
      },
      detach(peer) {
        for (const topology of distinct()) void topology.onDisconnect?.(peer);
      },
    },
  };
}

/** The same components with another registrar. */
export function withRegistrar<C extends object>(components: C, registrar: Registrar): C {
  return new Proxy(components, {
    get: (target, key) => (key === "registrar" ? registrar : Reflect.get(target, key)),
  });
}
