/**
 * Changes the contracts of executions in small ways, one at a time, and says which changes no test finds.
 *
 *   npm run mutate -- --list                 names every mutant, and tries none
 *   npm run mutate -- --count 100 --seed 7   tries so many, drawn by the seed; all without --count
 *   --file Credits                           those of one file
 *   --again FILE                             those that survived, or had no verdict, in an earlier result
 *   --resume FILE                            what an earlier result decided is taken from there
 *   --jobs 2                                 so many at once
 *   --out FILE                               where the result is written, JSON [cache/mutation.json]
 *
 * Works in copies of the tree in a temporary folder. Mutants in `test/contracts/mutants.json` are explained: they change
 * nothing that could be seen, for the reason that stands there. Exits 1 where one survives that is not explained.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { treesOf } from "./mutation/compiler.ts";
import { type Mutant, mutantsOf } from "./mutation/mutants.ts";
import { baseName, EXECUTIONS, judge, type Outcome, type Trial, tryMutant } from "./mutation/trials.ts";

const ROOT = resolve(import.meta.dirname, "..");
const LIBRARIES = ["ExecutionWord", "OwnerSignature", "VersionCode"];
const EXPLAINED = join(ROOT, "test/contracts/mutants.json");
const SEED_DEFAULT = "20251";

/** What names a mutant: lines move, these do not. */
type Name = Pick<Mutant, "file" | "function" | "before" | "after" | "nth">;
interface Explanation extends Name {
  readonly reason: string;
}
type Result = Omit<Mutant, "source"> & Trial & { readonly reason?: string };

const { values: options } = parseArgs({
  options: {
    seed: { type: "string", default: SEED_DEFAULT },
    count: { type: "string" },
    file: { type: "string" },
    again: { type: "string" },
    resume: { type: "string" },
    jobs: { type: "string", default: "1" },
    out: { type: "string", default: join(ROOT, "cache/mutation.json") },
    list: { type: "boolean", default: false },
  },
});

const explained = JSON.parse(readFileSync(EXPLAINED, "utf8")) as Explanation[];
const all = allMutants();
for (const entry of explained) {
  if (!all.some((mutant) => isSame(mutant, entry))) throw new Error(`no mutant is ${nameOf(entry)} any more`);
}
const chosen = choose(all);
if (options.list) {
  for (const mutant of chosen) console.log(`${mutant.file}:${mutant.line} ${describe(mutant)}`);
  console.log(`${chosen.length} mutants`);
} else {
  await tryAll(chosen);
}

function allMutants(): Mutant[] {
  return Object.entries(treesOf(ROOT, EXECUTIONS))
    .filter(([path]) => {
      return (
        path.startsWith("contracts/execution/") ||
        (path.startsWith("contracts/libraries/") && LIBRARIES.includes(baseName(path)))
      );
    })
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([path, tree]) => mutantsOf(path, readFileSync(join(ROOT, path), "utf8"), tree));
}

function choose(mutants: readonly Mutant[]): readonly Mutant[] {
  let left = mutants.filter(({ file }) => options.file === undefined || baseName(file) === options.file);
  if (options.again !== undefined) {
    const open = readResults(options.again).filter(
      (result) => result.outcome === "survived" || isUndecided(result),
    );
    left = left.filter((mutant) => open.some((name) => isSame(mutant, name)));
  }
  if (options.count === undefined) return left;
  const random = createRandom(Number(options.seed));
  const drawn = left.map((mutant) => ({ mutant, key: random() })).sort((a, b) => a.key - b.key);
  return drawn.slice(0, Number(options.count)).map(({ mutant }) => mutant);
}

function readResults(file: string): Result[] {
  return (JSON.parse(readFileSync(file, "utf8")) as { results: Result[] }).results;
}

