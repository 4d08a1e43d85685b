import { PleiadError } from "@pleiad/sdk/errors";
import { toJson } from "../api/json.ts";
import { adviceFor } from "./advice.ts";
import { explanationOf } from "./errorTable.ts";
import { proseColumns } from "./output.ts";
import type { Surroundings } from "./surroundings.ts";
import { printable, printableLine } from "./text/printable.ts";
import { styleFor } from "./text/style.ts";
import { hanging } from "./text/wrap.ts";

/** What the process ends with, for whoever started it. */
export const EXIT_CODES = {
  done: 0,
  /** The same command would fail again: mend something first. Also wrong usage, and bugs. */
  doNotRestart: 1,
  /** The same command may succeed later (EX_TEMPFAIL of sysexits.h). */
  restartMe: 75,
} as const;

/**
 * Tells how a command failed and answers the exit code.
 *
 * An expected failure is three lines (what; why, with the offending value; what to do) and its code; with `--json` one
 * object on standard output. Anything else is a bug: its stack is printed.
 *
 * @param error What was thrown.
 * @param isJson Whether the reader is a program.
 */
export function reportFailure(error: unknown, isJson: boolean, around: Surroundings): number {
  if (!(error instanceof PleiadError)) return reportBug(error, isJson, around);
  if (isJson) around.stdout.write(`${toJson({ error: failureJson(error) })}\n`);
  else around.stderr.write(failureText(error, around));
  return error.retryable ? EXIT_CODES.restartMe : EXIT_CODES.doNotRestart;
}

function failureJson({ code, message, hint, details, retryable }: PleiadError): unknown {
  return { code, message, hint: hint ?? null, retryable, details };
}

function failureText(error: PleiadError, around: Surroundings): string {
  const style = styleFor(around.stderr, around.env);
  const columns = proseColumns(around.stderr);
  const message = printable(error.message);
  const entry = explanationOf(error.code);
  const title = entry?.title ?? "Something expected went wrong";
  const lines = [
    hanging(`${style.bad("error:")} `, title, columns),
    hanging("   why: ", message, columns),
    hanging("    do: ", printableLine(whatToDo(error)), columns),
    `  code: ${error.code}  ${style.quiet(`(pleiad explain ${error.code})`)}`,
  ];
  return `${lines.join("\n")}\n`;
}

function whatToDo({ hint, code }: PleiadError): string {
  const advice = hint ?? explanationOf(code)?.whatToDo ?? "read the documents on this code";
  return adviceFor(code, advice);
}

function reportBug(error: unknown, isJson: boolean, around: Surroundings): number {
  const message = error instanceof Error ? error.message : String(error);
  if (isJson)
    around.stdout.write(`${toJson({ error: { code: "BUG", message, hint: BUG_HINT, retryable: false } })}\n`);
  const style = styleFor(around.stderr, around.env);
  const stack = error instanceof Error ? (error.stack ?? message) : message;
  around.stderr.write(
    `${style.bad("bug:")} ${printable(stack)}\n\nThis is a mistake of pleiad. ${BUG_HINT}\n`,
  );
  return EXIT_CODES.doNotRestart;
}

const BUG_HINT =
  "Please report it as an issue of the project, with the lines above, what you ran, and what `pleiad doctor` says.";
