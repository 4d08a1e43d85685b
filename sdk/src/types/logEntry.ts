import type { Address, Hex } from "viem";

/*
 * An entry of a cluster log, as it is signed, kept and sent. All numbers big end first.
 *
 * | bytes | field |
 * |---|---|
 * | 1 | version, 1 |
 * | 1 | kind: its place in `LOG_ENTRY_KINDS` |
 * | 32 | space: the log it belongs to, see `logSpaceDigest` |
 * | 8 | node whose feed it is in |
 * | 8 | generation of the feed |
 * | 8 | sequence number in the feed, from 1 |
 * | 8 | stamp of the hybrid clock |
 * | 32 | SHA-256 of the entry before it in the feed; zero in the first |
 * | 32 | digest of the certificate whose peer key signed |
 * | 4 | epoch: which key of the feed its body is encrypted with; zero where the body is in the clear |
 * | n | body |
 * | 64 | Ed25519 signature (RFC 8032) over `LOG_ENTRY_TAG` and all of the above |
 */
export const LOG_ENTRY_VERSION = 1;
export const LOG_SPACE_BYTES = 32;
/** Where an entry's body begins. */
export const LOG_HEADER_BYTES = 2 + LOG_SPACE_BYTES + 4 * 8 + 2 * 32 + 4;
export const LOG_SIGNATURE_BYTES = 64;
/** A message of a log, whatever is in it, fits into one of the network's. */
export const LOG_ENTRY_BYTES_MAX = 65_536;
/** What is signed begins with it, so that a signature under an entry is one under nothing else. */
export const LOG_ENTRY_TAG = new TextEncoder().encode("pleiad log entry 1\0");
/** What the first entry of a feed links to. */
export const LOG_NO_HASH: Hex = `0x${"00".repeat(32)}`;

/**
 * `sealed`: said in the cluster, encrypted. `keys`: keys of feeds, sealed to members. `mark`: where a leaver's feeds end. `prune`:
 * which of its own entries a node has dropped.
 */
export const LOG_ENTRY_KINDS = ["sealed", "keys", "mark", "prune"] as const;
export type LogEntryKind = (typeof LOG_ENTRY_KINDS)[number];

/** Which log an entry belongs to. */
export interface LogSpace {
  readonly chainId: number;
  readonly clusterRegistry: Address;
  readonly cluster: bigint;
}

/** A feed: what one node says in one cluster, in one go. */
export interface LogFeed {
  readonly node: bigint;
  /**
   * Unix milliseconds at which the node began it. It begins another only when it has lost the end of the one before, or has
   * forked it; a number taken from the clock needs no memory to be a new one.
   */
  readonly generation: number;
}

export interface LogEntryHeader {
  readonly kind: LogEntryKind;
  readonly space: Uint8Array;
  readonly feed: LogFeed;
  /** Counts from 1 without a gap. */
  readonly sequence: number;
  /** 48 bits of unix milliseconds, then a count of 16 bits. */
  readonly stamp: bigint;
  /** SHA-256 of the entry before it in its feed. */
  readonly previous: Hex;
  /** EIP-712 digest of the certificate of the peer key that signed. */
  readonly certificate: Hex;
  readonly epoch: number;
}

/** An entry that was taken apart; nothing of it is checked but its form. */
export interface DecodedLogEntry extends LogEntryHeader {
  readonly body: Uint8Array;
  /** All of it, signature included. */
  readonly bytes: Uint8Array;
}

/** Who says something: the node that signs vouches for it. */
export type LogAuthor =
  | { readonly kind: "agent"; readonly agent: bigint }
  | { readonly kind: "helper"; readonly name: string }
  | { readonly kind: "user"; readonly user: Address }
  | { readonly kind: "node" };

/** What is said in an entry that could be decrypted. */
export interface LogBody {
  /** Such as `message.sent`. */
  readonly type: string;
  readonly author: LogAuthor;
  readonly data: Readonly<Record<string, unknown>>;
}
