/** Escape sequences that colour text; they take no room. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const COLOUR = /\u001b\[[0-9;]*m/g;
/** Scripts whose characters take two columns, and what is drawn as an emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
/** Marks that are drawn onto the character before. */
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** How many columns of a terminal a text takes. Colours take none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(withoutColour(text))) width += widthOf(segment);
  return width;
}

/** The text without its colours. */
export function withoutColour(text: string): string {
  return text.replaceAll(COLOUR, "");
}

/** The text, cut so that it takes at most `width` columns, with an ellipsis where something is missing. Loses colours. */
export function cutTo(text: string, width: number): string {
  const plain = withoutColour(text);
  if (displayWidth(plain) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(plain)) {
    used += widthOf(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

function widthOf(grapheme: string): number {
  if (NO_WIDTH.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}
