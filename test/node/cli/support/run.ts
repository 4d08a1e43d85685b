import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
// Loaded before the first test: it makes the globals that a leak would be looked for among.
import "../../../../node/src/config/table.ts";
import { text } from "node:stream/consumers";
import { runProgram } from "../../../../node/src/cli/run.ts";
import { fakeSurroundings } from "./surroundings.ts";

const BIN = resolve(import.meta.dirname, "../../../../node/bin/pleiad.mjs");

/** What a command said and ended with. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** @default the folder of the tests' own, which holds nothing */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What standard input holds. @default nothing */
  readonly input?: string | Uint8Array;
}

/** Starts the command line as a person's shell would, without a terminal. */
export function startCli(args: readonly string[], options: RunOptions = {}): ChildProcess {
  const { PLEIAD_DATA: _, NO_COLOR: __, FORCE_COLOR: ___, ...inherited } = process.env;
  return spawn(process.execPath, [BIN, ...args], {
    cwd: options.cwd ?? tmpdir(),
    env: { ...inherited, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/** Runs one command to its end. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = startCli(args, options);
  // A command that never reads its input closes the pipe: that is its own business.
  child.stdin?.on("error", () => {});
  child.stdin?.end(options.input ?? "");
  const ended = new Promise<number | null>((done) => child.once("close", done));
  const [stdout, stderr, code] = await Promise.all([textOf(child.stdout), textOf(child.stderr), ended]);
  return { code, stdout, stderr };
}

/**
 * Runs one command in this process, by what the real one runs too: for suites of many commands, each of which would
 * else wait for a process to load everything again.
 */
export async function callCli(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const around = fakeSurroundings({ cwd: tmpdir(), ...options });
  const code = await runProgram(args, around);
  return { code, ...around.written() };
}

/** Calls a command that answers JSON. */
export async function callJson<T>(args: readonly string[], options: RunOptions = {}): Promise<T> {
  const { stdout, stderr, code } = await callCli([...args, "--json"], options);
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as T;
}

/** A folder that is gone when the function has ended. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "pleiad-cli-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  return stream === null ? Promise.resolve("") : text(stream);
}
