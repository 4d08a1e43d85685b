import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { BY, type Trial } from "./trials.ts";

/** What may be the path of a module, imported or started as a process. */
const MODULE_PATH = /"([\w./-]+\.ts)"/g;
/** Twice what is allowed elsewhere: a busy machine must not look like a change that was found. */
const TEST_TIMEOUT_MS = 60_000;
/** A change that makes tests wait is told from a busy machine by so much. */
const TIMES_MAX = 5;
const EXTRA_MS = 60_000;
/** Of what a command prints, all that is kept. */
const OUTPUT_CHARS_MAX = 2_000_000;
const LINE_CHARS = 300;

/** Mocha's own report, as far as it is read here. */
interface Report {
  readonly tests: readonly { readonly file: string; readonly duration?: number }[];
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

  /**
   * Runs the tests that reach some modules, with no change, and learns how long each file takes. Answers tests that fail
   * without one: their files are not asked.
   */
  async function measure(modules: readonly string[]): Promise<readonly string[]> {
    const reaching = files.filter((file) => modules.some((module) => importsOf.get(file)?.has(module)));
    const { trial, report } = await run(reaching, Number.POSITIVE_INFINITY, []);
    if (report === undefined) throw new Error(`with no change: ${trial.by}`);
    const pathOf = (file: string) => relative(realpathSync(copy), file);
    for (const { file, duration = 0 } of report.tests) {
      takesMs.set(pathOf(file), (takesMs.get(pathOf(file)) ?? 0) + duration);
    }
    for (const { file } of report.failures) importsOf.delete(pathOf(file));
    return report.failures.map(({ file, fullTitle }) => `${basename(file)}${BY}${fullTitle}`);
  }

  /** Asks the tests that reach a module, those first that say most about it. */
  async function ask(module: string): Promise<Trial> {
    for (const group of groupsOf(module)) {
      const tookMs = group.reduce((sum, file) => sum + (takesMs.get(file) ?? 0), 0);
      const { trial } = await run(group, tookMs * TIMES_MAX + EXTRA_MS, ["--bail"]);
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

  async function run(
    group: readonly string[],
    timeoutMs: number,
    further: readonly string[],
  ): Promise<{ trial: Trial; report?: Report }> {
    const temporary = mkdtempSync(join(copy, "tmp-"));
    const options = ["--timeout", String(TEST_TIMEOUT_MS), "--reporter", "json", ...further];
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
    // All that it printed has been read once its pipes are closed, and what it left behind might keep them open.
    const closed = once(child, "close");
    const [exitCode] = (await once(child, "exit")) as [number | null];
    clearTimeout(timer);
    process.off("exit", stop);
    stop();
    await closed;
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
    const [first] = group as [string];
    const report = reportIn(output);
    return {
      trial: isLate ? { outcome: "timed out", by: basename(first) } : verdictOf(),
      ...(report && { report }),
    };

    function verdictOf(): Trial {
      if (exitCode === 0 && report?.failures.length === 0) return { outcome: "survived", by: "" };
      const failed = report?.failures[0];
      const by = failed ? [basename(failed.file), failed.fullTitle] : [basename(first), lastLine(errors)];
      return { outcome: "killed", by: by.join(BY).slice(0, LINE_CHARS) };
    }
  }

  return { measure, ask };
}

/** Undefined where the runner did not get so far. */
function reportIn(output: string): Report | undefined {
  try {
    return JSON.parse(output.slice(output.indexOf("{"))) as Report;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What is said where the files could not be loaded. */
function lastLine(errors: string): string {
  const line = errors.split("\n").find((each) => /Error/.test(each)) ?? "the process ended";
  return `cannot be run: ${line.trim()}`;
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
