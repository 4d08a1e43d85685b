import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readDocument } from "../../local/documentFile.ts";
import { findCodingAgents, installableAgents } from "../../local/project/codingAgents.ts";
import {
  claimDataFolder,
  dataFolderOfProject,
  type OpenProject,
  projectTopOf,
  requireProject,
} from "../../local/project/projectFolder.ts";
import {
  makeTeamFile,
  readTeam,
  TEAM_FILE,
  type Team,
  type TeamService,
} from "../../local/project/teamFile.ts";
import { type RunResult, runDocument } from "../../local/runDocument.ts";
import { openSession, resetFolder } from "../../local/session.ts";
import { dashboardOf } from "../dashboardOf.ts";
import { readDataFolder } from "../dataFolder.ts";
import type { Output } from "../output.ts";
import type { Surroundings } from "../surroundings.ts";
import { printableLine } from "../text/printable.ts";
import { documentPath, type LocalOptions, serviceChoice, windowSecondsOf } from "./localOptions.ts";
import { printRun, runJson } from "./runReport.ts";

export interface ProjectOptions extends LocalOptions {
  readonly data?: string;
  readonly rpc?: string;
  readonly reset?: boolean;
  /** A folder; false: none, though the command runs in one. */
  readonly project?: string | false;
}

/** Where a local network is brought up, and how its silence is broken. */
export interface UpPlace {
  readonly chainPort: number;
  readonly silenceMs: number;
}

/**
 * The project that a team is wanted for: the one that is named, else the one that the command runs in.
 *
 * @throws PleiadError as `requireProject`
 */
export async function projectFor(
  options: ProjectOptions,
  around: Surroundings,
): Promise<OpenProject | undefined> {
  if (options.project === false) return undefined;
  const named = options.project === undefined ? undefined : resolve(around.cwd, options.project);
  const top = named ?? (await projectTopOf(around.cwd, around.env));
  return top === undefined ? undefined : requireProject(top, around.env);
}

/** Brings up the network of a project with the services for its helpers, says what is there, and stays until Ctrl-C. */
export async function upProject(
  project: OpenProject,
  options: ProjectOptions,
  place: UpPlace,
  { around, output }: { readonly around: Surroundings; readonly output: Output },
): Promise<number> {
  const document =
    options.input === undefined ? undefined : await readDocument(documentPath(options, around.cwd));
  const serviceOf = serviceChoice(options);
  const { folder, team } = await prepare(project, options, around);
  const stopped = around.stopSignal();
  const progress = output.progress({ silenceMs: place.silenceMs });
  const say = (text: string) => progress.say(text);
  const session = await openSession({
    folder,
    chainPort: place.chainPort,
    windowSeconds: windowSecondsOf(options),
    serviceOf,
    networkEnabled: options.network,
    cluster: {
      slug: project.slug,
      name: project.name,
      description: "The team of a folder. Its own agents read a document, write a brief and check it.",
    },
    team: team.parts,
    say,
    signal: stopped,
    ...(options.rpc === undefined ? {} : { rpcUrl: options.rpc }),
  });
  const hooks = { say, signal: stopped };
  const finished = async (result: RunResult | undefined, otherwise: string) => {
    progress.end();
    if (result === undefined) output.line(otherwise);
    else {
      printRun(output, result);
      output.json(runJson(result));
    }
    report(output, project, team, {
      folder,
      around,
      wished: options.data,
      dashboard: await dashboardOf(folder),
    });
  };
  const name = printableLine(project.name);
  if (session.kind === "other") {
    const result = document === undefined ? undefined : await session.run(document, hooks);
    await finished(result, `The team of ${name} is up already, in another terminal.`);
    return result?.verified === false ? 1 : 0;
  }
  const { broken, target } = session.network;
  const ended = untilAborted(stopped);
  try {
    const run = document === undefined ? undefined : runDocument(target, document, hooks);
    const result = await Promise.race([run, ended, broken]);
    if (!stopped.aborted) {
      await finished(result, `The team of ${name} is up.`);
      output.line();
      output.line("Up until Ctrl-C.");
      await Promise.race([ended, broken]);
    }
  } catch (error) {
    progress.end();
    await session.close();
    throw error;
  }
  output.note("Stopping the helpers and the daemons, then the chain.");
  await session.close();
  return 0;
}

async function prepare(
  project: OpenProject,
  options: ProjectOptions,
  around: Surroundings,
): Promise<{ readonly folder: string; readonly team: Team }> {
  const wished = options.data ?? around.env.PLEIAD_DATA;
  const named =
    wished === undefined || wished === "" ? dataFolderOfProject(project.top) : resolve(around.cwd, wished);
  const isReset = options.reset === true;
  if (isReset) resetFolder(named);
  const folder = await claimDataFolder(project, named, { environment: around.env, isReset });
  await makeTeamFile(folder);
  const found = await findCodingAgents(around.env);
  return {
    folder,
    team: await readTeam({
      dataFolder: folder,
      project,
      found,
      ...(around.env.PATH === undefined ? {} : { searchPath: around.env.PATH }),
    }),
  };
}

