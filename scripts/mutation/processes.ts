import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Answer, Question } from "./runner.ts";

/** Some fifty times what each takes on an idle machine. */
const TESTS_TIMEOUT_MS = 900_000;
const CAMPAIGN_TIMEOUT_MS = 600_000;
/** A process keeps a little of every file that it has loaded: after so many questions another takes its place. */
const QUESTIONS_MAX = 100;
/** Of what a command prints, all that is kept. */
const OUTPUT_CHARS_MAX = 2_000_000;

export interface Ended {
  /** Undefined where the clock ended it, null where another signal did. */
  readonly exitCode: number | null | undefined;
  readonly output: string;
}

export type TestProcess = ReturnType<typeof createTestProcess>;

/** A process that runs TypeScript tests of `folder`, made anew where it ended. */
export function createTestProcess(folder: string) {
  let child: ChildProcess | undefined;
  let questions = 0;

  /** Answers undefined where the clock ended it, null where it ended by itself. */
  async function ask(question: Question): Promise<Answer | null | undefined> {
    if (questions >= QUESTIONS_MAX) close();
    child ??= await start();
    questions++;
    const { signal, abort } = abortAfter(TESTS_TIMEOUT_MS);
    const current = child;
    try {
      const ended = once(current, "exit", { signal }).then(() => null);
      const answered = once(current, "message", { signal }).then(([answer]) => answer as Answer);
      ended.catch(() => {});
      answered.catch(() => {});
      current.send(question);
      const answer = await Promise.race([answered, ended]);
      if (answer === null) child = undefined;
      return answer;
    } catch (error) {
      if (!signal.aborted) throw error;
      close();
      return undefined;
    } finally {
      abort();
    }
  }

  async function start(): Promise<ChildProcess> {
    questions = 0;
    const path = join(folder, "scripts/mutation/runner.ts");
    const started = fork(path, { cwd: folder, stdio: ["ignore", "ignore", "inherit", "ipc"] });
    await once(started, "message");
    return started;
  }

  /** Ends it; the next question starts another. */
  function close(): void {
    child?.kill("SIGKILL");
    child = undefined;
  }

  return { ask, close };
}

/** Runs Solidity tests, as a group of processes that ends whole. */
export async function runCampaign(folder: string, files: readonly string[]): Promise<Ended> {
  const args = ["node_modules/hardhat/dist/src/cli.js", "test", "solidity", "--no-compile", ...files];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: Buffer) => {
    if (output.length < OUTPUT_CHARS_MAX) output += chunk.toString();
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  let isLate = false;
  const stop = () => endGroup(child);
  const timer = setTimeout(() => {
    isLate = true;
    stop();
  }, CAMPAIGN_TIMEOUT_MS);
  process.once("exit", stop);
  const [exitCode] = (await once(child, "close")) as [number | null];
  process.off("exit", stop);
  clearTimeout(timer);
  return { exitCode: isLate ? undefined : exitCode, output };
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, "SIGKILL");
}

/** A signal of a clock that can be stopped; stopping it ends what waits for it. */
function abortAfter(timeoutMs: number) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  return {
    signal: controller.signal,
    abort: () => {
      clearTimeout(timer);
      controller.abort();
    },
  };
}
