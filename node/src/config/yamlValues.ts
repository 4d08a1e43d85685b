import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";

/** What a configuration file says, with where it says it. */
export interface YamlValues {
  /** Plain values; maps are objects without a prototype. Undefined for an empty file. */
  readonly value: unknown;
  /** Line, from 1, of each key or list entry, by its dotted path. */
  readonly lines: ReadonlyMap<string, number>;
  /** Mistakes of the text itself. */
  readonly mistakes: readonly YamlMistake[];
}

export interface YamlMistake {
  readonly line: number;
  readonly sentence: string;
}

/** Deeper than anything the table describes; a deeper file is no configuration. Levels. */
const DEPTH_MAX = 12;

/** Brackets that are open at once; some of them may stand in texts, which are not looked at yet. */
const BRACKETS_MAX = 256;

/**
 * Reads YAML 1.2 as far as a configuration needs it: maps with text keys, lists, scalars; no aliases, no merge keys,
 * no tags. Integers that a number cannot hold, and anything written `0x…`, stay text, so that no id or address
 * loses a digit.
 */
export function readYaml(text: string): YamlValues {
  const line = lineTooDeep(text);
  if (line !== undefined)
    return { value: undefined, lines: new Map(), mistakes: [{ line, sentence: "it is nested too deeply" }] };
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    resolveKnownTags: false,
    // With "silent" it would not say that there is a second document.
    logLevel: "error",
  });
  const lines = new Map<string, number>();
  const mistakes: YamlMistake[] = [...document.errors, ...document.warnings].map((error) => ({
    line: lineCounter.linePos(error.pos[0]).line,
    sentence: error.message.split("\n", 1)[0] ?? "",
  }));
  const lineOf = (node: Node) => lineCounter.linePos(node.range?.[0] ?? 0).line;

  function plainOf(node: unknown, path: readonly string[]): unknown {
    if (node === null || node === undefined) return null;
    if (path.length > DEPTH_MAX) {
      mistakes.push({
        line: lines.get(path.slice(0, -1).join(".")) ?? 1,
        sentence: "it is nested too deeply",
      });
      return null;
    }
    if (isAlias(node)) {
      mistakes.push({ line: lineOf(node), sentence: "aliases (*) are not used here" });
      return null;
    }
    if (isScalar(node)) {
      const { value, source } = node;
      const isText =
        typeof value === "bigint" || (typeof value === "number" && !keepsItsDigits(value, source));
      return isText ? source : value;
    }
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        const itemPath = [...path, `${index}`];
        lines.set(itemPath.join("."), lineOf(item as Node));
        return plainOf(item, itemPath);
      });
    }
    if (!isMap(node)) return null;
    const values: Record<string, unknown> = Object.create(null);
    for (const item of node.items) {
      const { key } = item;
      if (!isPair(item) || !isScalar(key)) {
        mistakes.push({ line: lineOf(node), sentence: "a key must be plain text" });
        continue;
      }
      const name = key.source ?? String(key.value);
      if (name === "__proto__") {
        mistakes.push({ line: lineOf(key), sentence: "no key is called __proto__" });
        continue;
      }
      const itemPath = [...path, name];
      lines.set(itemPath.join("."), lineOf(key));
      values[name] = plainOf(item.value, itemPath);
    }
    return values;
  }

  const value = document.contents === null ? undefined : plainOf(document.contents, []);
  return { value, lines, mistakes };
}

/**
 * The line on which more brackets are open than any file has, wherever they stand: the parser goes down as deep as they are nested,
 * and takes seconds to find out that its stack has come to its end.
 */
function lineTooDeep(text: string): number | undefined {
  let depth = 0;
  let line = 1;
  for (const character of text) {
    if (character === "\n") line += 1;
    else if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") depth = Math.max(0, depth - 1);
    if (depth > BRACKETS_MAX) return line;
  }
  return undefined;
}

/** Whether a number stands for what was written. */
function keepsItsDigits(value: number, source: string | undefined): boolean {
  if (source?.startsWith("0x") || source?.startsWith("0o")) return false;
  return !Number.isInteger(value) || Number.isSafeInteger(value);
}
