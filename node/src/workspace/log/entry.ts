import { createHash, type KeyObject, sign, verify } from "node:crypto";
import { bytesToHex, type Hex, hexToBytes } from "viem";
import { EntryError } from "../errors.ts";
import { ENTRY_BYTES_MAX } from "../limits.ts";
import { SPACE_BYTES } from "./space.ts";
import type { Stamp } from "./stamp.ts";

/**
 * An entry of a cluster log, as it is signed, kept and sent. All numbers big end first.
 *
 * | bytes | field |
 * |---|---|
 * | 1 | version, 1 |
 * | 1 | kind: see `EntryKind` |
 * | 32 | space: the log it belongs to |
 * | 8 | node whose feed it is in |
 * | 8 | generation of the feed |
 * | 8 | sequence number in the feed, from 1 |
 * | 8 | stamp of the hybrid clock |
 * | 32 | SHA-256 of the entry before it in the feed; zero in the first |
 * | 32 | digest of the certificate whose peer key signed |
 * | 4 | epoch: which key of the feed its body is encrypted with; zero where the body is in the clear |
 * | n | body |
 * | 64 | Ed25519 signature (RFC 8032) over a tag and all of the above |
 */
export const ENTRY_VERSION = 1;
export const HEADER_BYTES = 2 + SPACE_BYTES + 4 * 8 + 2 * 32 + 4;
const SIGNATURE_BYTES = 64;
const TAG = new TextEncoder().encode("pleiad log entry 1\0");
export const NO_HASH: Hex = `0x${"00".repeat(32)}`;

/**
 * `sealed`: said in the cluster, encrypted. `keys`: keys of feeds, sealed to members. `mark`: where a leaver's feeds end. `prune`:
 * which of its own entries a node has dropped.
 */
export const ENTRY_KINDS = ["sealed", "keys", "mark", "prune"] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** A feed: what one node says in one cluster, in one go. */
export interface FeedId {
  readonly node: bigint;
  /**
   * Unix milliseconds at which the node began it. It begins another only when it has lost the end of the one before, or has
   * forked it; a number taken from the clock needs no memory to be a new one.
   */
  readonly generation: number;
}

export interface EntryHeader {
  readonly kind: EntryKind;
  readonly space: Uint8Array;
  readonly feed: FeedId;
  /** Counts from 1 without a gap. */
  readonly sequence: number;
  readonly stamp: Stamp;
  /** SHA-256 of the entry before it in its feed. */
  readonly previous: Hex;
  /** EIP-712 digest of the certificate of the peer key that signed. */
  readonly certificate: Hex;
  readonly epoch: number;
}

export interface Entry extends EntryHeader {
  readonly body: Uint8Array;
  /** All of it, signature included. */
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`: its name, and what the next entry links to. */
  readonly hash: Hex;
}

/** `node.generation`, the feed's name in keys, vectors and messages. */
export function feedName({ node, generation }: FeedId): string {
  return `${node}.${generation}`;
}

/** The header's bytes: what a body is bound to when it is encrypted. */
export function encodeHeader(header: EntryHeader): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes[0] = ENTRY_VERSION;
  bytes[1] = ENTRY_KINDS.indexOf(header.kind);
  bytes.set(header.space, 2);
  bytes.writeBigUInt64BE(header.feed.node, 34);
  bytes.writeBigUInt64BE(BigInt(header.feed.generation), 42);
  bytes.writeBigUInt64BE(BigInt(header.sequence), 50);
  bytes.writeBigUInt64BE(header.stamp, 58);
  bytes.set(hexToBytes(header.previous), 66);
  bytes.set(hexToBytes(header.certificate), 98);
  bytes.writeUInt32BE(header.epoch, 130);
  return bytes;
}

/** Signs a header and its body. @param peerKey the Ed25519 key that the certificate names */
export function signEntry(header: EntryHeader, body: Uint8Array, peerKey: KeyObject): Entry {
  const unsigned = Buffer.concat([encodeHeader(header), body]);
  const bytes = Buffer.concat([unsigned, sign(null, Buffer.concat([TAG, unsigned]), peerKey)]);
  return { ...header, body, bytes, hash: hashOf(bytes) };
}

/** Whether that key signed the entry; checked by another thread, so that many are checked side by side. */
export function isSignedBy(entry: Entry, peerKey: KeyObject): Promise<boolean> {
  const end = entry.bytes.length - SIGNATURE_BYTES;
  const signed = Buffer.concat([TAG, entry.bytes.subarray(0, end)]);
  return new Promise((resolve) => {
    // An error means that the signature has no form that the key can check: it is not its signature.
    verify(null, signed, peerKey, entry.bytes.subarray(end), (error, holds) =>
      resolve(error === null && holds),
    );
  });
}

/**
 * Takes an entry apart; nothing in it is checked but its form.
 *
 * @throws EntryError ENTRY_OVERSIZED, ENTRY_MALFORMED (reject), ENTRY_VERSION_UNKNOWN (ignore)
 */
export function decodeEntry(bytes: Uint8Array): Entry {
  if (bytes.length > ENTRY_BYTES_MAX) {
    throw new EntryError(
      "ENTRY_OVERSIZED",
      `an entry has ${bytes.length} bytes, at most ${ENTRY_BYTES_MAX} are allowed`,
      { reaction: "reject", details: { bytes: bytes.length, bytesMax: ENTRY_BYTES_MAX } },
    );
  }
  if (bytes.length < HEADER_BYTES + SIGNATURE_BYTES) throw malformed(`it has only ${bytes.length} bytes`);
  if (bytes[0] !== ENTRY_VERSION) {
    throw new EntryError("ENTRY_VERSION_UNKNOWN", `an entry has version ${bytes[0]}, known is 1`, {
      reaction: "ignore",
      hint: "its author may run a newer daemon; see whether this one needs an update",
    });
  }
  const kind = ENTRY_KINDS[bytes[1] ?? 0xff];
  if (kind === undefined) throw malformed(`its kind ${bytes[1]} is unknown`);
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const sequence = safeNumber(view.readBigUInt64BE(50), "sequence number");
  if (sequence === 0) throw malformed("its sequence number is 0");
  return {
    kind,
    space: bytes.subarray(2, 34),
    feed: { node: view.readBigUInt64BE(34), generation: safeNumber(view.readBigUInt64BE(42), "generation") },
    sequence,
    stamp: view.readBigUInt64BE(58),
    previous: bytesToHex(bytes.subarray(66, 98)),
    certificate: bytesToHex(bytes.subarray(98, 130)),
    epoch: view.readUInt32BE(130),
    body: bytes.subarray(HEADER_BYTES, bytes.length - SIGNATURE_BYTES),
    bytes,
    hash: hashOf(bytes),
  };
}

function hashOf(bytes: Uint8Array): Hex {
  return `0x${createHash("sha256").update(bytes).digest("hex")}`;
}

function safeNumber(value: bigint, what: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(`its ${what} ${value} is too large`);
  return Number(value);
}

function malformed(reason: string): EntryError {
  return new EntryError("ENTRY_MALFORMED", `an entry is malformed: ${reason}`, {
    reaction: "reject",
    hint: "whoever handed it on runs a broken or foreign version; nothing to do here",
  });
}
