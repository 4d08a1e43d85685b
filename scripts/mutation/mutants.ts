import { createHash } from "node:crypto";
import { type Ancestors, isNode, spanOf, statementEnd, type TreeNode, walkTree } from "./tree.ts";

/** One small change of one file. */
export interface Mutant {
  readonly file: string;
  /** The function it is in; empty outside of functions. */
  readonly function: string;
  readonly line: number;
  readonly kind: string;
  /** What stood there, and what stands there now. */
  readonly before: string;
  readonly after: string;
  /** Which of those that are told apart by nothing else, from 0. */
  readonly nth: number;
  /** Digest of the code around it, which is its function or what else it is in; comments and line ends do not count. */
  readonly codeDigest: string;
  readonly change: Change;
}

/** `text` in the place of some bytes of a source. */
export interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A change before it is known how it is told from others. */
interface Edit extends Change {
  readonly kind: string;
  /** What is shown of it: at least the change itself. */
  readonly shown: TreeNode;
}

/** Operators, each with what may stand in its place: neighbours at the boundary, and opposites. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">"],
  "<=": ["<", ">="],
  ">": [">=", "<"],
  ">=": [">", "<="],
  "==": ["!="],
  "!=": ["=="],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "&&": ["||"],
  "||": ["&&"],
  "&": ["|"],
  "|": ["&"],
  "<<": [">>"],
  ">>": ["<<"],
  "+=": ["-=", "="],
  "-=": ["+=", "="],
  "|=": ["&=", "="],
  "&=": ["|=", "="],
  "<<=": [">>="],
  ">>=": ["<<="],
};

/** Yul's functions whose arguments may stand in any order. */
const COMMUTATIVE = ["add", "mul", "and", "or", "xor", "eq"];

/** A comment, or a text that may look as if there were one in it. */
const COMMENT_OR_TEXT = /"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
/** Enough that two codes of one file do not share a digest. */
const DIGEST_CHARS = 16;
/** Of what is around a number, more than this is left out. */
const SHOWN_CHARS_MAX = 120;

/** All mutants of a file, in the order in which they stand there. `tree` is the compiler's, `source` what it read. */
export function mutantsOf(file: string, source: string, tree: unknown): Mutant[] {
  const bytes = Buffer.from(source);
  const found: Found[] = [];
  walkTree(tree, (node, ancestors) => {
    for (const { shown, ...edit } of editsOf(node, ancestors, bytes)) {
      const codeDigest = codeDigestOf(ancestors, bytes);
      found.push({ ...edit, shown: spanOf(shown), function: functionOf(ancestors), codeDigest });
    }
  });
  return namedMutants(file, found, (from, to) => bytes.subarray(from, to).toString());
}

/** A change with where it is, before it is named. */
export interface Found extends Change {
  readonly kind: string;
  readonly function: string;
  readonly codeDigest: string;
  /** What is shown of it: at least the change itself. */
  readonly shown: readonly [start: number, end: number];
}

/** In the order in which they stand there, each different change once. `text` reads the file. */
export function namedMutants(
  file: string,
  found: readonly Found[],
  text: (start: number, end?: number) => string,
): Mutant[] {
  const mutants: Mutant[] = [];
  const counts = new Map<string, number>();
  const seen = new Set<string>();
  for (const edit of found.toSorted((left, right) => left.start - right.start || left.end - right.end)) {
    const [from, to] = [Math.min(edit.shown[0], edit.start), Math.max(edit.shown[1], edit.end)];
    const before = text(from, to);
    const after = text(from, edit.start) + edit.text + text(edit.end, to);
    const changed = text(0, edit.start) + edit.text + text(edit.end);
    if (seen.has(changed)) continue;
    seen.add(changed);
    const name = JSON.stringify([edit.function, flat(before), flat(after)]);
    const nth = counts.get(name) ?? 0;
    counts.set(name, nth + 1);
    mutants.push({
      file,
      function: edit.function,
      line: text(0, edit.start).split("\n").length,
      kind: edit.kind,
      before: flat(before),
      after: flat(after),
      nth,
      codeDigest: edit.codeDigest,
      change: { start: edit.start, end: edit.end, text: edit.text },
    });
  }
  return mutants;
}

/** A whole source with a change. */
export function changedSource(source: string, { start, end, text }: Change): string {
  const bytes = Buffer.from(source);
  return bytes.subarray(0, start).toString() + text + bytes.subarray(end).toString();
}

function editsOf(node: TreeNode, ancestors: Ancestors, bytes: Buffer): Edit[] {
  const [start, end] = spanOf(node);
  const text = (from: number, to: number) => bytes.subarray(from, to).toString();
  const child = (key: string) => node[key] as TreeNode;
  const edit = (kind: string, from: number, to: number, by: string, shown = node): Edit => {
    return { kind, start: from, end: to, text: by, shown };
  };
  /** The operator stands between two operands; what else stands there is blank. */
  const operators = (kind: string, left: TreeNode, right: TreeNode): Edit[] => {
    const operator = node.operator as string;
    const at = spanOf(left)[1] + text(spanOf(left)[1], spanOf(right)[0]).indexOf(operator);
    return (OPERATORS[operator] ?? []).map((by) => edit(kind, at, at + operator.length, by));
  };
  switch (node.nodeType) {
    case "BinaryOperation":
      return operators("operator", child("leftExpression"), child("rightExpression"));
    case "Assignment":
      return operators("operator", child("leftHandSide"), child("rightHandSide"));
    case "UnaryOperation": {
      const operator = node.operator as string;
      if (operator === "!" || operator === "~") return [edit("negation", start, start + 1, "")];
      const isStep = operator === "++" || operator === "--";
      // A loop that counts backwards ends by its gas, and says nothing.
      if (!isStep || ancestors.some(({ nodeType }) => nodeType === "ForStatement")) return [];
      return [
        edit("operator", start, end, text(start, end).replace(operator, operator === "++" ? "--" : "++")),
      ];
    }
    case "IfStatement":
    case "Conditional":
    case "WhileStatement":
      return [...negation(node, edit, text), ...guard(node, edit, bytes)];
    case "ExpressionStatement":
      return isRemovable(node, ancestors) ? [edit("removal", start, statementEnd(bytes, end), "{}")] : [];
    case "EmitStatement":
      return [edit("removal", start, statementEnd(bytes, end), "{}")];
    case "Literal":
    case "YulLiteral":
      return literal(node, ancestors, text(start, end), edit);
    case "FunctionCall":
    case "YulFunctionCall":
      return swaps(node, edit, text);
    default:
      return [];
  }
}

