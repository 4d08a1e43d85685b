import { SampleFailure } from "./failure.ts";
import { CONTROL_CHARS_ONE_IN, DOCUMENT_CHARS_MAX } from "./limits.ts";

// Controls other than tab and newline, and the marks that reorder text: a quote must not steer a reader's terminal.
const UNSEEN = /[^\P{Cc}\t\n]|[\u00ad\u200b\u202a-\u202e\u2060-\u2069\ufeff]/gu;
// Not those that end lines in some systems.
const CONTROL = /[^\P{Cc}\t\n\v\f\r\x85]/gu;

function failBinary(why: string): never {
  throw new SampleFailure(
    "DOCUMENT_BINARY",
    `the document is not text: ${why}`,
    "give plain text or Markdown",
  );
}

/** The text of UTF-8 bytes. @throws SampleFailure DOCUMENT_NOT_UTF8 */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SampleFailure(
      "DOCUMENT_NOT_UTF8",
      `${what} is not valid UTF-8`,
      "give plain text or Markdown, encoded as UTF-8",
    );
  }
}

/** Line ends as `\n`, without control characters and invisible marks. */
export function cleanText(text: string): string {
  return text.replace(/\r\n?|[\v\f\x85\u2028\u2029]/g, "\n").replace(UNSEEN, "");
}

/**
 * The document as clean text.
 *
 * @param bytes the document as it came
 * @throws SampleFailure DOCUMENT_EMPTY, DOCUMENT_BINARY, DOCUMENT_NOT_UTF8, DOCUMENT_TOO_LARGE
 */
export function decodeDocument(bytes: Uint8Array): string {
  if (bytes.includes(0)) failBinary("it contains zero bytes");
  const text = decodeUtf8(bytes, "the document");
  if (text.length > DOCUMENT_CHARS_MAX) {
    throw new SampleFailure(
      "DOCUMENT_TOO_LARGE",
      `the document has ${text.length} characters and at most ${DOCUMENT_CHARS_MAX} are read`,
      "give it in parts",
    );
  }
  const controls = text.match(CONTROL)?.length ?? 0;
  if (controls * CONTROL_CHARS_ONE_IN > text.length) failBinary(`it contains ${controls} control characters`);
  const clean = cleanText(text);
  if (!/[\p{L}\p{N}]/u.test(clean)) {
    throw new SampleFailure(
      "DOCUMENT_EMPTY",
      "the document is empty: it has no words",
      "give a text to read",
    );
  }
  return clean;
}
