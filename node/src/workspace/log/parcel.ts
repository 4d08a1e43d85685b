import { EntryError } from "../errors.ts";
import { ENTRY_BYTES_MAX, FEEDS_PER_CLUSTER_MAX, PARCEL_ITEMS_MAX } from "../limits.ts";
import type { FeedPosition, LogParcel } from "./types.ts";

/*
 * How entries travel: items, each a letter, four bytes of length (big end first), and its bytes.
 *
 * | letter | bytes |
 * |---|---|
 * | c | a certificate's record |
 * | e | an entry |
 * | f | two entries that prove a fork: the length of the first in four bytes, the first, the second |
 * | p | the entry by which a node dropped the beginning of its feed |
 * | k | an entry below that beginning that is kept |
 * | m | nothing: there is more; ask again |
 *
 * A vector is a list of positions of 48 bytes: node, generation, sequence number, number of a known fork or zero, up to where the feed
 * was pruned, how many entries kept below that are here; 8 bytes each.
 */
export type ItemLetter = "c" | "e" | "f" | "k" | "m" | "p";
const ITEM_HEAD_BYTES = 5;
const POSITION_BYTES = 48;
/** A proof has two entries; nothing else is longer. */
const ITEM_BYTES_MAX = 2 * ENTRY_BYTES_MAX + 4;

/** One item, ready to travel. */
export function encodeItem(letter: ItemLetter, bytes: Uint8Array): Uint8Array {
  const head = Buffer.alloc(ITEM_HEAD_BYTES);
  head.write(letter, 0, "latin1");
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** The items of a parcel, in the order in which they are to be taken. */
export function itemsOf(parcel: LogParcel): readonly Uint8Array[] {
  const { certificates = [], prunings = [], kept = [], entries = [], forks = [] } = parcel;
  return [
    ...certificates.map((record) => encodeItem("c", record)),
    ...prunings.map((entry) => encodeItem("p", entry)),
    ...kept.map((entry) => encodeItem("k", entry)),
    ...entries.map((entry) => encodeItem("e", entry)),
    ...forks.map(([one, other]) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(one.length);
      return encodeItem("f", Buffer.concat([length, one, other]));
    }),
  ];
}

/** A parcel in one piece. */
export function encodeParcel(parcel: LogParcel): Uint8Array {
  return Buffer.concat(itemsOf(parcel));
}

/**
 * Takes a parcel apart; nothing in its items is checked.
 *
 * @throws EntryError PARCEL_MALFORMED (reject)
 */
export function decodeParcel(bytes: Uint8Array): LogParcel & { readonly more: boolean } {
  const certificates: Uint8Array[] = [];
  const prunings: Uint8Array[] = [];
  const kept: Uint8Array[] = [];
  const entries: Uint8Array[] = [];
  const forks: (readonly [Uint8Array, Uint8Array])[] = [];
  let more = false;
  let items = 0;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; ) {
    if (at + ITEM_HEAD_BYTES > bytes.length) throw malformed("it ends in the middle of an item");
    if (++items > PARCEL_ITEMS_MAX) throw malformed(`it has more than ${PARCEL_ITEMS_MAX} items`);
    const letter = view.toString("latin1", at, at + 1);
    const length = view.readUInt32BE(at + 1);
    const end = at + ITEM_HEAD_BYTES + length;
    if (length > ITEM_BYTES_MAX) throw malformed(`an item has ${length} bytes, at most ${ITEM_BYTES_MAX}`);
    if (end > bytes.length) throw malformed("it ends in the middle of an item");
    const item = bytes.subarray(at + ITEM_HEAD_BYTES, end);
    if (letter === "c") certificates.push(item);
    else if (letter === "e") entries.push(item);
    else if (letter === "p") prunings.push(item);
    else if (letter === "k") kept.push(item);
    else if (letter === "f") forks.push(pairOf(item));
    else if (letter === "m") more = true;
    else throw malformed("it has an unknown item");
    at = end;
  }
  return { certificates, prunings, kept, entries, forks, more };
}

function pairOf(item: Uint8Array): readonly [Uint8Array, Uint8Array] {
  if (item.length < 4) throw malformed("a proof is too short");
  const length = Buffer.from(item.buffer, item.byteOffset, item.length).readUInt32BE(0);
  if (4 + length > item.length) throw malformed("a proof ends in the middle of an entry");
  return [item.subarray(4, 4 + length), item.subarray(4 + length)];
}

export function encodeVector(vector: readonly FeedPosition[]): Uint8Array {
  const bytes = Buffer.alloc(vector.length * POSITION_BYTES);
  for (const [index, { feed, sequence, forkedAt, pruned }] of vector.entries()) {
    const at = index * POSITION_BYTES;
    bytes.writeBigUInt64BE(feed.node, at);
    bytes.writeBigUInt64BE(BigInt(feed.generation), at + 8);
    bytes.writeBigUInt64BE(BigInt(sequence), at + 16);
    bytes.writeBigUInt64BE(BigInt(forkedAt ?? 0), at + 24);
    bytes.writeBigUInt64BE(BigInt(pruned?.to ?? 0), at + 32);
    bytes.writeBigUInt64BE(BigInt(pruned?.keptHere ?? 0), at + 40);
  }
  return bytes;
}

/** @throws EntryError VECTOR_MALFORMED (reject) */
export function decodeVector(bytes: Uint8Array): readonly FeedPosition[] {
  if (bytes.length % POSITION_BYTES !== 0 || bytes.length > FEEDS_PER_CLUSTER_MAX * POSITION_BYTES) {
    throw new EntryError("VECTOR_MALFORMED", `a version vector of ${bytes.length} bytes is malformed`, {
      reaction: "reject",
    });
  }
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / POSITION_BYTES }, (_, index) => {
    const at = index * POSITION_BYTES;
    const forkedAt = Number(view.readBigUInt64BE(at + 24));
    const to = Number(view.readBigUInt64BE(at + 32));
    return {
      feed: { node: view.readBigUInt64BE(at), generation: Number(view.readBigUInt64BE(at + 8)) },
      sequence: Number(view.readBigUInt64BE(at + 16)),
      ...(forkedAt === 0 ? {} : { forkedAt }),
      ...(to === 0 ? {} : { pruned: { to, keptHere: Number(view.readBigUInt64BE(at + 40)) } }),
    };
  });
}

function malformed(reason: string): EntryError {
  return new EntryError("PARCEL_MALFORMED", `entries that a peer sent are malformed: ${reason}`, {
    reaction: "reject",
    hint: "the peer runs a broken or foreign version; nothing to do here",
  });
}
