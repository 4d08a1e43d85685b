import type { PleiadError } from "@pleiad/sdk/errors";
import type { Hex } from "viem";
import { didYouMean } from "../config/didYouMean.ts";
import { workspaceError } from "./errors.ts";
import { LINE_CHARS_MAX } from "./limits.ts";
import { ENTRY_ID, FOLDER, KEY, REQUEST_ID, TAG, THREAD, TOPIC } from "./views/entryTypes.ts";

/** Checks of what callers pass, each with an error that shows what was passed. */

const FORMS = {
  key: { pattern: KEY, code: "KEY_INVALID", form: "1 to 128 of A-Z a-z 0-9 . _ : / -, not a sign first" },
  topic: { pattern: TOPIC, code: "TOPIC_INVALID", form: "1 to 48 of a-z 0-9 . _ -, not a sign first" },
  thread: {
    pattern: THREAD,
    code: "THREAD_INVALID",
    form: "1 to 80 of A-Z a-z 0-9 . _ : -, not a sign first",
  },
  tag: { pattern: TAG, code: "TAG_INVALID", form: "1 to 48 of a-z 0-9 . _ -, not a sign first" },
  request: { pattern: REQUEST_ID, code: "REQUEST_ID_INVALID", form: "1 to 64 of A-Z a-z 0-9 . _ : -" },
  folder: { pattern: FOLDER, code: "FOLDER_INVALID", form: "1 to 64 of A-Z a-z 0-9 . _ -, not a sign first" },
  id: { pattern: ENTRY_ID, code: "ID_INVALID", form: "0x and 64 of 0-9 a-f" },
} as const;

/** What of a wrong text is shown. Characters. */
const SHOWN_CHARS_MAX = 80;

/** @throws PleiadError KEY_INVALID, TOPIC_INVALID, THREAD_INVALID, TAG_INVALID, REQUEST_ID_INVALID, FOLDER_INVALID, ID_INVALID */
export function requireForm(what: keyof typeof FORMS, text: string): void {
  const { pattern, code, form } = FORMS[what];
  if (pattern.test(text)) return;
  const shown = text.slice(0, SHOWN_CHARS_MAX);
  throw workspaceError(code, `"${shown}" is no ${what}`, {
    hint: `write ${form}`,
    details: { [what]: shown },
  });
}

/** @throws PleiadError TEXT_EMPTY, TEXT_TOO_LONG */
export function requireText(what: string, text: string, bytesMax: number): void {
  if (text.trim() === "") throw workspaceError("TEXT_EMPTY", `the ${what} is empty`, { details: { what } });
  requireBytes(what, text, bytesMax, "TEXT_TOO_LONG");
}

/** @throws PleiadError with that code */
export function requireBytes(
  what: string,
  text: string,
  bytesMax: number,
  code: "TEXT_TOO_LONG" | "VALUE_TOO_LONG",
): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= bytesMax) return;
  throw workspaceError(code, `the ${what} has ${bytes} bytes, at most ${bytesMax} are kept`, {
    hint: "put what is long into a file of the project, and say where it is",
    details: { what, bytes, bytesMax },
  });
}

/** @throws PleiadError TEXT_TOO_LONG */
export function requireLine(what: string, text: string | undefined): void {
  if (text === undefined || text.length <= LINE_CHARS_MAX) return;
  throw workspaceError(
    "TEXT_TOO_LONG",
    `the ${what} has ${text.length} characters, at most ${LINE_CHARS_MAX} are kept`,
    { hint: "say it in a line", details: { what, chars: text.length, charsMax: LINE_CHARS_MAX } },
  );
}

/** A whole number in a range. @throws PleiadError NUMBER_OUT_OF_RANGE */
export function requireCount(what: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw workspaceError("NUMBER_OUT_OF_RANGE", `${what} is ${value}`, {
    hint: `write a whole number from 1 to ${max}`,
    details: { what, value, max },
  });
}

/** @throws PleiadError LIST_TOO_LONG, LIST_EMPTY */
export function requireSome(what: string, list: readonly unknown[], max: number, min: 0 | 1 = 0): void {
  if (list.length < min)
    throw workspaceError("LIST_EMPTY", `there are no ${what}`, {
      hint: "name at least one",
      details: { what },
    });
  if (list.length <= max) return;
  throw workspaceError("LIST_TOO_LONG", `there are ${list.length} ${what}, at most ${max} are taken`, {
    details: { what, length: list.length, max },
  });
}

/** What somebody named and nobody knows, with the name they may have meant. */
export function unknown(code: string, what: string, name: string, known: Iterable<string> = []): PleiadError {
  const nearest = didYouMean(name, known);
  return workspaceError(code, `there is no ${what} ${name.slice(0, SHOWN_CHARS_MAX)}`, {
    ...(nearest === undefined ? {} : { hint: `did you mean ${nearest}?` }),
    details: { [what]: name.slice(0, SHOWN_CHARS_MAX) },
  });
}

/** @throws PleiadError ID_INVALID, or that code where nothing has the id */
export function requireKnown<T>(code: string, what: string, id: Hex, found: T | undefined): T {
  requireForm("id", id);
  if (found === undefined) throw unknown(code, what, id);
  return found;
}
