import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Hex, isHex, size } from "viem";
import { askBlob } from "./blobProtocol.ts";
import { networkError, PeerInputError, reasonOf } from "./errors.ts";
import {
  BLOB_FETCHES_MAX,
  BLOB_FETCHES_WAITING_MAX,
  BLOB_PEER_TIMEOUT_MS,
  BLOB_TIMEOUT_MS,
} from "./limits.ts";
import type { CertifiedPeer, Peers } from "./peers.ts";
import type { Misdeed, Reputation } from "./reputation.ts";
import { createSemaphore } from "./semaphore.ts";
import type { Counters } from "./stats.ts";
import type { FetchBlobOptions } from "./types.ts";

/** Finds blobs among the peers. */
export interface Blobs {
  /** See `Network.fetchBlob`. */
  fetch(digest: Hex, options?: FetchBlobOptions): Promise<Uint8Array>;
}

export function createBlobs(modules: {
  readonly peers: Pick<Peers, "certified">;
  readonly reputation: Pick<Reputation, "points">;
  readonly penalize: (peer: string, misdeed: Misdeed) => void;
  /** Ends all searches. */
  readonly stopped: AbortSignal;
  readonly random: () => number;
  readonly counters: Counters;
  readonly logger: Logger;
}): Blobs {
  const { peers, reputation, penalize, counters, logger } = modules;
  const places = createSemaphore({
    workingMax: BLOB_FETCHES_MAX,
    waitingMax: BLOB_FETCHES_WAITING_MAX,
    full: () =>
      networkError("BLOB_FETCHES_TOO_MANY", `${BLOB_FETCHES_WAITING_MAX} searches for blobs wait already`, {
        retryable: true,
        hint: "try again when some have ended",
      }),
  });

  /** The blob from one peer; undefined when it has none, lies, or is too slow. */
  async function tryPeer(
    peer: CertifiedPeer,
    digest: Hex,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    try {
      return await askBlob(
        peer,
        digest,
        AbortSignal.any([signal, AbortSignal.timeout(BLOB_PEER_TIMEOUT_MS)]),
      );
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      logger.debug({ peer: peer.id, digest, ...reasonOf(error) }, "peer gave no blob");
      if (error instanceof PeerInputError && error.misdeed !== undefined) penalize(peer.id, error.misdeed);
      return undefined;
    }
  }

  async function search(digest: Hex, signal: AbortSignal): Promise<Uint8Array> {
    // The best behaved first; among equals in any order, so that no single peer gets all the questions.
    const order = peers
      .certified()
      .map((peer) => ({ peer, points: reputation.points(peer.id), lot: modules.random() }))
      .sort((a, b) => a.points - b.points || a.lot - b.lot);
    let asked = 0;
    for (const { peer } of order) {
      if (signal.aborted) break;
      asked++;
      const blob = await tryPeer(peer, digest, signal);
      if (blob === undefined) continue;
      counters.blobsFetchedTotal++;
      return blob;
    }
    counters.blobsMissingTotal++;
    throw networkError("BLOB_MISSING", `none of ${asked} connected peers has the blob ${digest}`, {
      retryable: true,
      hint: "it may come when a peer that holds it connects; the daemon tries again by itself",
      details: { digest, asked, connected: order.length },
    });
  }

  return {
    async fetch(digest, options = {}) {
      if (!isHex(digest) || size(digest) !== 32) {
        throw networkError("BLOB_DIGEST_INVALID", `"${digest}" is no digest: expected 32 bytes in hex`);
      }
      const timeout = AbortSignal.timeout(options.timeoutMs ?? BLOB_TIMEOUT_MS);
      const outer = AbortSignal.any([
        modules.stopped,
        ...(options.signal === undefined ? [] : [options.signal]),
      ]);
      const signal = AbortSignal.any([outer, timeout]);
      try {
        return await places.run(signal, () => search(digest.toLowerCase() as Hex, signal));
      } catch (error) {
        // Whose end it was decides what the caller hears: its own signal's reason, a stop, or a blob that is missing.
        outer.throwIfAborted();
        if (error !== timeout.reason) throw error;
        throw networkError("BLOB_MISSING", `the search for blob ${digest} had no turn in time`, {
          retryable: true,
          details: { digest },
        });
      }
    },
  };
}
