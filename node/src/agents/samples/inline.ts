const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["#39", "'"],
  ["nbsp", " "],
  ["ndash", "–"],
  ["mdash", "—"],
  ["hellip", "…"],
]);

// Every pattern excludes its own opening character from its body and is bounded, so that a text made of opening
// characters alone costs no more than any other.
const IMAGE = /!\[[^[\]]{0,300}\](?:\([^()\s]{0,2000}(?: "[^"]{0,300}")?\)|\[[^[\]]{0,100}\])/g;
const LINK = /\[([^[\]]{1,500})\](?:\([^()\s]{0,2000}(?: "[^"]{0,300}")?\)|\[[^[\]]{0,100}\])/g;
const FOOTNOTE_MARK = /\[\^[^[\]]{1,60}\]/g;
const TAG = /<\/?[A-Za-z][^<>]{0,300}>/g;
// Not across an apostrophe: older texts write `so' for a quote.
const CODE = /`{1,3}([^`'\n]{1,500})`{1,3}/g;
const STRONG = /(\*\*|__|~~)(?=\S)([^*_~]{1,1000}?)(?<=\S)\1/g;
const EMPHASIS_STAR = /\*(?=[^\s*])([^*]{1,1000})(?<=[^\s*])\*/g;
const EMPHASIS_LINE = /(?<![\p{L}\p{N}_])_(?=[^\s_])([^_]{1,1000})(?<=[^\s_])_(?![\p{L}\p{N}_])/gu;
const ENTITY = /&(#39|[a-z]{2,6});/g;
const ESCAPED = /\\([\\`*_{}[\]()#+\-.!>~|])/g;

/** The text of a line of Markdown without its marks: links become their text, emphasis and tags vanish. */
export function stripInline(text: string): string {
  let plain = text;
  if (plain.includes("[")) plain = plain.replace(IMAGE, "").replace(LINK, "$1").replace(FOOTNOTE_MARK, "");
  if (plain.includes("<")) plain = plain.replace(TAG, "");
  if (plain.includes("`")) plain = plain.replace(CODE, "$1");
  if (/[*_~]/.test(plain)) {
    plain = plain.replace(STRONG, "$2").replace(EMPHASIS_STAR, "$1").replace(EMPHASIS_LINE, "$1");
  }
  if (plain.includes("&"))
    plain = plain.replace(ENTITY, (whole, name: string) => ENTITIES.get(name) ?? whole);
  if (plain.includes("\\")) plain = plain.replace(ESCAPED, "$1");
  return plain.replace(/\s+/g, " ").trim();
}
