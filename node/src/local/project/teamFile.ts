import { existsSync } from "node:fs";
import { join } from "node:path";
import { PATH_DEFAULT } from "../../agents/environment.ts";
import { findProgram } from "../../agents/findProgram.ts";
import { writeFileNew } from "../../config/files.ts";
import { readConfigText } from "../../config/load.ts";
import { parseConfig } from "../../config/parse.ts";
import { configInvalid } from "../../config/problem.ts";
import type { Config } from "../../config/table.ts";
import { readYaml } from "../../config/yamlValues.ts";
import { SAMPLE_AGENTS } from "../sampleCluster.ts";
import type { FoundAgent } from "./codingAgents.ts";

/** What a person says of the team in a folder; in the data folder, which no repository brings along. */
export const TEAM_FILE = "team.yaml";

/** Sections of a daemon's configuration that are about helpers; the rest is the local network's own. */
const SECTIONS = ["services", "folders", "workspace", "budgets", "approvals"] as const;

type Sections = { [Name in (typeof SECTIONS)[number]]?: Readonly<Record<string, unknown>> };

/** What a daemon's configuration gets for the team of a folder. */
export interface TeamParts {
  readonly sections: Readonly<Sections>;
}

/** Services for helpers, and where each comes from. */
export interface TeamService {
  readonly name: string;
  readonly from: "found" | "file";
  readonly found?: FoundAgent;
  /** Its program, where there is none. */
  readonly missing?: string;
}

export interface Team {
  readonly parts: TeamParts;
  /** Services that helpers can be started with. */
  readonly services: readonly TeamService[];
}

/** Writes the file with everything in comments where there is none. */
export async function makeTeamFile(dataFolder: string): Promise<void> {
  const path = join(dataFolder, TEAM_FILE);
  if (!existsSync(path)) await writeFileNew(path, TEXT);
}

/**
 * The team of a project: what the file says, the coding agents that were found, and the project itself. A service of the file
 * counts before one of the same name that was found.
 *
 * @throws PleiadError CONFIG_INVALID with file, line and key; CONFIG_MODE, CONFIG_UNREADABLE
 */
export async function readTeam(options: {
  readonly dataFolder: string;
  readonly project: { readonly name: string; readonly top: string };
  readonly found: readonly FoundAgent[];
  /** Where programs are looked for. @default the process's PATH */
  readonly searchPath?: string;
}): Promise<Team> {
  const { project, found, searchPath = process.env.PATH ?? PATH_DEFAULT } = options;
  const path = join(options.dataFolder, TEAM_FILE);
  const text = await readConfigText(path);
  requireSections(text, path);
  const config = parseConfig(text, path);
  requireNames(config, { path, text, found, project });
  const given = (readYaml(text).value ?? {}) as Sections;
  const own = found.filter(({ name }) => !config.services.has(name));
  const lasting = [...config.services].filter(([, { kind }]) => isLasting(kind)).map(([name]) => name);
  const sections: Sections = {
    ...given,
    services: {
      ...Object.fromEntries(own.map(({ name, service }) => [name, service])),
      ...given.services,
    },
    folders: {
      ...given.folders,
      projects: { ...Object.fromEntries(config.folders.projects), [project.name]: project.top },
    },
  };
  return {
    parts: { sections: withoutEmpty(sections) },
    services: [
      ...own.map((one): TeamService => ({ name: one.name, from: "found", found: one })),
      ...(await Promise.all(lasting.map((name) => ofFile(name, config, searchPath)))),
    ],
  };
}

async function ofFile(name: string, { services }: Config, searchPath: string): Promise<TeamService> {
  const service = services.get(name);
  const program = service !== undefined && "program" in service ? service.program : undefined;
  const isMissing = program !== undefined && (await findProgram(program, searchPath)) === undefined;
  return { name, from: "file", ...(isMissing ? { missing: program } : {}) };
}

/** What lives for one prompt alone answers no helper. */
function isLasting(kind: string): boolean {
  return kind !== "command";
}

/** A section without anything in it is none. */
function withoutEmpty(sections: Sections): Sections {
  return Object.fromEntries(Object.entries(sections).filter(([, section]) => section !== null));
}

function requireSections(text: string, path: string): void {
  const { value, lines } = readYaml(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  const foreign = Object.keys(value).filter((key) => !(SECTIONS as readonly string[]).includes(key));
  if (foreign.length === 0) return;
  const sentence = `unknown key, expected one of ${SECTIONS.join(", ")}`;
  throw configInvalid(
    path,
    foreign.map((key) => ({ key, line: lines.get(key), sentence })),
  );
}

/** Names that fit neither the local network's services nor what is there. */
function requireNames(
  { services, workspace, folders }: Config,
  about: {
    readonly path: string;
    readonly text: string;
    readonly found: readonly FoundAgent[];
    readonly project: { readonly name: string; readonly top: string };
  },
): void {
  const { path, text, found, project } = about;
  const { lines } = readYaml(text);
  const samples = new Set<string>(SAMPLE_AGENTS.map(({ name }) => name));
  const known = new Set([...services.keys(), ...found.map(({ name }) => name)]);
  const problems = [
    ...[...services.keys()]
      .filter((name) => samples.has(name))
      .map((name) => ({
        key: `services.${name}`,
        sentence: "the local network's own service has this name",
      })),
    ...workspace.agentServices
      .filter((name) => !known.has(name))
      .map((name) => ({
        key: "workspace.agentServices",
        sentence: `"${name}" is no service; there are ${[...known].join(", ") || "none"}`,
      })),
    ...(folders.projects.has(project.name) && folders.projects.get(project.name) !== project.top
      ? [
          {
            key: `folders.projects.${project.name}`,
            sentence: `is the name of this project, ${project.top}; choose another one`,
          },
        ]
      : []),
  ];
  if (problems.length === 0) return;
  throw configInvalid(
    path,
    problems.map((problem) => ({ ...problem, line: lines.get(problem.key) })),
  );
}

const TEXT = `# The team of this folder: read when "pleiad up" starts. Every key is one of a daemon's configuration; docs/config.md has them all.
# Coding agents whose programs are in PATH (claude, codex, opencode, gemini, qwen) need nothing here.

# Further services for helpers, by any name: coding agents that speak the Agent Client Protocol, and models over HTTP, which have the
# workspace's tools and no folder.
# services:
#   mine:
#     kind: acp
#     program: /usr/local/bin/my-agent   # absolute, or a name that is looked up in PATH
#     args: [--acp]
#     environment: [MY_AGENT_KEY]        # names of variables that it may see, never their values
#     network: true                      # in a sandbox it has none by default
#   small:
#     kind: http
#     baseUrl: http://127.0.0.1:11434/v1
#     model: small-model

# What a merge has to pass: a program and its arguments, run in the merged files.
# folders:
#   gate: [npm, test]

# Services with which agents may start helpers themselves, and how many programs run at once.
# workspace:
#   agentServices: [mine]
#   helpersMax: 8

# What agents may spend; each service then wants \`prices\`.
# budgets:
#   day: "5.00"
`;
