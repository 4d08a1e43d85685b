import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import { type CircuitRelayService, circuitRelayServer, RELAY_V2_STOP_CODEC } from "@libp2p/circuit-relay-v2";
import { type GossipSub, gossipsub } from "@libp2p/gossipsub";
import { type Identify, identify } from "@libp2p/identify";
import type { Connection, Libp2p, PeerId, Stream, StreamHandler } from "@libp2p/interface";
import { type Ping, ping } from "@libp2p/ping";
import { tcp } from "@libp2p/tcp";
import { createLibp2p } from "libp2p";
import type { RelayServing } from "./findingTypes.ts";
import { type Gate, type GossipSwitch, gateRegistrar, withRegistrar } from "./gate.ts";
import { messageId } from "./gossip.ts";
import type { NetworkIdentity } from "./identity.ts";
import {
  BAN_MS,
  BAN_POINTS,
  CONNECTIONS_MAX,
  CONNECTIONS_PER_HOST_PER_SECOND_MAX,
  DIAL_TIMEOUT_MS,
  DIALS_MAX,
  DONT_SEND_BYTES_MIN,
  GOSSIP_FRAME_BYTES_MAX,
  GOSSIP_FRAME_CONTROLS_MAX,
  GOSSIP_FRAME_MESSAGES_MAX,
  GOSSIP_FRAME_SUBSCRIPTIONS_MAX,
  GOSSIP_HEARTBEAT_MS,
  GOSSIP_OUTBOUND_BYTES_MAX,
  GOSSIP_PART_DEFAULT,
  GOSSIP_PEERS_MIN,
  GOSSIP_TOPIC_BYTES_PER_PEER_MAX,
  HANDSHAKES_MAX,
  MESH_PEERS_DEFAULT,
  MESH_PEERS_MAX,
  MESH_PEERS_MIN,
  NEGOTIATION_TIMEOUT_MS,
  PING_INTERVAL_MS,
  PING_TIMEOUT_MIN_MS,
  RELAY_HOP_TIMEOUT_MS,
  RELAY_RESERVATION_MS,
  RELAYED_PER_PEER_MAX,
  STREAM_READ_BUFFER_BYTES_MAX,
  STREAM_WINDOW_BYTES,
  STREAMS_PER_CONNECTION_MAX,
  STREAMS_PER_PROTOCOL_MAX,
} from "./limits.ts";
import type { RelayRules } from "./relayRules.ts";
import { createRelayTransport, type RelayTransport } from "./relayTransport.ts";

/** libp2p with the services the network uses. */
type Services = { identify: Identify; ping: Ping; pubsub: GossipSub; relay: CircuitRelayService | undefined };
export type TransportNode = Libp2p<Services>;

export interface TransportNodeOptions {
  readonly listen: readonly string[];
  readonly announce: readonly string[];
  /** What to pass on for others. @default nothing */
  readonly relay?: RelayServing | undefined;
}

export interface TransportNodeModules {
  readonly identity: NetworkIdentity;
  readonly gate: Gate;
  readonly isBanned: (peer: PeerId) => boolean;
  /** Misdeed points of a peer: gossipsub's score is their negative. */
  readonly points: (peer: string) => number;
  /** Lets a message of this topic through to gossipsub, or throws. */
  readonly screen: (topic: string, data: Uint8Array) => Uint8Array;
  /** Told of each inbound gossip stream after gossipsub has taken it. */
  readonly onGossipStream: StreamHandler;
  /** Whom a relay serves. @default whoever the gate admits */
  readonly relayRules?: Pick<RelayRules, "mayReserve" | "mayConnect" | "pace">;
}

/** libp2p, and what it does not hand out itself. */
export interface MadeTransportNode {
  readonly node: TransportNode;
  readonly gossipSwitch: GossipSwitch;
  readonly relays: RelayTransport;
}

/**
 * Sets up libp2p: TCP, relays, Noise, Yamux, identify, ping, gossipsub, every default that trusts strangers replaced. Not
 * started.
 */
