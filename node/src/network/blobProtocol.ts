import type { StreamHandler } from "@libp2p/interface";
import { bytesToHex, concatBytes, hexToBytes } from "viem";
import { type AnswererModules, createAnswerer } from "./answerer.ts";
import { type BlobDraft, LENGTH_BYTES, readUint32 } from "./blobDraft.ts";
import { malformed, PeerInputError } from "./errors.ts";
import { BLOB_BYTES_MAX, BLOB_PEER_TIMEOUT_MS } from "./limits.ts";
import type { CertifiedPeer } from "./peers.ts";
import { ask } from "./streams.ts";
import type { BlobSource } from "./types.ts";

/**
 * Blobs by digest, whole or from some byte on.
 *
 * Question: 32 bytes, keccak256 of the blob, and four bytes, big end first: how many are there already. Answer: nothing when
 * there is none; else four bytes of the whole length, and the bytes that are lacking.
 */
export const BLOB_PROTOCOL = "/pleiad/blob/1";
const DIGEST_BYTES = 32;
const QUESTION_BYTES = DIGEST_BYTES + LENGTH_BYTES;
const NOTHING = new Uint8Array(0);

export function blobHandler(modules: AnswererModules & { readonly blobs: BlobSource }): StreamHandler {
  return createAnswerer(
    {
      what: "the question for a blob",
      questionBytesMax: QUESTION_BYTES,
      timeoutMs: BLOB_PEER_TIMEOUT_MS,
      budget: (budgets) => budgets.blobAsks,
      async answer(question) {
        if (question.length !== QUESTION_BYTES)
          throw malformed("the question for a blob", "it is no digest and number of bytes");
        const blob = await modules.blobs.get(bytesToHex(question.subarray(0, DIGEST_BYTES)));
        if (blob === undefined || blob.length > BLOB_BYTES_MAX) return NOTHING;
        return concatBytes([uint32(blob.length), blob.subarray(readUint32(question, DIGEST_BYTES))]);
      },
    },
    modules,
  );
}

/**
 * Asks one peer for what is lacking of a blob, hashing it as it arrives. What has come when the peer breaks off stays in the
 * draft; what does not fit is taken out of it again.
 *
 * @returns the bytes, or undefined when the peer has none
 * @throws PleiadError PEER_IO_FAILED (retryable), MESSAGE_OVERSIZED, BLOB_WRONG_BYTES: of this peer if the draft was empty, of
 * this or of an earlier one if not
 */
export async function askBlob(
  peer: CertifiedPeer,
  draft: BlobDraft,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const question = concatBytes([hexToBytes(draft.digest), uint32(draft.bytes())]);
  const receiver = draft.receive(peer.id);
  try {
    await ask(peer.connection, BLOB_PROTOCOL, question, { signal, onBytes: receiver.push });
    return receiver.end();
  } catch (error) {
    if (error instanceof PeerInputError) receiver.undo();
    throw error;
  }
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
