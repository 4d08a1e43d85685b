import { open } from "node:fs/promises";
import { PleiadError } from "@pleiad/sdk/errors";
import { errnoOf } from "./files.ts";

/** Any right of the group or of everybody else. */
const OTHERS = 0o077;

/** What a file of secrets is called in errors, and the codes of what can be wrong with it. */
export interface PrivateFileOptions {
  /** For messages, with its article: "the keystore". */
  readonly what: string;
  readonly bytesMax: number;
  readonly codes: {
    readonly missing: string;
    readonly unreadable: string;
    readonly mode: string;
    readonly tooLarge: string;
  };
}

/**
 * Reads a file that only its owner may read. The check and the reading are about the same open file, so that nobody
 * can change it in between. Errors name the path, never what is in the file.
 */
export async function readPrivateFile(path: string, options: PrivateFileOptions): Promise<string> {
  const { what, bytesMax, codes } = options;
  try {
    await using handle = await open(path, "r");
    const stat = await handle.stat();
    if (!stat.isFile()) {
      throw new PleiadError(`${what} at ${path} is not a file`, {
        code: codes.unreadable,
        hint: "name a plain file",
        details: { path },
      });
    }
    if ((stat.mode & OTHERS) !== 0) {
      const mode = (stat.mode & 0o777).toString(8);
      throw new PleiadError(`others may use ${what} at ${path}, its mode is ${mode}`, {
        code: codes.mode,
        hint: `chmod 600 ${path}`,
        details: { path, mode },
      });
    }
    if (stat.size > bytesMax) {
      throw new PleiadError(`${what} at ${path} has ${stat.size} bytes, more than ${bytesMax}`, {
        code: codes.tooLarge,
        hint: "name the right file",
        details: { path, bytes: stat.size, bytesMax },
      });
    }
    return await handle.readFile("utf8");
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || error instanceof PleiadError) throw error;
    const isMissing = errno === "ENOENT";
    throw new PleiadError(
      isMissing ? `${what} is not at ${path}` : `cannot read ${what} at ${path}: ${errno}`,
      {
        code: isMissing ? codes.missing : codes.unreadable,
        hint: isMissing
          ? "make one, or correct its path in the configuration"
          : "check that this user may read it",
        details: { path, errno },
        cause: error,
      },
    );
  }
}
