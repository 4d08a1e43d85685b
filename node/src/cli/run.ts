import { type Command, CommanderError } from "commander";
import { reportFailure } from "./failure.ts";
import { createProgram, requireCommand } from "./program.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Runs one command, tells its failure if it fails, and answers the exit code.
 *
 * @param args The arguments after the program's name.
 */
export async function runProgram(args: readonly string[], around: Surroundings): Promise<number> {
  try {
    const program = await createProgram(around, args);
    // Somebody who types the bare name looks around.
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(plainArguments(program, args), { from: "user" });
    return around.result.exitCode;
  } catch (error) {
    // Help and version are no failures, and commander has printed them.
    if (error instanceof CommanderError) return error.exitCode;
    return reportFailure(error, wantsJson(args), around);
  }
}

/** "help cluster apply" as "cluster apply --help". @throws PleiadError USAGE_COMMAND_UNKNOWN */
function plainArguments(program: Command, args: readonly string[]): readonly string[] {
  const [first, ...words] = args;
  if (first !== "help" || words.length === 0) return args;
  requireCommand(program, words);
  return [...words, "--help"];
}

/** Whether a program reads. Asked before the arguments are parsed, as that may be what fails. */
export function wantsJson(args: readonly string[]): boolean {
  return args.includes("--json");
}
