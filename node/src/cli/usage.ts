import type { PleiadError } from "@pleiad/sdk/errors";
import type { Command, CommanderError } from "commander";
import { cliError } from "./cliError.ts";
import type { CliErrorCode } from "./errorTables/cli.ts";

/** commander's names of what can be wrong, in ours. */
const CODES: Readonly<Record<string, CliErrorCode>> = {
  "commander.unknownCommand": "USAGE_COMMAND_UNKNOWN",
  "commander.unknownOption": "USAGE_OPTION_UNKNOWN",
  "commander.missingArgument": "USAGE_ARGUMENT_MISSING",
  "commander.optionMissingArgument": "USAGE_ARGUMENT_MISSING",
  "commander.missingMandatoryOptionValue": "USAGE_ARGUMENT_MISSING",
};

/** Wrong usage of a command as a typed error: what commander found, what was meant, and where the usage stands. */
export function usageError(error: CommanderError, command: Command): PleiadError {
  const [message = "", suggestion = ""] = error.message.replace(/^error: /, "").split("\n");
  const meant = meantElsewhere(message, command) ?? /\(Did you mean (.+)\?\)/.exec(suggestion)?.[1];
  const help = `${commandPath(command)} --help`;
  return cliError(CODES[error.code] ?? "USAGE_INVALID", message.replace(/\.$/, ""), {
    hint: meant === undefined ? `see: ${help}` : `did you mean ${meant}? See: ${help}`,
    details: meant === undefined ? {} : { suggestions: meant.replace(/^one of /, "").split(", ") },
  });
}

/**
 * A command of exactly that name elsewhere: the program's own where somebody looked for it in a group ("cluster quote" is "pleiad
 * quote"), or a group's where somebody left that out ("execute" is "pleiad cluster execute").
 */
function meantElsewhere(message: string, group: Command): string | undefined {
  const word = /^unknown command '(.+)'$/.exec(message)?.[1];
  const elsewhere = group.parent?.commands ?? group.commands.flatMap(({ commands }) => commands);
  const meant = elsewhere.filter((command) => command.name() === word).map(commandPath);
  return meant.length > 1 ? `one of ${meant.join(", ")}` : meant[0];
}

/** What is typed to reach a command: "pleiad cluster show". */
export function commandPath(command: Command): string {
  return command.parent === null ? command.name() : `${commandPath(command.parent)} ${command.name()}`;
}
