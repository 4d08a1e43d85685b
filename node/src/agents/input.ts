import { AgentError } from "./errors.ts";
import { invalidUtf8Offset, isBlank } from "./text.ts";

/** 1 MiB: a long book. Peers carry it as one blob, and it leaves as much room again in a prompt. */
export const DOCUMENT_BYTES_MAX = 1_048_576;

/**
 * The text of an execution's input.
 *
 * @param bytes The input as it is on chain or in a blob.
 * @returns The same text, a byte order mark included: encoded again it gives the same bytes.
 * @throws AgentError INPUT_TOO_LARGE above `DOCUMENT_BYTES_MAX`; INPUT_NOT_TEXT for a NUL byte or invalid UTF-8,
 * with its offset; INPUT_EMPTY for no bytes or white space alone.
 */
export function decodeInput(bytes: Uint8Array): string {
  if (bytes.length > DOCUMENT_BYTES_MAX) {
    throw new AgentError(
      "INPUT_TOO_LARGE",
      `the input has ${bytes.length} bytes, at most ${DOCUMENT_BYTES_MAX}`,
      {
        details: { bytes: bytes.length, bytesMax: DOCUMENT_BYTES_MAX },
      },
    );
  }
  const nulOffset = bytes.indexOf(0);
  if (nulOffset >= 0) {
    throw new AgentError("INPUT_NOT_TEXT", `the input is binary: byte ${nulOffset} is NUL`, {
      details: { offset: nulOffset },
    });
  }
  const offset = invalidUtf8Offset(bytes);
  if (offset !== undefined) {
    throw new AgentError(
      "INPUT_NOT_TEXT",
      `the input is not UTF-8: byte ${offset} is ${hex(bytes[offset])}`,
      {
        details: { offset },
      },
    );
  }
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  if (isBlank(text)) {
    throw new AgentError("INPUT_EMPTY", `the input is empty (${bytes.length} bytes, none but white space)`, {
      details: { bytes: bytes.length },
    });
  }
  return text;
}

function hex(byte: number | undefined): string {
  return `0x${(byte ?? 0).toString(16).padStart(2, "0")}`;
}
