import { existsSync } from "node:fs";
import { errnoOf, writeFileNew } from "../config/files.ts";
import { cliError } from "./cliError.ts";

/** Makes sure that a path is free. @throws PleiadError FILE_EXISTS */
export function refuseExisting(path: string): void {
  if (existsSync(path)) throw cliError("FILE_EXISTS", `${path} is there already`, { details: { path } });
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
