import { type DestinationStream, type Level, type Logger, pino } from "pino";
import type { Config } from "../config/table.ts";
import { boundedText } from "./boundedText.ts";

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
  /** How many lines of each level were written since the start. */
  counts(): Readonly<Record<LoggedError["level"], number>>;
}

/** @param destination @default standard output */
export function createDaemonLog(
  { log }: Pick<Config, "log">,
  destination: DestinationStream = pino.destination(1),
): DaemonLog {
  const errors: LoggedError[] = [];
  const counts = { warn: 0, error: 0, fatal: 0 };

  function note(level: string | undefined, args: readonly unknown[]): void {
    if (level !== "warn" && level !== "error" && level !== "fatal") return;
    counts[level] += 1;
    const [first, second] = args;
    const message = typeof first === "string" ? first : typeof second === "string" ? second : "";
    const fields = typeof first === "object" && first !== null ? (first as { code?: unknown }) : {};
    const code = typeof fields.code === "string" ? fields.code : null;
    errors.unshift({ atMs: Date.now(), level, code, message: boundedText(message, ERROR_CHARS_MAX) });
    errors.length = Math.min(errors.length, LAST_ERRORS_KEPT);
  }

  const logger = pino(
    {
      level: log.level,
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), censor: "(hidden)" },
      hooks: {
        logMethod(args, method, level) {
          note(pino.levels.labels[level] as Level | undefined, args);
          method.apply(this, args);
        },
      },
    },
    destination,
  );
  return { logger, lastErrors: () => [...errors], counts: () => ({ ...counts }) };
}