async function tryAll(mutants: readonly Mutant[]): Promise<void> {
  const base = mkdtempSync(join(tmpdir(), "pleiad-mutate-"));
  process.once("exit", () => rmSync(base, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  const before = options.resume === undefined ? [] : readResults(options.resume);
  const results = before.filter(
    (result) => !isUndecided(result) && mutants.some((mutant) => isSame(mutant, result)),
  );
  const waiting = mutants.filter((mutant) => !results.some((result) => isSame(mutant, result)));
  const worker = async (index: number) => {
    const folder = join(base, String(index));
    copyTree(folder);
    const plain = await judge(folder, "VersionCode");
    if (plain.outcome !== "survived") throw new Error(`without any change: ${plain.outcome}, ${plain.by}`);
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const trial = await tryMutant(folder, mutant, readFileSync(join(ROOT, mutant.file), "utf8"));
      const reason = explained.find((entry) => isSame(mutant, entry))?.reason;
      const { source: _, ...rest } = mutant;
      results.push({ ...rest, ...trial, ...(reason === undefined ? {} : { reason }) });
      write(results);
      const seconds = Math.round(trial.elapsedMs / 1_000);
      console.log(
        `${results.length}/${mutants.length} ${trial.outcome} ${mutant.file}:${mutant.line} ${describe(mutant)} (${seconds} s) ${trial.by}`,
      );
    }
  };
  await Promise.all(Array.from({ length: Number(options.jobs) }, (_, index) => worker(index)));
  printTable(results);
  process.exitCode = results.some((result) => isUnexplained(result) || isUndecided(result)) ? 1 : 0;
}

/** What is in the tree, with what was compiled of it; the packages are shared. */
function copyTree(folder: string): void {
  const git = ["ls-files", "--cached", "--others", "--exclude-standard"];
  const files = execFileSync("git", git, { cwd: ROOT, encoding: "utf8" }).split("\n");
  for (const file of [...files.filter((name) => name !== ""), "artifacts", "cache"]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
}

function write(results: readonly Result[]): void {
  const command = `npm run mutate -- ${process.argv.slice(2).join(" ")}`;
  const head = {
    command,
    seed: Number(options.seed),
    mutants: all.length,
    date: new Date().toISOString().slice(0, 10),
  };
  writeFileSync(options.out, `${JSON.stringify({ ...head, results }, undefined, 2)}\n`);
}

function printTable(results: readonly Result[]): void {
  console.log(
    "\n| file | tried | killed | survived | explained | do not compile | no verdict |\n|---|---:|---:|---:|---:|---:|---:|",
  );
  const files = [...new Set(results.map(({ file }) => file))].sort();
  for (const file of files)
    printRow(
      baseName(file),
      results.filter((result) => result.file === file),
    );
  printRow("all", results);
  for (const result of results.filter((each) => isUnexplained(each) || isUndecided(each))) {
    console.log(`${result.outcome}: ${result.file}:${result.line} ${describe(result)}`);
  }
}

function printRow(name: string, results: readonly Result[]): void {
  const count = (...outcomes: Outcome[]) =>
    results.filter(({ outcome }) => outcomes.includes(outcome)).length;
  const unexplained = results.filter(isUnexplained).length;
  const cells = [results.length, count("killed"), unexplained, count("survived") - unexplained];
  const rest = [count("does not compile"), count("timed out", "no verdict")];
  console.log(`| ${[name, ...cells, ...rest].join(" | ")} |`);
}

function isUndecided({ outcome }: Result): boolean {
  return outcome === "timed out" || outcome === "no verdict";
}

function isUnexplained({ outcome, reason }: Result): boolean {
  return outcome === "survived" && reason === undefined;
}

function isSame(left: Name, right: Name): boolean {
  return nameOf(left) === nameOf(right);
}

function nameOf({ file, function: inside, before, after, nth }: Name): string {
  return JSON.stringify([file, inside, before, after, nth]);
}

function describe(mutant: Omit<Mutant, "source">): string {
  const nth = mutant.nth === 0 ? "" : ` (${mutant.nth + 1}.)`;
  return `${mutant.kind} in ${mutant.function || "the contract"}: ${mutant.before}  =>  ${mutant.after}${nth}`;
}

/** Numbers in 0 to 1 that follow from a seed (a 32-bit xorshift after a multiplication). */
function createRandom(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
