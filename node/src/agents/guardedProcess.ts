import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { GUARD_TAG_VARIABLE, groupRuns, signalGroup, sweepTagged } from "./processTable.mjs";
import type { Exceeded, KeptFolder, RunLimits } from "./sandbox/watch.mjs";

/** The last words of a program that failed. */
export const STDERR_BYTES_MAX = 2_048;
/** The guard's two waits (2.5 s) and its tidying; what comes later is not the guard any more, and 5 s are promised. */
export const GUARD_LATE_MS = 3_500;
/** How long a process that fled, and that no sweep can see, may hold the output open after the end. */
export const DRAIN_MS = 500;
/** How long a reader that holds its output up may do so after the end. */
export const PAUSED_READER_MS = 10_000;
/** SIGKILL takes effect at once, unless a process hangs in the kernel. */
const KILL_WAIT_MS = 1_000;
/** How often it looks whether the group is gone. */
const POLL_MS = 10;
/** A report is one short line; the guard is ours, but the limit costs nothing. */
const REPORT_CHARACTERS_MAX = 65_536;

const GUARD_PROGRAM = fileURLToPath(new URL("./guardProcess.mjs", import.meta.url));

/** A program to start under a guard. */
export interface GuardedStart {
  readonly program: string;
  readonly args: readonly string[];
  /** The whole environment of the program. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where it starts. */
  readonly workFolder: string;
  /** Removed at the end, by the guard, even when the daemon is gone. */
  readonly scratchFolder: string;
  /** The program's standard input: the descriptor of an open file, which the caller closes, or a pipe that is written to. */
  readonly input: number | "pipe";
  /** The size of a terminal to run it in; what it prints, errors too, then comes as standard output. @default no terminal */
  readonly terminal?: TerminalSize;
  readonly tag: string;
  /** How long it may live, in milliseconds. */
  readonly timeoutMs: number;
  /** What it may take. */
  readonly limits: RunLimits;
  /** What it writes to and outlives it, with a limit for each. @default none */
  readonly kept?: readonly KeptFolder[];
  /** Processes of a sandbox between the guard and the program. */
  readonly layers: number;
  readonly signal: AbortSignal;
}

/** A terminal's size, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A program that runs under a guard. */
export interface GuardedProcess {
  /** Its standard input, where that is a pipe. It breaks without an error event when the program is gone. */
  readonly stdin: Writable | undefined;
  /** Its standard output. To be read, or the program stands still; what is not read `DRAIN_MS` after its end is lost. */
  readonly stdout: Readable;
  /** Its standard error, of which the end is kept whether or not anybody reads here, too. */
  readonly stderr: Readable;
  /** Gives its terminal another size; nothing where it has none, or has ended. */
  resize(size: TerminalSize): void;
  /** Ends the program and all of its group, as the abort of its signal does. After its end it does nothing. */
  stop(): void;
  /** Settles once nothing of the group is left; never rejects. */
  readonly ended: Promise<GuardedExit>;
}

