/** Characters of a name that are shown: what is longer is no name. */
export const NAME_CHARACTERS_MAX = 160;

/**
 * Signs that draw nothing or turn the order of what stands around them: control characters, marks and overrides of direction, letters
 * without a shape, tags. What joins the parts of a letter or a picture stays.
 */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]/gu;

/** Text of somebody else with what cannot be seen made visible. Lines and tabs stay. */
export function cleanText(text: string): string {
  return text.replace(UNSEEN, "\ufffd");
}

/** The same as one line, cut. */
export function cleanName(text: string, charactersMax = NAME_CHARACTERS_MAX): string {
  const line = cleanText(text).replace(/\s+/g, " ").trim();
  const signs = [...line];
  return signs.length <= charactersMax ? line : `${signs.slice(0, charactersMax).join("")}…`;
}
