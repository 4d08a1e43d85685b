import { join } from "node:path";
import type { Connection } from "@libp2p/interface";
import type { Logger } from "pino";
import { createAddressBook } from "./addressBook.ts";
import type { Clock } from "./clock.ts";
import { networkError } from "./errors.ts";
import { createFinder } from "./finder.ts";
import type { FindingModules } from "./findingTypes.ts";
import { createLan, mdnsOf } from "./lan.ts";
import type { CertifiedPeer, Peers } from "./peers.ts";
import { createRedialer } from "./redial.ts";
import { createRelayClient } from "./relayClient.ts";
import type { RelayRules } from "./relayRules.ts";
import type { Counters, NetworkStats } from "./stats.ts";
import type { Transport } from "./transport.ts";
import type { NetworkOptions } from "./types.ts";

/** File of the address book, beside the keys. */
export const ADDRESS_BOOK_FILE = "addresses.json";

/** Everything that brings connections about: the bootstrap list, the address book, the chain, the LAN, relays. */
export interface Finding {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A peer has become somebody. */
  onCertified(peer: CertifiedPeer): void;
  /** A certified peer is gone. */
  onLost(): void;
  /** Addresses at relays. */
  relayAddresses(): readonly string[];
  stats(): Pick<NetworkStats, "addressesKnown" | "peersRelayed" | "relaysUsed" | "relayReservations">;
}

/**
 * @param options.peer one's own peer id
 * @param modules.dial answers the peer's id when it is certified. @throws PleiadError
 * @param modules.whenLost answers when this peer is gone or the signal ends
 */
export function createFinding(
  options: Pick<
    NetworkOptions,
    "node" | "chainId" | "identityFolder" | "bootstrap" | "lanDiscovery" | "privateAnnouncements" | "relay"
  > & { readonly peer: string },
  modules: FindingModules & {
    readonly dial: (address: string, signal: AbortSignal) => Promise<string>;
    readonly whenLost: (peer: string, signal: AbortSignal) => Promise<void>;
    readonly transport: Pick<Transport, "relays" | "offersRelay" | "components">;
    readonly relayRules: Pick<RelayRules, "reservations">;
    readonly peers: Peers;
    readonly counters: Counters;
    readonly clock: Clock;
    readonly random: () => number;
    readonly logger: Logger;
  },
): Finding {
  const { peer: ownPeer, node, relay = {} } = options;
  const { peers, transport, dial, clock, random, logger } = modules;
  const wantedNodes = modules.wantedNodes ?? (() => []);
  const book = createAddressBook(
    { path: join(options.identityFolder, ADDRESS_BOOK_FILE) },
    { wantedNodes, clock, logger },
  );
  const redialer = createRedialer(
    { addresses: [...new Set([...(options.bootstrap ?? []), ...(relay.use ?? [])])] },
    { dial, whenLost: modules.whenLost, clock, logger, random },
  );
  const lan =
    options.lanDiscovery === true
      ? createLan({
          open: modules.openLan ?? mdnsOf(options.chainId),
          onHeard: () => finder.look(),
          clock,
          logger,
        })
      : undefined;
  const finder = createFinder(
    { node, peer: ownPeer, privateAnnouncements: options.privateAnnouncements ?? false },
    {
      async dial(address, signal) {
        const id = await dial(address, signal);
        const found = peers.get(id);
        if (found !== undefined) return found.certificate.certificate.node;
        throw networkError("PEER_UNREACHABLE", `peer ${id} went away`, { retryable: true });
      },
      certified: () =>
        peers.certified().map(({ id, certificate }) => ({ peer: id, node: certificate.certificate.node })),
      book,
      announced: modules.announced ?? (() => []),
      lan: () => lan?.addresses() ?? [],
      wantedNodes,
      counters: modules.counters,
      clock,
      random,
      logger,
    },
  );
  const connections = (): Connection[] => peers.certified().map(({ connection }) => connection);
  const relays = createRelayClient(
    { peer: ownPeer, use: relay.use ?? [], find: relay.find ?? false },
    {
      connections,
      offers: transport.offersRelay,
      has: transport.relays.has,
      reserve: transport.relays.reserve,
      clock,
      random,
      logger,
    },
  );

  return {
    async start() {
      await book.load();
      lan?.start(transport.components());
      redialer.start();
      finder.start();
      relays.start();
    },
    async stop() {
      redialer.stop();
      finder.stop();
      relays.stop();
      await Promise.all([lan?.stop(), book.stop()]);
    },
    onCertified({ id, connection, certificate }) {
      // Where a peer came from is no address to find it at, and what it says of itself is only its word.
      if (connection.direction === "outbound")
        book.reached(certificate.certificate.node, connection.remoteAddr.toString(), id);
      relays.look();
    },
    onLost: finder.look,
    relayAddresses: relays.addresses,
    stats: () => ({
      addressesKnown: book.list().length,
      peersRelayed: connections().filter(({ limits }) => limits !== undefined).length,
      relaysUsed: relays.used().length,
      relayReservations: modules.relayRules.reservations(),
    }),
  };
}
