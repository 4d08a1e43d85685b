import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { renderLimits } from "./limits-docs.ts";

/**
 * Checks that the documents speak of what is there: `node scripts/check-docs.ts [ROOT]`. In every Markdown file of the
 * repository
 *
 * - a relative link leads to a file, and its anchor to a heading of it;
 * - `npm run X` (and `npm start`, `npm test`) names a script of package.json, whose file is there;
 * - a path in backticks exists, from the root, from the document's own folder, from `node/src`, or, for a test, from the
 *   folder under `test/` that mirrors the document's;
 *
 * and in docs/guarantees.md
 *
 * - each promise C01 to C24 and N1 to N8 has one row;
 * - each test, written as `PATH › NAME`, is in that file. Where a title has values put in, "…" stands for any of them.
 *
 * Besides, docs/operations.md explains each message that the daemon logs as a warning or an error, and names error codes
 * and metrics that exist; docs/limits.md is what `scripts/limits-docs.ts` would write; docs/contracts.md has the figures of
 * the gas snapshot; README.md shows the dapp example as it is.
 *
 * Prints each mistake as `file:line: what`, and exits 1 if there is one.
 */
const root = resolve(process.argv[2] ?? join(import.meta.dirname, ".."));

/** Folders that hold what others wrote or what was made from the sources. */
const SKIPPED_FOLDERS = new Set(["node_modules", "artifacts", "cache", "coverage", "dist"]);
/** What a name has to end in to be taken for a file of the repository when it stands without a folder. */
const SOURCE_ENDING = /\w\.(?:ts|mts|mjs|cjs|sol)$/;
const GUARANTEES = "docs/guarantees.md";
const OPERATIONS = "docs/operations.md";
const LIMITS = "docs/limits.md";
const GAS_SNAPSHOT = "test/contracts/gas/snapshot.json";
const DAPP = "examples/dapp/run.ts";
const PROMISES = [
  ...Array.from({ length: 24 }, (_, i) => `C${String(i + 1).padStart(2, "0")}`),
  ...Array.from({ length: 8 }, (_, i) => `N${i + 1}`),
];

const mistakes: string[] = [];
const files = filesBelow("");
const folders = new Set(files.flatMap(foldersAbove));
const scripts = (
  JSON.parse(textOf("package.json")) as { readonly scripts?: Readonly<Record<string, string>> }
).scripts;

for (const file of files.filter((name) => name.endsWith(".md"))) checkDocument(file);
checkScriptFiles();
for (const [file, check] of [
  [GUARANTEES, checkGuarantees],
  [OPERATIONS, checkOperations],
  [LIMITS, checkLimits],
  ["docs/contracts.md", checkGas],
  ["README.md", checkExample],
] as const) {
  if (files.includes(file)) check(file);
  else mistakes.push(`${file} is missing`);
}

if (mistakes.length > 0) {
  console.error(mistakes.join("\n"));
  console.error(`${mistakes.length} mistake${mistakes.length === 1 ? "" : "s"} in the documents`);
  process.exit(1);
}
console.log("documents name what is there");

function checkDocument(file: string): void {
  let fenced = false;
  for (const [index, line] of textOf(file).split("\n").entries()) {
    const report = (what: string) => mistakes.push(`${file}:${index + 1}: ${what}`);
    if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced;
    else if (!fenced) {
      checkLinks(file, line, report);
      checkPaths(file, line, report);
    }
    checkScripts(line, report);
  }
}

// ------------------------------------------------------------------------------------------------------------ links

function checkLinks(file: string, line: string, report: (what: string) => void): void {
  const text = line.replace(/`[^`]*`/g, "``");
  for (const [, target = ""] of text.matchAll(/\]\(\s*<?([^)\s>]+)/g)) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
    const [path = "", anchor] = target.split("#");
    const at = path === "" ? file : relative(root, resolve(root, dirname(file), decodeURIComponent(path)));
    if (!exists(at)) report(`the link leads to ${at}, which is not there`);
    else if (anchor !== undefined && at.endsWith(".md") && !anchorsOf(at).has(anchor))
      report(`${at} has no heading for #${anchor}`);
  }
}

