import { Command, type CommanderError, type Option } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { didYouMean } from "../config/didYouMean.ts";
import { cliError } from "./cliError.ts";
import type { CommandEntry, CommandGroup } from "./commandList/group.ts";
import { HELP_COMMANDS } from "./commandList/help.ts";
import { MANAGER_COMMANDS } from "./commandList/manager.ts";
import { OPERATE_COMMANDS } from "./commandList/operate.ts";
import { SHARE_COMMANDS } from "./commandList/share.ts";
import { START_COMMANDS } from "./commandList/start.ts";
import { USE_COMMANDS } from "./commandList/use.ts";
import { WORKSPACE_COMMANDS } from "./commandList/workspace.ts";
import { WORKSPACE_EXPORT_COMMANDS } from "./commandList/workspaceExport.ts";
import { addExamples, addJsonOption } from "./define.ts";
import { columnsOf, PROSE_COLUMNS_MAX } from "./output.ts";
import type { Surroundings } from "./surroundings.ts";
import { styleFor } from "./text/style.ts";
import { commandPath, usageError } from "./usage.ts";

/** Every command, in the order of the help. */
const GROUPS: readonly CommandGroup[] = [
  START_COMMANDS,
  USE_COMMANDS,
  OPERATE_COMMANDS,
  WORKSPACE_COMMANDS,
  MANAGER_COMMANDS,
  SHARE_COMMANDS,
  WORKSPACE_EXPORT_COMMANDS,
  HELP_COMMANDS,
];

/** Which commands to define whole: those that some arguments reach, or all. */
export type Wanted = readonly string[] | "all";

/**
 * The command line.
 *
 * @param wanted The arguments after the program's name, so that only what they name is loaded; or "all".
 */
export async function createProgram(around: Surroundings, wanted: Wanted): Promise<Command> {
  const program = new Command("pleiad");
  program.description("Clusters of AI agents on an EVM chain, run by independent operators.");
  // Or `cluster show --version 2` would ask for the program's own version.
  program.enablePositionalOptions();
  program.version(manifest.version, "-V, --version", "print the version");
  addJsonOption(program);
  configure(program, around);
  addExamples(program, [
    ["pleiad doctor", "what is missing or wrong, in plain words"],
    [
      "pleiad cluster execute document-brief --input examples/document.md --wait",
      "run a cluster and print its response",
    ],
    ["pleiad execution show 1 --why", "the story of a run, in sentences"],
  ]);
  for (const group of GROUPS) {
    for (const entry of group.commands) {
      const command = addCommand(program, group, entry, around);
      if (wanted === "all" || isReached(entry.path, wanted)) (await entry.load()).define(command, around);
    }
  }
  const help = new Command("help").argument("[command]").description("show a command's help");
  help.helpGroup(HELP_COMMANDS.heading);
  program.addHelpCommand(help);
  return program;
}

/**
 * Makes sure that words lead to a command, for whoever asks for its help.
 *
 * @throws PleiadError USAGE_COMMAND_UNKNOWN with the one that was meant
 */
export function requireCommand(program: Command, words: readonly string[]): void {
  let at = program;
  for (const word of words.filter((one) => !one.startsWith("-"))) {
    const next = at.commands.find((command) => command.name() === word);
    if (next === undefined) {
      const names = at.commands.map((command) => command.name());
      const meant = didYouMean(word, names);
      const help = `${commandPath(at)} --help`;
      throw cliError("USAGE_COMMAND_UNKNOWN", `unknown command '${word}'`, {
        hint: meant === undefined ? `see: ${help}` : `did you mean ${meant}? See: ${help}`,
        details: meant === undefined ? {} : { suggestions: [meant] },
      });
    }
    at = next;
  }
}

function addCommand(
  program: Command,
  { heading, families }: CommandGroup,
  { path, summary }: CommandEntry,
  around: Surroundings,
): Command {
  const [family = "", member] = path;
  const isMember = member !== undefined;
  const parent = isMember ? familyOf(program, family, families[family] ?? "", heading, around) : program;
  const command = parent.command(path.at(-1) ?? "");
  command.description(`${capitalised(summary)}.`).summary(summary);
  // A family's own help has one heading for all.
  if (!isMember) command.helpGroup(heading);
  configure(command, around);
  addJsonOption(command);
  return command;
}

/** The command that leads to a family's own ones, made where it is not there yet. */
function familyOf(
  program: Command,
  family: string,
  summary: string,
  heading: string,
  around: Surroundings,
): Command {
  const known = program.commands.find((command) => command.name() === family);
  if (known !== undefined) return known;
  const made = program
    .command(family)
    .description(`${capitalised(summary)}.`)
    .summary(summary);
  made.helpGroup(heading).helpCommand(false);
  configure(made, around);
  return made;
}

/** Whether arguments name a command, options among them left out of account. */
function isReached(path: readonly string[], args: readonly string[]): boolean {
  const words = args.filter((arg) => !arg.startsWith("-") && arg !== "help");
  return path.every((word, index) => words[index] === word);
}

function configure(command: Command, around: Surroundings): void {
  const style = styleFor(around.stdout, around.env);
  command.exitOverride((error: CommanderError) => {
    throw error.exitCode === 0 || error.code === "commander.help" ? error : usageError(error, command);
  });
  command.configureOutput({
    writeOut: (text) => around.stdout.write(text),
    writeErr: (text) => around.stderr.write(text),
    // Reported once, with everything else that fails.
    outputError: () => {},
    getOutHelpWidth: () => helpColumns(columnsOf(around.stdout)),
    getErrHelpWidth: () => helpColumns(columnsOf(around.stderr)),
    getOutHasColors: () => style.isColoured,
    getErrHasColors: () => styleFor(around.stderr, around.env).isColoured,
  });
  command.configureHelp({
    styleTitle: style.title,
    subcommandTerm: (sub) => sub.name(),
    optionDescription: described,
  });
  command.helpOption("-h, --help", "show this help");
}

/** What an option is, and its default where that says something: an empty text or list does not. */
function described({ description, defaultValue }: Option): string {
  return typeof defaultValue === "number" ? `${description} (default: ${defaultValue})` : description;
}

/** A file or pipe gets lines for an ordinary page. */
function helpColumns(columns: number): number {
  return Math.min(columns, PROSE_COLUMNS_MAX);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
