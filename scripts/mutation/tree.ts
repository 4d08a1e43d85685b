/** A node of the compiler's syntax tree, Solidity or Yul. */
export interface TreeNode {
  readonly nodeType: string;
  /** First byte, length and file, with colons between. */
  readonly src: string;
  readonly [key: string]: unknown;
}

/** What is above a node. */
export type Ancestors = readonly TreeNode[];

/** Calls `visit` for every node, each before what is in it. */
export function walkTree(value: unknown, visit: (node: TreeNode, ancestors: Ancestors) => void): void {
  walk(value, visit, []);
}

function walk(value: unknown, visit: (node: TreeNode, ancestors: Ancestors) => void, above: Ancestors): void {
  if (Array.isArray(value)) {
    for (const part of value) walk(part, visit, above);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  let inside = above;
  if (isNode(value)) {
    visit(value, above);
    inside = [...above, value];
  }
  for (const part of Object.values(value)) walk(part, visit, inside);
}

export function isNode(value: unknown): value is TreeNode {
  return typeof value === "object" && value !== null && "nodeType" in value && "src" in value;
}

/** First byte of a node, and the first after it. */
export function spanOf(node: TreeNode): [start: number, end: number] {
  const [start, length] = node.src.split(":").map(Number) as [number, number];
  return [start, start + length];
}

/** A statement's own end is before its semicolon, which goes with it. */
export function statementEnd(bytes: Buffer, end: number): number {
  return bytes[end] === ";".charCodeAt(0) ? end + 1 : end;
}
