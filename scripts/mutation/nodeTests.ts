import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { BY, type Trial } from "./trials.ts";

/** What may be the path of a module, imported or started as a process. */
const MODULE_PATH = /"([\w./-]+\.ts)"/g;
/** Half of what mocha allows elsewhere, and some ten times what the longest test takes. */
const TEST_TIMEOUT_MS = 15_000;
/** A change that makes tests wait is told from a busy machine by so much. */
const TIMES_MAX = 5;
const EXTRA_MS = 20_000;
/** Of what a command prints, all that is kept. */
const OUTPUT_CHARS_MAX = 2_000_000;
const LINE_CHARS = 160;

/** Mocha's own report, as far as it is read here. */
interface Report {
  readonly failures: readonly { readonly fullTitle: string; readonly file: string }[];
}

export type NodeTests = ReturnType<typeof createNodeTests>;

/** Runs the tests of a folder of the daemon, `node/src/store` or another, in `copy`, a copy of the tree. */
export function createNodeTests(copy: string, tests: string) {
  const files = readdirSync(join(copy, tests))
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `${tests}/${name}`);
  const importsOf = new Map(files.map((file) => [file, modulesOf(copy, file)]));
  const takesMs = new Map<string, number>();
  /** How many changes of a module each file of tests found. */
  const found = new Map<string, number>();

  /** Runs each file of tests with no change, and learns how long it takes. */
  async function measure(modules: readonly string[]): Promise<void> {
    for (const file of files.filter((each) => modules.some((module) => importsOf.get(each)?.has(module)))) {
      const startedAtMs = performance.now();
      const trial = await run([file], Number.POSITIVE_INFINITY);
      if (trial.outcome !== "survived") throw new Error(`with no change: ${trial.outcome}, ${trial.by}`);
      takesMs.set(file, performance.now() - startedAtMs);
    }
  }

  /** Asks the tests that reach a module, those first that say most about it. */
  async function ask(module: string): Promise<Trial> {
    for (const group of groupsOf(module)) {
      const tookMs = group.reduce((sum, file) => sum + (takesMs.get(file) ?? 0), 0);
      const trial = await run(group, tookMs * TIMES_MAX + EXTRA_MS);
      if (trial.outcome === "survived") continue;
      const file = trial.by.split(BY)[0] as string;
      found.set(`${module} ${file}`, (found.get(`${module} ${file}`) ?? 0) + 1);
      return trial;
    }
    return { outcome: "survived", by: "" };
  }

  /** The file that found most, then the quicker half of the others, then the rest: to start a process takes time, too. */
  function groupsOf(module: string): string[][] {
    const own = basename(module, ".ts");
    const isOwn = (file: string) => basename(file).startsWith(`${own}.`);
    const weight = (file: string) =>
      (found.get(`${module} ${basename(file)}`) ?? 0) +
      (isOwn(file) ? 1 : 0) -
      (takesMs.get(file) ?? 0) / 1e6;
    const [first, ...others] = files
      .filter((file) => importsOf.get(file)?.has(module))
      .sort((left, right) => weight(right) - weight(left));
    if (first === undefined) return [];
    const half = Math.ceil(others.length / 2);
    return [[first], others.slice(0, half), others.slice(half)].filter((group) => group.length > 0);
  }

  async function run(group: readonly string[], timeoutMs: number): Promise<Trial> {
    const temporary = mkdtempSync(join(copy, "tmp-"));
    const options = ["--bail", "--timeout", String(TEST_TIMEOUT_MS), "--reporter", "json"];
    const args = ["node_modules/mocha/bin/mocha.js", ...options, ...group];
    const child = spawn(process.execPath, args, {
      cwd: copy,
      env: { ...process.env, TMPDIR: temporary },
      // A group of its own: what the tests started ends with them.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk: Buffer) => {
      if (output.length < OUTPUT_CHARS_MAX) output += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      if (errors.length < OUTPUT_CHARS_MAX) errors += chunk.toString();
    });
    let isLate = false;
    const stop = () => endGroup(child.pid);
    const timer = Number.isFinite(timeoutMs)
      ? setTimeout(() => {
          isLate = true;
          stop();
        }, timeoutMs)
      : undefined;
    process.once("exit", stop);
    const [exitCode] = (await once(child, "exit")) as [number | null];
    clearTimeout(timer);
    process.off("exit", stop);
    stop();
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
    if (isLate) return { outcome: "timed out", by: basename(group[0] as string) };
    if (exitCode === 0) return { outcome: "survived", by: "" };
    return {
      outcome: "killed",
      by: failureIn(output) ?? `${basename(group[0] as string)}${BY}${lastLine(errors)}`,
    };
  }

  return { measure, ask };
}

/** The first test that failed, where the runner got so far as to say so. */
function failureIn(output: string): string | undefined {
  try {
    const { failures } = JSON.parse(output.slice(output.indexOf("{"))) as Report;
    const [first] = failures;
    return first === undefined
      ? undefined
      : `${basename(first.file)}${BY}${first.fullTitle}`.slice(0, LINE_CHARS);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What is said where the files could not be loaded. */
function lastLine(errors: string): string {
  const line = errors.split("\n").find((each) => /Error/.test(each)) ?? "the process ended";
  return `cannot be run: ${line.trim()}`.slice(0, LINE_CHARS);
}

/** Every module that a file names, by way of others, too. */
function modulesOf(copy: string, file: string): ReadonlySet<string> {
  const all = new Set<string>();
  const left = [file];
  while (left.length > 0) {
    const next = left.pop() as string;
    if (all.has(next) || !existsSync(join(copy, next))) continue;
    all.add(next);
    for (const [, path] of readFileSync(join(copy, next), "utf8").matchAll(MODULE_PATH)) {
      left.push(relative(copy, join(copy, dirname(next), path as string)));
    }
  }
  return all;
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // All of it has ended already.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
