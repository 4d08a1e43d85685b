import { EXIT_CODES, reportFailure } from "./failure.ts";
import { runProgram, wantsJson } from "./run.ts";
import type { Surroundings } from "./surroundings.ts";

/** Runs one command and ends the process with its exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const around = surroundingsOf(process);
  endQuietlyWhenNobodyReads();
  process.on("uncaughtException", (error) => process.exit(reportFailure(error, wantsJson(args), around)));
  const exitCode = await runProgram(args, around);
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(exitCode);
}

function surroundingsOf({ env, stdin, stdout, stderr }: NodeJS.Process): Surroundings {
  return {
    env,
    cwd: process.cwd(),
    stdin,
    stdout,
    stderr,
    result: { exitCode: EXIT_CODES.done },
    stopSignal,
  };
}

/** The first signal asks the command to end, the second ends it. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => controller.abort());
  return controller.signal;
}

/** `pleiad … | head` closes the pipe when it has enough: that is no failure, and nothing is left to say. */
function endQuietlyWhenNobodyReads(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(EXIT_CODES.done);
      throw error;
    });
  }
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}
