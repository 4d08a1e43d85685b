/**
 * Changes the contracts of executions in small ways, one at a time, and says which changes no test finds.
 *
 *   npm run mutate                           tries all
 *   npm run mutate -- --list                 names every mutant, and tries none
 *   --count 100 --seed 7                     tries so many, drawn by the seed
 *   --file Credits                           those of one file
 *   --again FILE                             those that survived, or had no verdict, in an earlier result
 *   --resume FILE                            what an earlier result decided is taken from there
 *   --out FILE                               where the result is written, JSON [cache/mutation.json]
 *
 * Works in a copy of the tree in a temporary folder. Mutants in `test/contracts/mutants.json` are explained: they change
 * nothing that could be seen, for the reason that stands there. Exits 1 where one survives that is not explained.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { createArtifacts } from "./mutation/artifacts.ts";
import { treesOf } from "./mutation/compiler.ts";
import { type Mutant, mutantsOf } from "./mutation/mutants.ts";
import { createOrder } from "./mutation/order.ts";
import { createTestProcess } from "./mutation/processes.ts";
import {
  describe,
  type Explanation,
  isUndecided,
  isUnexplained,
  nameOf,
  type Result,
  readResults,
  tableOf,
} from "./mutation/results.ts";
import { EXECUTIONS } from "./mutation/tests.ts";
import { BY, createTrials, type Later, type Subject, type Trial } from "./mutation/trials.ts";

const ROOT = resolve(import.meta.dirname, "..");
const LIBRARIES = ["ExecutionWord", "OwnerSignature", "VersionCode"];
const EXPLAINED = join(ROOT, "test/contracts/mutants.json");
const SEED_DEFAULT = "20251";

const { values: options } = parseArgs({
  options: {
    seed: { type: "string", default: SEED_DEFAULT },
    count: { type: "string" },
    file: { type: "string" },
    again: { type: "string" },
    resume: { type: "string" },
    out: { type: "string", default: join(ROOT, "cache/mutation.json") },
    list: { type: "boolean", default: false },
  },
});

const reasons = new Map(
  (JSON.parse(readFileSync(EXPLAINED, "utf8")) as Explanation[]).map((entry) => [
    nameOf(entry),
    entry.reason,
  ]),
);
const subjects = allSubjects();
const all = subjects.flatMap(({ mutants }) => mutants);
const names = new Set(all.map(nameOf));
for (const name of reasons.keys()) if (!names.has(name)) throw new Error(`no mutant is ${name} any more`);
const chosen = choose(all);
if (options.list) {
  for (const mutant of chosen) console.log(describe(mutant));
  console.log(`${chosen.length} mutants`);
} else {
  await tryAll(chosen);
}

function allSubjects(): Subject[] {
  return Object.entries(treesOf({ folder: ROOT, contracts: [EXECUTIONS], sources: {} }))
    .filter(([path]) => {
      const isLibrary = path.startsWith("contracts/libraries/") && LIBRARIES.includes(basename(path, ".sol"));
      return isLibrary || path.startsWith("contracts/execution/");
    })
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([path, tree]) => {
      const source = readFileSync(join(ROOT, path), "utf8");
      return { path, source, tree, mutants: mutantsOf(path, source, tree) };
    });
}

function choose(mutants: readonly Mutant[]): readonly Mutant[] {
  let left = mutants.filter(
    ({ file }) => options.file === undefined || basename(file, ".sol") === options.file,
  );
  if (options.again !== undefined) {
    const before = readResults(options.again).filter(
      (result) => result.outcome === "survived" || isUndecided(result),
    );
    const open = new Set(before.map(nameOf));
    left = left.filter((mutant) => open.has(nameOf(mutant)));
  }
  if (options.count === undefined) return left;
  return draw(left).slice(0, Number(options.count));
}

async function tryAll(mutants: readonly Mutant[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "pleiad-mutate-"));
  const tests = createTestProcess(folder);
  process.once("exit", () => {
    tests.close();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  copyTree(folder);
  const wanted = new Set(mutants.map(nameOf));
  const before = options.resume === undefined ? [] : readResults(options.resume);
  const results = before
    .filter((result) => !isUndecided(result) && wanted.has(nameOf(result)))
    .map(({ reason: _, ...result }) => explained(result));
  const order = createOrder(folder);
  for (const result of results) {
    wanted.delete(nameOf(result));
    const [file, title] = result.by.split(BY) as [string, string | undefined];
    if (title !== undefined) order.learn(result.file, result.function, { file, title });
  }
  let startedAtMs = performance.now();
  const tell = ({ change: _, ...mutant }: Mutant, trial: Trial) => {
    const result = explained({ ...mutant, ...trial });
    results.push(result);
    write(results);
    const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1);
    startedAtMs = performance.now();
    console.log(
      `${results.length}/${mutants.length} ${trial.outcome} ${describe(result)} (${seconds} s) ${trial.by}`,
    );
  };
  const trials = createTrials(folder, {
    artifacts: createArtifacts(folder),
    tests,
    order,
    draw,
    tell,
  });
  const waiting = subjects
    .map((subject) => ({ ...subject, mutants: subject.mutants.filter((each) => wanted.has(nameOf(each))) }))
    .filter((subject) => subject.mutants.length > 0);
  const later: Later[] = [];
  for (const group of groupsOf(waiting)) later.push(...(await trials.tryTogether(group)));
  for (const tryNext of later) await tryNext();
  tests.close();
  write(results);
  console.log(`\n${tableOf(results)}`);
  const open = results.filter((result) => isUnexplained(result) || isUndecided(result));
  for (const result of open) console.log(`${result.outcome}: ${describe(result)}`);
  process.exitCode = open.length > 0 ? 1 : 0;
}

/** What is compiled together: all of the contract, then what other contracts have in them too. */
function groupsOf(waiting: readonly Subject[]): readonly (readonly Subject[])[] {
  const isLibrary = ({ path }: Subject) => path.startsWith("contracts/libraries/");
  return [waiting.filter((each) => !isLibrary(each)), waiting.filter(isLibrary)].filter(
    (group) => group.length > 0,
  );
}

function explained(result: Result): Result {
  const reason = reasons.get(nameOf(result));
  return reason === undefined ? result : { ...result, reason };
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

/** In an order that follows from the seed: a run that is cut short says something about all files. */
function draw<T>(list: readonly T[]): readonly T[] {
  const random = createRandom(Number(options.seed));
  return list
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
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
