import { createHash, type KeyObject, sign, verify } from "node:crypto";
import { PleiadError } from "@pleiad/sdk/errors";
import { decodeLogEntry } from "@pleiad/sdk/log/decodeLogEntry";
import { encodeLogHeader } from "@pleiad/sdk/log/encodeLogHeader";
import {
  type DecodedLogEntry,
  LOG_ENTRY_TAG,
  LOG_NO_HASH,
  LOG_SIGNATURE_BYTES,
  type LogEntryHeader,
  type LogEntryKind,
  type LogFeed,
} from "@pleiad/sdk/types/logEntry";
import type { Hex } from "viem";
import { EntryError } from "../errors.ts";

/*
 * The format of an entry is the SDK's (`@pleiad/sdk/types/logEntry`), so that a stranger reads it as this node does. Here is
 * what a node does faster than a browser can: hashes and signatures by OpenSSL.
 */
export const NO_HASH: Hex = LOG_NO_HASH;

export type EntryKind = LogEntryKind;
export type FeedId = LogFeed;
export type EntryHeader = LogEntryHeader;

export interface Entry extends DecodedLogEntry {
  /** SHA-256 of `bytes`: its name, and what the next entry links to. */
  readonly hash: Hex;
}

/** `node.generation`, the feed's name in keys, vectors and messages. */
export function feedName({ node, generation }: FeedId): string {
  return `${node}.${generation}`;
}

/** The header's bytes: what a body is bound to when it is encrypted. */
export function encodeHeader(header: EntryHeader): Uint8Array {
  return encodeLogHeader(header);
}

/** Signs a header and its body. @param peerKey the Ed25519 key that the certificate names */
export function signEntry(header: EntryHeader, body: Uint8Array, peerKey: KeyObject): Entry {
  const unsigned = Buffer.concat([encodeLogHeader(header), body]);
  const bytes = Buffer.concat([unsigned, sign(null, Buffer.concat([LOG_ENTRY_TAG, unsigned]), peerKey)]);
  return { ...header, body, bytes, hash: hashOf(bytes) };
}

/** Whether that key signed the entry; checked by another thread, so that many are checked side by side. */
export function isSignedBy(entry: Entry, peerKey: KeyObject): Promise<boolean> {
  const end = entry.bytes.length - LOG_SIGNATURE_BYTES;
  const signed = Buffer.concat([LOG_ENTRY_TAG, entry.bytes.subarray(0, end)]);
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
  try {
    return { ...decodeLogEntry(bytes), hash: hashOf(bytes) };
  } catch (error) {
    throw error instanceof PleiadError ? entryError(error) : error;
  }
}

function hashOf(bytes: Uint8Array): Hex {
  return `0x${createHash("sha256").update(bytes).digest("hex")}`;
}

/** What the SDK says of an entry, and what that means for whoever handed it on. */
function entryError({ code, message, details }: PleiadError): EntryError {
  switch (code) {
    case "LOG_ENTRY_VERSION_UNKNOWN":
      return new EntryError("ENTRY_VERSION_UNKNOWN", message, {
        reaction: "ignore",
        hint: "its author may run a newer daemon; see whether this one needs an update",
      });
    case "LOG_ENTRY_OVERSIZED":
      return new EntryError("ENTRY_OVERSIZED", message, { reaction: "reject", details });
    default:
      return new EntryError("ENTRY_MALFORMED", message, {
        reaction: "reject",
        hint: "whoever handed it on runs a broken or foreign version; nothing to do here",
      });
  }
}
