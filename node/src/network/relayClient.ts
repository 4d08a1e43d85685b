import type { Connection, PeerId } from "@libp2p/interface";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { createBoundedMap } from "./boundedMap.ts";
import { type Clock, repeat } from "./clock.ts";
import { reasonOf } from "./errors.ts";
import { findDelayMs } from "./finder.ts";
import { FIND_BACKOFFS_MAX, RELAY_INTERVAL_MS, RELAYS_FOUND_MAX } from "./limits.ts";
import { parsePeerAddress, withPeer } from "./peerAddress.ts";

/** Keeps this daemon's places at relays. */
export interface RelayClient {
  start(): void;
  /** A peer has come: if it is a relay, it is asked at once. */
  look(): void;
  stop(): void;
  /** Relays at which there is a place, with the connection to each. */
  used(): readonly Connection[];
  /** Addresses under which this daemon is reached through them. */
  addresses(): readonly string[];
}

/**
 * Asks the relays that the configuration names, and up to `RELAYS_FOUND_MAX` others, for a place whenever they are certified,
 * were dialed directly, and have said that they are relays. A place ends with its connection; a lost one is asked for again.
 *
 * @param options.peer one's own peer id
 * @param options.use multiaddrs with their peer ids; somebody else keeps the connections to them
 * @param modules.offers whether a peer has said that it is a relay
 */
export function createRelayClient(
  options: { readonly peer: string; readonly use: readonly string[]; readonly find: boolean },
  modules: {
    readonly connections: () => readonly Connection[];
    readonly offers: (peer: PeerId) => Promise<boolean>;
    readonly has: (peer: PeerId) => boolean;
    readonly reserve: (peer: PeerId) => Promise<void>;
    readonly clock: Clock;
    readonly random: () => number;
    readonly logger: Logger;
  },
): RelayClient {
  const { clock, logger } = modules;
  const named = new Set(options.use.map((address) => parsePeerAddress(address)?.peer));
  const backoffs = createBoundedMap<string, { failures: number; untilMs: number }>(
    { entriesMax: FIND_BACKOFFS_MAX },
    { clock },
  );
  let cancelRound: (() => void) | undefined;
  let isRunning = false;

  /** To peers that others can dial, too: who came in from behind its own router can bring nobody here. */
  function direct(): Connection[] {
    return modules
      .connections()
      .filter(
        ({ limits, status, direction }) =>
          limits === undefined && status === "open" && direction === "outbound",
      );
  }

  function used(): Connection[] {
    return direct().filter(({ remotePeer }) => modules.has(remotePeer));
  }

  /** One after the other: a round asks few, and answers are quick. */
  async function round(): Promise<void> {
    if (isRunning || cancelRound === undefined) return;
    isRunning = true;
    try {
      for (const { remotePeer } of direct()) await consider(remotePeer);
    } finally {
      isRunning = false;
    }
  }

  async function consider(relay: PeerId): Promise<void> {
    const id = relay.toString();
    if (modules.has(relay) || (backoffs.get(id)?.untilMs ?? 0) > clock.monotonicMs()) return;
    const isNamed = named.has(id);
    const found = used().filter(({ remotePeer }) => !named.has(remotePeer.toString())).length;
    if (!isNamed && (!options.find || found >= RELAYS_FOUND_MAX)) return;
    try {
      if (!(await modules.offers(relay))) return;
      await modules.reserve(relay);
      backoffs.delete(id);
      logger.info({ relay: id }, "reachable through a relay");
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      if (cancelRound === undefined) return;
      const failures = (backoffs.get(id)?.failures ?? 0) + 1;
      backoffs.set(id, { failures, untilMs: clock.monotonicMs() + findDelayMs(failures, modules.random()) });
      // The first is news; the rest would fill the log while a relay is full.
      logger[failures === 1 ? "warn" : "debug"](
        { relay: id, failures, ...reasonOf(error) },
        "no place at a relay",
      );
    }
  }

  return {
    start() {
      if (options.use.length === 0 && !options.find) return;
      cancelRound = repeat(clock, RELAY_INTERVAL_MS, () => void round());
    },
    look: () => void round(),
    stop() {
      cancelRound?.();
      cancelRound = undefined;
    },
    used,
    addresses: () =>
      used().map(({ remotePeer, remoteAddr }) => {
        const relay = withPeer(remoteAddr.toString(), remotePeer.toString());
        return `${relay}/p2p-circuit/p2p/${options.peer}`;
      }),
  };
}
