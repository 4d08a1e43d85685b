import type { Hex } from "viem";
import { createBoundedMap } from "./boundedMap.ts";
import type { CertificateBook, KnownCertificate } from "./certificateBook.ts";
import { askCertificate } from "./certificateProtocol.ts";
import type { Clock } from "./clock.ts";
import { PeerInputError } from "./errors.ts";
import {
  CERTIFICATE_ASK_TIMEOUT_MS,
  CERTIFICATE_FETCHES_PER_PEER_MAX,
  CERTIFICATE_MISS_MS,
  CERTIFICATE_MISSES_MAX,
} from "./limits.ts";
import type { CertifiedPeer } from "./peers.ts";
import type { Counters } from "./stats.ts";

/** Finds the certificate a message names. */
export interface CertificateResolver {
  /**
   * The certificate from the book, or else fetched from the peer who sent the message and checked.
   *
   * @throws PeerInputError CERTIFICATE_UNAVAILABLE, CERTIFICATE_… when it does not hold; PleiadError when the network
   * or the directory cannot say now
   */
  resolve(digest: Hex, source: CertifiedPeer): Promise<KnownCertificate>;
}

export function createCertificateResolver(modules: {
  readonly book: CertificateBook;
  readonly clock: Clock;
  readonly counters: Counters;
}): CertificateResolver {
  const { book, clock, counters } = modules;
  const missed = createBoundedMap<Hex, PeerInputError>(
    { entriesMax: CERTIFICATE_MISSES_MAX, ttlMs: CERTIFICATE_MISS_MS },
    { clock },
  );
  const fetching = new Map<Hex, Promise<KnownCertificate>>();
  const fetchesOf = new Map<string, number>();

  async function fetch(digest: Hex, source: CertifiedPeer): Promise<KnownCertificate> {
    const under = fetchesOf.get(source.id) ?? 0;
    if (under >= CERTIFICATE_FETCHES_PER_PEER_MAX) throw tooMany(digest, source);
    fetchesOf.set(source.id, under + 1);
    try {
      const record = await askCertificate(
        source.connection,
        digest,
        AbortSignal.timeout(CERTIFICATE_ASK_TIMEOUT_MS),
      );
      const known = await book.admit(record);
      if (known.digest !== digest) throw another(digest, source);
      counters.certificatesFetchedTotal++;
      return known;
    } catch (error) {
      if (error instanceof PeerInputError) missed.set(digest, error);
      throw error;
    } finally {
      fetching.delete(digest);
      const left = (fetchesOf.get(source.id) ?? 1) - 1;
      if (left === 0) fetchesOf.delete(source.id);
      else fetchesOf.set(source.id, left);
    }
  }

  return {
    async resolve(digest, source) {
      const known = await book.current(digest);
      if (known !== undefined) return known;
      const miss = missed.get(digest);
      if (miss !== undefined) throw miss;
      const pending = fetching.get(digest);
      if (pending !== undefined) return pending;
      const answer = fetch(digest, source);
      fetching.set(digest, answer);
      return answer;
    },
  };
}

function tooMany(digest: Hex, source: CertifiedPeer): PeerInputError {
  return new PeerInputError("CERTIFICATE_UNAVAILABLE", "too many unknown certificates named at once", {
    reaction: "ignore",
    misdeed: "certificateWithheld",
    retryable: true,
    details: { digest, peer: source.id },
  });
}

function another(digest: Hex, source: CertifiedPeer): PeerInputError {
  return new PeerInputError("CERTIFICATE_UNAVAILABLE", "the peer handed out another certificate", {
    reaction: "reject",
    misdeed: "wrongContent",
    details: { digest, peer: source.id },
  });
}
