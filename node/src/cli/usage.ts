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
  const meant = /\(Did you mean (.+)\?\)/.exec(suggestion)?.[1] ?? meantElsewhere(message, command);
  const help = `${commandPath(command)} --help`;
  return cliError(CODES[error.code] ?? "USAGE_INVALID", message.replace(/\.$/, ""), {
    hint: meant === undefined ? `see: ${help}` : `did you mean ${meant}? See: ${help}`,
    details: meant === undefined ? {} : { suggestions: meant.replace(/^one of /, "").split(", ") },
  });
}

/** The program's own command, where somebody looked for it in a group: "cluster quote" is "pleiad quote". */
function meantElsewhere(message: string, group: Command): string | undefined {
  const word = /^unknown command '(.+)'$/.exec(message)?.[1];
  const meant = group.parent?.commands.find((command) => command.name() === word);
  return meant === undefined ? undefined : commandPath(meant);
}

/** What is typed to reach a command: "pleiad cluster show". */
export function commandPath(command: Command): string {
  return command.parent === null ? command.name() : `${commandPath(command.parent)} ${command.name()}`;
}
