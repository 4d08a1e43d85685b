import type { Hex } from "viem";
import { createBoundedMap } from "./boundedMap.ts";
import type { CertificateBook, KnownCertificate } from "./certificateBook.ts";
import { askCertificate } from "./certificateProtocol.ts";
import type { Clock } from "./clock.ts";
import { networkError, PeerInputError } from "./errors.ts";
import {
  CERTIFICATE_ASK_TIMEOUT_MS,
  CERTIFICATE_FETCHES_PER_PEER_MAX,
  CERTIFICATE_FETCHES_WAITING_PER_PEER_MAX,
  CERTIFICATE_MISS_MS,
  CERTIFICATE_MISSES_MAX,
} from "./limits.ts";
import type { CertifiedPeer } from "./peers.ts";
import type { Counters } from "./stats.ts";
import { createTurns } from "./turns.ts";

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
  // Many are unknown at once where many nodes meet: that is nobody's fault, and each of their messages is worth the wait.
  const turns = createTurns({
    workingMax: CERTIFICATE_FETCHES_PER_PEER_MAX,
    waitingMax: CERTIFICATE_FETCHES_WAITING_PER_PEER_MAX,
    full: (peer) =>
      networkError("CERTIFICATE_UNAVAILABLE", `too many certificates are asked of peer ${peer} at once`, {
        retryable: true,
        details: { peer },
      }),
  });
  const never = new AbortController().signal;

  async function fetch(digest: Hex, source: CertifiedPeer): Promise<KnownCertificate> {
    try {
      const record = await turns.run(source.id, never, () =>
        askCertificate(source.connection, digest, AbortSignal.timeout(CERTIFICATE_ASK_TIMEOUT_MS)),
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

function another(digest: Hex, source: CertifiedPeer): PeerInputError {
  return new PeerInputError("CERTIFICATE_UNAVAILABLE", "the peer handed out another certificate", {
    reaction: "reject",
    misdeed: "wrongContent",
    details: { digest, peer: source.id },
  });
}
