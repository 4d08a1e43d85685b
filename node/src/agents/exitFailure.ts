import { AgentError } from "./errors.ts";
import type { GuardedExit } from "./guardedProcess.ts";

/** Codes that say something about the program; the others are the machine's. */
const PROGRAM_CODES = new Set([
  "ENOENT",
  "EACCES",
  "ENOTDIR",
  "EISDIR",
  "ELOOP",
  "ENOEXEC",
  "EPERM",
  "ENAMETOOLONG",
]);

/** A program's last line in the error's message: as long as the sample programs' own. Characters. */
const LAST_LINE_CHARS_MAX = 400;

/**
 * The error of a program that ended by itself, was not started at all, or lost its guard.
 *
 * @param stderrTail the end of its error output, made `printable`
 */
export function exitFailure(
  exit: Pick<GuardedExit, "errorCode" | "exitCode" | "exitSignal"> & { readonly reason: string },
  program: string,
  stderrTail: string,
): AgentError {
  if (exit.reason === "notStarted") return notStarted(program, exit.errorCode ?? "unknown");
  if (exit.reason === "lost") {
    return new AgentError("AGENT_FAILED", `the guard of ${program} was killed`, {
      details: { program, stderrTail },
    });
  }
  const { exitCode, exitSignal } = exit;
  const how = exitCode === null ? `by ${exitSignal}` : `with exit code ${exitCode}`;
  return new AgentError("AGENT_FAILED", `${program} ended ${how}${lastWords(stderrTail)}`, {
    details: { program, exitCode, exitSignal, stderrTail },
  });
}

/** The last line that a program wrote to standard error, for whoever sees the message alone: most say there what is wrong. */
function lastWords(stderrTail: string): string {
  const line = stderrTail.trim().split("\n").at(-1)?.trim() ?? "";
  if (line === "") return "";
  return `: ${line.length > LAST_LINE_CHARS_MAX ? `…${line.slice(-LAST_LINE_CHARS_MAX)}` : line}`;
}

function notStarted(program: string, errorCode: string): AgentError {
  const code = PROGRAM_CODES.has(errorCode) ? "AGENT_PROGRAM_MISSING" : "AGENT_START_FAILED";
  return new AgentError(code, `${program} cannot be started: ${errorCode}`, {
    details: { program, errorCode },
  });
}
