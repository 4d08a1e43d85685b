import { hash } from "node:crypto";
import { storeDamaged } from "./errors.ts";

/**
 * How a record lies on disk: format (1 byte), sequence number (8), checksum (8), payload (UTF-8 JSON). The checksum
 * is the start of the SHA-256 over key, format, sequence and payload, so that a record is also damaged when it lies
 * under another record's key.
 */
export interface Envelope {
  /** Number of the write that made the record, from 1, growing by one with each write of the whole store. */
  readonly sequence: number;
  readonly checksum: bigint;
  /** What `JSON.parse` gave; its reader checks its shape. */
  readonly payload: unknown;
}

/** Bytes of the checksum: one damaged record in 2^64 passes. */
const CHECKSUM_BYTES = 8;
const FORMAT = 1;
const SEQUENCE_OFFSET = 1;
const CHECKSUM_OFFSET = SEQUENCE_OFFSET + 8;
const PAYLOAD_OFFSET = CHECKSUM_OFFSET + CHECKSUM_BYTES;

/** A record is at most a transaction with all its attempts; more is a mistake of the caller. Bytes. */
export const RECORD_BYTES_MAX = 16 * 1024 * 1024;

/** Wraps a payload for `key`. @param payload anything that survives `JSON.stringify` unchanged */
export function encodeEnvelope(key: string, sequence: number, payload: unknown): Uint8Array {
  const json = Buffer.from(JSON.stringify(payload), "utf8");
  if (json.length > RECORD_BYTES_MAX) throw new RangeError(`record ${key} has ${json.length} bytes`);
  const bytes = Buffer.alloc(PAYLOAD_OFFSET + json.length);
  bytes.writeUInt8(FORMAT, 0);
  bytes.writeBigUInt64BE(BigInt(sequence), SEQUENCE_OFFSET);
  json.copy(bytes, PAYLOAD_OFFSET);
  bytes.writeBigUInt64BE(checksumOf(key, bytes), CHECKSUM_OFFSET);
  return bytes;
}

/** The checksum that an envelope carries, without looking whether it is right: for one that was just made or checked. */
export function checksumIn(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(CHECKSUM_OFFSET);
}

/** Unwraps what lies under `key`. @throws STORE_DAMAGED naming the key */
export function decodeEnvelope(key: string, bytes: Uint8Array): Envelope {
  const { sequence, checksum, buffer } = checkEnvelope(key, bytes);
  return { sequence, checksum, payload: payloadIn(key, buffer) };
}

/** Checks what lies under `key` without reading its payload. @throws STORE_DAMAGED naming the key */
export function checkEnvelope(
  key: string,
  bytes: Uint8Array,
): Omit<Envelope, "payload"> & { readonly buffer: Buffer } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length <= PAYLOAD_OFFSET) throw storeDamaged(key, `${buffer.length} bytes are no record`);
  const checksum = buffer.readBigUInt64BE(CHECKSUM_OFFSET);
  if (checksum !== checksumOf(key, buffer)) throw storeDamaged(key, "its checksum is wrong");
  if (buffer.readUInt8(0) !== FORMAT) throw storeDamaged(key, `format ${buffer.readUInt8(0)} is unknown`);
  return { sequence: Number(buffer.readBigUInt64BE(SEQUENCE_OFFSET)), checksum, buffer };
}

function payloadIn(key: string, buffer: Buffer): unknown {
  try {
    return JSON.parse(buffer.toString("utf8", PAYLOAD_OFFSET));
  } catch (error) {
    throw storeDamaged(key, "its checksum is right, and its payload is no JSON", error);
  }
}

/** What is summed is put together here where it fits: an opening sums every record, and each would leave a copy behind. */
const scratch = Buffer.alloc(64 * 1024);
/** Bytes of a character in UTF-8. */
const CHARACTER_BYTES_MAX = 3;

function checksumOf(key: string, buffer: Buffer): bigint {
  const fits = (key.length + 1) * CHARACTER_BYTES_MAX + buffer.length <= scratch.length;
  const summed = fits ? scratch : Buffer.alloc((key.length + 1) * CHARACTER_BYTES_MAX + buffer.length);
  let end = summed.write(`${key}\0`, "utf8");
  end += buffer.copy(summed, end, 0, CHECKSUM_OFFSET);
  end += buffer.copy(summed, end, PAYLOAD_OFFSET);
  return hash("sha256", summed.subarray(0, end), "buffer").readBigUInt64BE(0);
}
