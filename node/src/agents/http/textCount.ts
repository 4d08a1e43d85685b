/** Counts the bytes of a text that comes in pieces. */
export interface TextCount {
  readonly bytes: number;
  add(piece: string): void;
  /** What was added since it was taken last. */
  take(): string;
}

/** JSON can put the two halves of a character into two pieces: each alone would count as 3 bytes, and both are 4. */
export function createTextCount(): TextCount {
  let bytes = 0;
  let endsInHalf = false;
  let pieces: string[] = [];
  return {
    get bytes() {
      return bytes;
    },
    add(piece) {
      if (piece === "") return;
      pieces.push(piece);
      bytes += Buffer.byteLength(piece);
      if (endsInHalf && /^[\udc00-\udfff]/.test(piece)) bytes -= 2;
      endsInHalf = /[\ud800-\udbff]$/.test(piece);
    },
    take() {
      const taken = pieces.join("");
      pieces = [];
      return taken;
    },
  };
}
