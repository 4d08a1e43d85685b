import { keccak256 } from "viem";
import { createMemoryBackend } from "./backend.ts";
import { backupFrames } from "./backup.ts";
import { BLOB_BYTES_MAX, type BlobStore, blobMissing, blobTooLarge, nameOfBlob } from "./blobs.ts";
import { createCursor } from "./cursor.ts";
import { createEquivocationBook } from "./equivocationBook.ts";
import { createJournal, type JournalOptions } from "./journal.ts";
import { SCHEMA_VERSION } from "./migrations.ts";
import type { Store } from "./open.ts";
import { openRecords } from "./records.ts";
import { NO_WATERMARK } from "./watermark.ts";

/**
 * A store that forgets everything with its process, with the same journal and cursor over a map: for tests of the
 * layers above.
 */
export async function createMemoryStore(options: JournalOptions): Promise<Store> {
  const records = await openRecords(
    { create: true, schema: SCHEMA_VERSION, name: "memory", acknowledged: 0 },
    { backend: createMemoryBackend() },
  );
  const { journal, session } = createJournal(options, { records });
  return {
    journal,
    cursor: createCursor({ records }),
    equivocations: createEquivocationBook(options, { records }),
    blobs: createMemoryBlobs(),
    spending: { read: async () => [], write: async () => undefined },
    watermark: { facts: undefined, ...NO_WATERMARK, seal: async () => undefined },
    session,
    backup: (facts) => backupFrames(facts, { records: records.raw(), blobsFolder: undefined }),
    start: "first",
    close: records.close,
  };
}

function createMemoryBlobs(): BlobStore {
  const blobs = new Map<string, Uint8Array>();
  return {
    get bytesTotal() {
      return [...blobs.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    },
    async has(digest) {
      return blobs.has(nameOfBlob(digest));
    },
    async get(digest) {
      const bytes = blobs.get(nameOfBlob(digest));
      if (bytes === undefined) throw blobMissing(digest);
      return bytes;
    },
    async put(bytes) {
      if (bytes.length > BLOB_BYTES_MAX) throw blobTooLarge(bytes.length);
      const digest = keccak256(bytes);
      blobs.set(nameOfBlob(digest), bytes.slice());
      return digest;
    },
    async delete(digest) {
      return blobs.delete(nameOfBlob(digest));
    },
  };
}
