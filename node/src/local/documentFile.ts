import { type FileHandle, open } from "node:fs/promises";
import { PleiadError } from "@pleiad/sdk/errors";
import { DOCUMENT_BYTES_MAX, decodeInput } from "../agents/input.ts";
import { errnoOf, whyUnreadable } from "../config/files.ts";

/**
 * Reads a document to run a cluster on.
 *
 * @throws PleiadError DOCUMENT_UNREADABLE, INPUT_TOO_LARGE (before any of it is read), INPUT_EMPTY, INPUT_NOT_TEXT
 */
export async function readDocument(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path, "r");
    const { size } = await file.stat();
    if (size > DOCUMENT_BYTES_MAX) {
      throw new PleiadError(`${path} has ${size} bytes; a document has at most ${DOCUMENT_BYTES_MAX}`, {
        code: "INPUT_TOO_LARGE",
        hint: "give a shorter document, or a part of this one",
        details: { path, bytes: size, bytesMax: DOCUMENT_BYTES_MAX },
      });
    }
    const bytes = await readStart(file);
    decodeInput(bytes);
    return bytes;
  } catch (error) {
    const errno = errnoOf(error);
    if (error instanceof PleiadError || errno === undefined) throw error;
    throw new PleiadError(`cannot read the document ${path}: ${whyUnreadable(errno)}`, {
      code: "DOCUMENT_UNREADABLE",
      hint: "name a text file that this user may read",
      details: { path, errno },
      cause: error,
    });
  }
}

/** All of a file, or one byte more than a document may have: a device or a pipe has no size, and perhaps no end. */
async function readStart(file: FileHandle): Promise<Uint8Array> {
  const buffer = new Uint8Array(DOCUMENT_BYTES_MAX + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.slice(0, length);
}
