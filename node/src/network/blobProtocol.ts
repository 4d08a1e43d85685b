import type { StreamHandler } from "@libp2p/interface";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, type Hex, hexToBytes } from "viem";
import { type AnswererModules, createAnswerer } from "./answerer.ts";
import { malformed, oversized, PeerInputError } from "./errors.ts";
import { BLOB_BYTES_MAX, BLOB_PEER_TIMEOUT_MS } from "./limits.ts";
import type { CertifiedPeer } from "./peers.ts";
import { ask } from "./streams.ts";
import type { BlobSource } from "./types.ts";

/**
 * Blobs by digest.
 *
 * Question: 32 bytes, keccak256 of the blob. Answer: nothing when there is none; else four bytes of length, big end
 * first, and the bytes.
 */
export const BLOB_PROTOCOL = "/pleiad/blob/1";
const DIGEST_BYTES = 32;
const LENGTH_BYTES = 4;
const NOTHING = new Uint8Array(0);

export function blobHandler(modules: AnswererModules & { readonly blobs: BlobSource }): StreamHandler {
  return createAnswerer(
    {
      what: "the question for a blob",
      questionBytesMax: DIGEST_BYTES,
      timeoutMs: BLOB_PEER_TIMEOUT_MS,
      budget: (budgets) => budgets.blobAsks,
      async answer(question) {
        if (question.length !== DIGEST_BYTES) throw malformed("the question for a blob", "it is no digest");
        const blob = await modules.blobs.get(bytesToHex(question));
        if (blob === undefined || blob.length > BLOB_BYTES_MAX) return NOTHING;
        const answer = new Uint8Array(LENGTH_BYTES + blob.length);
        new DataView(answer.buffer).setUint32(0, blob.length);
        answer.set(blob, LENGTH_BYTES);
        return answer;
      },
    },
    modules,
  );
}

/**
 * Asks one peer for a blob, hashing it as it arrives.
 *
 * @returns the bytes, or undefined when the peer has none
 * @throws PleiadError PEER_IO_FAILED (retryable), MESSAGE_OVERSIZED, BLOB_WRONG_BYTES
 */
export async function askBlob(
  peer: CertifiedPeer,
  digest: Hex,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const receiver = createBlobReceiver(peer, digest);
  await ask(peer.connection, BLOB_PROTOCOL, hexToBytes(digest), { signal, onBytes: receiver.push });
  return receiver.end();
}

/** Takes a blob's answer piece by piece. Room is made for what the length says only after that is found allowed. */
function createBlobReceiver(peer: CertifiedPeer, digest: Hex) {
  const hash = keccak_256.create();
  const head = new Uint8Array(LENGTH_BYTES);
  let headBytes = 0;
  let blob: Uint8Array | undefined;
  let blobBytes = 0;

  return {
    push(bytes: Uint8Array): void {
      let rest = bytes;
      if (blob === undefined) {
        const part = rest.subarray(0, LENGTH_BYTES - headBytes);
        head.set(part, headBytes);
        headBytes += part.length;
        if (headBytes < LENGTH_BYTES) return;
        const length = new DataView(head.buffer).getUint32(0);
        if (length > BLOB_BYTES_MAX) throw oversized("the blob", length, BLOB_BYTES_MAX);
        blob = new Uint8Array(length);
        rest = rest.subarray(part.length);
      }
      if (blobBytes + rest.length > blob.length)
        throw wrongBytes(peer, digest, "more bytes than it announced");
      blob.set(rest, blobBytes);
      blobBytes += rest.length;
      hash.update(rest);
    },
    end(): Uint8Array | undefined {
      if (headBytes === 0) return undefined;
      if (blob === undefined || blobBytes < blob.length)
        throw wrongBytes(peer, digest, "fewer bytes than it announced");
      if (bytesToHex(hash.digest()) !== digest) throw wrongBytes(peer, digest, "bytes of another digest");
      return blob;
    },
  };
}

function wrongBytes(peer: CertifiedPeer, digest: Hex, what: string): PeerInputError {
  return new PeerInputError("BLOB_WRONG_BYTES", `peer ${peer.id} answered for blob ${digest} with ${what}`, {
    reaction: "reject",
    misdeed: "lyingBlob",
    details: { peer: peer.id, digest },
  });
}
