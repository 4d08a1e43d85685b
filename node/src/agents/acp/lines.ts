import { createGrowingBytes } from "./growingBytes.ts";

const LINE_FEED = 0x0a;

/**
 * Cuts chunks of bytes into lines, without their line feeds. The end of what came last stays until its line feed comes. A line is
 * valid until the next one is asked for.
 *
 * @param onTooLong makes the error that is thrown for a line of more than `lineBytesMax`; no more than that is ever kept
 */
export function createLines(
  lineBytesMax: number,
  onTooLong: () => Error,
): (chunk: Uint8Array) => Generator<Buffer> {
  const kept = createGrowingBytes();
  const requireRoom = (bytes: number): void => {
    if (kept.length + bytes > lineBytesMax) throw onTooLong();
  };
  return function* cut(chunk) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
      const rest = bytes.subarray(from, end);
      requireRoom(rest.length);
      from = end + 1;
      if (kept.length === 0) yield rest;
      else {
        kept.append(rest);
        yield kept.bytes();
        kept.clear();
      }
    }
    const rest = bytes.subarray(from);
    requireRoom(rest.length);
    if (rest.length > 0) kept.append(rest);
  };
}
