import { hash } from "node:crypto";
import { writeSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf, PRIVATE_FILE_MODE, syncFolder } from "../config/files.ts";
import { storeDamaged, toStoreError } from "./errors.ts";

/** One signing: the hash of what was signed for (see `signingJournal.ts`) and the output's digest, 32 bytes each. */
export interface LedgerEntry {
  readonly context: Buffer;
  readonly digest: Buffer;
}

/**
 * The signings a second time, in a plain file beside the database, so that no single damaged or deleted thing makes
 * this node sign twice: each of the two is rebuilt from the other. Entries have one size and stand at their index:
 * index (8 bytes), context (32), digest (32), checksum (8).
 */
export interface SigningLedger {
  /** Whole entries in the file when it was opened. */
  readonly countAtOpening: number;
  /** Writes the entry at `index`, flushed. Writing an index again replaces it: its answer was never acknowledged. */
  write(index: number, entry: LedgerEntry): Promise<void>;
  /** Replaces everything by these entries, each at its index, in any order; flushed. */
  rewrite(entries: AsyncIterable<readonly [index: number, entry: LedgerEntry]>): Promise<void>;
  /** Reads from an index on. @throws STORE_DAMAGED at the first entry that is not what was written */
  entries(from: number): AsyncIterable<LedgerEntry>;
  close(): Promise<void>;
}

/** Name of the ledger in the data folder. */
export const LEDGER_FILE = "signings.log";

const INDEX_BYTES = 8;
const HASH_BYTES = 32;
const CHECKSUM_OFFSET = INDEX_BYTES + 2 * HASH_BYTES;
/** Size of an entry in the file. */
export const LEDGER_ENTRY_BYTES = CHECKSUM_OFFSET + 8;
/** Entries read at once, so that a long ledger never stands in memory as a whole. */
const READ_ENTRIES = 1_024;

/** Opens the ledger, or makes an empty one. @throws STORE_FULL, STORE_IO */
export async function openSigningLedger(path: string): Promise<SigningLedger> {
  const folder = dirname(path);
  const translated = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw toStoreError(error, folder);
    }
  };

  const handle = await translated(async () => {
    await (await open(path, "a", PRIVATE_FILE_MODE)).close();
    await syncFolder(folder);
    return open(path, "r+");
  });
  const { size } = await translated(() => handle.stat());

  return {
    countAtOpening: Math.floor(size / LEDGER_ENTRY_BYTES),
    write: (index, entry) =>
      translated(async () => {
        // Into the system's cache, at once; only the flush is worth a thread.
        writeSync(handle.fd, encodeEntry(index, entry), 0, LEDGER_ENTRY_BYTES, index * LEDGER_ENTRY_BYTES);
        await handle.datasync();
      }),
    rewrite: (entries) =>
      translated(async () => {
        await handle.truncate(0);
        for await (const [index, entry] of entries) {
          writeSync(handle.fd, encodeEntry(index, entry), 0, LEDGER_ENTRY_BYTES, index * LEDGER_ENTRY_BYTES);
        }
        await handle.datasync();
      }),
    async *entries(from) {
      try {
        yield* entriesOf(handle, from);
      } catch (error) {
        throw toStoreError(error, folder);
      }
    },
    close: () => translated(() => handle.close()),
  };
}

/** The entries of a ledger; a file that is not there has none. Changes nothing. @throws STORE_DAMAGED, STORE_IO */
export async function* readLedgerEntries(path: string): AsyncGenerator<LedgerEntry> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    throw toStoreError(error, path);
  }
  try {
    yield* entriesOf(handle, 0);
  } catch (error) {
    throw toStoreError(error, path);
  } finally {
    await handle.close();
  }
}

async function* entriesOf(handle: FileHandle, from: number): AsyncGenerator<LedgerEntry> {
  for (let index = from; ; ) {
    const chunk = await readChunk(handle, index);
    for (let offset = 0; offset + LEDGER_ENTRY_BYTES <= chunk.length; offset += LEDGER_ENTRY_BYTES) {
      yield decodeEntry(index, chunk.subarray(offset, offset + LEDGER_ENTRY_BYTES));
      index += 1;
    }
    if (chunk.length < READ_ENTRIES * LEDGER_ENTRY_BYTES) return;
  }
}

async function readChunk(handle: FileHandle, index: number): Promise<Buffer> {
  const chunk = Buffer.alloc(READ_ENTRIES * LEDGER_ENTRY_BYTES);
  const { bytesRead } = await handle.read(chunk, 0, chunk.length, index * LEDGER_ENTRY_BYTES);
  return chunk.subarray(0, bytesRead);
}

function encodeEntry(index: number, { context, digest }: LedgerEntry): Buffer {
  const bytes = Buffer.alloc(LEDGER_ENTRY_BYTES);
  bytes.writeBigUInt64BE(BigInt(index), 0);
  context.copy(bytes, INDEX_BYTES);
  digest.copy(bytes, INDEX_BYTES + HASH_BYTES);
  checksumOf(bytes).copy(bytes, CHECKSUM_OFFSET);
  return bytes;
}

function decodeEntry(index: number, bytes: Buffer): LedgerEntry {
  if (
    !bytes.subarray(CHECKSUM_OFFSET).equals(checksumOf(bytes)) ||
    bytes.readBigUInt64BE(0) !== BigInt(index)
  ) {
    throw storeDamaged(LEDGER_FILE, `entry ${index} is not what was written`);
  }
  return {
    context: Buffer.from(bytes.subarray(INDEX_BYTES, INDEX_BYTES + HASH_BYTES)),
    digest: Buffer.from(bytes.subarray(INDEX_BYTES + HASH_BYTES, CHECKSUM_OFFSET)),
  };
}

function checksumOf(bytes: Buffer): Buffer {
  return hash("sha256", bytes.subarray(0, CHECKSUM_OFFSET), "buffer").subarray(0, 8);
}
