import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { DOCUMENT_BYTES_MAX, decodeInput } from "../agents/input.ts";
import { errnoOf } from "../config/files.ts";
import { readDocument } from "../local/documentFile.ts";
import { cliError } from "./cliError.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Reads a text file of limited size.
 *
 * @throws PleiadError FILE_UNREADABLE, also for a file that is larger (before any of it is read)
 */
export async function readTextFile(path: string, cwd: string, bytesMax: number): Promise<string> {
  const full = resolve(cwd, path);
  try {
    await using handle = await open(full, "r");
    const { size } = await handle.stat();
    if (size > bytesMax) {
      throw cliError("FILE_UNREADABLE", `${full} has ${size} bytes, more than ${bytesMax}`, {
        details: { path: full, bytes: size, bytesMax },
      });
    }
    return await handle.readFile("utf8");
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || error instanceof PleiadError) throw error;
    const why = errno === "ENOENT" ? "there is no such file" : errno;
    throw cliError("FILE_UNREADABLE", `cannot read ${full}: ${why}`, {
      details: { path: full, errno },
      cause: error,
    });
  }
}

/**
 * The document to run a cluster on, from a file or, for "-", from standard input.
 *
 * @throws PleiadError DOCUMENT_UNREADABLE, INPUT_TOO_LARGE, INPUT_EMPTY, INPUT_NOT_TEXT
 */
export async function readInput(path: string, around: Surroundings): Promise<Uint8Array> {
  if (path !== "-") return readDocument(resolve(around.cwd, path));
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of around.stdin) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    length += bytes.length;
    // Enough to know that it is too much; the rest is nobody's to read.
    if (length > DOCUMENT_BYTES_MAX) break;
  }
  const bytes = Buffer.concat(chunks);
  decodeInput(bytes);
  return bytes;
}
