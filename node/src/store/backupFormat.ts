import { createHash } from "node:crypto";
import { PleiadError } from "@pleiad/sdk/errors";
import { z } from "zod";
import { BLOB_BYTES_MAX } from "./blobs.ts";
import { addressSchema, bigintSchema } from "./codec.ts";
import { RECORD_BYTES_MAX } from "./envelope.ts";

/**
 * A backup is one file: `MAGIC`, frames, and the SHA-256 of all before it. A frame is its kind (1 byte), the length of
 * its payload (4 bytes) and the payload: records in key order, then blobs, then agents' memories, then the manifest, which ends it. A file
 * without its end is no backup.
 */
const MAGIC = Buffer.from("PLEIAD BACKUP 1\n", "latin1");
const HEAD_BYTES = 5;
const CHECKSUM_BYTES = 32;
const KEY_LENGTH_BYTES = 2;

/** A key has less than two hundred characters. Bytes. */
const KEY_BYTES_MAX = 1_024;
/** The largest frame is a record: anything longer is no backup, and is not read into memory. Bytes. */
export const BACKUP_FRAME_BYTES_MAX = RECORD_BYTES_MAX + 4_096;

const KINDS = { record: 1, blob: 2, manifest: 3, memory: 4 } as const;

/** A line for whoever opens the file. */
export const BACKUP_ABOUT =
  "Backup of a pleiad node: journal, signings, place in the chain, blobs, and memories of agents in no cluster. No logs of clusters, no keys, no configuration.";

export const manifestSchema = z.object({
  about: z.string(),
  /** Of the records. */
  schemaVersion: z.number().int().positive(),
  chainId: z.number().int().positive(),
  /** The `ClusterExecutions` contract. */
  contract: addressSchema,
  /** Null where whoever took it did not know. */
  node: bigintSchema.nullable(),
  /** Unix milliseconds. */
  takenAtMs: z.number().int().nonnegative(),
  /** Number of the last write. */
  sequence: z.number().int().nonnegative(),
  /** All records but `meta`. */
  records: z.number().int().nonnegative(),
  signings: z.number().int().nonnegative(),
  blobs: z.number().int().nonnegative(),
  blobBytes: z.number().int().nonnegative(),
  /** Of agents, outside of clusters. A backup of an earlier version has none. */
  memories: z.number().int().nonnegative().default(0),
});

/** What a backup says of itself. */
export type BackupManifest = z.output<typeof manifestSchema>;

/** One piece of a backup. */
export type BackupFrame =
  | { readonly kind: "record"; readonly key: string; readonly bytes: Uint8Array }
  | { readonly kind: "blob"; readonly bytes: Uint8Array }
  | { readonly kind: "memory"; readonly key: string; readonly bytes: Uint8Array }
  | { readonly kind: "manifest"; readonly manifest: BackupManifest };

/** The bytes of a backup. One frame at a time is in memory. */
export async function* encodeBackup(frames: AsyncIterable<BackupFrame>): AsyncGenerator<Buffer> {
  const sum = createHash("sha256").update(MAGIC);
  yield MAGIC;
  for await (const frame of frames) {
    const payload = payloadOf(frame);
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt8(KINDS[frame.kind], 0);
    head.writeUInt32BE(payload.length, 1);
    const bytes = Buffer.concat([head, payload]);
    sum.update(bytes);
    yield bytes;
  }
  yield sum.digest();
}

function payloadOf(frame: BackupFrame): Buffer {
  if (frame.kind === "blob") return Buffer.from(frame.bytes);
  if (frame.kind === "manifest") return Buffer.from(JSON.stringify(z.encode(manifestSchema, frame.manifest)));
  const key = Buffer.from(frame.key, "utf8");
  const length = Buffer.alloc(KEY_LENGTH_BYTES);
  length.writeUInt16BE(key.length);
  return Buffer.concat([length, key, frame.bytes]);
}

/**
 * The frames of a backup's bytes, each as it comes; that the whole is sound is known only once the last has come.
 *
 * @throws BACKUP_DAMAGED
 */
export async function* decodeBackup(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<BackupFrame> {
  const read = reader(chunks);
  const sum = createHash("sha256");
  const magic = await read(MAGIC.length);
  if (!magic.equals(MAGIC)) throw backupDamaged("it does not begin as a backup does");
  sum.update(magic);
  for (;;) {
    const head = await read(HEAD_BYTES);
    const length = head.readUInt32BE(1);
    if (length > BACKUP_FRAME_BYTES_MAX) throw backupDamaged(`a piece of ${length} bytes is none`);
    const payload = await read(length);
    sum.update(head).update(payload);
    const frame = frameOf(head.readUInt8(0), payload);
    if (frame.kind === "manifest") {
      if (!(await read(CHECKSUM_BYTES)).equals(sum.digest())) throw backupDamaged("its checksum is wrong");
      if (!(await read.isAtEnd())) throw backupDamaged("something follows its end");
      yield frame;
      return;
    }
    yield frame;
  }
}

function frameOf(kind: number, payload: Buffer): BackupFrame {
  if (kind === KINDS.record || kind === KINDS.memory) {
    const length = payload.length < KEY_LENGTH_BYTES ? KEY_BYTES_MAX + 1 : payload.readUInt16BE();
    const end = KEY_LENGTH_BYTES + length;
    if (length > KEY_BYTES_MAX || end > payload.length) throw backupDamaged("a record of it has no key");
    return {
      kind: kind === KINDS.record ? "record" : "memory",
      key: payload.toString("utf8", KEY_LENGTH_BYTES, end),
      bytes: payload.subarray(end),
    };
  }
  if (kind === KINDS.blob) {
    if (payload.length > BLOB_BYTES_MAX) throw backupDamaged(`a blob of ${payload.length} bytes is none`);
    return { kind: "blob", bytes: payload };
  }
  if (kind !== KINDS.manifest) throw backupDamaged(`a piece of kind ${kind} is unknown`);
  const parsed = manifestSchema.safeParse(jsonOf(payload));
  if (!parsed.success) throw backupDamaged(`its manifest is none: ${parsed.error.issues[0]?.message}`);
  return { kind: "manifest", manifest: parsed.data };
}

function jsonOf(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** Reads exactly so many bytes at a time. */
function reader(chunks: AsyncIterable<Uint8Array>) {
  const source = chunks[Symbol.asyncIterator]();
  let parts: Buffer[] = [];
  let there = 0;
  async function more(): Promise<boolean> {
    const { done, value } = await source.next();
    if (done === true) return false;
    parts.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    there += value.byteLength;
    return true;
  }
  const read = async (count: number): Promise<Buffer> => {
    while (there < count) if (!(await more())) throw backupDamaged("it ends before its end");
    const joined = parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
    parts = [joined.subarray(count)];
    there = joined.length - count;
    return joined.subarray(0, count);
  };
  const isAtEnd = async () => {
    while (there === 0) if (!(await more())) return true;
    return false;
  };
  return Object.assign(read, { isAtEnd });
}

/** A file that is no backup, or no whole one. */
export function backupDamaged(reason: string, cause?: unknown): PleiadError {
  return new PleiadError(`that is no sound backup: ${reason}`, {
    code: "BACKUP_DAMAGED",
    hint: "take another copy of it, or an older backup; pleiad node verify --backup FILE checks one",
    details: { reason },
    cause,
  });
}
