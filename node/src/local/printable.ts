/**
 * Names, prompts, responses and reasons come from strangers. Printed as they are they could move the cursor, rename the
 * window, or turn the reading direction, and so make a table say something else.
 */

/** C0 and C1 control characters but tab and line feed, and the characters that turn the reading direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Stands where something unsafe stood. */
const REPLACEMENT = "\ufffd";

/** The text with everything that a terminal would act on replaced; lines and tabs stay. */
export function printable(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(UNSAFE, REPLACEMENT);
}

/** The same on one line: for cells, names and sentences. */
export function printableLine(text: string): string {
  return printable(text).replaceAll(/[\n\t]+/g, " ");
}
