import { type Author, decodeAuthor, encodeAuthor } from "../author.ts";
import { EntryError, workspaceError } from "../errors.ts";
import { BODY_BYTES_MAX, BODY_DEPTH_MAX } from "../limits.ts";

/** What is said in an entry. The log knows no types; the views do, and take what they know. */
export interface Body {
  /** Such as `message.sent`; see the table in `views/README.md`. */
  readonly type: string;
  readonly author: Author;
  readonly data: Readonly<Record<string, unknown>>;
}

export const TYPE_NAME = /^[a-z]+(\.[a-z-]+)+$/;
const TYPE_CHARS_MAX = 48;

/** @throws PleiadError BODY_OVERSIZED */
export function encodeBody({ type, author, data }: Body): Uint8Array {
  const bytes = new TextEncoder().encode(JSON.stringify([type, encodeAuthor(author), data]));
  if (bytes.length <= BODY_BYTES_MAX) return bytes;
  throw workspaceError(
    "BODY_OVERSIZED",
    `a ${type} has ${bytes.length} bytes, at most ${BODY_BYTES_MAX} go into the log`,
    {
      hint: "put what is long into a file of the project or a blob, and say where it is",
      details: { type, bytes: bytes.length, bytesMax: BODY_BYTES_MAX },
    },
  );
}

/**
 * Parses a body that came from another node: what it says is data, bounded in size and nesting.
 *
 * @throws EntryError BODY_MALFORMED (ignore): its node signed it and it stays in the log, but no view takes it
 */
export function decodeBody(bytes: Uint8Array): Body {
  if (bytes.length > BODY_BYTES_MAX) throw malformed(`it has ${bytes.length} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw malformed("it is not JSON in UTF-8", cause);
  }
  if (!Array.isArray(value) || value.length !== 3) throw malformed("it is not type, author and data");
  const [type, authorText, data] = value as readonly unknown[];
  if (typeof type !== "string" || type.length > TYPE_CHARS_MAX || !TYPE_NAME.test(type))
    throw malformed("its type is no type's name");
  const author = typeof authorText === "string" ? decodeAuthor(authorText) : undefined;
  if (author === undefined) throw malformed("its author is none");
  if (typeof data !== "object" || data === null || Array.isArray(data))
    throw malformed("its data is no object");
  if (depthOf(data) > BODY_DEPTH_MAX) throw malformed(`it nests deeper than ${BODY_DEPTH_MAX}`);
  return { type, author, data: data as Readonly<Record<string, unknown>> };
}

/** The parser was bounded by the size; what comes after it walks the value, so the nesting is bounded, too. */
function depthOf(value: unknown): number {
  let depth = 0;
  let level: unknown[] = [value];
  while (level.length > 0 && depth <= BODY_DEPTH_MAX) {
    level = level.flatMap((item) =>
      typeof item === "object" && item !== null ? (Object.values(item) as unknown[]) : [],
    );
    depth += 1;
  }
  return depth - 1;
}

function malformed(reason: string, cause?: unknown): EntryError {
  return new EntryError("BODY_MALFORMED", `the body of an entry is malformed: ${reason}`, {
    reaction: "ignore",
    cause,
  });
}
