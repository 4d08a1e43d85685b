import { Command, type CommanderError } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { didYouMean } from "../config/didYouMean.ts";
import { cliError } from "./cliError.ts";
import { addExamples, addJsonOption, type DefineCommand } from "./define.ts";
import { columnsOf, PROSE_COLUMNS_MAX } from "./output.ts";
import type { Surroundings } from "./surroundings.ts";
import { styleFor } from "./text/style.ts";
import { commandPath, usageError } from "./usage.ts";

/** One command: what it is called, what it does in a line, under which heading, and the module that defines the rest. */
interface Entry {
  /** Words to type, the last one the command itself. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly group: string;
  readonly load: () => Promise<{ readonly define: DefineCommand }>;
}

const START = "Start here:";
const USE = "Use clusters:";
const OPERATE = "Run a node:";
const SHARE = "Let others in:";
const HELP = "Find out:";
const GROUPS: readonly string[] = [START, USE, OPERATE, SHARE, HELP];

/** What the words that only lead to others stand for. */
const FAMILIES: Readonly<Record<string, { readonly summary: string; readonly group: string }>> = {
  agent: { summary: "register or show an agent", group: OPERATE },
  bond: { summary: "put money behind a node, or take a liar's", group: OPERATE },
  cluster: { summary: "apply, show, execute or stop a cluster", group: USE },
  credit: { summary: "list or take out what was earned or refunded", group: USE },
  delegate: { summary: "let another account act for what you own", group: SHARE },
  execution: { summary: "show, watch, keep or end a run", group: USE },
  feedback: { summary: "rate agents, and see how they were rated", group: USE },
  grant: { summary: "let others use a model, an agent or a restricted cluster", group: SHARE },
  invitation: { summary: "give a grant as a file that its guest brings", group: SHARE },
  model: { summary: "register, show or stop a model, and have nodes serve it", group: OPERATE },
  node: { summary: "set up, register or start a node, and ask how it is", group: OPERATE },
};

/**
 * Every command. A module is loaded only when its command is the one that was typed, so that each starts fast; it
 * exports `define` (see `define.ts`).
 */
const COMMANDS: readonly Entry[] = [
  {
    path: ["up"],
    summary: "bring up a chain, three operators and a cluster on this machine",
    group: START,
    load: () => import("./commands/up.ts"),
  },
  {
    path: ["demo"],
    summary: "do the same in a temporary folder, run a document, and clean up",
    group: START,
    load: () => import("./commands/demo.ts"),
  },
  {
    path: ["init"],
    summary: "write a configuration and an example cluster",
    group: START,
    load: () => import("./commands/init.ts"),
  },
  {
    path: ["doctor"],
    summary: "say in plain words what is missing or wrong",
    group: START,
    load: () => import("./commands/doctor.ts"),
  },
  {
    path: ["deploy"],
    summary: "deploy the contracts to a chain",
    group: START,
    load: () => import("./commands/deploy.ts"),
  },
  {
    path: ["cluster", "apply"],
    summary: "make the chain's cluster what a file says",
    group: USE,
    load: () => import("./commands/clusterApply.ts"),
  },
  {
    path: ["cluster", "show"],
    summary: "show a cluster's agents, tasks and prices",
    group: USE,
    load: () => import("./commands/clusterShow.ts"),
  },
  {
    path: ["cluster", "execute"],
    summary: "run a cluster on a document",
    group: USE,
    load: () => import("./commands/clusterExecute.ts"),
  },
  {
    path: ["cluster", "stop"],
    summary: "let a cluster or a version take no new executions",
    group: USE,
    load: () => import("./commands/clusterStop.ts"),
  },
  {
    path: ["cluster", "open"],
    summary: "let a stopped cluster take new executions again",
    group: USE,
    load: () => import("./commands/clusterOpen.ts"),
  },
  {
    path: ["cluster", "restrict"],
    summary: "let only its owner and who has a grant run a cluster",
    group: USE,
    load: () => import("./commands/clusterRestrict.ts"),
  },
  {
    path: ["quote"],
    summary: "say what a run of a cluster costs",
    group: USE,
    load: () => import("./commands/quote.ts"),
  },
  {
    path: ["execution", "show"],
    summary: "show what a run came to, and why",
    group: USE,
    load: () => import("./commands/executionShow.ts"),
  },
  {
    path: ["execution", "watch"],
    summary: "tell what happens in runs while it happens",
    group: USE,
    load: () => import("./commands/executionWatch.ts"),
  },
  {
    path: ["execution", "receipt"],
    summary: "write a receipt, which proves a response later",
    group: USE,
    load: () => import("./commands/executionReceipt.ts"),
  },
  {
    path: ["execution", "expire"],
    summary: "end a run whose deadline is over, with a refund",
    group: USE,
    load: () => import("./commands/executionExpire.ts"),
  },
  {
    path: ["execution", "cancel"],
    summary: "end a run that the nodes let lie, as its requester",
    group: USE,
    load: () => import("./commands/executionCancel.ts"),
  },
  {
    path: ["execution", "deliver"],
    summary: "tell a contract of a run's end, for the budget on it",
    group: USE,
    load: () => import("./commands/executionDeliver.ts"),
  },
  {
    path: ["verify"],
    summary: "check a receipt against a chain",
    group: USE,
    load: () => import("./commands/verify.ts"),
  },
  {
    path: ["credit", "list"],
    summary: "list the credits of an account and of what it owns",
    group: USE,
    load: () => import("./commands/creditList.ts"),
  },
  {
    path: ["credit", "withdraw"],
    summary: "take a credit out",
    group: USE,
    load: () => import("./commands/creditWithdraw.ts"),
  },
  {
    path: ["feedback", "give"],
    summary: "rate an agent, also as one who paid for its work",
    group: USE,
    load: () => import("./commands/feedbackGive.ts"),
  },
  {
    path: ["feedback", "revoke"],
    summary: "take feedback back",
    group: USE,
    load: () => import("./commands/feedbackRevoke.ts"),
  },
  {
    path: ["feedback", "show"],
    summary: "show how an agent was rated",
    group: USE,
    load: () => import("./commands/feedbackShow.ts"),
  },
  {
    path: ["node", "init"],
    summary: "make a node's folder, key and configuration",
    group: OPERATE,
    load: () => import("./commands/nodeInit.ts"),
  },
  {
    path: ["node", "register"],
    summary: "register a node with its key",
    group: OPERATE,
    load: () => import("./commands/nodeRegister.ts"),
  },
  {
    path: ["node", "start"],
    summary: "start this node's daemon",
    group: OPERATE,
    load: () => import("./commands/nodeStart.ts"),
  },
  {
    path: ["node", "backup"],
    summary: "write what a node keeps to a file, while it runs or not",
    group: OPERATE,
    load: () => import("./commands/nodeBackup.ts"),
  },
  {
    path: ["node", "restore"],
    summary: "make a node's folder what a backup says",
    group: OPERATE,
    load: () => import("./commands/nodeRestore.ts"),
  },
  {
    path: ["node", "verify"],
    summary: "check everything that a node keeps, or a backup, and change nothing",
    group: OPERATE,
    load: () => import("./commands/nodeVerify.ts"),
  },
  {
    path: ["node", "rebuild"],
    summary: "set a node's database aside, to begin anew from the chain",
    group: OPERATE,
    load: () => import("./commands/nodeRebuild.ts"),
  },
  {
    path: ["node", "status"],
    summary: "ask running daemons how they are",
    group: OPERATE,
    load: () => import("./commands/nodeStatus.ts"),
  },
  {
    path: ["node", "rotate-key"],
    summary: "give a node a new key",
    group: OPERATE,
    load: () => import("./commands/nodeRotateKey.ts"),
  },
  {
    path: ["model", "register"],
    summary: "register a model with its terms",
    group: OPERATE,
    load: () => import("./commands/modelRegister.ts"),
  },
  {
    path: ["model", "serve"],
    summary: "have a node serve a model",
    group: OPERATE,
    load: () => import("./commands/modelServe.ts"),
  },
  {
    path: ["model", "leave"],
    summary: "have a node serve a model no longer",
    group: OPERATE,
    load: () => import("./commands/modelLeave.ts"),
  },
  {
    path: ["model", "show"],
    summary: "show a model's terms and nodes",
    group: OPERATE,
    load: () => import("./commands/modelShow.ts"),
  },
  {
    path: ["model", "stop"],
    summary: "let a model get into no new version, or stop a version",
    group: OPERATE,
    load: () => import("./commands/modelStop.ts"),
  },
  {
    path: ["agent", "register"],
    summary: "register an agent",
    group: OPERATE,
    load: () => import("./commands/agentRegister.ts"),
  },
  {
    path: ["agent", "show"],
    summary: "show an agent",
    group: OPERATE,
    load: () => import("./commands/agentShow.ts"),
  },
  {
    path: ["bond", "add"],
    summary: "put money behind a node",
    group: OPERATE,
    load: () => import("./commands/bondAdd.ts"),
  },
  {
    path: ["bond", "withdraw"],
    summary: "take a bond out, which takes 21 days",
    group: OPERATE,
    load: () => import("./commands/bondWithdraw.ts"),
  },
  {
    path: ["bond", "show"],
    summary: "show what stands behind a node",
    group: OPERATE,
    load: () => import("./commands/bondShow.ts"),
  },
  {
    path: ["bond", "prove"],
    summary: "prove that a node signed two answers",
    group: OPERATE,
    load: () => import("./commands/bondProve.ts"),
  },
  {
    path: ["bond", "claim"],
    summary: "take out what such proofs took from bonds",
    group: OPERATE,
    load: () => import("./commands/bondClaim.ts"),
  },
  {
    path: ["delegate", "add"],
    summary: "let an account act for what you own",
    group: SHARE,
    load: () => import("./commands/delegateAdd.ts"),
  },
  {
    path: ["delegate", "remove"],
    summary: "take its roles from a delegate",
    group: SHARE,
    load: () => import("./commands/delegateRemove.ts"),
  },
  {
    path: ["delegate", "list"],
    summary: "list who may act for an owner",
    group: SHARE,
    load: () => import("./commands/delegateList.ts"),
  },
  {
    path: ["grant", "give"],
    summary: "let somebody use what you own",
    group: SHARE,
    load: () => import("./commands/grantGive.ts"),
  },
  {
    path: ["grant", "revoke"],
    summary: "take a grant back",
    group: SHARE,
    load: () => import("./commands/grantRevoke.ts"),
  },
  {
    path: ["grant", "show"],
    summary: "show how often somebody may use something",
    group: SHARE,
    load: () => import("./commands/grantShow.ts"),
  },
  {
    path: ["invitation", "sign"],
    summary: "write a grant as a file",
    group: SHARE,
    load: () => import("./commands/invitationSign.ts"),
  },
  {
    path: ["invitation", "accept"],
    summary: "make a grant of an invitation",
    group: SHARE,
    load: () => import("./commands/invitationAccept.ts"),
  },
  {
    path: ["invitation", "revoke"],
    summary: "make an invitation worthless",
    group: SHARE,
    load: () => import("./commands/invitationRevoke.ts"),
  },
  {
    path: ["explain"],
    summary: "explain an error's code",
    group: HELP,
    load: () => import("./commands/explain.ts"),
  },
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
  // The help shows headings in the order in which they first come up.
  const inOrder = COMMANDS.toSorted((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group));
  for (const entry of inOrder) {
    const parent = familyOf(program, entry, around);
    const command = parent.command(entry.path.at(-1) ?? "");
    command.description(`${capitalised(entry.summary)}.`).summary(entry.summary);
    // A family's own help has one heading for all.
    if (parent === program) command.helpGroup(entry.group);
    configure(command, around);
    addJsonOption(command);
    if (wanted === "all" || isReached(entry.path, wanted)) (await entry.load()).define(command, around);
  }
  const help = new Command("help").argument("[command]").description("show a command's help").helpGroup(HELP);
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

function familyOf(program: Command, { path }: Entry, around: Surroundings): Command {
  const [family] = path;
  if (path.length === 1 || family === undefined) return program;
  const known = program.commands.find((command) => command.name() === family);
  if (known !== undefined) return known;
  const { summary = "", group = "" } = FAMILIES[family] ?? {};
  const made = program
    .command(family)
    .description(`${capitalised(summary)}.`)
    .summary(summary)
    .helpGroup(group)
    .helpCommand(false);
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
  command.configureHelp({ styleTitle: style.title, subcommandTerm: (sub) => sub.name() });
  command.helpOption("-h, --help", "show this help");
}

/** A file or pipe gets lines for an ordinary page. */
function helpColumns(columns: number): number {
  return Math.min(columns, PROSE_COLUMNS_MAX);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
