import type { ComponentLogger, PeerDiscovery } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";

/** How peers are found besides the bootstrap list. */
export interface FindingOptions {
  /** Whether to tell the LAN of this daemon by multicast, and to hear of others. @default false */
  readonly lanDiscovery?: boolean;
  /**
   * Whether to dial announced addresses of this machine and of private networks: only where the chain itself is local. @default false
   */
  readonly privateAnnouncements?: boolean;
  readonly relay?: RelayOptions;
}

export interface RelayOptions {
  /** Multiaddrs of relays through which others are to reach this daemon. @default none */
  readonly use?: readonly string[];
  /** Whether to ask certified peers that offer it, too. @default false */
  readonly find?: boolean;
  /** What to pass on for others. @default nothing */
  readonly serve?: RelayServing;
}

/** Limits of a relay, as its operator sets them. */
export interface RelayServing {
  /** Peers that may be reached through it at once. */
  readonly reservationsMax: number;
  /** Bytes in both directions that a connection through it may carry. */
  readonly bytesMax: number;
  /** How long such a connection may last. */
  readonly durationMs: number;
  /** Bytes a second of one node that are passed on. @default RELAY_BYTES_PER_SECOND */
  readonly bytesPerSecond?: number;
}

/** A node, and where its owner says that it is reached. */
export interface AnnouncedNode {
  readonly node: bigint;
  readonly addresses: readonly string[];
}

export interface FindingModules {
  /** Nodes to which a connection matters most: those of one's clusters. @default none */
  readonly wantedNodes?: () => readonly bigint[];
  /** What the owners of nodes announce on the chain. @default nothing */
  readonly announced?: () => readonly AnnouncedNode[];
  /** Opens what speaks to the LAN. @default mDNS */
  readonly openLan?: OpenLan;
}

/** Sends and hears on the LAN; its event "peer" names a peer and addresses, unchecked. */
export type OpenLan = (components: {
  readonly addressManager: { getAddresses(): Multiaddr[] };
  readonly logger: ComponentLogger;
}) => PeerDiscovery & { start(): Promise<void>; stop(): Promise<void> };
