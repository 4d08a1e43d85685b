import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../config/files.ts";
import type { Backend } from "./backend.ts";
import { openDatabaseCopy } from "./databaseCopy.ts";
import { openLevelBackend } from "./levelBackend.ts";

/** In a node's data folder: the database of what agents remember outside of clusters, which is in no log and on no other disk. */
export const MEMORIES_FOLDER = join("workspace", "private");

/** Keys of memories: agent, user, and the SHA-256 of the record. */
export const MEMORY_PREFIX = "private/";
const MEMORY_KEY = /^private\/\d{1,78}\/0x[0-9a-f]{40}\/(?<digest>[0-9a-f]{64})$/;

/** A memory's key and bytes. */
export type MemoryRecord = readonly [key: string, bytes: Uint8Array];

/** Memories written in one step. */
const MEMORIES_BATCH = 500;

/** Whether that is a memory as it lies on the disk: one that was damaged has another digest. */
export function isMemoryRecord(key: string, bytes: Uint8Array): boolean {
  const digest = MEMORY_KEY.exec(key)?.groups?.digest;
  return digest !== undefined && createHash("sha256").update(bytes).digest("hex") === digest;
}

/** The sound memories of an open database. */
export async function* memoriesIn(backend: Pick<Backend, "entries">): AsyncGenerator<MemoryRecord> {
  for await (const [key, bytes] of backend.entries(MEMORY_PREFIX))
    if (isMemoryRecord(key, bytes)) yield [key, bytes];
}

/** Those of a folder whose daemon does not run; none where it has had no workspace. @throws as `openDatabaseCopy` */
export async function* memoriesAtRest(dataFolder: string): AsyncGenerator<MemoryRecord> {
  if (!existsSync(join(dataFolder, MEMORIES_FOLDER, "CURRENT"))) return;
  const copy = await openDatabaseCopy(dataFolder, MEMORIES_FOLDER);
  try {
    yield* memoriesIn(copy);
  } finally {
    await copy.close();
  }
}

/** @throws as `openLevelBackend` */
export async function openMemories(dataFolder: string): Promise<Backend> {
  const folder = join(dataFolder, MEMORIES_FOLDER);
  await makeFolder(dirname(folder));
  return openLevelBackend({ folder, create: true });
}

/** Puts memories beside those that are there. Each is what its key says, so putting one again changes nothing. */
export async function addMemories(dataFolder: string, memories: AsyncIterable<MemoryRecord>): Promise<void> {
  let backend: Backend | undefined;
  let batch: { key: string; value: Uint8Array }[] = [];
  try {
    for await (const [key, value] of memories) {
      backend ??= await openMemories(dataFolder);
      batch.push({ key, value });
      if (batch.length < MEMORIES_BATCH) continue;
      await backend.write(batch, false);
      batch = [];
    }
    await backend?.write(batch, true);
  } finally {
    await backend?.close();
  }
}
