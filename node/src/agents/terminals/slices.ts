/**
 * The first characters of filtered output, about so many, cut where no sequence is cut in two: every sequence begins with
 * the escape character, which stands nowhere else.
 */
export function takeSlice(
  text: string,
  characters: number,
): { readonly slice: string; readonly rest: string } {
  if (text.length <= characters) return { slice: text, rest: "" };
  const at = text.lastIndexOf("\u001b", characters);
  // One at the very beginning is far shorter than a slice.
  let end = at > 0 ? at : characters;
  if (isLowSurrogate(text.charCodeAt(end))) end += 1;
  return { slice: text.slice(0, end), rest: text.slice(end) };
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
