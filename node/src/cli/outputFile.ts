import { existsSync } from "node:fs";
import { errnoOf, makeFolder, whyNoFolder, writeFileNew } from "../config/files.ts";
import { cliError } from "./cliError.ts";

/** Makes sure that a path is free. @throws PleiadError FILE_EXISTS */
export function refuseExisting(path: string): void {
  if (existsSync(path)) throw cliError("FILE_EXISTS", `${path} is there already`, { details: { path } });
}

/** Makes a folder, mode 0700, where it is not there. @throws PleiadError FILE_UNWRITABLE */
export async function makeOutputFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw cliError("FILE_UNWRITABLE", `cannot make the folder ${folder}: ${whyNoFolder(errno)}`, {
      hint: "name another folder, in which this user may write",
      details: { path: folder, errno },
      cause: error,
    });
  }
}

/**
 * Writes a file that must not be there yet, whole or not at all, mode 0600.
 *
 * @throws PleiadError FILE_EXISTS, FILE_UNWRITABLE
 */
export async function writeNewFile(path: string, content: string): Promise<void> {
  try {
    await writeFileNew(path, content);
  } catch (error) {
    throw systemError(path, error);
  }
}

/** The typed error for what the system says of a file that should be written; a bug comes back as it is. */
export function systemError(path: string, error: unknown): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  if (errno === "EEXIST") return cliError("FILE_EXISTS", `${path} is there already`, { details: { path } });
  const why = errno === "ENOENT" ? "its folder is not there" : errno;
  return cliError("FILE_UNWRITABLE", `cannot write ${path}: ${why}`, {
    details: { path, errno },
    cause: error,
  });
}
