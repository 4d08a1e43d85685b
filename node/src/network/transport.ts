import { isIPv6 } from "node:net";
import type { CircuitRelayService } from "@libp2p/circuit-relay-v2";
import type { GossipSub } from "@libp2p/gossipsub";
import type { ComponentLogger, Connection, PeerId, StreamHandler } from "@libp2p/interface";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import type { Logger } from "pino";
import { networkError } from "./errors.ts";
import type { RelayServing } from "./findingTypes.ts";
import {
  createTransportNode,
  type MadeTransportNode,
  type TransportNode,
  type TransportNodeModules,
} from "./libp2pNode.ts";
import { STOP_GRACE_MS, STOP_TIMEOUT_MS, STREAMS_PER_PROTOCOL_MAX } from "./limits.ts";
import { freePort } from "./ports.ts";
import { RELAY_PROTOCOL, type RelayTransport } from "./relayTransport.ts";

/** libp2p as the rest of the network sees it: it starts, connects, and ends for certain. */
export interface Transport {
  /** Listens. @throws PleiadError NETWORK_PORT_BUSY, NETWORK_HOST_INVALID */
  start(): Promise<GossipSub>;
  /** Closes everything within `STOP_TIMEOUT_MS`, politely if there is time. */
  stop(): Promise<void>;
  multiaddrs(): readonly string[];
  /** @throws PleiadError ADDRESS_INVALID, PEER_IS_SELF, PEER_UNREACHABLE (retryable) */
  dial(address: string, signal: AbortSignal): Promise<Connection>;
  /** Milliseconds of one round trip to a peer. Rejects as libp2p does, with whatever it met. */
  ping(peer: PeerId, signal: AbortSignal): Promise<number>;
  /** Gives gossipsub a certified peer, or another connection to one. */
  attach(peer: PeerId, connection: Connection): void;
  /** Takes a peer from gossipsub. */
  detach(peer: PeerId): void;
  /** Forgets what libp2p remembers of a peer. */
  forget(peer: PeerId): void;
  /** Relays, and the relay that this daemon is; undefined before the start, and where it is none. */
  readonly relays: Pick<RelayTransport, "has" | "reserve">;
  relayService(): CircuitRelayService | undefined;
  /** Whether a peer has said that it is a relay. */
  offersRelay(peer: PeerId): Promise<boolean>;
  /** libp2p's own log, and the addresses it listens on. */
  components(): { readonly logger: ComponentLogger; getAddresses(): Multiaddr[] };
}

export interface TransportOptions {
  /** Whether to listen at all. */
  readonly listen: boolean;
  readonly listenHost: string;
  readonly listenPort: number;
  readonly announce: readonly string[];
  readonly relay: RelayServing | undefined;
}

export interface TransportModules extends TransportNodeModules {
  /** Protocols with their handlers, gated or not. */
  readonly handlers: Readonly<Record<string, StreamHandler>>;
  readonly onOpened: (connection: Connection) => void;
  readonly onClosed: (connection: Connection) => void;
  readonly logger: Logger;
}

export function createTransport(options: TransportOptions, modules: TransportModules): Transport {
  const { logger } = modules;
  let made: MadeTransportNode | undefined;

  function node(): TransportNode {
    if (made === undefined) throw networkError("NETWORK_STOPPED", "the network is not started");
    return made.node;
  }

  async function listenAddress(): Promise<string> {
    const { listenHost, listenPort } = options;
    const port = await freePort(listenHost, listenPort);
    if (port !== listenPort)
      logger.warn({ wished: listenPort, port }, "the network's port is taken, using the next");
    return `/${isIPv6(listenHost) ? "ip6" : "ip4"}/${listenHost}/tcp/${port}`;
  }

  return {
    async start() {
      made = await createTransportNode(
        {
          listen: options.listen ? [await listenAddress()] : [],
          announce: options.announce,
          relay: options.relay,
        },
        modules,
      );
      const { node } = made;
      for (const [protocol, handler] of Object.entries(modules.handlers)) {
        await node.handle(protocol, handler, {
          maxInboundStreams: STREAMS_PER_PROTOCOL_MAX,
          runOnLimitedConnection: true,
        });
      }
      node.addEventListener("connection:open", (event) => modules.onOpened(event.detail));
      node.addEventListener("connection:close", (event) => modules.onClosed(event.detail));
      await node.start();
      return node.services.pubsub;
    },
    async stop() {
      if (made === undefined) return;
      const { node } = made;
      await within(STOP_TIMEOUT_MS, async () => {
        await Promise.all(node.getConnections().map(sayGoodbye));
        await node.stop();
      });
      for (const connection of node.getConnections()) connection.abort(new Error("the network stops"));
    },
    multiaddrs: () =>
      made === undefined ? [] : made.node.getMultiaddrs().map((address) => address.toString()),
    async dial(address, signal) {
      const target = parseAddress(address);
      try {
        return await node().dial(target, { signal });
      } catch (cause) {
        signal.throwIfAborted();
        throw dialError(address, cause);
      }
    },
    // Through a relay, too: the way is what is measured.
    ping: (peer, signal) => node().services.ping.ping(peer, { signal, runOnLimitedConnection: true }),
    attach: (peer, connection) => made?.gossipSwitch.attach(peer, connection),
    detach: (peer) => made?.gossipSwitch.detach(peer),
    forget(peer) {
      // Best effort: it is memory only.
      made?.node.peerStore.delete(peer).catch(() => undefined);
    },
    relays: {
      has: (relay) => made?.relays.has(relay) ?? false,
      reserve: async (relay) => made?.relays.reserve(relay),
    },
    relayService: () => made?.node.services.relay,
    async offersRelay(peer) {
      if (made === undefined || !(await made.node.peerStore.has(peer))) return false;
      return (await made.node.peerStore.get(peer)).protocols.includes(RELAY_PROTOCOL);
    },
    components: () => ({ logger: node().logger, getAddresses: () => node().getMultiaddrs() }),
  };
}

async function sayGoodbye(connection: Connection): Promise<void> {
  try {
    await connection.close({ signal: AbortSignal.timeout(STOP_GRACE_MS) });
  } catch (error) {
    connection.abort(error instanceof Error ? error : new Error("the network stops"));
  }
}

/** Waits for `work`, but no longer than `timeoutMs`. */
async function within(timeoutMs: number, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work(), late]);
  clearTimeout(timer);
}

function parseAddress(address: string): Multiaddr {
  try {
    return multiaddr(address);
  } catch (cause) {
    throw networkError("ADDRESS_INVALID", `"${address}" is no multiaddr`, {
      hint: "write it like /ip4/192.0.2.7/tcp/4100/p2p/12D3Koo…",
      details: { address },
      cause,
    });
  }
}

function dialError(address: string, cause: unknown) {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (reason.includes("Can not dial self")) {
    return networkError("PEER_IS_SELF", `${address} is this daemon's own address`, {
      details: { address },
      cause,
    });
  }
  return networkError("PEER_UNREACHABLE", `no peer reached at ${address}: ${reason}`, {
    retryable: true,
    hint: "check that the daemon there runs and that its port is open",
    details: { address },
    cause,
  });
}
