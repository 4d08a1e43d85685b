import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PROGRAMS = new URL("../../../../node/src/agents/samples/", import.meta.url);

/** The document that ships in `examples/`. */
export const SAMPLE = readFileSync(new URL("../../../../examples/document.md", import.meta.url), "utf8");

/** Time for a test that starts processes: a busy machine needs much longer than the programs do. */
export const PROCESS_TIMEOUT_MS = 60_000;

/** What a program left behind. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly bytes: number;
  readonly stderr: string;
}

/** Runs a sample program as a process of its own. */
export async function run(
  program: string,
  stdin: string | Uint8Array,
  args: readonly string[] = [],
): Promise<Run> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(`${program}.ts`, PROGRAMS)), ...args]);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A program that refuses its input closes the pipe before all of it is written.
  child.stdin.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "ECONNRESET") throw error;
  });
  child.stdin.end(stdin);
  const [code] = (await once(child, "close")) as [number | null];
  const output = Buffer.concat(stdout);
  return {
    code,
    stdout: new TextDecoder("utf-8", { fatal: true }).decode(output),
    bytes: output.length,
    stderr: Buffer.concat(stderr).toString("utf8"),
  };
}

/** One part in the wire format. */
export function part(name: string, data: string | Uint8Array): Buffer {
  const bytes = Buffer.from(data);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  return Buffer.concat([
    Buffer.from(`<<<PLEIAD part ${name} bytes=${bytes.length} sha256-16=${hash}>>>\n`),
    bytes,
    Buffer.from(`\n<<<PLEIAD end ${name}>>>\n`),
  ]);
}

/** A prompt of these parts, behind the parts that every prompt has. */
export function prompt(...parts: readonly (readonly [string, string | Uint8Array])[]): Buffer {
  const always = [
    part("system", "You do one task."),
    part("persona", "name: Ada"),
    part("task", "name: test"),
  ];
  return Buffer.concat([...always, ...parts.map(([name, data]) => part(name, data))]);
}

/** The answers of the three programs to one document, each from a prompt as the daemon builds it. */
export interface Answers {
  readonly notes: Run;
  readonly brief: Run;
  readonly final: Run;
}

/** Runs reader, writer and critic one after the other. */
export async function runAll(document: string): Promise<Answers> {
  const notes = await run("reader", prompt(["request", document]));
  const brief = await run("writer", prompt(["request", document], ["output read", notes.stdout]));
  const final = await run("critic", prompt(["request", document], ["output write", brief.stdout]));
  return { notes, brief, final };
}

/** The block quotes of a brief, without marks and places. */
export function quotesOf(brief: string): string[] {
  const lines = brief.split("\n").filter((line) => line.startsWith("> "));
  return lines.map((line) => line.slice(2).replace(/ \[[\d–]+\]$/, ""));
}

/** A text on one line, without emphasis and link targets. */
export function flat(text: string): string {
  return text
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*_`]/g, "")
    .replace(/\s+/g, " ");
}
