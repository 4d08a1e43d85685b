import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { encodeInputs } from "@pleiad/sdk/actions/encodeInputs";
import { PleiadError } from "@pleiad/sdk/errors";
import { DOCUMENT_BYTES_MAX, decodeInput } from "../agents/input.ts";
import { errnoOf, whyUnreadable } from "../config/files.ts";
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
    throw cliError("FILE_UNREADABLE", `cannot read ${full}: ${whyUnreadable(errno)}`, {
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

/** NAME=FILE, the name as a version may have it; a file with "=" in its name is typed with "./" before. */
const NAMED_INPUT = /^(?<name>[A-Za-z0-9_-]{1,32})=(?<path>.+)$/s;

/**
 * What a run gets: one document, or one text for each input that its version names. Files are read before any chain is asked.
 *
 * @returns Puts the input together for a version that names these inputs.
 * @throws PleiadError as `readInput`, USAGE_INVALID where one document and named texts stand together; what it returns throws
 * INPUTS_INVALID
 */
export async function readInputs(
  given: readonly string[],
  around: Surroundings,
): Promise<(names: readonly string[]) => Uint8Array> {
  const named = given.map((text) => NAMED_INPUT.exec(text)?.groups);
  const [first = "", ...others] = given;
  if (named[0] === undefined && others.length === 0) {
    const document = await readInput(first, around);
    return () => document;
  }
  const texts = new Map<string, string>();
  for (const { name = "", path = "" } of named.map((groups) => groups ?? {})) {
    if (name === "" || texts.has(name)) {
      throw cliError(
        "USAGE_INVALID",
        `${given.map((text) => `--input ${text}`).join(" ")} do not go together`,
        {
          hint: "give one document, or NAME=FILE once for each input that the version names",
        },
      );
    }
    texts.set(name, decodeInput(await readInput(path, around)));
  }
  return (names) => {
    const bytes = new TextEncoder().encode(encodeInputs(names, Object.fromEntries(texts)));
    // Together they may be too much.
    decodeInput(bytes);
    return bytes;
  };
}
