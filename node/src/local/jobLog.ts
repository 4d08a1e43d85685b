import { boundedText } from "./boundedText.ts";

/** Kept of the log about executions, of all of them together: some hundred jobs' lives; the log has the rest. Lines. */
export const JOB_LINES_MAX = 4_096;
/** Of one execution, so that one that fails again and again takes no other's place. Lines. */
export const JOB_LINES_PER_EXECUTION_MAX = 256;
/** A line is cut here. With those kept it is 8 MB at the most. Characters. */
export const JOB_LINE_CHARACTERS_MAX = 2_048;

const LEVELS: Readonly<Record<number, JobLine["level"]>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};
/** What each line has, and what is told in fields of its own. */
const OWN_FIELDS = ["time", "level", "msg", "pid", "hostname", "module", "execution", "task"];

/** A line of the log about an execution, as it was written: what is secret was taken out before. */
export interface JobLine {
  readonly execution: string;
  /** Undefined: it is about the execution as a whole. */
  readonly task: number | undefined;
  readonly atMs: number;
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "fatal";
  readonly module: string;
  readonly message: string;
  /** What else the line says, as JSON. */
  readonly fields: string;
}

export interface JobLog {
  /** Lines of one task, and of its execution as a whole, the oldest first. */
  of(job: { readonly execution: bigint; readonly task: number }): readonly JobLine[];
  /** Told of each line that is kept. Must not throw. The answer ends it. */
  onLine(handler: (line: JobLine) => void): () => void;
}

/** Keeps the last lines that name an execution. It is given each line as it was written. */
export function createJobLog(): JobLog & { note(line: string): void } {
  const kept = new Map<string, JobLine[]>();
  const handlers = new Set<(line: JobLine) => void>();
  let count = 0;

  function makeRoom(): void {
    const [oldest] = kept;
    if (count <= JOB_LINES_MAX || oldest === undefined) return;
    const [execution, lines] = oldest;
    kept.delete(execution);
    count -= lines.length;
  }

  return {
    note(text) {
      // Most lines are about something else.
      if (!text.includes('"execution":')) return;
      const line = lineOf(text);
      if (line === undefined) return;
      const lines = kept.get(line.execution) ?? [];
      // Those that are spoken of last go last.
      kept.delete(line.execution);
      kept.set(line.execution, lines);
      lines.push(line);
      count += 1;
      if (lines.length > JOB_LINES_PER_EXECUTION_MAX) {
        lines.shift();
        count -= 1;
      }
      makeRoom();
      for (const handler of handlers) handler(line);
    },
    of: ({ execution, task }) =>
      (kept.get(String(execution)) ?? []).filter((line) => line.task === undefined || line.task === task),
    onLine(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
  };
}

function lineOf(text: string): JobLine | undefined {
  let parsed: Readonly<Record<string, unknown>>;
  try {
    parsed = JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  const { execution, task, time, level, module, msg } = parsed;
  if (typeof execution !== "number" && typeof execution !== "string") return undefined;
  const rest = Object.entries(parsed).filter(([name]) => !OWN_FIELDS.includes(name));
  return {
    execution: String(execution),
    task: typeof task === "number" ? task : undefined,
    atMs: typeof time === "number" ? time : Date.now(),
    level: LEVELS[Number(level)] ?? "info",
    module: typeof module === "string" ? module : "",
    message: boundedText(typeof msg === "string" ? msg : "", JOB_LINE_CHARACTERS_MAX),
    fields:
      rest.length === 0 ? "" : boundedText(JSON.stringify(Object.fromEntries(rest)), JOB_LINE_CHARACTERS_MAX),
  };
}