interface ReportAbout {
  readonly folder: string;
  readonly around: Surroundings;
  readonly wished: string | undefined;
  readonly dashboard: string | undefined;
}

/** What is there, and what to type next. */
function report(output: Output, project: OpenProject, team: Team, about: ReportAbout): void {
  const { folder, around } = about;
  const cluster = readDataFolder(folder)?.cluster?.slug ?? project.slug;
  const { services } = team;
  const shown = relative(around.cwd, folder) || folder;
  output.json({
    project: project.top,
    branch: project.branch ?? null,
    cluster,
    data: folder,
    services: services.map(({ name, from }) => ({ name, from })),
  });
  output.line();
  output.facts([
    [
      "project",
      `${printableLine(project.top)}, ${project.branch === undefined ? "on no branch" : `on ${printableLine(project.branch)}`}`,
    ],
    ["services", services.map(serviceText).join(", ") || "none for helpers yet"],
    ["cluster", cluster],
    ...(about.dashboard === undefined ? [] : [["dashboard", about.dashboard] as const]),
    ["data", `${printableLine(shown)}, of which git sees nothing`],
  ]);
  output.line();
  const [first] = services.toSorted((a, b) => Number(isReady(b)) - Number(isReady(a)));
  if (first === undefined) printInstalls(output, join(shown, TEAM_FILE));
  output.line("Try next, in another terminal, anywhere in the project:");
  for (const line of exportsFor(project, about)) output.line(`  ${line}`);
  const lines: (readonly [line: string, meaning: string])[] = [];
  if (first !== undefined)
    lines.push(
      [`pleiad workspace spawn ada --service ${first.name} --task "Say what this project is"`, ""],
      ["pleiad workspace inbox", "its answer, once it has one"],
      ["pleiad workspace diff ada", "what it changed, in its own copy"],
      ["git branch ada-work", "a branch to bring that into"],
      ["pleiad workspace merge ada --into ada-work", "brings it there"],
    );
  lines.push([
    `pleiad cluster execute ${cluster} --input FILE --wait`,
    "a run on the chain, by the sample programs",
  ]);
  const width = Math.max(...lines.filter(([, meaning]) => meaning !== "").map(([line]) => line.length));
  for (const [line, meaning] of lines)
    output.line(meaning === "" ? `  ${line}` : `  ${line.padEnd(width)}  ${meaning}`);
}

function isReady({ found, missing }: TeamService): boolean {
  return found === undefined ? missing === undefined : found.hasKey;
}

function serviceText({ name, found, missing }: TeamService): string {
  if (missing !== undefined)
    return `${name} (${TEAM_FILE}: there is no program ${printableLine(missing)}; install it and start again)`;
  if (found === undefined) return `${name} (${TEAM_FILE})`;
  return found.hasKey
    ? name
    : `${name} (no key: set ${found.keys.slice(0, 2).join(" or ")}, and start again)`;
}

function printInstalls(output: Output, file: string): void {
  output.line("No coding agent is in PATH. Install one, set its key, and start again:");
  for (const { name, command } of installableAgents()) output.line(`  ${command.padEnd(56)}  ${name}`);
  output.prose(
    `Any other program that speaks the Agent Client Protocol is named in ${printableLine(file)}. A local model answers the cluster's own tasks, ` +
      "though it cannot be a helper: pleiad up --model-url http://127.0.0.1:11434/v1 --model llama3.2",
  );
  output.line();
}

/** What another terminal needs to know before it finds the program and the data. */
function exportsFor({ top }: OpenProject, { folder, wished, around }: ReportAbout): string[] {
  const bin = binFolder();
  const isUsual = folder === dataFolderOfProject(top);
  const isNamed = !isUsual || wished !== undefined || Boolean(around.env.PLEIAD_DATA);
  return [
    ...(bin === undefined ? [] : [`export PATH=${shellWord(bin)}:"$PATH"`]),
    ...(isNamed ? [`export PLEIAD_DATA=${shellWord(folder)}`] : []),
  ];
}

/** Where a checkout has the program; undefined where it was installed like any other. */
function binFolder(): string | undefined {
  const root = fileURLToPath(new URL("../../../../", import.meta.url));
  const folder = join(dirname(join(root, "x")), "node_modules", ".bin");
  return existsSync(join(folder, "pleiad")) ? folder : undefined;
}

function shellWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
