import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { AddressBook } from "./addressBook.ts";
import { createBoundedMap } from "./boundedMap.ts";
import { type Clock, repeat } from "./clock.ts";
import { networkError, reasonOf } from "./errors.ts";
import type { AnnouncedNode } from "./findingTypes.ts";
import {
  ADDRESSES_PER_NODE_MAX,
  FIND_ANNOUNCED_MAX,
  FIND_BACKOFF_MAX_MS,
  FIND_BACKOFF_MIN_MS,
  FIND_BACKOFFS_MAX,
  FIND_DIALS_MAX,
  FIND_INTERVAL_MS,
  PEERS_SOUGHT,
  PEERS_SOUGHT_WANTED,
} from "./limits.ts";
import { isPublicHost, type PeerAddress, parsePeerAddress } from "./peerAddress.ts";
import type { Counters } from "./stats.ts";

/** Looks for peers where they were before, where the chain says they are, and on the LAN. */
export interface Finder {
  start(): void;
  /** A peer came or went, or there is news of addresses: looks at once. */
  look(): void;
  stop(): void;
}

interface Candidate {
  readonly address: PeerAddress;
  /** Whom it is to lead to; undefined where nobody has said. */
  readonly node: bigint | undefined;
  readonly source: "lan" | "book" | "chain";
}

/**
 * Dials candidates until there are `PEERS_SOUGHT` certified peers, and beyond that those of wanted nodes, to `PEERS_SOUGHT_WANTED`.
 * Wanted nodes come first; one address of a node at a time, `FIND_DIALS_MAX` in all; each address with its own back-off.
 *
 * @param options.node one's own, which is never looked for
 * @param options.privateAnnouncements see `FindingOptions`
 * @param modules.dial answers the node that is certified there. @throws PleiadError
 * @param modules.certified what is connected now
 */
