import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { PleiadError } from "@pleiad/sdk/errors";
import { errnoOf, whyUnreadable } from "../../config/files.ts";
import { MANAGER_FILE_BYTES_MAX } from "../limits.ts";
import { type ManagerFile, managerFileInvalid, parseManagerFile } from "./parse.ts";

/** Whoever may write the file decides what the manager spends, and where its alerts go. */
const WRITABLE_BY_ANYBODY = 0o002;

/**
 * Reads a manager's file.
 *
 * @throws MANAGER_FILE_MISSING, MANAGER_FILE_UNREADABLE, MANAGER_FILE_MODE (anybody may write it), MANAGER_FILE_INVALID
 */
export async function loadManagerFile(path: string): Promise<ManagerFile> {
  return parseManagerFile(await readManagerText(path), path);
}

/** The file's text. @throws as `loadManagerFile`, but for what stands in it */
export async function readManagerText(path: string): Promise<string> {
  try {
    // A pipe under that name would else be waited for.
    await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) throw unreadable(path, "it is not a file");
    if ((stat.mode & WRITABLE_BY_ANYBODY) !== 0) {
      throw new PleiadError(`anybody may write ${path}, which says what the manager may spend`, {
        code: "MANAGER_FILE_MODE",
        hint: `chmod o-w ${path}`,
        details: { path, mode: (stat.mode & 0o777).toString(8) },
      });
    }
    const bytes = await readBounded(handle);
    if (bytes.length > MANAGER_FILE_BYTES_MAX) {
      const sentence = `${Math.max(stat.size, bytes.length)} bytes are too many, expected at most ${MANAGER_FILE_BYTES_MAX}`;
      throw managerFileInvalid(path, [{ key: "", line: undefined, sentence }]);
    }
    return textOf(bytes, path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || error instanceof PleiadError) throw error;
    if (errno !== "ENOENT") throw unreadable(path, whyUnreadable(errno), error);
    throw new PleiadError(`there is no manager's file at ${path}`, {
      code: "MANAGER_FILE_MISSING",
      hint: "write one as docs/manager.md shows, or correct manager.file in pleiad.yaml",
      details: { path },
      cause: error,
    });
  }
}

/** As much as tells that there is too much; a file may grow while it is read. */
async function readBounded(handle: FileHandle): Promise<Buffer> {
  const buffer = Buffer.alloc(MANAGER_FILE_BYTES_MAX + 1);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

function textOf(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw managerFileInvalid(path, [{ key: "", line: undefined, sentence: "it is no UTF-8, expected text" }]);
  }
}

function unreadable(path: string, why: string, cause?: unknown): PleiadError {
  return new PleiadError(`cannot read the manager's file at ${path}: ${why}`, {
    code: "MANAGER_FILE_UNREADABLE",
    hint: "check that it is a file and that this user may read it",
    details: { path },
    cause,
  });
}