export async function createTransportNode(
  options: TransportNodeOptions,
  modules: TransportNodeModules,
): Promise<MadeTransportNode> {
  const { identity, gate, isBanned, relayRules } = modules;
  const relays = createRelayTransport(gate);
  let gossipSwitch: GossipSwitch | undefined;
  /** Streams that the relay itself opened, to those who have a place at it: it tells nobody of them. */
  const pacedBack = new WeakSet<Stream>();
  function paceBack(connection: Connection): void {
    for (const stream of connection.streams) {
      if (stream.protocol !== RELAY_V2_STOP_CODEC || stream.direction !== "outbound" || pacedBack.has(stream))
        continue;
      pacedBack.add(stream);
      relayRules?.pace(stream, connection.remotePeer);
    }
  }
  const node = await createLibp2p<Services>({
    start: false,
    privateKey: identity.peerKey,
    nodeInfo: { userAgent: "pleiad/1" },
    addresses: { listen: [...options.listen], announce: [...options.announce] },
    transports: [tcp(), relays.make],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        maxInboundStreams: STREAMS_PER_CONNECTION_MAX,
        maxOutboundStreams: STREAMS_PER_CONNECTION_MAX,
        streamOptions: {
          initialStreamWindowSize: STREAM_WINDOW_BYTES,
          maxStreamWindowSize: STREAM_WINDOW_BYTES,
          maxReadBufferLength: STREAM_READ_BUFFER_BYTES_MAX,
        },
      }),
    ],
    connectionGater: {
      denyDialPeer: isBanned,
      denyInboundEncryptedConnection: isBanned,
      denyOutboundEncryptedConnection: isBanned,
      denyInboundRelayReservation: (peer) => relayRules?.mayReserve(peer) === false,
      denyOutboundRelayedConnection: (source, destination) =>
        relayRules?.mayConnect(source, destination) === false,
      denyInboundRelayedConnection: (_relay, source) => isBanned(source),
    },
    connectionManager: {
      maxConnections: CONNECTIONS_MAX,
      inboundConnectionThreshold: CONNECTIONS_PER_HOST_PER_SECOND_MAX,
      maxIncomingPendingConnections: HANDSHAKES_MAX,
      maxParallelDials: DIALS_MAX,
      dialTimeout: DIAL_TIMEOUT_MS,
      inboundUpgradeTimeout: DIAL_TIMEOUT_MS,
      inboundStreamProtocolNegotiationTimeout: NEGOTIATION_TIMEOUT_MS,
      outboundStreamProtocolNegotiationTimeout: NEGOTIATION_TIMEOUT_MS,
    },
    connectionMonitor: { pingInterval: PING_INTERVAL_MS, pingTimeout: { minTimeout: PING_TIMEOUT_MIN_MS } },
    services: {
      identify: (components) =>
        identify()(withRegistrar(components, gateRegistrar(components.registrar, gate).registrar)),
      ping: (components) =>
        ping()(withRegistrar(components, gateRegistrar(components.registrar, gate).registrar)),
      pubsub: (components) => {
        const gated = gateRegistrar(components.registrar, gate, modules.onGossipStream);
        gossipSwitch = gated.switch;
        return gossipsub(gossipOptions(modules))(withRegistrar(components, gated.registrar));
      },
      relay: (components) =>
        options.relay === undefined
          ? undefined
          : relayOf(options.relay)(
              withRegistrar(
                components,
                gateRegistrar(components.registrar, gate, (stream, connection) => {
                  relayRules?.pace(stream, connection.remotePeer);
                  for (const other of components.connectionManager.getConnections()) paceBack(other);
                }).registrar,
              ),
            ),
    },
  });
  if (gossipSwitch === undefined) throw new Error("libp2p made no gossipsub");
  return { node, gossipSwitch, relays };
}

function relayOf({ reservationsMax, bytesMax, durationMs }: RelayServing) {
  return circuitRelayServer({
    hopTimeout: RELAY_HOP_TIMEOUT_MS,
    maxOutboundStopStreams: RELAYED_PER_PEER_MAX,
    reservations: {
      maxReservations: reservationsMax,
      reservationTtl: RELAY_RESERVATION_MS,
      defaultDataLimit: BigInt(bytesMax),
      defaultDurationLimit: durationMs,
    },
  });
}

