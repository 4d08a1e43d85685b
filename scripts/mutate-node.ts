/**
 * Changes modules of the daemon in small ways, one at a time, and says which changes no test of their folder finds.
 *
 *   npm run mutate:node                      tries all of `store` and `chain`
 *   npm run mutate:node -- --list            names every mutant, and tries none
 *   --unit store/records.ts                  those of one module, or of a folder; may be given more than once
 *   --sample 100 --seed 7                    tries so many of each folder, drawn by the seed
 *   --resume FILE                            keeps what an earlier result says of functions that are as they were: tried is
 *                                            what is new, what survived without an explanation, and what had no verdict
 *   --out FILE                               where the result is written, JSON [cache/mutation-node.json]
 *
 * Works in a copy of the tree in a temporary folder. Mutants in `test/node/mutants.json` are explained: they change nothing that
 * a promise is about, for the reason that stands there. Exits 1 where one survives that is not explained.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { copyTree } from "./mutation/copy.ts";
import { draw } from "./mutation/draw.ts";
import type { Mutant } from "./mutation/mutants.ts";
import { createNodeTests, type NodeTests } from "./mutation/nodeTests.ts";
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
import { createParser } from "./mutation/typescript.ts";

const ROOT = resolve(import.meta.dirname, "..");
const SOURCES = "node/src";
const TESTS = "test/node";
const FOLDERS = ["store", "chain"];
const EXPLAINED = join(ROOT, TESTS, "mutants.json");
const SEED_DEFAULT = "20251";

const { values: options } = parseArgs({
  options: {
    unit: { type: "string", multiple: true, default: FOLDERS },
    sample: { type: "string" },
    seed: { type: "string", default: SEED_DEFAULT },
    resume: { type: "string" },
    out: { type: "string", default: join(ROOT, "cache/mutation-node.json") },
    list: { type: "boolean", default: false },
  },
});

const seed = Number(options.seed);
const reasons = readReasons(EXPLAINED);
const all = allMutants();
const names = new Set(all.map(nameOf));
for (const name of reasons.keys()) if (!names.has(name)) throw new Error(`no mutant is ${name} any more`);
const before = options.resume === undefined ? [] : readResults(options.resume);
const kept = stillTrue(before, all).map(explained);
const chosen = choose();
if (options.list) {
  for (const mutant of chosen) console.log(describe(mutant));
  console.log(`${chosen.length} mutants`);
} else {
  console.log(`seed ${seed}: ${chosen.length} of ${all.length} mutants`);
  await tryAll();
}

function allMutants(): Mutant[] {
  const parser = createParser(ROOT);
  try {
    return FOLDERS.flatMap((folder) =>
      readdirSync(join(ROOT, SOURCES, folder))
        .filter((name) => name.endsWith(".ts"))
        .flatMap((name) => parser.mutantsOfModule(`${SOURCES}/${folder}/${name}`)),
    );
  } finally {
    parser.close();
  }
}

function choose(): readonly Mutant[] {
  const done = new Set(kept.filter((result) => !isUnexplained(result)).map(nameOf));
  return byFolder(all.filter(({ file }) => isWanted(file))).flatMap(([, own]) => {
    const drawn = options.sample === undefined ? own : draw(own, seed).slice(0, Number(options.sample));
    return drawn.filter((mutant) => !done.has(nameOf(mutant)));
  });
}

function isWanted(file: string): boolean {
  return options.unit.some((unit) => file === `${SOURCES}/${unit}` || file.startsWith(`${SOURCES}/${unit}/`));
}

async function tryAll(): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), "pleiad-mutate-"));
  process.once("exit", () => rmSync(copy, { recursive: true, force: true, maxRetries: 5 }));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  copyTree(ROOT, copy, []);
  const wanted = new Set(chosen.map(nameOf));
  const results = kept.filter((result) => !wanted.has(nameOf(result)));
  const testsOf = new Map<string, NodeTests>();
  for (const [folder, own] of byFolder(chosen)) {
    const tests = createNodeTests(copy, `${TESTS}/${folder}`);
    const failing = await tests.measure([...new Set(own.map(({ file }) => file))]);
    for (const test of failing) console.log(`left out with its file, as it fails with no change: ${test}`);
    testsOf.set(folder, tests);
  }
  for (const mutant of inTurns(byFolder(chosen).map(([, own]) => own))) {
    const startedAtMs = performance.now();
    const { change, ...rest } = mutant;
    const path = join(copy, mutant.file);
    const original = readFileSync(path, "utf8");
    writeFileSync(path, original.slice(0, change.start) + change.text + original.slice(change.end));
    const trial = await (testsOf.get(folderOf(mutant)) as NodeTests).ask(mutant.file);
    writeFileSync(path, original);
    const result = explained({ ...rest, ...trial });
    results.push(result);
    write(results);
    const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(1);
    console.log(`${results.length} ${trial.outcome} ${describe(result)} (${seconds} s) ${trial.by}`);
  }
  write(results);
  console.log(`\n${tableOf(results)}`);
  const open = results.filter((result) => isUnexplained(result) || isUndecided(result));
  for (const result of open) console.log(`${result.outcome}: ${describe(result)}`);
  process.exitCode = open.length > 0 ? 1 : 0;
}

function folderOf({ file }: Mutant): string {
  return relative(SOURCES, dirname(file));
}

function byFolder(mutants: readonly Mutant[]): [folder: string, mutants: readonly Mutant[]][] {
  const all = FOLDERS.map((folder): [string, readonly Mutant[]] => [
    folder,
    mutants.filter((mutant) => folderOf(mutant) === folder),
  ]);
  return all.filter(([, own]) => own.length > 0);
}

/** One of each list after the other: a run that is cut short says something about all folders. */
function inTurns<T>(lists: readonly (readonly T[])[]): T[] {
  return lists
    .flatMap((list) => list.map((item, i) => ({ item, i })))
    .sort((left, right) => left.i - right.i)
    .map(({ item }) => item);
}

/** With the reason that stands for it now, or none. */
function explained({ reason: _, ...result }: Result): Result {
  const reason = reasons.get(nameOf(result));
  return reason === undefined ? result : { ...result, reason };
}

function write(results: readonly Result[]): void {
  const command = `npm run mutate:node -- ${process.argv.slice(2).join(" ")}`;
  const head = { command, seed, mutants: all.length, date: new Date().toISOString().slice(0, 10) };
  writeFileSync(options.out, `${JSON.stringify({ ...head, results }, undefined, 2)}\n`);
}
