import { createReadStream } from "node:fs";
import { link, open } from "node:fs/promises";
import { dirname } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { LOG_EXPORT_FORMAT } from "@pleiad/sdk/types/logExport";
import { errnoOf, PRIVATE_FILE_MODE, removeIfThere, syncFolder, whyUnreadable } from "../config/files.ts";
import { cliError } from "./cliError.ts";
import { systemError } from "./outputFile.ts";

/**
 * Writes an exported log to a file that must not be there yet, mode 0600: aside, flushed, and then given its name, so that a
 * file under that name is all of it, or there is none.
 *
 * @returns its bytes
 * @throws PleiadError FILE_EXISTS, FILE_UNWRITABLE; those of the chunks
 */
export async function writeLogFile(path: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const partial = `${path}.partial-${process.pid}`;
  let bytes = 0;
  try {
    await using handle = await open(partial, "wx", PRIVATE_FILE_MODE);
    for await (const chunk of chunks) {
      bytes += chunk.length;
      await handle.writeFile(chunk);
    }
    await handle.sync();
    await link(partial, path);
    await syncFolder(dirname(path));
    return bytes;
  } catch (error) {
    throw error instanceof PleiadError ? error : systemError(path, error);
  } finally {
    await removeIfThere(partial);
  }
}

/** A file's text as it comes. @throws PleiadError FILE_UNREADABLE */
export async function* readLogFile(path: string): AsyncGenerator<string, void, undefined> {
  try {
    for await (const piece of createReadStream(path, "utf8")) yield String(piece);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw cliError("FILE_UNREADABLE", `cannot read ${path}: ${whyUnreadable(errno)}`, {
      details: { path, errno },
      cause: error,
    });
  }
}

/** Whether a file begins as an exported log does, which may be larger than anything else that is read here. False for none. */
export async function isLogExport(path: string): Promise<boolean> {
  const start = `{"format":${JSON.stringify(LOG_EXPORT_FORMAT)}`;
  try {
    await using handle = await open(path, "r");
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(start.length), 0, start.length, 0);
    return buffer.toString("utf8", 0, bytesRead) === start;
  } catch (error) {
    // Whoever reads it says why it cannot be read.
    if (errnoOf(error) !== undefined) return false;
    throw error;
  }
}
