/** What a fresh buffer holds. */
const FIRST_BYTES = 1_024;

/** Bytes that come piece by piece, in one buffer that doubles: thousands of small pieces cost no more than their bytes. */
export interface GrowingBytes {
  readonly length: number;
  append(piece: Uint8Array): void;
  /** What came so far; it is valid until the next `append`. */
  bytes(): Buffer;
  clear(): void;
}

export function createGrowingBytes(): GrowingBytes {
  let buffer = Buffer.alloc(0);
  let length = 0;
  return {
    get length() {
      return length;
    },
    append(piece) {
      const needed = length + piece.length;
      if (needed > buffer.length) {
        const grown = Buffer.allocUnsafe(Math.max(needed, 2 * buffer.length, FIRST_BYTES));
        buffer.copy(grown, 0, 0, length);
        buffer = grown;
      }
      buffer.set(piece, length);
      length = needed;
    },
    bytes: () => buffer.subarray(0, length),
    clear() {
      // A long line's buffer is not kept for the short ones that follow.
      buffer = Buffer.alloc(0);
      length = 0;
    },
  };
}