function gossipOptions({ points, screen }: TransportNodeModules): Parameters<typeof gossipsub>[0] {
  return {
    // Peers behind a router are reached through a relay, whose connections have limits.
    runOnLimitedConnection: true,
    // Our own envelope signs instead, see envelope.ts.
    globalSignaturePolicy: "StrictNoSign",
    msgIdFn: messageId,
    fallbackToFloodsub: false,
    // One's own messages go to all who listen, not only to the mesh: the clusters are small and the hop is time.
    floodPublish: true,
    D: MESH_PEERS_DEFAULT,
    Dlo: MESH_PEERS_MIN,
    Dhi: MESH_PEERS_MAX,
    Dlazy: GOSSIP_PEERS_MIN,
    gossipFactor: GOSSIP_PART_DEFAULT,
    heartbeatInterval: GOSSIP_HEARTBEAT_MS,
    idontwantMinDataSize: DONT_SEND_BYTES_MIN,
    // Peers are met by the bootstrap list, never because a peer says so.
    doPX: false,
    emitSelf: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    // gossipsub's own list of allowed topics is fixed when it is made; this one follows the subscriptions.
    dataTransform: { inboundTransform: screen, outboundTransform: (_topic, data) => data },
    maxInboundStreams: STREAMS_PER_PROTOCOL_MAX,
    maxOutboundStreams: STREAMS_PER_PROTOCOL_MAX,
    maxInboundDataLength: GOSSIP_FRAME_BYTES_MAX,
    maxOutboundBufferSize: GOSSIP_OUTBOUND_BYTES_MAX,
    maxTopicBytesPerPeer: GOSSIP_TOPIC_BYTES_PER_PEER_MAX,
    decodeRpcLimits: {
      maxSubscriptions: GOSSIP_FRAME_SUBSCRIPTIONS_MAX,
      maxMessages: GOSSIP_FRAME_MESSAGES_MAX,
      maxIhaveMessageIDs: GOSSIP_FRAME_CONTROLS_MAX,
      maxIwantMessageIDs: GOSSIP_FRAME_CONTROLS_MAX,
      maxIdontwantMessageIDs: GOSSIP_FRAME_CONTROLS_MAX,
      maxControlMessages: GOSSIP_FRAME_CONTROLS_MAX,
      maxPeerInfos: 0,
    },
    scoreParams: {
      appSpecificScore: (peer) => -points(peer),
      appSpecificWeight: 1,
      // Operators on one machine or behind one router are no attack.
      IPColocationFactorWeight: 0,
      // Promises are also broken by our own pauses; only a lot of them tells.
      behaviourPenaltyThreshold: 6,
      behaviourPenaltyWeight: -1,
      retainScore: BAN_MS,
    },
    scoreThresholds: {
      gossipThreshold: -BAN_POINTS / 2,
      publishThreshold: -BAN_POINTS / 2,
      graylistThreshold: -BAN_POINTS,
    },
  };
}

/** gossipsub's score of a peer: our points, and what it noticed itself (broken promises, grafts against the rules). */
export function gossipScore(pubsub: GossipSub, peer: string): number {
  if ("getScore" in pubsub && typeof pubsub.getScore === "function") return Number(pubsub.getScore(peer));
  return 0;
}

/**
 * Hears of each message that came before, with the peer that sent it again. gossipsub tells nobody but its score; a version that
 * does not even that must not start unnoticed.
 */
export function onDuplicate(pubsub: GossipSub, handler: (peer: string, messageId: string) => void): void {
  const { score } = pubsub as { score?: { duplicateMessage?: (...args: string[]) => void } };
  const duplicateMessage = score?.duplicateMessage;
  if (score === undefined || duplicateMessage === undefined)
    throw new Error("this gossipsub keeps no score of duplicates");
  score.duplicateMessage = (...args) => {
    const [peer = "", messageId = ""] = args;
    duplicateMessage.apply(score, args);
    handler(peer, messageId);
  };
}
