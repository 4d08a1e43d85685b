import { createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, type KeyObject } from "node:crypto";
import { type Hex, hexToBytes } from "viem";
import { EntryError, workspaceError } from "../errors.ts";
import { KEYS_PER_BOX_MAX } from "../limits.ts";
import type { FeedId } from "./entry.ts";
import { KEY_BYTES, SEAL_BYTES, seal, unseal } from "./seal.ts";

/** A key of a feed: what is sealed under it can be read by who has it. */
export interface FeedKey {
  readonly feed: FeedId;
  /** Counts from 1 in its feed; a new one begins whenever somebody has left the cluster. */
  readonly epoch: number;
  /** 32 bytes. Secret. */
  readonly key: Uint8Array;
}

/** To whom a box is sealed. */
export interface KeyRecipient {
  readonly node: bigint;
  /** X25519 public key, as the node's certificate names it. */
  readonly boxKey: Hex;
}

/*
 * Body of a `keys` entry: 32 bytes, the public half of an X25519 key made for it alone; then for each recipient 8 bytes node,
 * 2 bytes count of keys, and the box: 24 bytes nonce, the keys (52 bytes each: node, generation, epoch, key), 16 bytes tag.
 * The box's key is HKDF-SHA256 (RFC 5869) over the Diffie-Hellman secret, salted with both public keys.
 */
const PUBLIC_BYTES = 32;
const KEY_RECORD_BYTES = 8 + 8 + 4 + KEY_BYTES;
const INFO = "pleiad log keys 1";
/** DER of an X25519 public key (RFC 8410) up to the key itself. */
const DER_PREFIX = Buffer.from("302a300506032b656e032100", "hex");

/** Bytes that a body takes for that many recipients with that many keys each. */
export function keyBodyBytes(recipients: number, keys: number): number {
  return PUBLIC_BYTES + recipients * (8 + 2 + SEAL_BYTES + keys * KEY_RECORD_BYTES);
}

/**
 * Seals the same keys to each recipient.
 *
 * @param header of the entry that the body is for: the boxes open in no other
 * @throws PleiadError BOX_KEY_INVALID when a recipient's key is no X25519 key
 */
export function sealKeys(
  header: Uint8Array,
  recipients: readonly KeyRecipient[],
  keys: readonly FeedKey[],
): Uint8Array {
  const { privateKey, publicKey } = generateKeyPairSync("x25519");
  const ephemeral = rawPublic(publicKey);
  const records = Buffer.concat(keys.map(encodeKey));
  const parts: Uint8Array[] = [ephemeral];
  for (const { node, boxKey } of recipients) {
    const theirs = hexToBytes(boxKey);
    const head = Buffer.alloc(10);
    head.writeBigUInt64BE(node, 0);
    head.writeUInt16BE(keys.length, 8);
    const key = boxSecret(privateKey, publicBox(theirs), ephemeral, theirs);
    parts.push(head, seal(key, Buffer.concat([header, head]), records));
  }
  return Buffer.concat(parts);
}

/**
 * The keys that a body holds for one node; undefined where it holds none for it, or none that opens.
 *
 * @throws EntryError KEYS_MALFORMED
 */
export function openKeys(
  header: Uint8Array,
  body: Uint8Array,
  recipient: { readonly node: bigint; readonly boxPrivateKey: KeyObject },
): readonly FeedKey[] | undefined {
  for (const { node, head, box, ephemeral } of boxesOf(body)) {
    if (node !== recipient.node) continue;
    const own = rawPublic(createPublicKey(recipient.boxPrivateKey));
    let key: Uint8Array;
    try {
      key = boxSecret(recipient.boxPrivateKey, publicBox(ephemeral), ephemeral, own);
    } catch (cause) {
      throw keysMalformed("its public key is no X25519 key", cause);
    }
    const records = unseal(key, Buffer.concat([header, head]), box);
    return records === undefined ? undefined : decodeKeys(records);
  }
  return undefined;
}

