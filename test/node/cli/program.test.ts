import { expect } from "chai";
import type { Command } from "commander";
import { before, describe, it } from "mocha";
// Loaded before the first test: it makes the globals that a leak would be looked for among.
import "../../../node/src/config/table.ts";
import { createProgram } from "../../../node/src/cli/program.ts";
import { commandPath } from "../../../node/src/cli/usage.ts";
import { fakeSurroundings } from "./support/surroundings.ts";

/** Commands that do something, rather than lead to others. */
function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

/** The help as a person gets it, examples included. */
function helpOf(command: Command, columns?: number): string {
  const around = fakeSurroundings(columns === undefined ? {} : { columns });
  command.configureOutput({
    writeOut: around.stdout.write,
    getOutHelpWidth: () => Math.min(columns ?? 100, 100),
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return around.written().stdout;
}

/** What a person would type, of the lines of a help that begin with "$". */
function examplesOf(help: string): string[] {
  return [...help.matchAll(/^ +\$ (.+)$/gm)].map((match) => match[1] ?? "");
}

describe("the command line's help", () => {
  let commands: readonly Command[] = [];

  before(async () => {
    commands = leaves(await createProgram(fakeSurroundings(), "all"));
  });

  it("has examples for every command, each of which begins with pleiad", () => {
    expect(commands.length).to.be.greaterThan(12);
    for (const command of commands) {
      const examples = examplesOf(helpOf(command));
      expect(examples, commandPath(command)).not.to.have.length(0);
      for (const example of examples) expect(example, commandPath(command)).to.match(/^pleiad /);
    }
  });

  it("gives only examples that parse", async () => {
    const lines = [await createProgram(fakeSurroundings(), "all"), ...commands].flatMap((command) =>
      examplesOf(helpOf(command)),
    );
    for (const line of lines) {
      const program = await createProgram(fakeSurroundings(), "all");
      const reached: string[] = [];
      for (const leaf of leaves(program)) leaf.action(() => void reached.push(commandPath(leaf)));
      await program.parseAsync(wordsOf(line).slice(1), { from: "user" });
      expect(reached, line).to.have.length(1);
      expect(line.startsWith(reached[0] ?? "?"), line).to.equal(true);
    }
  });

  it("fits a terminal of 80 columns but for the examples", () => {
    for (const command of commands) {
      for (const line of helpOf(command, 80).split("\n")) {
        if (!line.trimStart().startsWith("$"))
          expect(line.length, `${commandPath(command)}: ${line}`).to.be.at.most(80);
      }
    }
  });

  it("tells defaults that say something, and no empty one", () => {
    for (const command of commands)
      expect(helpOf(command), commandPath(command)).not.to.match(/default: (""|\[\])/);
    const give = commands.find((command) => commandPath(command) === "pleiad grant give");
    expect(give === undefined ? "" : helpOf(give)).to.include("(default: 1)");
  });

  it("takes --json at every command", () => {
    for (const command of commands) {
      const flags = command.options.map(({ long }) => long);
      expect(flags, commandPath(command)).to.include("--json");
    }
  });

  it("loads only the command that was typed", async () => {
    const program = await createProgram(fakeSurroundings(), ["quote", "1"]);
    const known = leaves(program).filter((command) => command.registeredArguments.length > 0);
    expect(known.map(commandPath)).to.deep.equal(["pleiad quote"]);
  });
});

/** A command's words as a shell reads them, as far as examples use quotes. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}
