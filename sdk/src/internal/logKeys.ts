import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { sdkError } from "../errors/sdkError.ts";
import { decodeLogBody } from "../log/decodeLogBody.ts";
import { encodeLogHeader } from "../log/encodeLogHeader.ts";
import type { DecodedLogEntry, LogBody } from "../types/logEntry.ts";
import { LOG_EXPORT_KEYS_MAX, type LogExportKey } from "../types/logExport.ts";
import { logFeedName } from "./logProblem.ts";

/** The keys of an export, to read bodies with. */
export interface LogKeys {
  /** @throws PleiadError `LOG_EXPORT_MALFORMED` for more than a cluster has */
  add(key: LogExportKey): void;
  /** What an entry says; undefined where no key opens it, or it says nothing that can be read. */
  read(entry: DecodedLogEntry): LogBody | undefined;
  count(): number;
}

/** XChaCha20-Poly1305: a body is the nonce, the text, and a tag of 16 bytes. */
const NONCE_BYTES = 24;
const SEAL_BYTES = NONCE_BYTES + 16;

export function createLogKeys(): LogKeys {
  const keys = new Map<string, Uint8Array[]>();
  let count = 0;
  return {
    add({ feed, epoch, key }) {
      count += 1;
      if (count > LOG_EXPORT_KEYS_MAX) {
        throw sdkError(
          "LOG_EXPORT_MALFORMED",
          `the export is malformed: it has more than ${LOG_EXPORT_KEYS_MAX} keys`,
        );
      }
      const name = `${logFeedName(feed)}/${epoch}`;
      keys.set(name, [...(keys.get(name) ?? []), key]);
    },
    read(entry) {
      if (entry.kind !== "sealed" || entry.body.length < SEAL_BYTES) return undefined;
      const candidates = keys.get(`${logFeedName(entry.feed)}/${entry.epoch}`) ?? [];
      if (candidates.length === 0) return undefined;
      const header = encodeLogHeader(entry);
      for (const key of candidates) {
        const text = opened(key, header, entry.body);
        if (text !== undefined) return decodeLogBody(text);
      }
      return undefined;
    },
    count: () => count,
  };
}

function opened(key: Uint8Array, header: Uint8Array, body: Uint8Array): Uint8Array | undefined {
  try {
    return xchacha20poly1305(key, body.subarray(0, NONCE_BYTES), header).decrypt(body.subarray(NONCE_BYTES));
  } catch {
    // The cipher's only answer to a wrong tag: another key is the right one, or none that is here.
    return undefined;
  }
}
