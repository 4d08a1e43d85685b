// A sentence end with the quotes, brackets and place number that belong to it, or the end of a line.
const SENTENCE_END =
  /(?:[.!?…][*_"'”’»)\]]{0,4}(?: \[[\d–-]{1,12}\])?(?=\s)|[。！？](?: \[[\d–-]{1,12}\])?|\n)/g;

/** Whether a text may be cut before this character: not inside a surrogate pair, a combined letter or an emoji. */
function startsCharacter(text: string, at: number): boolean {
  const before = text[at - 1] ?? "";
  const point = String.fromCodePoint(text.codePointAt(at) ?? 0x20);
  return !/[\ud800-\udbff\u200d]$/.test(before) && !/^(?:\p{M}|\u200d|\p{Emoji_Modifier})/u.test(point);
}

/** The longest start of a text that has at most `bytesMax` bytes in UTF-8 and ends between two characters. */
function startWithin(text: string, bytesMax: number): string {
  let [bytes, end] = [0, 0];
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > bytesMax) break;
    end += character.length;
  }
  while (end > 0 && end < text.length && !startsCharacter(text, end)) end -= 1;
  return text.slice(0, end);
}

/**
 * Cuts a text to a number of bytes: at the last end of a sentence or line that fits, else at a space, else between two
 * characters.
 *
 * @param bytesMax UTF-8 bytes that the result may have
 */
export function cutAtSentenceEnd(text: string, bytesMax: number): string {
  if (Buffer.byteLength(text) <= bytesMax) return text;
  const start = startWithin(text, bytesMax);
  // One more character lets the pattern see that a space follows the last full stop.
  const ends = [...text.slice(0, start.length + 1).matchAll(SENTENCE_END)].map(
    (match) => match.index + match[0].length,
  );
  const end = ends.findLast((at) => at <= start.length) ?? start.lastIndexOf(" ");
  return (end > 0 ? start.slice(0, end) : start).trimEnd();
}
