import { type Document, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { type BlueprintMistake, type KeyPath, pathText } from "./mistake.ts";

/** A place in a file. */
export type BlueprintPlace = Omit<BlueprintMistake, "message">;

/**
 * Where in a file a key's value stands, for mistakes that only the chain shows.
 *
 * @param text The file's text, which `parseBlueprint` has read.
 *
 * @example
 * placeInBlueprint(text, ["tasks", 1, "agent"]); // { line: 12, column: 5, path: "tasks[1].agent" }
 */
export function placeInBlueprint(text: string, path: KeyPath): BlueprintPlace {
  const lines = new LineCounter();
  return placeIn(parseDocument(text, { lineCounter: lines, prettyErrors: false }), lines, path, false);
}

/** The same of a file that is parsed. */
export function placeIn(
  document: Document,
  lines: LineCounter,
  path: KeyPath,
  atKey: boolean,
): BlueprintPlace {
  const { line, col } = lines.linePos(offsetOf(document, path, atKey));
  return { line, column: col, path: pathText(path) };
}

/** Where a path stands in the text: its value or its key; for what is missing, where it should be. */
function offsetOf(document: Document, path: KeyPath, atKey: boolean): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, part] of path.entries()) {
    const isLast = index === path.length - 1;
    const pair = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
      : undefined;
    if (isPair(pair)) {
      const keyAt = startOf(pair.key) ?? offset;
      offset = isLast && atKey ? keyAt : (startOf(pair.value) ?? keyAt);
      node = pair.value;
    } else if (isSeq(node) && typeof part === "number") {
      node = node.items[part];
      offset = startOf(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
