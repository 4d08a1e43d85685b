import { join } from "node:path";
import {
  type BinaryExpression,
  type Expression,
  type IfStatement,
  isArrowFunction,
  isAwaitExpression,
  isBigIntLiteral,
  isBinaryExpression,
  isBlock,
  isCallExpression,
  isConditionalExpression,
  isExpressionStatement,
  isForStatement,
  isFunctionDeclaration,
  isFunctionExpression,
  isIfStatement,
  isImportDeclaration,
  isMethodDeclaration,
  isNumericLiteral,
  isPostfixUnaryExpression,
  isPrefixUnaryExpression,
  isReturnStatement,
  isThrowStatement,
  isTypeNode,
  isVariableDeclaration,
  isWhileStatement,
  type Node,
  type SourceFile,
  SyntaxKind,
} from "typescript/unstable/ast";
import { API } from "typescript/unstable/sync";
import { digestOf, type Found, type Mutant, namedMutants } from "./mutants.ts";

/** Operators, each with what may stand in its place: neighbours at the boundary, and opposites. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">"],
  "<=": ["<", ">="],
  ">": [">=", "<"],
  ">=": [">", "<="],
  "===": ["!=="],
  "!==": ["==="],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "&&": ["||"],
  "||": ["&&"],
  "??": ["&&"],
  "&": ["|"],
  "|": ["&"],
  "<<": [">>"],
  ">>": ["<<"],
  "+=": ["-=", "="],
  "-=": ["+=", "="],
  "|=": ["&=", "="],
  "&=": ["|=", "="],
  "??=": ["="],
};
/** Of what is around a number, more than this is left out. */
const SHOWN_CHARS_MAX = 120;
/** What only the log of the daemon says is no promise. */
const LOG_CALL = /^(await )?(\w+\.)?logger\??\.\w+\(/;

export type Parser = ReturnType<typeof createParser>;

/** Reads TypeScript by the compiler that checks it; its interface is not stable, and its version is pinned. */
export function createParser(folder: string) {
  const api = new API({ cwd: folder });
  const [project] = api.updateSnapshot({ openProject: join(folder, "tsconfig.json") }).getProjects();

  function mutantsOfModule(file: string): Mutant[] {
    const tree = project?.program.getSourceFile(join(folder, file));
    if (tree === undefined) throw new Error(`${file} is no part of tsconfig.json`);
    return mutantsOfTree(file, tree);
  }

  return { mutantsOfModule, close: () => api.close() };
}

function mutantsOfTree(file: string, tree: SourceFile): Mutant[] {
  const found: Found[] = [];
  walk(tree, []);
  return namedMutants(file, found, (from, to) => tree.text.slice(from, to));

  function walk(node: Node, above: readonly Node[]): void {
    // Types are not there while the code runs.
    if (isTypeNode(node) || isImportDeclaration(node)) return;
    if (node.kind === SyntaxKind.InterfaceDeclaration || node.kind === SyntaxKind.TypeAliasDeclaration)
      return;
    for (const { shown, ...edit } of editsOf(node, above, tree)) {
      const [start, end] = spanOf(functionNodeOf(above) ?? above[1] ?? node, tree);
      found.push({
        ...edit,
        shown: spanOf(shown, tree),
        function: nameOfFunction(above),
        codeDigest: digestOf(tree.text.slice(start, end)),
      });
    }
    const inside = [...above, node];
    node.forEachChild((child) => walk(child, inside));
  }
}

type Edit = Omit<Found, "shown" | "function" | "codeDigest"> & { readonly shown: Node };

function editsOf(node: Node, above: readonly Node[], tree: SourceFile): Edit[] {
  const [start, end] = spanOf(node, tree);
  const edit = (kind: string, from: number, to: number, text: string, shown = node): Edit => {
    return { kind, start: from, end: to, text, shown };
  };
  const source = (from: number, to: number) => tree.text.slice(from, to);
  if (isBinaryExpression(node)) return operators(node, tree, edit);
  if (isPrefixUnaryExpression(node)) {
    if (node.operator === SyntaxKind.ExclamationToken) return [edit("negation", start, start + 1, "")];
    if (isStep(node.operator)) return steps(start, end, above, source, edit);
    return [];
  }
  if (isPostfixUnaryExpression(node)) return steps(start, end, above, source, edit);
  if (isIfStatement(node))
    return [...negation(node.expression, tree, edit), ...guard(node, start, end, edit)];
  if (isWhileStatement(node)) return negation(node.expression, tree, edit);
  if (isConditionalExpression(node)) return negation(node.condition, tree, edit);
  if (isExpressionStatement(node)) {
    return isRemovable(node.expression, source(start, end)) ? [edit("removal", start, end, "{}")] : [];
  }
  if (node.kind === SyntaxKind.TrueKeyword)
    return [edit("constant", start, end, "false", shownAround(above, node))];
  if (node.kind === SyntaxKind.FalseKeyword)
    return [edit("constant", start, end, "true", shownAround(above, node))];
  if (isNumericLiteral(node) || isBigIntLiteral(node)) {
    const digits = /^[\d_]+(?=n?$)/.exec(source(start, end))?.[0];
    if (digits === undefined) return [];
    const value = BigInt(digits.replaceAll("_", ""));
    const others = value === 0n ? [1n] : [value - 1n, value + 1n];
    return others.map((other) =>
      edit("constant", start, start + digits.length, String(other), shownAround(above, node)),
    );
  }
  return [];
}

type MakeEdit = (kind: string, from: number, to: number, text: string, shown?: Node) => Edit;

/** The operator stands between two operands. */
function operators(node: BinaryExpression, tree: SourceFile, edit: MakeEdit): Edit[] {
  const [start, end] = spanOf(node.operatorToken, tree);
  return (OPERATORS[tree.text.slice(start, end)] ?? []).map((by) => edit("operator", start, end, by));
}

function isStep(operator: SyntaxKind): boolean {
  return operator === SyntaxKind.PlusPlusToken || operator === SyntaxKind.MinusMinusToken;
}

function steps(
  start: number,
  end: number,
  above: readonly Node[],
  source: (from: number, to: number) => string,
  edit: MakeEdit,
): Edit[] {
  // A loop that counts backwards ends by the clock, and says nothing.
  if (isForStatement(above.at(-1) as Node)) return [];
  const text = source(start, end);
  const by = text.includes("++") ? text.replace("++", "--") : text.replace("--", "++");
  return [edit("operator", start, end, by)];
}

function negation(condition: Expression, tree: SourceFile, edit: MakeEdit): Edit[] {
  // Negated already by another change.
  if (isPrefixUnaryExpression(condition)) return [];
  const [start, end] = spanOf(condition, tree);
  if (isBinaryExpression(condition) && /[!=]==/.test(operatorOf(condition, tree))) return [];
  return [edit("condition", start, end, `!(${tree.text.slice(start, end)})`, condition)];
}

function operatorOf(node: BinaryExpression, tree: SourceFile): string {
  return tree.text.slice(...spanOf(node.operatorToken, tree));
}

/** `if (…) throw …;`, `if (…) return …;` and the like as a whole. */
function guard(node: IfStatement, start: number, end: number, edit: MakeEdit): Edit[] {
  if (node.elseStatement !== undefined) return [];
  const body = node.thenStatement;
  const [only, ...more] = isBlock(body) ? body.statements : [body];
  if (only === undefined || more.length > 0) return [];
  const leaves =
    isThrowStatement(only) || isReturnStatement(only) || only.kind === SyntaxKind.ContinueStatement;
  return leaves ? [edit("removal", start, end, "{}")] : [];
}

/** Calls and assignments, but for what is only logged. */
function isRemovable(expression: Expression, text: string): boolean {
  const inner = isAwaitExpression(expression) ? expression.expression : expression;
  if (text.startsWith("super(") || LOG_CALL.test(text)) return false;
  return isCallExpression(inner) || isBinaryExpression(inner) || isPostfixUnaryExpression(inner);
}

/** A number alone says little. */
function shownAround(above: readonly Node[], node: Node): Node {
  const around = above.at(-1) as Node;
  return around.end - around.pos > SHOWN_CHARS_MAX ? node : around;
}

function functionNodeOf(above: readonly Node[]): Node | undefined {
  return above.findLast(
    (node) =>
      isFunctionDeclaration(node) ||
      isMethodDeclaration(node) ||
      isArrowFunction(node) ||
      isFunctionExpression(node),
  );
}

/** The nearest function that has a name. */
function nameOfFunction(above: readonly Node[]): string {
  for (let i = above.length - 1; i >= 0; i--) {
    const node = above[i] as Node;
    if ((isFunctionDeclaration(node) || isMethodDeclaration(node)) && node.name !== undefined) {
      return node.name.getText();
    }
    if (isArrowFunction(node) || isFunctionExpression(node)) {
      const outer = above[i - 1];
      if (outer !== undefined && isVariableDeclaration(outer)) return outer.name.getText();
    }
  }
  return "";
}

function spanOf(node: Node, tree: SourceFile): [start: number, end: number] {
  return [node.getStart(tree), node.end];
}
