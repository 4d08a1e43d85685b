import { bytesToHex } from "viem";
import type { PleiadError } from "../errors/base.ts";
import { sdkError } from "../errors/sdkError.ts";
import {
  type DecodedLogEntry,
  LOG_ENTRY_BYTES_MAX,
  LOG_ENTRY_KINDS,
  LOG_ENTRY_VERSION,
  LOG_HEADER_BYTES,
  LOG_SIGNATURE_BYTES,
} from "../types/logEntry.ts";

/**
 * Takes an entry of a cluster log apart; nothing in it is checked but its form.
 *
 * @throws PleiadError `LOG_ENTRY_OVERSIZED`, `LOG_ENTRY_MALFORMED`, `LOG_ENTRY_VERSION_UNKNOWN`
 *
 * @example
 * const { feed, sequence, stamp } = decodeLogEntry(bytes);
 */
export function decodeLogEntry(bytes: Uint8Array): DecodedLogEntry {
  if (bytes.length > LOG_ENTRY_BYTES_MAX) {
    throw sdkError(
      "LOG_ENTRY_OVERSIZED",
      `an entry has ${bytes.length} bytes, at most ${LOG_ENTRY_BYTES_MAX} are allowed`,
      { details: { bytes: bytes.length, bytesMax: LOG_ENTRY_BYTES_MAX } },
    );
  }
  if (bytes.length < LOG_HEADER_BYTES + LOG_SIGNATURE_BYTES)
    throw malformed(`it has only ${bytes.length} bytes`);
  if (bytes[0] !== LOG_ENTRY_VERSION)
    throw sdkError("LOG_ENTRY_VERSION_UNKNOWN", `an entry has version ${bytes[0]}, known is 1`);
  const kind = LOG_ENTRY_KINDS[bytes[1] ?? 0xff];
  if (kind === undefined) throw malformed(`its kind ${bytes[1]} is unknown`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sequence = safeNumber(view.getBigUint64(50), "sequence number");
  if (sequence === 0) throw malformed("its sequence number is 0");
  return {
    kind,
    space: bytes.subarray(2, 34),
    feed: { node: view.getBigUint64(34), generation: safeNumber(view.getBigUint64(42), "generation") },
    sequence,
    stamp: view.getBigUint64(58),
    previous: bytesToHex(bytes.subarray(66, 98)),
    certificate: bytesToHex(bytes.subarray(98, 130)),
    epoch: view.getUint32(130),
    body: bytes.subarray(LOG_HEADER_BYTES, bytes.length - LOG_SIGNATURE_BYTES),
    bytes,
  };
}

function safeNumber(value: bigint, what: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(`its ${what} ${value} is too large`);
  return Number(value);
}

function malformed(reason: string): PleiadError {
  return sdkError("LOG_ENTRY_MALFORMED", `an entry is malformed: ${reason}`);
}
