import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { errnoOf, writeFileNew } from "../config/files.ts";

/** 144 bits: nobody guesses it. */
const SECRET_BYTES = 18;

/** The content of a file that holds a random word and nothing else, mode 0600; made when it is not there. */
export async function readOrMakeSecret(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    const secret = randomBytes(SECRET_BYTES).toString("base64url").replace(/^[-_]/, "A");
    await writeFileNew(path, `${secret}\n`);
    return secret;
  }
}
