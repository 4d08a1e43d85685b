/** The start of a text as one line of at most so many characters, `…` at its end where it was cut. */
export function startOf(text: string, charsMax: number): string {
  // More is not looked at: what is left out of white space can at most shorten it.
  const line = text
    .slice(0, 4 * charsMax)
    .trim()
    .replace(/\s+/gu, " ")
    .toWellFormed();
  const isWhole = text.length <= 4 * charsMax && line.length <= charsMax;
  return isWhole ? line : `${line.slice(0, charsMax - 1).replace(/[\uD800-\uDBFF]$/u, "")}…`;
}