export function createFinder(
  options: { readonly node: bigint; readonly peer: string; readonly privateAnnouncements: boolean },
  modules: {
    readonly dial: (address: string, signal: AbortSignal) => Promise<bigint>;
    readonly certified: () => readonly { readonly peer: string; readonly node: bigint }[];
    readonly book: Pick<AddressBook, "list">;
    readonly announced: () => readonly AnnouncedNode[];
    readonly lan: () => readonly PeerAddress[];
    readonly wantedNodes: () => readonly bigint[];
    readonly counters: Counters;
    readonly clock: Clock;
    readonly random: () => number;
    readonly logger: Logger;
  },
): Finder {
  const { clock, logger, counters } = modules;
  const ended = new AbortController();
  const backoffs = createBoundedMap<string, { failures: number; untilMs: number }>(
    { entriesMax: FIND_BACKOFFS_MAX },
    { clock },
  );
  /** Peer ids and nodes of the dials under way. */
  const dialing = new Set<Candidate>();
  let cancelRound: (() => void) | undefined;
  let isLookDue = false;

  /** What may be dialed because a node's owner says so: a stranger must not make this daemon knock at doors behind its firewall. */
  function mayDialAnnounced({ host }: PeerAddress): boolean {
    return options.privateAnnouncements || isPublicHost(host);
  }

  /** Those of wanted nodes, and so many of the others, from another place in the list each time: it may be a long one. */
  function announced(wanted: ReadonlySet<bigint | undefined>): readonly AnnouncedNode[] {
    const all = modules.announced();
    if (all.length <= FIND_ANNOUNCED_MAX) return all;
    const from = Math.floor(modules.random() * all.length);
    const some = [...all.slice(from), ...all.slice(0, from)].slice(0, FIND_ANNOUNCED_MAX);
    return [...new Set([...all.filter(({ node }) => wanted.has(node)), ...some])];
  }

  function candidates(wanted: ReadonlySet<bigint | undefined>): Candidate[] {
    const lan = modules.lan().map((address) => ({ address, node: undefined, source: "lan" as const }));
    const book = modules.book.list().flatMap(({ address, node }) => {
      const parsed = parsePeerAddress(address);
      return parsed === undefined ? [] : [{ address: parsed, node, source: "book" as const }];
    });
    const chain = announced(wanted).flatMap(({ node, addresses }) =>
      addresses.slice(0, ADDRESSES_PER_NODE_MAX).flatMap((text) => {
        const address = parsePeerAddress(text);
        return address === undefined || !mayDialAnnounced(address)
          ? []
          : [{ address, node, source: "chain" as const, lot: modules.random() }];
      }),
    );
    // Each daemon in its own order, so that not all of them knock at the oldest nodes.
    chain.sort((a, b) => a.lot - b.lot);
    return [...lan, ...book, ...chain];
  }

  function round(): void {
    const connected = modules.certified();
    if (connected.length >= PEERS_SOUGHT_WANTED) return;
    const peers = new Set(connected.map(({ peer }) => peer));
    const nodes = new Set<bigint | undefined>(connected.map(({ node }) => node));
    const wanted = new Set<bigint | undefined>(modules.wantedNodes());
    for (const { address, node } of dialing) {
      peers.add(address.peer);
      if (node !== undefined) nodes.add(node);
    }
    const isOpen = ({ address, node }: Candidate) =>
      address.peer !== options.peer &&
      node !== options.node &&
      !peers.has(address.peer) &&
      !(node !== undefined && nodes.has(node)) &&
      (backoffs.get(address.text)?.untilMs ?? 0) <= clock.monotonicMs();
    const open = candidates(wanted).filter(isOpen);
    const [first, rest] = [
      open.filter(({ node }) => wanted.has(node)),
      open.filter(({ node }) => !wanted.has(node)),
    ];
    for (const candidate of [...first, ...rest]) {
      const most = wanted.has(candidate.node) ? PEERS_SOUGHT_WANTED : PEERS_SOUGHT;
      if (dialing.size >= FIND_DIALS_MAX || connected.length + dialing.size >= most) continue;
      // An earlier one of this round may have been another address of the same.
      if (!isOpen(candidate)) continue;
      peers.add(candidate.address.peer);
      if (candidate.node !== undefined) nodes.add(candidate.node);
      dialing.add(candidate);
      void dial(candidate);
    }
  }

  async function dial(candidate: Candidate): Promise<void> {
    const { address, node, source } = candidate;
    try {
      const found = await modules.dial(address.text, ended.signal);
      if (node !== undefined && found !== node)
        throw networkError("PEER_OTHER_NODE", `node ${found} is at ${address.text}, not node ${node}`);
      backoffs.delete(address.text);
      counters.peersFoundTotal[source]++;
      logger.debug({ address: address.text, node: found, source }, "peer found");
    } catch (error) {
      if (ended.signal.aborted) return;
      if (!(error instanceof PleiadError)) throw error;
      const failures = (backoffs.get(address.text)?.failures ?? 0) + 1;
      const waitMs = findDelayMs(failures, modules.random());
      backoffs.set(address.text, { failures, untilMs: clock.monotonicMs() + waitMs });
      counters.peersNotFoundTotal++;
      logger.debug({ address: address.text, node, source, failures, ...reasonOf(error) }, "peer not found");
    } finally {
      dialing.delete(candidate);
    }
    look();
  }

  /** In the next turn, once for all that is told in this one. */
  function look(): void {
    if (isLookDue || cancelRound === undefined) return;
    isLookDue = true;
    setImmediate(() => {
      isLookDue = false;
      if (!ended.signal.aborted) round();
    });
  }

  return {
    look,
    start() {
      cancelRound = repeat(clock, FIND_INTERVAL_MS, round);
      look();
    },
    stop() {
      ended.abort(networkError("NETWORK_STOPPED", "the network stops"));
      cancelRound?.();
    },
  };
}

/** @param failures in a row, at least one; @param lot from 0 to below 1: spreads it by half to both sides */
export function findDelayMs(failures: number, lot: number): number {
  return Math.min(FIND_BACKOFF_MAX_MS, FIND_BACKOFF_MIN_MS * 2 ** (failures - 1)) * (0.5 + lot);
}
