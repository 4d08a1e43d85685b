import { bytesOf, HEX_BYTES_SHOWN } from "../limits.ts";

/** What a value of the whiteboard is to people: structured, text, or bytes that somebody put there as if they were text. */
export type Value =
  | { readonly kind: "json"; readonly pretty: string }
  | { readonly kind: "text" }
  | { readonly kind: "binary"; readonly hex: string; readonly bytes: number; readonly isCut: boolean };

/** Signs that no text has: control characters but for tab and ends of lines, and what stands for bytes that were no text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const NO_TEXT = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\ufffd]/g;
/** Above this part of them it is no text: a terminal's output has a few. */
const NO_TEXT_PART_MAX = 0.02;

export function readableOf(text: string): Value {
  const strange = text.match(NO_TEXT)?.length ?? 0;
  if (strange > text.length * NO_TEXT_PART_MAX) return binary(text);
  const json = parsed(text);
  if (typeof json === "object" && json !== null)
    return { kind: "json", pretty: JSON.stringify(json, undefined, 2) };
  return { kind: "text" };
}

function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Text that begins like JSON is text.
    return undefined;
  }
}

function binary(text: string): Value {
  const bytes = new TextEncoder().encode(text);
  const shown = bytes.subarray(0, HEX_BYTES_SHOWN);
  return { kind: "binary", hex: hexOf(shown), bytes: bytesOf(text), isCut: shown.length < bytes.length };
}

/** Sixteen bytes a line, with their place before and what of them can be read behind. */
function hexOf(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const read = row.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : "·")).join("");
    lines.push(`${at.toString(16).padStart(6, "0")}  ${hex.padEnd(47)}  ${read}`);
  }
  return lines.join("\n");
}

/** A text that an editor gave back, with the ends of lines of the one it was made of: editors know one kind. */
export function withLineEndsOf(text: string, original: string): string {
  const plain = text.replace(/\r\n?/g, "\n");
  return /\r\n/.test(original) && !/[^\r]\n|^\n/.test(original) ? plain.replace(/\n/g, "\r\n") : plain;
}
