import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, type Hex } from "viem";
import { oversized, PeerInputError } from "./errors.ts";
import { BLOB_BYTES_MAX } from "./limits.ts";

/** Of a length or a place in a blob, on the wire. */
export const LENGTH_BYTES = 4;

/** What has come of a blob, from one peer after another. */
export interface BlobDraft {
  readonly digest: Hex;
  /** How many of its first bytes are here. */
  bytes(): number;
  /** Takes the answer of a peer that was asked for what follows `bytes()`. */
  receive(peer: string): {
    push(bytes: Uint8Array): void;
    /** The blob, once all of it is here; undefined where the peer said that it has none. */
    end(): Uint8Array | undefined;
    /** Takes back what came from it. */
    undo(): void;
  };
  /** Peers that gave something else than stands in the blob. */
  liars(blob: Uint8Array): readonly string[];
}

/** Room is made for what the first peer says of the length only after that is found allowed. */
export function createBlobDraft(digest: Hex): BlobDraft {
  let hash = keccak_256.create();
  let blob: Uint8Array | undefined;
  let bytes = 0;
  const givers: { readonly peer: string; readonly from: number; readonly to: number }[] = [];

  return {
    digest,
    bytes: () => bytes,
    receive(peer) {
      // A length of which nothing came binds nobody.
      if (bytes === 0) blob = undefined;
      const before = { hash: hash.clone(), blob, bytes };
      const head = new Uint8Array(LENGTH_BYTES);
      let headBytes = 0;

      function announced(): Uint8Array {
        const length = readUint32(head);
        if (length > BLOB_BYTES_MAX) throw oversized("the blob", length, BLOB_BYTES_MAX);
        blob ??= new Uint8Array(length);
        if (length !== blob.length) throw wrongBytes(peer, digest, "another length than one before it");
        return blob;
      }

      return {
        push(piece) {
          let rest = piece;
          if (headBytes < LENGTH_BYTES) {
            const part = rest.subarray(0, LENGTH_BYTES - headBytes);
            head.set(part, headBytes);
            headBytes += part.length;
            if (headBytes < LENGTH_BYTES) return;
            rest = rest.subarray(part.length);
          }
          const whole = announced();
          if (bytes + rest.length > whole.length)
            throw wrongBytes(peer, digest, "more bytes than it announced");
          whole.set(rest, bytes);
          hash.update(rest);
          if (rest.length > 0) givers.push({ peer, from: bytes, to: bytes + rest.length });
          bytes += rest.length;
        },
        end() {
          if (headBytes === 0) return undefined;
          if (headBytes < LENGTH_BYTES || blob === undefined || bytes < blob.length)
            throw wrongBytes(peer, digest, "fewer bytes than it announced");
          if (bytesToHex(hash.clone().digest()) !== digest)
            throw wrongBytes(peer, digest, "bytes of another digest");
          return blob;
        },
        undo() {
          ({ hash, blob, bytes } = before);
          while ((givers.at(-1)?.to ?? 0) > bytes) givers.pop();
        },
      };
    },
    liars(right) {
      const wrong = givers.filter(
        ({ from, to }) => blob === undefined || !isSame(blob.subarray(from, to), right.subarray(from, to)),
      );
      return [...new Set(wrong.map(({ peer }) => peer))];
    },
  };
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

function wrongBytes(peer: string, digest: Hex, what: string): PeerInputError {
  return new PeerInputError("BLOB_WRONG_BYTES", `peer ${peer} answered for blob ${digest} with ${what}`, {
    reaction: "reject",
    misdeed: "lyingBlob",
    details: { peer, digest },
  });
}

export function readUint32(bytes: Uint8Array, at = 0): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}
