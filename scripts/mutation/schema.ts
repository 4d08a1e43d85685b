import type { Change } from "./mutants.ts";
import { type Ancestors, spanOf, statementEnd, type TreeNode, walkTree } from "./tree.ts";

/**
 * Many changes of one source in one source, each taking effect where its number is chosen: what is changed stands there
 * once as it was and once with each change, under a condition. So the compiler runs once for all of them.
 *
 * The choice is the address of a library that is not linked yet: no constant for the compiler, hence nothing that it
 * could decide, and 3 units of gas for the contract. Whoever links it chooses.
 */
export const CHOICE_PATH = "contracts/MutantChoice.sol";
export const CHOICE_SOURCE = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;
library MutantChoice { function link() external {} }
function isMutant(uint256 number) pure returns (bool) { return uint160(address(MutantChoice)) == number; }
`;

export interface NumberedChange extends Change {
  /** From 1 to 2^160 - 1; 0 chooses none. */
  readonly number: number;
}

/** Part of a source that can stand there more than once: a statement, or an expression that has a value. */
interface Unit {
  readonly start: number;
  readonly end: number;
  readonly isStatement: boolean;
  readonly changes: NumberedChange[];
  readonly inner: Unit[];
}

/** The source with all changes; `left` are those for which there is no place, as a constant's. */
export function schemaOf(
  source: string,
  tree: unknown,
  changes: readonly NumberedChange[],
): { source: string; left: readonly NumberedChange[] } {
  const bytes = Buffer.from(source);
  const whole: Unit = { start: 0, end: bytes.length, isStatement: true, changes: [], inner: [] };
  const found = unitsOf(tree, bytes);
  const left: NumberedChange[] = [];
  for (const change of changes) {
    // The smallest around it; of two as large, the inner one, which is found later.
    const around = found.filter((unit) => unit.start <= change.start && change.end <= unit.end);
    const unit = around.sort((a, b) => b.end - b.start - (a.end - a.start)).at(-1);
    if (unit === undefined) left.push(change);
    else unit.changes.push(change);
  }
  for (const unit of found.filter((each) => each.changes.length > 0)) place(unit, whole);
  const pragma = bytes.toString().match(/^pragma [^;]*;/m)?.[0] as string;
  const text = inside(whole, bytes).replace(
    pragma,
    () => `${pragma}\nimport {isMutant} from "${CHOICE_PATH}";`,
  );
  return { source: text, left };
}

/** The number of the change that stands at, or else last before, a byte of a schema; 0 for none. */
export function numberAt(schema: string, byte: number): number {
  const bytes = Buffer.from(schema);
  const here = /^\(*isMutant\((\d+)\)/.exec(bytes.subarray(byte).toString());
  const before = [
    ...bytes
      .subarray(0, byte)
      .toString()
      .matchAll(/isMutant\((\d+)\)/g),
  ].at(-1);
  return Number((here ?? before)?.[1] ?? 0);
}

/** Puts a unit below the innermost of those placed before that is around it. Outer ones come first. */
function place(unit: Unit, below: Unit): void {
  const outer = below.inner.find(({ start, end }) => start <= unit.start && unit.end <= end);
  if (outer === undefined) below.inner.push(unit);
  else place(unit, outer);
}

/** A unit as it is written: each change in what it was, then what it was with what is in it. */
function written(unit: Unit, bytes: Buffer): string {
  const ways = unit.changes.map((change): [string, string] => [
    `isMutant(${change.number})`,
    text(bytes, unit.start, change.start) + change.text + text(bytes, change.end, unit.end),
  ]);
  const otherwise = inside(unit, bytes);
  if (unit.isStatement) {
    return `{ ${ways.map(([condition, way]) => `if (${condition}) { ${way} } else `).join("")}{ ${otherwise} } }`;
  }
  return `(${ways.map(([condition, way]) => `${condition} ? (${way}) : `).join("")}(${otherwise}))`;
}

function inside(unit: Unit, bytes: Buffer): string {
  let at = unit.start;
  let result = "";
  for (const inner of unit.inner.toSorted((a, b) => a.start - b.start)) {
    result += text(bytes, at, inner.start) + written(inner, bytes);
    at = inner.end;
  }
  return result + text(bytes, at, unit.end);
}

function text(bytes: Buffer, start: number, end: number): string {
  return bytes.subarray(start, end).toString();
}

function unitsOf(tree: unknown, bytes: Buffer): Unit[] {
  const units: Unit[] = [];
  walkTree(tree, (node, ancestors) => {
    const isStatement = isWholeStatement(node, ancestors);
    if (!isStatement && !isValue(node, ancestors)) return;
    const [start, end] = spanOf(node);
    units.push({
      start,
      end: isStatement ? statementEnd(bytes, end) : end,
      isStatement,
      changes: [],
      inner: [],
    });
  });
  return units;
}

const STATEMENTS = [
  "Block",
  "DoWhileStatement",
  "EmitStatement",
  "ExpressionStatement",
  "ForStatement",
  "IfStatement",
  "InlineAssembly",
  "Return",
  "RevertStatement",
  "TryStatement",
  "UncheckedBlock",
  "WhileStatement",
];

/** Whether a node is a statement that declares nothing for what follows it. */
function isWholeStatement(node: TreeNode, ancestors: Ancestors): boolean {
  const above = ancestors.at(-1);
  // What a loop begins and goes on with stands where no statement of another sort can.
  if (above?.nodeType === "ForStatement" && above.body !== node) return false;
  return STATEMENTS.includes(node.nodeType);
}

const VALUES = ["BinaryOperation", "Conditional", "FunctionCall", "Literal", "UnaryOperation"];
/** Types whose values a conditional cannot choose between, or not without changing what they are. */
const NO_CHOICE = /^(int_const|rational_const|literal_string|tuple\(|function|type\(|mapping\()| storage /;

/** Whether a node is an expression that has a value in one piece, and may stand in a conditional. */
function isValue(node: TreeNode, ancestors: Ancestors): boolean {
  if (!VALUES.includes(node.nodeType) || node.lValueRequested === true) return false;
  if (["++", "--", "delete"].includes(node.operator as string)) return false;
  const { typeString = "" } = (node.typeDescriptions ?? {}) as { typeString?: string };
  if (typeString === "" || NO_CHOICE.test(typeString)) return false;
  if (!ancestors.some(({ nodeType }) => nodeType === "FunctionDefinition")) return false;
  const above = ancestors.at(-1) as TreeNode;
  // These take a call and nothing else.
  const takesCall = ["EmitStatement", "RevertStatement", "TryStatement", "FunctionCallOptions"];
  return !takesCall.includes(above.nodeType);
}
