import type { ComponentLogger, PeerInfo } from "@libp2p/interface";
import { mdns } from "@libp2p/mdns";
import type { Multiaddr } from "@multiformats/multiaddr";
import type { Logger } from "pino";
import { createBoundedMap } from "./boundedMap.ts";
import type { Clock } from "./clock.ts";
import { reasonOf } from "./errors.ts";
import type { OpenLan } from "./findingTypes.ts";
import { ADDRESSES_PER_NODE_MAX, LAN_ASK_MS, LAN_PEER_MS, LAN_PEERS_MAX } from "./limits.ts";
import { isLanHost, type PeerAddress, parsePeerAddress } from "./peerAddress.ts";

/** Hears of peers on the LAN. Whatever it hears is a hint: the certificate decides. */
export interface Lan {
  /** Begins; what hinders it is told in the log and hinders nothing else. */
  start(components: { readonly logger: ComponentLogger; getAddresses(): Multiaddr[] }): void;
  stop(): Promise<void>;
  /** What was heard of in the last `LAN_PEER_MS`. */
  addresses(): readonly PeerAddress[];
}

/** mDNS as libp2p speaks it, under a name for each chain. */
export function mdnsOf(chainId: number): OpenLan {
  return (components) => {
    const make = mdns({ serviceTag: `_pleiad-${chainId}._udp.local`, interval: LAN_ASK_MS });
    return make(components as Parameters<typeof make>[0]) as ReturnType<OpenLan>;
  };
}

export function createLan(modules: {
  readonly open: OpenLan;
  readonly onHeard: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}): Lan {
  const { clock, logger } = modules;
  // Anybody on the LAN may invent peers: the latest push out the oldest, and each is a dial with a back-off.
  const heard = createBoundedMap<string, readonly PeerAddress[]>(
    { entriesMax: LAN_PEERS_MAX, ttlMs: LAN_PEER_MS },
    { clock },
  );
  let service: ReturnType<OpenLan> | undefined;

  function hear({ id, multiaddrs }: PeerInfo): void {
    const peer = id.toString();
    const addresses = multiaddrs
      .slice(0, ADDRESSES_PER_NODE_MAX)
      .map((address) => parsePeerAddress(`${address}/p2p/${peer}`))
      .filter((address) => address !== undefined && !address.isRelayed && isLanHost(address.host))
      .filter((address) => address !== undefined);
    if (addresses.length === 0) return;
    heard.set(peer, addresses);
    modules.onHeard();
  }

  function warn(error: unknown): void {
    const { reason } = reasonOf(error);
    logger.warn({ code: "LAN_DISCOVERY_FAILED", reason }, "peers on the LAN are not looked for");
  }

  return {
    start(components) {
      try {
        service = modules.open({ addressManager: components, logger: components.logger });
        service.addEventListener("peer", (event) => hear(event.detail));
        service.start().catch(warn);
      } catch (error) {
        warn(error);
      }
    },
    async stop() {
      await service?.stop().catch(warn);
    },
    addresses: () => [...heard.entries()].flatMap(([, addresses]) => addresses),
  };
}
