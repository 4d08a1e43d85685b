import { keccak256 } from "viem";
import { createApprovalBook } from "./approvalBook.ts";
import { createMemoryBackend } from "./backend.ts";
import { backupFrames } from "./backup.ts";
import { BLOB_BYTES_MAX, type BlobStore, blobMissing, blobTooLarge, nameOfBlob } from "./blobs.ts";
import { createCursor } from "./cursor.ts";
import { createEquivocationBook } from "./equivocationBook.ts";
import { createJournal, type JournalOptions } from "./journal.ts";
import { createManagerDatabases } from "./managerDatabases.ts";
import { SCHEMA_VERSION } from "./migrations.ts";
import type { Store } from "./open.ts";
import { openRecords } from "./records.ts";
import { createUsageBook } from "./usageBook.ts";
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
    usage: createUsageBook({ records }),
    approvals: createApprovalBook({ records }),
    managers: createManagerDatabases({ records }),
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
  const usedAt = new Map<string, number>();
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
    async put(bytes, usedAtMs) {
      if (bytes.length > BLOB_BYTES_MAX) throw blobTooLarge(bytes.length);
      const digest = keccak256(bytes);
      const name = nameOfBlob(digest);
      usedAt.set(name, usedAtMs ?? usedAt.get(name) ?? Date.now());
      blobs.set(name, bytes.slice());
      return digest;
    },
    async delete(digest) {
      return blobs.delete(nameOfBlob(digest));
    },
    async *list() {
      for (const [name, bytes] of [...blobs])
        yield { digest: `0x${name}`, roomBytes: bytes.length, usedAtMs: usedAt.get(name) ?? 0 };
    },
    async use(digest, usedAtMs) {
      const name = nameOfBlob(digest);
      if (blobs.has(name)) usedAt.set(name, Math.max(usedAtMs, usedAt.get(name) ?? 0));
    },
    async evict(digest, mayGo) {
      const name = nameOfBlob(digest);
      const bytes = blobs.get(name);
      if (bytes === undefined || !mayGo(usedAt.get(name) ?? 0)) return 0;
      blobs.delete(name);
      return bytes.length;
    },
  };
}