type MakeEdit = (kind: string, from: number, to: number, by: string, shown?: TreeNode) => Edit;

function negation(node: TreeNode, edit: MakeEdit, text: (from: number, to: number) => string): Edit[] {
  const condition = node.condition as TreeNode;
  // Negated already by another change.
  if (condition.nodeType === "UnaryOperation" || ["==", "!="].includes(condition.operator as string))
    return [];
  const [start, end] = spanOf(condition);
  return [edit("condition", start, end, `!(${text(start, end)})`, condition)];
}

/** `if (…) revert …;` and `if (…) return …;` as a whole. */
function guard(node: TreeNode, edit: MakeEdit, bytes: Buffer): Edit[] {
  if (node.nodeType !== "IfStatement" || isNode(node.falseBody)) return [];
  const body = node.trueBody as TreeNode;
  if (body.nodeType !== "RevertStatement" && body.nodeType !== "Return") return [];
  const [start, end] = spanOf(node);
  return [edit("removal", start, statementEnd(bytes, end), "{}")];
}

function isRemovable(node: TreeNode, ancestors: Ancestors): boolean {
  const above = ancestors.at(-1);
  return above?.nodeType !== "ForStatement" || above.loopExpression !== node;
}

function literal(node: TreeNode, ancestors: Ancestors, text: string, edit: MakeEdit): Edit[] {
  const [start, end] = spanOf(node);
  // A number alone says little.
  const around = ancestors.findLast((above) => widthOf(above) > widthOf(node)) ?? node;
  const shown = widthOf(around) > SHOWN_CHARS_MAX ? node : around;
  if (node.kind === "bool") return [edit("constant", start, end, text === "true" ? "false" : "true", shown)];
  const digits = /^[\d_]+(?!x)/.exec(text)?.[0];
  if (node.kind !== "number" || digits === undefined) return [];
  const value = BigInt(digits.replaceAll("_", ""));
  const others = value === 0n ? [1n] : [value - 1n, value + 1n];
  return others.map((other) => edit("constant", start, start + digits.length, String(other), shown));
}

/** Two arguments of one type that follow each other, changed for each other. */
function swaps(node: TreeNode, edit: MakeEdit, text: (from: number, to: number) => string): Edit[] {
  const names = (node.names as readonly string[] | undefined) ?? [];
  const called = (node.functionName as { name: string } | undefined)?.name ?? "";
  if (names.length > 0 || COMMUTATIVE.includes(called)) return [];
  const list = node.arguments as readonly TreeNode[];
  return list.slice(1).flatMap((right, i) => {
    const left = list[i] as TreeNode;
    if (typeOf(left) !== typeOf(right)) return [];
    const [leftStart, leftEnd] = spanOf(left);
    const [rightStart, rightEnd] = spanOf(right);
    const swapped = text(rightStart, rightEnd) + text(leftEnd, rightStart) + text(leftStart, leftEnd);
    if (swapped === text(leftStart, rightEnd)) return [];
    return [edit("arguments", leftStart, rightEnd, swapped)];
  });
}

/** What may stand in whose place; whole numbers may, whatever their size. Yul has one type. */
function typeOf(node: TreeNode): string {
  const { typeString = "" } = (node.typeDescriptions ?? {}) as { typeString?: string };
  return typeString.replace(/^(uint\d+|int_const .*)$/, "number");
}

function widthOf(node: TreeNode): number {
  const [start, end] = spanOf(node);
  return end - start;
}

function functionOf(ancestors: Ancestors): string {
  const found = ancestors.findLast(({ nodeType }) => nodeType === "FunctionDefinition");
  return found === undefined ? "" : (found.name as string) || (found.kind as string);
}

/** Of the function, or of the part of a contract, that a change is in. */
function codeDigestOf(ancestors: Ancestors, bytes: Buffer): string {
  const contract = ancestors.findLastIndex(({ nodeType }) => nodeType === "ContractDefinition");
  const [start, end] = spanOf(ancestors[contract + 1] ?? (ancestors.at(-1) as TreeNode));
  return digestOf(bytes.subarray(start, end).toString());
}

/** Of code without its comments. */
export function digestOf(code: string): string {
  const bare = code.replace(COMMENT_OR_TEXT, (found) => (found.startsWith("/") ? " " : found));
  return createHash("sha256").update(flat(bare).trim()).digest("hex").slice(0, DIGEST_CHARS);
}

export function flat(text: string): string {
  return text.replace(/\s+/g, " ");
}
