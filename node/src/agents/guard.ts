import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { GUARD_TAG_VARIABLE, groupRuns, signalGroup, sweepTagged } from "./processTable.mjs";

/** The last words of a program that failed. */
export const STDERR_BYTES_MAX = 2_048;
/** The guard's two waits (2.5 s) and its tidying; what comes later is not the guard any more, and 5 s are promised. */
export const GUARD_LATE_MS = 3_500;
/** How long a process that fled, and that no sweep can see, may hold the output open after the end. */
export const DRAIN_MS = 500;
/** SIGKILL takes effect at once, unless a process hangs in the kernel. */
const KILL_WAIT_MS = 1_000;
/** How often it looks whether the group is gone. */
const POLL_MS = 10;
/** A report is one short line; the guard is ours, but the limit costs nothing. */
const REPORT_CHARACTERS_MAX = 65_536;

const GUARD_PROGRAM = fileURLToPath(new URL("./guardProcess.mjs", import.meta.url));

/** A program to run under a guard. */
export interface GuardedRun {
  readonly program: string;
  readonly args: readonly string[];
  /** The whole environment of the program. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where it starts. */
  readonly workFolder: string;
  /** Removed at the end, by the guard, even when the daemon is gone. */
  readonly scratchFolder: string;
  /** Descriptor of an open file: the program's standard input. The caller closes it. */
  readonly inputDescriptor: number;
  readonly tag: string;
  readonly timeoutMs: number;
  readonly outputBytesMax: number;
  readonly signal: AbortSignal;
  /** Called with the bytes of output so far. */
  readonly onOutput: (outputBytes: number) => void;
}

/** How a guarded run ended. */
export interface GuardedEnd {
  /**
   * `exited`: by itself; `notStarted`: the machine refused, see `errorCode`; `lost`: the guard was killed. In every
   * case nothing of the group is left.
   */
  readonly reason: "exited" | "stopped" | "timedOut" | "tooLarge" | "notStarted" | "lost";
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  /** System's code of the error, for example ENOENT, of a program that was not started. */
  readonly errorCode: string | undefined;
  /** At most `outputBytesMax` bytes of standard output. */
  readonly output: Uint8Array;
  /** The last `STDERR_BYTES_MAX` bytes of standard error. */
  readonly stderrTail: Uint8Array;
  /** What could not be tidied up: the system's codes, by what failed. */
  readonly leftovers: Readonly<Record<string, string>>;
}

/** What the guard reports, as far as the daemon understands it. */
interface Reports {
  agentPid: number | undefined;
  ended: Record<string, unknown> | undefined;
}

/**
 * Runs a program under a guard process and waits until nothing of its group is left.
 *
 * Rejects only with the system's error if the guard itself cannot be started.
 */
export async function runGuarded(run: GuardedRun): Promise<GuardedEnd> {
  const startedAt = performance.now();
  const { guard, lifeline, stdout, stderr } = await startGuard(run);
  const reports = readReports(lifeline);
  const tail = keepTail(stderr);
  const timers = new Set<NodeJS.Timeout>();
  let stopped: "stopped" | "tooLarge" | undefined;

  const stop = (reason: "stopped" | "tooLarge"): void => {
    if (stopped !== undefined) return;
    stopped = reason;
    lifeline.end();
    timers.add(setTimeout(actIfLate, GUARD_LATE_MS));
  };
  const actIfLate = (): void => {
    // If this process was itself suspended, the guard's end may be waiting to be read: let that happen first.
    timers.add(setTimeout(() => void killAll(guard, reports, run.tag), DRAIN_MS / 2));
  };
  const onAbort = (): void => stop("stopped");
  const output = collectOutput(stdout, run.outputBytesMax, run.onOutput, () => stop("tooLarge"));
  try {
    run.signal.addEventListener("abort", onAbort, { once: true });
    if (run.signal.aborted) onAbort();
    else lifeline.write(orderLine(run));
    timers.add(setTimeout(actIfLate, run.timeoutMs + GUARD_LATE_MS));
    await guardGone(guard, lifeline);
    // A guard that was killed has not tidied up, and its agent may live.
    reports.ended ??= { sweepError: await killAll(guard, reports, run.tag) };
    await outputEnd([stdout, stderr], output);
  } finally {
    run.signal.removeEventListener("abort", onAbort);
    for (const timer of timers) clearTimeout(timer);
    for (const stream of [lifeline, stdout, stderr]) stream.destroy();
  }
  const overtime = performance.now() - startedAt >= run.timeoutMs;
  return endOf(reports.ended, stopped, overtime, output.bytes(), tail());
}

