import { hexToBytes } from "viem";
import {
  LOG_ENTRY_KINDS,
  LOG_ENTRY_VERSION,
  LOG_HEADER_BYTES,
  type LogEntryHeader,
} from "../types/logEntry.ts";

/**
 * The bytes of an entry's header: what its body is bound to when it is encrypted, and what comes before it when it is signed.
 *
 * @example
 * const unsigned = concatBytes([encodeLogHeader(header), body]);
 */
export function encodeLogHeader(header: LogEntryHeader): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(LOG_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = LOG_ENTRY_VERSION;
  bytes[1] = LOG_ENTRY_KINDS.indexOf(header.kind);
  bytes.set(header.space, 2);
  view.setBigUint64(34, header.feed.node);
  view.setBigUint64(42, BigInt(header.feed.generation));
  view.setBigUint64(50, BigInt(header.sequence));
  view.setBigUint64(58, header.stamp);
  bytes.set(hexToBytes(header.previous), 66);
  bytes.set(hexToBytes(header.certificate), 98);
  view.setUint32(130, header.epoch);
  return bytes;
}
