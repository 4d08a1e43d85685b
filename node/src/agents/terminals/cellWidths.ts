import type { IUnicodeVersionProvider } from "@xterm/headless";

/**
 * How many cells a character takes, as terminals of today have it: emoji two. By the tables that Node.js has, so that no
 * copy of them stands here.
 */
export function createCellWidths(): IUnicodeVersionProvider {
  /** Of the basic plane, once it was asked; 255 is not yet. */
  const known = new Uint8Array(0x10000).fill(255);
  const wcwidth = (code: number): 0 | 1 | 2 => {
    if (code < 0x300) return 1;
    if (code >= known.length) return widthOf(code);
    if (known[code] === 255) known[code] = widthOf(code);
    return known[code] as 0 | 1 | 2;
  };
  return {
    version: "pleiad",
    wcwidth,
    // Width, and whether it goes into the cell before it, in the bits in which the terminal keeps them.
    charProperties(code, preceding) {
      const own = wcwidth(code);
      const before = (preceding >> 1) & 3;
      const joins = own === 0 && before !== 0;
      return (Math.max(own, joins ? before : 0) << 1) | (joins ? 1 : 0);
    },
  };
}

const NONE = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]$/u;
const EMOJI = /^\p{Emoji_Presentation}$/u;
/** First and last of each range of wide East Asian characters. */
const WIDE = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd],
] as const;

function widthOf(code: number): 0 | 1 | 2 {
  const character = String.fromCodePoint(code);
  if (NONE.test(character)) return 0;
  if (EMOJI.test(character) || WIDE.some(([first, last]) => code >= first && code <= last)) return 2;
  return 1;
}
