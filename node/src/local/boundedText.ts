/** A text on one line, cut where it is longer than `charsMax`. */
export function boundedText(text: string, charsMax: number): string {
  const line = text.replace(/\p{Cc}+/gu, " ");
  return line.length > charsMax ? `${line.slice(0, charsMax - 1)}…` : line;
}
