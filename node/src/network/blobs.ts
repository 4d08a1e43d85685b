import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { type Hex, isHex, size } from "viem";
import { type BlobDraft, createBlobDraft } from "./blobDraft.ts";
import { askBlob } from "./blobProtocol.ts";
import { networkError, PeerInputError, reasonOf } from "./errors.ts";
import {
  BLOB_FETCHES_MAX,
  BLOB_FETCHES_WAITING_MAX,
  BLOB_PEER_TIMEOUT_MS,
  BLOB_ROUND_BYTES_MIN,
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

/** What came of asking a peer. */
interface Step {
  readonly blob?: Uint8Array;
  /** What is here now. */
  readonly draft: BlobDraft;
  /** Whether the peer may have more, if it is asked again. */
  readonly hasMore: boolean;
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

  /** What one peer has to give: the blob; that it has none, broke off or was too slow, or gave what does not fit. */
  async function tryPeer(
    peer: CertifiedPeer,
    draft: BlobDraft,
    signal: AbortSignal,
  ): Promise<Uint8Array | "none" | "broken off" | "wrong"> {
    try {
      const within = AbortSignal.any([signal, AbortSignal.timeout(BLOB_PEER_TIMEOUT_MS)]);
      return (await askBlob(peer, draft, within)) ?? "none";
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      logger.debug({ peer: peer.id, digest: draft.digest, ...reasonOf(error) }, "peer gave no blob");
      if (!(error instanceof PeerInputError)) return "broken off";
      // Where earlier peers gave a part, nobody can say yet whose is wrong.
      if (draft.bytes() === 0 && error.misdeed !== undefined) penalize(peer.id, error.misdeed);
      return "wrong";
    }
  }

  /** Goes on with the draft at a peer; where that does not fit, it is asked for all of it, which tells who lied. */
  async function goOn(peer: CertifiedPeer, draft: BlobDraft, signal: AbortSignal): Promise<Step> {
    const given = await tryPeer(peer, draft, signal);
    if (given instanceof Uint8Array) return { blob: given, draft, hasMore: false };
    if (given !== "wrong" || draft.bytes() === 0) return { draft, hasMore: given === "broken off" };
    const anew = createBlobDraft(draft.digest);
    const whole = await tryPeer(peer, anew, signal);
    // Something in the draft or in its word was wrong: what one peer alone has said can be told to be so later.
    if (!(whole instanceof Uint8Array))
      return { draft: anew.bytes() < BLOB_ROUND_BYTES_MIN ? draft : anew, hasMore: whole === "broken off" };
    for (const liar of draft.liars(whole)) penalize(liar, "lyingBlob");
    return { blob: whole, draft: anew, hasMore: false };
  }

  async function search(digest: Hex, signal: AbortSignal): Promise<Uint8Array> {
    const asked = new Set<string>();
    /** Peers that have nothing to give any more. */
    const over = new Set<string>();
    let connected = 0;
    let draft = createBlobDraft(digest);
    // Whoever broke off is asked again where the others have no more, as long as enough comes of it.
    for (let before = -BLOB_ROUND_BYTES_MIN; draft.bytes() - before >= BLOB_ROUND_BYTES_MIN; ) {
      before = draft.bytes();
      // The best behaved first; among equals in any order, so that no single peer gets all the questions.
      const order = peers
        .certified()
        .filter(({ id }) => !over.has(id))
        .map((peer) => ({ peer, points: reputation.points(peer.id), lot: modules.random() }))
        .sort((a, b) => a.points - b.points || a.lot - b.lot);
      connected = Math.max(connected, order.length);
      for (const { peer } of order) {
        if (signal.aborted) break;
        asked.add(peer.id);
        const found = await goOn(peer, draft, signal);
        ({ draft } = found);
        if (!found.hasMore) over.add(peer.id);
        if (found.blob === undefined) continue;
        counters.blobsFetchedTotal++;
        return found.blob;
      }
    }
    counters.blobsMissingTotal++;
    throw networkError("BLOB_MISSING", `none of ${asked.size} connected peers has the blob ${digest}`, {
      retryable: true,
      hint: "it may come when a peer that holds it connects; the daemon tries again by itself",
      details: { digest, asked: asked.size, connected },
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