/** Anchors of a document's headings, as code forges make them. */
function anchorsOf(file: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  const counts = new Map<string, number>();
  for (const [, heading = ""] of withoutFences(textOf(file)).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const words = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    const count = counts.get(words) ?? 0;
    counts.set(words, count + 1);
    anchors.add(count === 0 ? words : `${words}-${count}`);
  }
  return anchors;
}

// ------------------------------------------------------------------------------------------------- scripts and paths

/** A script that runs a file of ours runs one that is there. */
function checkScriptFiles(): void {
  for (const [name, command] of Object.entries(scripts ?? {})) {
    for (const [, file = ""] of command.matchAll(/\bnode ([\w./-]+\.(?:ts|mjs|cjs))/g)) {
      if (!exists(file)) mistakes.push(`package.json: script ${name} runs ${file}, which is not there`);
    }
  }
}

function checkScripts(line: string, report: (what: string) => void): void {
  const named = [...line.matchAll(/\bnpm (?:run ([\w:.-]*[\w])|(start|test)\b)/g)];
  for (const [, run, short] of named) {
    const script = run ?? short ?? "";
    if (scripts?.[script] === undefined) report(`package.json has no script ${script}`);
  }
}

function checkPaths(file: string, line: string, report: (what: string) => void): void {
  for (const [, code = ""] of line.matchAll(/`([^`]+)`/g)) {
    // `PATH › NAME` names a test; a path may carry a line number.
    const path = (code.split(" › ")[0] ?? "").replace(/:\d+$/, "");
    if (!looksLikePath(path) || candidates(file, path).some(exists)) continue;
    // A name alone is a file of that name, wherever it is.
    if (path.includes("/") || !files.some((name) => name.endsWith(`/${path}`))) report(`there is no ${path}`);
  }
}

/** Whether a word in backticks means a file or folder of this repository, rather than one of a data folder or a URL. */
function looksLikePath(word: string): boolean {
  if (!/^[\w@.-]+(?:\/[\w@.-]+)*\/?$/.test(word)) return false;
  if (!word.includes("/")) return SOURCE_ENDING.test(word);
  const first = word.split("/")[0] ?? "";
  return SOURCE_ENDING.test(word) || (folders.has(first) && first !== ".");
}

/** Where a path in a document may be meant from. */
function candidates(file: string, path: string): string[] {
  const folder = dirname(file);
  // The tests of node/src/x stand in test/node/x, those of sdk/src/x in test/sdk/x.
  const mirror = join("test", folder.replace(/^(node|sdk)\/src/, "$1"));
  const name = path.replace(/\/$/, "");
  return ["", folder, "node/src", "sdk/src", mirror].map((from) => join(from, name));
}

// -------------------------------------------------------------------------------------------------------- guarantees

function checkGuarantees(file: string): void {
  const rows = new Map<string, number>();
  for (const [index, line] of textOf(file).split("\n").entries()) {
    const promise = /^\|\s*(?:<a [^>]*><\/a>)?\s*([CN]\d+)\s*\|/.exec(line)?.[1];
    if (promise !== undefined) rows.set(promise, (rows.get(promise) ?? 0) + 1);
    for (const [, path = "", name = ""] of line.matchAll(/`(test\/[^`]*?) › ([^`]+)`/g)) {
      if (exists(path) && !hasTest(path, name))
        mistakes.push(`${file}:${index + 1}: ${path} has no test "${name}"`);
    }
  }
  for (const promise of PROMISES) {
    const count = rows.get(promise) ?? 0;
    if (count !== 1) mistakes.push(`${file}: ${promise} has ${count} rows, expected one`);
  }
}

/** Whether a test file has a test of that name: a title, a function of a Solidity test, or a word that makes a title. */
function hasTest(path: string, name: string): boolean {
  const text = textOf(path);
  if (path.endsWith(".sol")) return new RegExp(`\\bfunction ${escaped(name)}\\b`).test(text);
  const wanted = new RegExp(`^${name.split("…").map(escaped).join(".+")}$`, "s");
  const titles = text.matchAll(
    /\b(?:describe|context|it|specify)(?:\.\w+)?\(\s*(["'`])((?:\\.|(?!\1)[^\\])*)\1/g,
  );
  for (const [, , title = ""] of titles) {
    // What is put into a title is any text; "…" in the name stands for it.
    if (wanted.test(title) || wanted.test(title.replace(/\$\{[^}]*\}/g, "…"))) return true;
  }
  return false;
}

