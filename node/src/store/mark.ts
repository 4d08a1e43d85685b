import { hash } from "node:crypto";
import { writeSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf, PRIVATE_FILE_MODE, syncFolder } from "../config/files.ts";
import { toStoreError } from "./errors.ts";

/**
 * The number of the last write that was acknowledged as flushed, kept outside the database. LevelDB drops the end of
 * a damaged log without a word; a database that stands before this mark has lost something it had promised.
 */
export interface SequenceMark {
  /** The highest number written; 0 when none is readable. */
  readonly highest: number;
  /**
   * Raises the mark. It is in the file at once, so that it outlives the process, and flushed after `MARK_FLUSH_DELAY_MS`:
   * nobody waits for that, and no flush of the database beside it, as it guards against a database that was flushed and is
   * damaged all the same.
   *
   * @throws STORE_FULL, STORE_IO; what the flush of an earlier one met comes with the next
   */
  raise(sequence: number): Promise<void>;
  close(): Promise<void>;
}

/** Name of the mark's file in the data folder. */
export const MARK_FILE = "sequence.mark";

/** So long a raised mark waits for its flush, which takes all along that were raised meanwhile. Milliseconds. */
export const MARK_FLUSH_DELAY_MS = 100;

/** Two places written in turn, a disk sector apart, so that a torn write leaves the one before. Bytes. */
const SLOT_BYTES = 512;
const SLOTS = 2;
const ENTRY_BYTES = 16;

/** The highest number in the mark's file; 0 where it says nothing readable. Changes nothing. @throws STORE_IO */
export async function readSequenceMark(path: string): Promise<number> {
  try {
    const content = await readFile(path);
    return Math.max(...Array.from({ length: SLOTS }, (_, slot) => readSlot(content, slot)));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return 0;
    throw toStoreError(error, path);
  }
}

/** Opens the mark's file, or makes it. A file that says nothing readable counts as 0. @throws STORE_FULL, STORE_IO */
export async function openSequenceMark(path: string): Promise<SequenceMark> {
  const folder = dirname(path);
  try {
    const handle = await open(path, "a+", PRIVATE_FILE_MODE).then(async (made) => {
      await made.close();
      return open(path, "r+");
    });
    try {
      const { size } = await handle.stat();
      if (size < SLOT_BYTES * SLOTS) {
        // All its room is taken at once: raising it later must not fail for want of space.
        await handle.write(Buffer.alloc(SLOT_BYTES * SLOTS - size), 0, null, size);
        await handle.sync();
        await syncFolder(folder);
      }
      const content = Buffer.alloc(SLOT_BYTES * SLOTS);
      await handle.read(content, 0, content.length, 0);
      const slots = Array.from({ length: SLOTS }, (_, slot) => readSlot(content, slot));
      let highest = Math.max(...slots);
      let next = slots.indexOf(highest) === 0 ? 1 : 0;
      let timer: NodeJS.Timeout | undefined;
      let flushing: Promise<void> = Promise.resolve();
      let failure: unknown;

      const flush = (): void => {
        clearTimeout(timer);
        timer = undefined;
        flushing = flushing
          .then(() => handle.datasync())
          .catch((error: unknown) => {
            failure = error;
          });
      };

      return {
        get highest() {
          return highest;
        },
        async raise(sequence) {
          const entry = Buffer.alloc(ENTRY_BYTES);
          entry.writeBigUInt64BE(BigInt(sequence), 0);
          checksumOf(entry).copy(entry, 8);
          try {
            if (failure !== undefined) throw failure;
            writeSync(handle.fd, entry, 0, ENTRY_BYTES, next * SLOT_BYTES);
          } catch (error) {
            failure = undefined;
            throw toStoreError(error, folder);
          }
          next = (next + 1) % SLOTS;
          highest = sequence;
          timer ??= setTimeout(flush, MARK_FLUSH_DELAY_MS).unref();
        },
        async close() {
          if (timer !== undefined) flush();
          await flushing;
          await handle.close();
        },
      };
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw toStoreError(error, folder);
  }
}

function readSlot(content: Buffer, slot: number): number {
  const entry = content.subarray(slot * SLOT_BYTES, slot * SLOT_BYTES + ENTRY_BYTES);
  if (entry.length < ENTRY_BYTES) return 0;
  return entry.subarray(8).equals(checksumOf(entry)) ? Number(entry.readBigUInt64BE(0)) : 0;
}

function checksumOf(entry: Buffer): Buffer {
  return hash("sha256", entry.subarray(0, 8), "buffer").subarray(0, 8);
}
