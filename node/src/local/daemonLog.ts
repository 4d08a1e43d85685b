import { type DestinationStream, type Level, type Logger, pino } from "pino";
import type { Config } from "../config/table.ts";
import { boundedText } from "./boundedText.ts";
import { createJobLog, type JobLog } from "./jobLog.ts";
import { createLogRepeats, type LogArguments } from "./logRepeats.ts";

/** What somebody looks at first; older ones are in the log. Lines. */
export const LAST_ERRORS_KEPT = 10;
/** A line is cut here for `GET /status`; the log has it whole. Characters. */
export const ERROR_CHARS_MAX = 300;

/** Names under which something secret might be logged by a mistake of the program: their values never are. */
const SECRET_NAMES = [
  "password",
  "privateKey",
  "token",
  "apiToken",
  "apiKey",
  "authorization",
  "passphrase",
  "secret",
  "rpcUrls",
  "wsUrl",
  "remoteSignerUrl",
];

/** A warning or an error that was logged. */
export interface LoggedError {
  readonly atMs: number;
  readonly level: "warn" | "error" | "fatal";
  readonly code: string | null;
  readonly message: string;
}

/** The daemon's log, and what is counted of it. */
export interface DaemonLog {
  readonly logger: Logger;
  /** The last warnings and errors, the newest first. Of a level that is not logged there are none. */
  lastErrors(): readonly LoggedError[];
  /** How many lines of each level there were since the start, those included that were not written as they said the same. */
  counts(): Readonly<Record<LoggedError["level"], number>>;
  /** The last lines about executions, as they were written. */
  readonly jobLog: JobLog;
  /** Told of each warning and error that is kept. Must not throw. The answer ends it. */
  onError(handler: () => void): () => void;
}

/**
 * A warning or an error that says the same as one before is written at most once in `LOG_REPEAT_INTERVAL_MS`, then with
 * the number of those held back (`suppressed`). Who logs with other numbers each time names what it is about in the field
 * `limitAs`, and all of that name count as the same.
 *
 * @param destination @default standard output
 * @param nowMs By the monotonic clock. @default the machine's
 */
export function createDaemonLog(
  { log }: Pick<Config, "log">,
  destination: DestinationStream = pino.destination(1),
  nowMs: () => number = () => performance.now(),
): DaemonLog {
  const repeats = createLogRepeats({ nowMs });
  const errors: LoggedError[] = [];
  const jobLog = createJobLog();
  const handlers = new Set<() => void>();
  const counts = { warn: 0, error: 0, fatal: 0 };

  /** @returns whether the line is to be written */
  function note(level: string | undefined, args: LogArguments, write: (args: LogArguments) => void): boolean {
    if (level !== "warn" && level !== "error" && level !== "fatal") return true;
    counts[level] += 1;
    // A daemon that dies says so, however often.
    if (level !== "fatal" && !repeats.isNew(level, args, write)) return false;
    const [first, second] = args;
    const message = typeof first === "string" ? first : typeof second === "string" ? second : "";
    const fields = typeof first === "object" && first !== null ? (first as { code?: unknown }) : {};
    const code = typeof fields.code === "string" ? fields.code : null;
    errors.unshift({ atMs: Date.now(), level, code, message: boundedText(message, ERROR_CHARS_MAX) });
    errors.length = Math.min(errors.length, LAST_ERRORS_KEPT);
    for (const handler of handlers) handler();
    return true;
  }

  const sink = {
    write(line: string): void {
      destination.write(line);
      jobLog.note(line);
    },
    // A daemon that dies writes what it has.
    flushSync: () => (destination as { flushSync?: () => void }).flushSync?.(),
  };
  const logger = pino(
    {
      level: log.level,
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), censor: "(hidden)" },
      hooks: {
        logMethod(args, method, level) {
          repeats.tell();
          // Straight to the line: what was held back does not come here again.
          const write = (held: LogArguments) => method.apply(this, held as typeof args);
          if (note(pino.levels.labels[level] as Level | undefined, args, write)) method.apply(this, args);
        },
      },
    },
    sink,
  );
  return {
    logger,
    lastErrors: () => [...errors],
    counts: () => ({ ...counts }),
    jobLog,
    onError(handler) {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
  };
}