// ------------------------------------------------------------------------------------ operations, limits, README

function checkOperations(file: string): void {
  const page = textOf(file);
  const sources = files
    .filter((name) => /^(?:node|sdk)\/src\/.*\.(?:ts|mjs)$/.test(name))
    .map((name) => [name, textOf(name)] as const);
  for (const [name, text] of sources) {
    for (const message of alarmsOf(text)) {
      if (!page.includes(`\`${message}\``)) mistakes.push(`${file}: does not explain "${message}" (${name})`);
    }
  }
  for (const [, word = ""] of page.matchAll(/`((?:[A-Z]+(?:_[A-Z0-9]+)+)|pleiad_[a-z_]+)`/g)) {
    if (!sources.some(([, text]) => text.includes(word))) mistakes.push(`${file}: no source has ${word}`);
  }
}

/** Messages that are logged as warnings or errors, or at a level that is chosen when it happens. */
function alarmsOf(text: string): string[] {
  const messages: string[] = [];
  for (const call of text.matchAll(
    /logger(?:\.(?:warn|error|fatal)|\[(?:level|[^\]]*"(?:warn|error)"[^\]]*)\])\(/g,
  )) {
    const rest = text.slice(call.index, call.index + 500);
    const message = /"((?:[^"\\]|\\.)+)",?\s*\)/.exec(rest.slice(0, rest.indexOf(");") + 1))?.[1];
    if (message !== undefined) messages.push(message);
  }
  return messages;
}

function checkLimits(file: string): void {
  if (textOf(file) !== renderLimits(root))
    mistakes.push(`${file} is not what the sources say: run node scripts/limits-docs.ts`);
}

/** Figures of gas and code size are the snapshot's, with which the tests compare the contracts. */
function checkGas(file: string): void {
  const { gas, codeBytes } = JSON.parse(textOf(GAS_SNAPSHOT)) as Readonly<
    Record<"gas" | "codeBytes", Readonly<Record<string, number>>>
  >;
  const rows = textOf(file).split("\n");
  const compare = (start: string, cell: string) => {
    if (!rows.some((row) => row.startsWith(start) && row.includes(cell)))
      mistakes.push(
        `${file}: no row "${start}" with ${cell.replaceAll("|", "").trim()}, as ${GAS_SNAPSHOT} says`,
      );
  };
  for (const [scenario, used] of Object.entries(gas)) compare(`| \`${scenario}\` |`, `| ${grouped(used)} |`);
  for (const [contract, bytes] of Object.entries(codeBytes))
    compare(`| [\`${contract}\`]`, `| ${grouped(bytes)} |`);
  const run = grouped(gas["run.three"] ?? 0);
  for (const other of [GUARANTEES, "README.md", "docs/decisions/settlement-schedule.md"]) {
    if (!textOf(other).includes(run)) mistakes.push(`${other}: a run of three tasks takes ${run} gas`);
  }
}

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}

function checkExample(file: string): void {
  const code = textOf(DAPP).split("*/\n")[1] ?? "";
  if (code === "" || !textOf(file).includes(code)) mistakes.push(`${file} does not show ${DAPP} as it is`);
}

// ------------------------------------------------------------------------------------------------------------- files

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isFile()) return [path];
    const skipped = !entry.isDirectory() || SKIPPED_FOLDERS.has(entry.name) || entry.name.startsWith(".");
    return skipped ? [] : filesBelow(path);
  });
}

function foldersAbove(file: string): string[] {
  const parts = file.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function exists(path: string): boolean {
  if (path.startsWith("..")) return false;
  const at = join(root, path);
  return existsSync(at) && (statSync(at).isFile() || statSync(at).isDirectory());
}

function textOf(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

function withoutFences(text: string): string {
  return text.replace(/^(```|~~~)[^\n]*\n[\s\S]*?^\1[^\n]*$/gm, "");
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
