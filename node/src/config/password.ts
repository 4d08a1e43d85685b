import { PleiadError } from "@pleiad/sdk/errors";
import { readPrivateFile } from "./privateFile.ts";

/** Where a password comes from; at most one of the two is set (the configuration checks that). */
export interface PasswordSource {
  /** Absolute path of a file, mode 0600, that holds the password and nothing else. */
  readonly file: string | null;
  /** Name of an environment variable. */
  readonly env: string | null;
}

/** A password that people or programs make is far shorter. Bytes. */
export const PASSWORD_BYTES_MAX = 1_024;

/**
 * Reads a password from where the configuration says. One line break at the end of a file does not belong to it.
 *
 * @param environment where variables are looked up. @default process.env
 * @returns the password; undefined when no source is named, so that a person has to be asked
 * @throws PASSWORD_MISSING, PASSWORD_FILE_MODE, PASSWORD_UNREADABLE
 */
export async function readPassword(
  source: PasswordSource,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string | undefined> {
  const { file, env } = source;
  if (file !== null) {
    const content = await readPrivateFile(file, {
      what: "the password file",
      bytesMax: PASSWORD_BYTES_MAX,
      codes: {
        missing: "PASSWORD_MISSING",
        unreadable: "PASSWORD_UNREADABLE",
        mode: "PASSWORD_FILE_MODE",
        tooLarge: "PASSWORD_UNREADABLE",
      },
    });
    return requirePassword(content.replace(/\r?\n$/, ""), `the file ${file}`);
  }
  if (env !== null) return requirePassword(environment[env], `the environment variable ${env}`);
  return undefined;
}

function requirePassword(password: string | undefined, place: string): string {
  if (password !== undefined && password !== "") return password;
  throw new PleiadError(`${place} holds no password`, {
    code: "PASSWORD_MISSING",
    hint: "put the keystore's password there",
    details: { place },
  });
}
