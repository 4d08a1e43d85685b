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
}

/** What the parts of the network count up. */
export type Counters = {
  -readonly [K in Exclude<
    keyof NetworkStats,
    "peersCertified" | "peersUncertified" | "misdeedsTotal"
  >]: number;
} & { readonly misdeedsTotal: Partial<Record<Misdeed, number>> };

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
  };
}
