import { stripVTControlCharacters } from "node:util";

/** C0 and C1 control characters but tab and line feed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
export const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Words for a terminal: lines and tabs stay, and nothing draws. */
export function plainWords(text: string): string {
  return stripVTControlCharacters(text.replaceAll("\r\n", "\n")).replace(CONTROLS, "");
}

/** The same on one line. */
export function plainLine(text: string): string {
  return plainWords(text).replaceAll(/\s+/g, " ");
}