interface Box {
  readonly node: bigint;
  readonly head: Uint8Array;
  readonly box: Uint8Array;
  readonly ephemeral: Uint8Array;
}

function boxesOf(body: Uint8Array): readonly Box[] {
  if (body.length < PUBLIC_BYTES) throw keysMalformed(`it has only ${body.length} bytes`);
  const ephemeral = body.subarray(0, PUBLIC_BYTES);
  const boxes: Box[] = [];
  const view = Buffer.from(body.buffer, body.byteOffset, body.length);
  let at = PUBLIC_BYTES;
  while (at < body.length) {
    if (at + 10 > body.length) throw keysMalformed("it ends in the middle of a box");
    const count = view.readUInt16BE(at + 8);
    if (count > KEYS_PER_BOX_MAX)
      throw keysMalformed(`a box holds ${count} keys, at most ${KEYS_PER_BOX_MAX}`);
    const end = at + 10 + SEAL_BYTES + count * KEY_RECORD_BYTES;
    if (end > body.length) throw keysMalformed("it ends in the middle of a box");
    const head = body.subarray(at, at + 10);
    boxes.push({ node: view.readBigUInt64BE(at), head, box: body.subarray(at + 10, end), ephemeral });
    at = end;
  }
  return boxes;
}

function encodeKey({ feed, epoch, key }: FeedKey): Uint8Array {
  const record = Buffer.alloc(KEY_RECORD_BYTES);
  record.writeBigUInt64BE(feed.node, 0);
  record.writeBigUInt64BE(BigInt(feed.generation), 8);
  record.writeUInt32BE(epoch, 16);
  record.set(key, 20);
  return record;
}

function decodeKeys(records: Uint8Array): readonly FeedKey[] {
  const view = Buffer.from(records.buffer, records.byteOffset, records.length);
  const keys: FeedKey[] = [];
  for (let at = 0; at < records.length; at += KEY_RECORD_BYTES) {
    keys.push({
      feed: { node: view.readBigUInt64BE(at), generation: Number(view.readBigUInt64BE(at + 8)) },
      epoch: view.readUInt32BE(at + 16),
      key: Uint8Array.from(records.subarray(at + 20, at + KEY_RECORD_BYTES)),
    });
  }
  return keys;
}

function boxSecret(
  privateKey: KeyObject,
  publicKey: KeyObject,
  ephemeral: Uint8Array,
  recipient: Uint8Array,
): Uint8Array {
  const shared = diffieHellman({ privateKey, publicKey });
  return new Uint8Array(hkdfSync("sha256", shared, Buffer.concat([ephemeral, recipient]), INFO, KEY_BYTES));
}

function publicBox(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([DER_PREFIX, raw]), format: "der", type: "spki" });
}

function rawPublic(key: KeyObject): Uint8Array {
  return key.export({ format: "der", type: "spki" }).subarray(DER_PREFIX.length);
}

/** Checks, before anything is sealed to it, that a key can be sealed to. @throws PleiadError BOX_KEY_INVALID */
export function requireBoxKey({ node, boxKey }: KeyRecipient): void {
  try {
    // A point of small order, with which everybody would share the same secret, is refused by OpenSSL here (RFC 7748, 6.1).
    const { privateKey } = generateKeyPairSync("x25519");
    diffieHellman({ privateKey, publicKey: publicBox(hexToBytes(boxKey)) });
  } catch (cause) {
    throw workspaceError("BOX_KEY_INVALID", `the box key of node ${node} is none`, {
      hint: "its operator's daemon is broken or hostile; what is said in the cluster stays unreadable for it",
      details: { node, boxKey },
      cause,
    });
  }
}

function keysMalformed(reason: string, cause?: unknown): EntryError {
  return new EntryError("KEYS_MALFORMED", `the keys in an entry are malformed: ${reason}`, {
    reaction: "reject",
    cause,
  });
}
