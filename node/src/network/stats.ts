import type { Misdeed } from "./reputation.ts";

/** Counts since the start; the api turns them into metrics. */
export interface NetworkStats {
  readonly peersCertified: number;
  readonly peersUncertified: number;
  readonly peersRefusedTotal: number;
  readonly peersBannedTotal: number;
  readonly messagesAcceptedTotal: number;
  readonly messagesIgnoredTotal: number;
  readonly messagesRejectedTotal: number;
  readonly misdeedsTotal: Readonly<Partial<Record<Misdeed, number>>>;
  readonly completionsDeliveredTotal: number;
  readonly completionsPublishedTotal: number;
  readonly blobsFetchedTotal: number;
  readonly blobsMissingTotal: number;
  readonly certificatesFetchedTotal: number;
  /** Peers found without the bootstrap list, by where their addresses were known from. */
  readonly peersFoundTotal: Readonly<Record<"lan" | "book" | "chain", number>>;
  /** Dials of such addresses that failed. */
  readonly peersNotFoundTotal: number;
  /** Addresses in the book. */
  readonly addressesKnown: number;
  /** Connections that go through a relay, of this daemon's own. */
  readonly peersRelayed: number;
  /** Relays through which this daemon can be reached. */
  readonly relaysUsed: number;
  /** Peers that can be reached through this daemon. */
  readonly relayReservations: number;
  /** Connections that it passed on, and refused to, for others. */
  readonly relayedTotal: number;
  readonly relayRefusedTotal: number;
  /** How often it held back what somebody sent through it, as it came faster than its rate. */
  readonly relayPausedTotal: number;
}

/** What the parts of the network count up. */
export type Counters = {
  -readonly [K in Exclude<
    keyof NetworkStats,
    | "peersCertified"
    | "peersUncertified"
    | "misdeedsTotal"
    | "peersFoundTotal"
    | "addressesKnown"
    | "peersRelayed"
    | "relaysUsed"
    | "relayReservations"
  >]: number;
} & {
  readonly misdeedsTotal: Partial<Record<Misdeed, number>>;
  readonly peersFoundTotal: Record<"lan" | "book" | "chain", number>;
};

export function createCounters(): Counters {
  return {
    peersRefusedTotal: 0,
    peersBannedTotal: 0,
    messagesAcceptedTotal: 0,
    messagesIgnoredTotal: 0,
    messagesRejectedTotal: 0,
    misdeedsTotal: {},
    completionsDeliveredTotal: 0,
    completionsPublishedTotal: 0,
    blobsFetchedTotal: 0,
    blobsMissingTotal: 0,
    certificatesFetchedTotal: 0,
    peersFoundTotal: { lan: 0, book: 0, chain: 0 },
    peersNotFoundTotal: 0,
    relayedTotal: 0,
    relayRefusedTotal: 0,
    relayPausedTotal: 0,
  };
}
