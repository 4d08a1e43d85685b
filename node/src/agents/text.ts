import { isUtf8 } from "node:buffer";
import { stripVTControlCharacters } from "node:util";

/** A value as short as this is too common to be searched for in a text: hiding it would only blank out words. */
export const REDACTED_CHARACTERS_MIN = 6;

/**
 * Offset of the first byte that cannot belong to well-formed UTF-8 (The Unicode Standard, table 3-7), or
 * `undefined` if there is none. A character that is cut off at the end counts from its first byte.
 */
export function invalidUtf8Offset(bytes: Uint8Array): number | undefined {
  if (isUtf8(bytes)) return undefined;
  let offset = 0;
  while (offset < bytes.length) {
    const length = characterLength(bytes, offset);
    if (length === 0) return offset;
    offset += length;
  }
  return undefined;
}

/** Bytes of the character that begins at `offset`, or 0 if none does. */
function characterLength(bytes: Uint8Array, offset: number): number {
  const first = bytes[offset] ?? 0;
  if (first <= 0x7f) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  // The second byte's range excludes overlong forms, surrogates and what lies beyond U+10FFFF.
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  for (let at = 1; at < length; at += 1) {
    const byte = bytes[offset + at];
    if (byte === undefined) return 0;
    if (at === 1 ? byte < low || byte > high : byte < 0x80 || byte > 0xbf) return 0;
  }
  return length;
}

/** No note under a cut text is longer: two numbers and a few words. */
export const CUT_NOTE_BYTES_MAX = 96;

/** The first bytes of a text, no character cut in two. */
export function cutText(
  text: string,
  bytesMax: number,
): { readonly text: string; readonly bytes: number; readonly ofBytes: number } {
  const bytes = Buffer.from(text);
  if (bytes.length <= bytesMax) return { text, bytes: bytes.length, ofBytes: bytes.length };
  let end = Math.max(0, bytesMax);
  // A character is kept whole or not at all: 10xxxxxx continues one.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return { text: bytes.toString("utf8", 0, end), bytes: end, ofBytes: bytes.length };
}

/** A text that, with a last line that says how much of it is there, has at most `bytesMax` bytes; unchanged if it is not longer. */
export function withCutNote(text: string, bytesMax: number, verb: "shown" | "kept"): string {
  if (Buffer.byteLength(text) <= bytesMax) return text;
  const cut = cutText(text, bytesMax - CUT_NOTE_BYTES_MAX);
  return `${cut.text}\n[cut: the first ${cut.bytes} of ${cut.ofBytes} bytes are ${verb}]`;
}

/** Whether text is empty or white space alone. */
export function isBlank(text: string): boolean {
  return text.trim() === "";
}

/**
 * Bytes from outside as text for a person: invalid bytes replaced, terminal sequences and control characters taken
 * out, and each of `secrets` replaced by `[redacted]`.
 */
export function printable(bytes: Uint8Array, secrets: readonly string[]): string {
  const text = stripVTControlCharacters(new TextDecoder("utf-8").decode(bytes));
  // Secrets last: a control character in the middle of one must not hide it.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return redact(text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ""), secrets);
}

/** Replaces each of `secrets` that is at least `REDACTED_CHARACTERS_MIN` long by `[redacted]`. */
export function redact(text: string, secrets: readonly string[]): string {
  // The longest first: one secret may be the beginning of another.
  const ordered = secrets.filter((secret) => secret.length >= REDACTED_CHARACTERS_MIN);
  ordered.sort((a, b) => b.length - a.length);
  return ordered.reduce((shown, secret) => shown.replaceAll(secret, "[redacted]"), text);
}