/** How a guarded program ended. */
export interface GuardedExit {
  /**
   * `exited`: by itself; `notStarted`: the machine refused, see `errorCode`; `exceeded`: it took more than it may, see
   * `exceeded`; `lost`: the guard was killed. In every case nothing of the group is left.
   */
  readonly reason: "exited" | "stopped" | "timedOut" | "exceeded" | "notStarted" | "lost";
  /** Which limit was passed; undefined with every other reason. `exceededError` makes the error of it. */
  readonly exceeded: Exceeded | undefined;
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  /** System's code of the error, for example ENOENT, of a program that was not started. */
  readonly errorCode: string | undefined;
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
 * Starts a program under a guard process, which ends it and all of its group when `signal` is aborted, when its time is over,
 * and when this process is gone.
 *
 * @throws the system's error if the guard itself cannot be started
 *
 * @example
 * const agent = await startGuarded({ program: "/usr/bin/cat", args: [], input: "pipe", ... });
 * agent.stdout.on("data", (chunk) => console.log(String(chunk)));
 * agent.stdin?.write("hello\n");
 * agent.stop();
 * const { reason } = await agent.ended;
 */
export async function startGuarded(start: GuardedStart): Promise<GuardedProcess> {
  const startedAt = performance.now();
  const { guard, lifeline, stdin, stdout, stderr } = await startGuard(start);
  const reports = readReports(lifeline);
  const tail = keepTail(stderr);
  const timers = new Set<NodeJS.Timeout>();
  let isStopped = false;
  let isOver = false;

  const actIfLate = (): void => {
    // If this process was itself suspended, the guard's end may be waiting to be read: let that happen first.
    timers.add(setTimeout(() => void killAll(guard, reports, start.tag), DRAIN_MS / 2));
  };
  const stop = (): void => {
    // After the end there is nothing to stop, and its tag and its numbers may be another's by now.
    if (isStopped || isOver) return;
    isStopped = true;
    lifeline.end();
    timers.add(setTimeout(actIfLate, GUARD_LATE_MS));
  };

  async function end(): Promise<GuardedExit> {
    try {
      start.signal.addEventListener("abort", stop, { once: true });
      if (start.signal.aborted) stop();
      else lifeline.write(orderLine(start));
      timers.add(setTimeout(actIfLate, start.timeoutMs + GUARD_LATE_MS));
      await guardGone(guard, lifeline);
      // A guard that was killed has not tidied up, and its agent may live.
      reports.ended ??= { sweepError: await killAll(guard, reports, start.tag) };
      await outputEnd([stdout, stderr]);
    } finally {
      isOver = true;
      start.signal.removeEventListener("abort", stop);
      for (const timer of timers) clearTimeout(timer);
      for (const stream of [lifeline, stdin, stdout, stderr]) stream?.destroy();
    }
    const isOvertime = performance.now() - startedAt >= start.timeoutMs;
    return exitOf(reports.ended, isStopped, isOvertime, tail());
  }

  const resize = ({ columns, rows }: TerminalSize): void => {
    if (start.terminal !== undefined && lifeline.writable)
      lifeline.write(`${JSON.stringify({ resize: [columns, rows] })}\n`);
  };
  return { stdin, stdout, stderr, resize, stop, ended: end() };
}

interface Guard {
  readonly guard: ChildProcess;
  readonly lifeline: Socket;
  readonly stdin: Writable | undefined;
  readonly stdout: Socket;
  readonly stderr: Socket;
}

async function startGuard(start: GuardedStart): Promise<Guard> {
  const guard = spawn(process.execPath, [GUARD_PROGRAM], {
    // Not the agent's folder: the guard removes that.
    cwd: "/",
    env: { [GUARD_TAG_VARIABLE]: start.tag },
    stdio: [start.input, "pipe", "pipe", "pipe"],
    // A session of its own: Ctrl-C in a terminal reaches the daemon alone, which then decides.
    detached: true,
  });
  await once(guard, "spawn");
  const { stdout, stderr } = guard;
  const lifeline = guard.stdio[3];
  if (!(lifeline instanceof Socket) || !(stdout instanceof Socket) || !(stderr instanceof Socket)) {
    throw new Error("a guard without its pipes");
  }
  const stdin = guard.stdin ?? undefined;
  // Each of them breaks when the other side dies; the guard's end says what matters.
  for (const stream of [lifeline, stdin, stdout, stderr]) stream?.on("error", () => {});
  return { guard, lifeline, stdin, stdout, stderr };
}

/** The order carries the environment, so it goes through the lifeline: arguments of a process are public. */
function orderLine(start: GuardedStart): string {
  const { signal: _signal, input: _input, ...order } = start;
  return `${JSON.stringify(order)}\n`;
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

function keepTail(stream: Readable): () => Uint8Array {
  let tail = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-STDERR_BYTES_MAX);
  });
  return () => tail;
}

/** Settles when a stream is closed, well or broken: `once` of node:events would reject with what broke it. */
function closeOf(stream: Socket): Promise<void> {
  if (stream.closed) return Promise.resolve();
  return new Promise((resolve) => stream.once("close", () => resolve()));
}

/** Waits for the guard's end and for its last report. */
async function guardGone(guard: ChildProcess, lifeline: Socket): Promise<void> {
  const closed = closeOf(lifeline);
  if (guard.exitCode === null && guard.signalCode === null) await once(guard, "exit");
  await closed;
}

/** Waits for the end of all output, but no longer than while some still comes. */
async function outputEnd(streams: readonly Socket[]): Promise<void> {
  const closed = Promise.all(streams.map(closeOf));
  const count = () => streams.reduce((sum, stream) => sum + stream.bytesRead, 0);
  const deadline = performance.now() + PAUSED_READER_MS;
  const isHeldUp = () => performance.now() < deadline && streams.some((stream) => stream.isPaused());
  let open = true;
  const close = closed.then(() => {
    open = false;
  });
  while (open) {
    const before = count();
    await Promise.race([close, sleep(DRAIN_MS, undefined, { ref: false })]);
    // One turn of the loop reads what waits, should this process have been too busy to read for all that time.
    await nextTurn();
    if (count() === before && !isHeldUp()) break;
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

function exitOf(
  ended: Readonly<Record<string, unknown>>,
  isStopped: boolean,
  isOvertime: boolean,
  stderrTail: Uint8Array,
): GuardedExit {
  const text = (key: string): string | undefined => {
    const value = ended[key];
    return typeof value === "string" ? value : undefined;
  };
  const leftovers = ["sweepError", "folderError"].flatMap((key) => {
    const value = text(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  const reason = isStopped ? "stopped" : reasonOf(text("reason"), isOvertime);
  return {
    reason,
    // The guard is ours: what it reports is of this form.
    exceeded: reason === "exceeded" ? (ended.exceeded as Exceeded) : undefined,
    exitCode: typeof ended.code === "number" ? ended.code : null,
    exitSignal: text("signal") ?? null,
    errorCode: text("errorCode"),
    stderrTail,
    leftovers: Object.fromEntries(leftovers),
  };
}

function reasonOf(reported: string | undefined, isOvertime: boolean): GuardedExit["reason"] {
  switch (reported) {
    case "exited":
    case "timedOut":
    case "exceeded":
    case "notStarted":
      return reported;
  }
  // The guard was told to end by somebody else ("stopped"), or it was killed.
  return isOvertime ? "timedOut" : "lost";
}