interface Guard {
  readonly guard: ChildProcess;
  readonly lifeline: Socket;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

async function startGuard(run: GuardedRun): Promise<Guard> {
  const guard = spawn(process.execPath, [GUARD_PROGRAM], {
    // Not the agent's folder: the guard removes that.
    cwd: "/",
    env: { [GUARD_TAG_VARIABLE]: run.tag },
    stdio: [run.inputDescriptor, "pipe", "pipe", "pipe"],
    // A session of its own: Ctrl-C in a terminal reaches the daemon alone, which then decides.
    detached: true,
  });
  await once(guard, "spawn");
  const lifeline = guard.stdio[3];
  if (!(lifeline instanceof Socket) || guard.stdout === null || guard.stderr === null) {
    throw new Error("a guard without its pipes");
  }
  // Each of them breaks when the other side dies; the guard's end says what matters.
  for (const stream of [lifeline, guard.stdout, guard.stderr]) stream.on("error", () => {});
  return { guard, lifeline, stdout: guard.stdout, stderr: guard.stderr };
}

/** The order carries the environment, so it goes through the lifeline: arguments of a process are public. */
function orderLine(run: GuardedRun): string {
  const { program, args, environment, workFolder, scratchFolder, tag, timeoutMs } = run;
  return `${JSON.stringify({ program, args, environment, workFolder, scratchFolder, tag, timeoutMs })}\n`;
}

function readReports(lifeline: Socket): Reports {
  const reports: Reports = { agentPid: undefined, ended: undefined };
  let received = "";
  lifeline.setEncoding("utf8");
  lifeline.on("data", (chunk: string) => {
    received = (received + chunk).slice(-REPORT_CHARACTERS_MAX);
    const lines = received.split("\n");
    received = lines.pop() ?? "";
    for (const line of lines) {
      const report = JSON.parse(line) as Record<string, unknown>;
      if (report.event === "started") reports.agentPid = Number(report.pid);
      if (report.event === "ended") reports.ended = report;
    }
  });
  return reports;
}

interface CollectedOutput {
  /** What came, at most as much as is allowed. */
  bytes(): Uint8Array;
  /** How many bytes came, those thrown away included. */
  count(): number;
}

function collectOutput(
  stdout: Readable,
  bytesMax: number,
  onOutput: (outputBytes: number) => void,
  onTooLarge: () => void,
): CollectedOutput {
  const chunks: Buffer[] = [];
  let kept = 0;
  let count = 0;
  stdout.on("data", (chunk: Buffer) => {
    count += chunk.length;
    // After the limit it reads on and throws away, so that a program is not blocked while it is told to end.
    if (count > bytesMax) {
      onTooLarge();
      return;
    }
    chunks.push(chunk);
    kept += chunk.length;
    onOutput(kept);
  });
  return { bytes: () => Buffer.concat(chunks), count: () => count };
}

function keepTail(stream: Readable): () => Uint8Array {
  let tail = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-STDERR_BYTES_MAX);
  });
  return () => tail;
}

/** Waits for the guard's end and for its last report. */
async function guardGone(guard: ChildProcess, lifeline: Socket): Promise<void> {
  const closed = lifeline.closed ? undefined : once(lifeline, "close");
  if (guard.exitCode === null && guard.signalCode === null) await once(guard, "exit");
  await closed;
}

/** Waits for the end of all output, but no longer than while some still comes. */
async function outputEnd(streams: readonly Readable[], output: CollectedOutput): Promise<void> {
  const closed = Promise.all(streams.map((stream) => (stream.closed ? undefined : once(stream, "close"))));
  let open = true;
  const close = closed.then(() => {
    open = false;
  });
  while (open) {
    const before = output.count();
    await Promise.race([close, sleep(DRAIN_MS, undefined, { ref: false })]);
    // One turn of the loop reads what waits, should this process have been too busy to read for all that time.
    await nextTurn();
    if (output.count() === before) break;
  }
}

/** What the guard would have done, when it is late or was killed itself. Answers what hindered the sweep, if anything. */
async function killAll(guard: ChildProcess, reports: Reports, tag: string): Promise<string | undefined> {
  const group = reports.agentPid;
  if (group !== undefined) signalGroup(group, "SIGKILL");
  guard.kill("SIGKILL");
  const hindrance = sweepTagged((entry) => entry.tag === tag).error;
  const deadline = performance.now() + KILL_WAIT_MS;
  while (group !== undefined && groupRuns(group) && performance.now() < deadline) await sleep(POLL_MS);
  return hindrance;
}

function endOf(
  ended: Readonly<Record<string, unknown>>,
  stopped: "stopped" | "tooLarge" | undefined,
  overtime: boolean,
  output: Uint8Array,
  stderrTail: Uint8Array,
): GuardedEnd {
  const text = (key: string): string | undefined => {
    const value = ended[key];
    return typeof value === "string" ? value : undefined;
  };
  const leftovers = ["sweepError", "folderError"].flatMap((key) => {
    const value = text(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    reason: stopped ?? reasonOf(text("reason"), overtime),
    exitCode: typeof ended.code === "number" ? ended.code : null,
    exitSignal: text("signal") ?? null,
    errorCode: text("errorCode"),
    output,
    stderrTail,
    leftovers: Object.fromEntries(leftovers),
  };
}

function reasonOf(reported: string | undefined, overtime: boolean): GuardedEnd["reason"] {
  if (reported === "exited" || reported === "timedOut" || reported === "notStarted") return reported;
  // The guard was told to end by somebody else ("stopped"), or it was killed.
  return overtime ? "timedOut" : "lost";
}
