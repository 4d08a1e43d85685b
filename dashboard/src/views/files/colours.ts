import { type HunkData, type HunkTokens, markEdits, tokenize } from "react-diff-view";

/** Lines that are coloured: beyond it nobody reads line by line, and the page would stand still. */
const COLOURED_LINES_MAX = 3_000;
/** Characters of changed lines in which it is looked for what changed within them: some seconds of work for a text that was made to be it. */
export const EDITS_CHARACTERS_MAX = 20_000;
/** The last line's number: a text is laid out up to there. */
const LINE_NUMBER_MAX = 50_000;

/** How a family of languages writes what is coloured. */
interface Family {
  readonly line: string | undefined;
  readonly block: readonly [string, string] | undefined;
}

const SLASHES: Family = { line: "//", block: ["/*", "*/"] };
const HASHES: Family = { line: "#", block: undefined };
const FAMILIES: Readonly<Record<string, Family>> = Object.fromEntries([
  ...[
    "js",
    "mjs",
    "cjs",
    "jsx",
    "ts",
    "mts",
    "tsx",
    "c",
    "h",
    "cc",
    "cpp",
    "hpp",
    "java",
    "kt",
    "go",
    "rs",
  ].map((name) => [name, SLASHES]),
  ...["sol", "swift", "cs", "php", "scala", "dart", "zig", "proto", "css", "scss"].map((name) => [
    name,
    SLASHES,
  ]),
  ...["py", "rb", "sh", "bash", "zsh", "yaml", "yml", "toml", "ini", "pl", "r", "mk", "dockerfile"].map(
    (name) => [name, HASHES],
  ),
  ["json", { line: undefined, block: undefined }],
  ["sql", { line: "--", block: ["/*", "*/"] }],
  ["lua", { line: "--", block: undefined }],
]) as Readonly<Record<string, Family>>;

const KEYWORDS = new Set(
  (
    "abstract and as assert async await break case catch class const constructor continue contract def default defer delete do elif else end " +
    "enum event except export extends external false final finally fn for from func function go goto if impl implements import in instanceof " +
    "interface internal is lambda let library local loop mapping match memory mod modifier module mut namespace new nil none not null or " +
    "override package pass private protected pub public pure raise readonly require return returns select self static storage struct super " +
    "switch then this throw trait true try type typedef typeof undefined union unless unsafe until use using var view virtual void where while with yield None True False"
  ).split(" "),
);

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

const text = (value: string): Node => ({ type: "text", value });
const coloured = (name: string, value: string): Node => ({
  type: "element",
  tagName: "span",
  properties: { className: [`files-code-${name}`] },
  children: [text(value)],
});

/** Comments, strings, numbers and words that languages keep for themselves; the rest is text. */
function highlight(source: string, ending: string): Node[] {
  const family = FAMILIES[ending];
  if (family === undefined) return [text(source)];
  const literal = (sign: string) => sign.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  const parts = [
    ...(family.block === undefined
      ? []
      : [`(?<comment1>${literal(family.block[0])}[\\s\\S]*?(?:${literal(family.block[1])}|$))`]),
    ...(family.line === undefined ? [] : [`(?<comment2>${literal(family.line)}[^\\n]*)`]),
    `(?<string>"(?:[^"\\\\\\n]|\\\\.)*"|'(?:[^'\\\\\\n]|\\\\.)*'|\`(?:[^\`\\\\]|\\\\.)*\`)`,
    "(?<number>\\b(?:0[xX][\\da-fA-F_]+|\\d[\\d_]*(?:\\.\\d+)?)\\b)",
    "(?<word>\\b[A-Za-z_]\\w*\\b)",
  ];
  const nodes: Node[] = [];
  let done = 0;
  for (const found of source.matchAll(new RegExp(parts.join("|"), "g"))) {
    const { comment1, comment2, string, number, word } = found.groups ?? {};
    const name =
      comment1 !== undefined || comment2 !== undefined
        ? "comment"
        : string !== undefined
          ? "string"
          : number !== undefined
            ? "number"
            : word !== undefined && KEYWORDS.has(word)
              ? "keyword"
              : undefined;
    if (name === undefined) continue;
    if (found.index > done) nodes.push(text(source.slice(done, found.index)));
    nodes.push(coloured(name, found[0]));
    done = found.index + found[0].length;
  }
  if (done < source.length) nodes.push(text(source.slice(done)));
  return nodes;
}

/** What is coloured of some hunks: what changed within lines, and what the language says; nothing where there is too much of it. */
export function coloursOf(hunks: HunkData[], path: string): HunkTokens | undefined {
  const lines = hunks.reduce((sum, { changes }) => sum + changes.length, 0);
  const last = hunks.at(-1);
  if (last === undefined || lines > COLOURED_LINES_MAX) return undefined;
  if (Math.max(last.oldStart + last.oldLines, last.newStart + last.newLines) > LINE_NUMBER_MAX)
    return undefined;
  const changed = hunks
    .flatMap(({ changes }) => changes)
    .reduce((sum, { type, content }) => sum + (type === "normal" ? 0 : content.length), 0);
  const ending = /\.?([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  return tokenize(hunks, {
    highlight: true,
    refractor: { highlight } as never,
    language: ending,
    enhancers: changed > EDITS_CHARACTERS_MAX ? [] : [markEdits(hunks, { type: "block" })],
  });
}
