/**
 * Changes the contracts of executions in small ways, one at a time, and says which changes no test finds.
 *
 *   npm run mutate                           tries all
 *   npm run mutate -- --list                 names every mutant, and tries none
 *   --count 100 --seed 7                     tries so many, drawn by the seed
 *   --file Credits                           those of one file; may be given more than once
 *   --resume FILE                            keeps what an earlier result says of functions that are as they were: tried is
 *                                            what is new, what survived without an explanation, and what had no verdict
 *   --alone                                  compiles each by itself, which is quicker for a dozen or fewer
 *   --out FILE                               where the result is written, JSON [cache/mutation.json]
 *
 * Works in a copy of the tree in a temporary folder. Mutants in `test/contracts/mutants.json` are explained: they change
 * nothing that could be seen, for the reason that stands there. Exits 1 where one survives that is not explained.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { createArtifacts } from "./mutation/artifacts.ts";
import { treesOf } from "./mutation/compiler.ts";
import { copyTree } from "./mutation/copy.ts";
import { draw } from "./mutation/draw.ts";
import { type Mutant, mutantsOf } from "./mutation/mutants.ts";
import { createOrder } from "./mutation/order.ts";
import { createTestProcess } from "./mutation/processes.ts";
import {
  describe,
  isUndecided,
  isUnexplained,
  nameOf,
  type Result,
  readReasons,
  readResults,
  stillTrue,
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
    file: { type: "string", multiple: true },
    resume: { type: "string" },
    out: { type: "string", default: join(ROOT, "cache/mutation.json") },
    alone: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
  },
});

const seed = Number(options.seed);
const reasons = readReasons(EXPLAINED);
const subjects = allSubjects();
const all = subjects.flatMap(({ mutants }) => mutants);
const names = new Set(all.map(nameOf));
for (const name of reasons.keys()) if (!names.has(name)) throw new Error(`no mutant is ${name} any more`);
const kept = options.resume === undefined ? [] : stillTrue(readResults(options.resume), all).map(explained);
const decided = kept.filter((result) => !isUnexplained(result));
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
  const done = new Set(decided.map(nameOf));
  const left = mutants.filter((mutant) => {
    const isOfFile = options.file?.includes(basename(mutant.file, ".sol")) ?? true;
    return isOfFile && !done.has(nameOf(mutant));
  });
  if (options.count === undefined) return left;
  return draw(left, seed).slice(0, Number(options.count));
}

async function tryAll(mutants: readonly Mutant[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "pleiad-mutate-"));
  const tests = createTestProcess(folder);
  process.once("exit", () => {
    tests.close();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  copyTree(ROOT, folder, ["artifacts", "cache"]);
  const wanted = new Set(mutants.map(nameOf));
  // Of what survived before and is not tried now, that stands, too.
  const results = kept.filter((result) => !wanted.has(nameOf(result)));
  const order = createOrder(folder);
  for (const result of results) {
    const [file, title] = result.by.split(BY) as [string, string | undefined];
    if (title !== undefined) order.learn(result.file, result.function, { file, title });
  }
  const total = results.length + mutants.length;
  let startedAtMs = performance.now();
  const tell = ({ change: _, ...mutant }: Mutant, trial: Trial) => {
    const result = explained({ ...mutant, ...trial });
    results.push(result);
    write(results);
    const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1);
    startedAtMs = performance.now();
    console.log(`${results.length}/${total} ${trial.outcome} ${describe(result)} (${seconds} s) ${trial.by}`);
  };
  const trials = createTrials(folder, {
    artifacts: createArtifacts(folder),
    tests,
    order,
    draw: (list) => draw(list, seed),
    isExplained: (mutant) => reasons.has(nameOf(mutant)),
    tell,
    isEachAlone: options.alone,
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

/** With the reason that stands for it now, or none. */
function explained({ reason: _, ...result }: Result): Result {
  const reason = reasons.get(nameOf(result));
  return reason === undefined ? result : { ...result, reason };
}

function write(results: readonly Result[]): void {
  const command = `npm run mutate -- ${process.argv.slice(2).join(" ")}`;
  const head = {
    command,
    seed,
    mutants: all.length,
    date: new Date().toISOString().slice(0, 10),
  };
  writeFileSync(options.out, `${JSON.stringify({ ...head, results }, undefined, 2)}\n`);
}
