import { open } from "node:fs/promises";
import { basename, extname, resolve } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { type SpawnAgentParameters, spawnAgent } from "@pleiad/sdk/workspace/spawnAgent";
import { errnoOf, whyUnreadable } from "../../config/files.ts";
import { daemonClient } from "../../local/daemonClient.ts";
import { cliError } from "../cliError.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { projectsOf } from "../folderAccess.ts";
import type { Surroundings } from "../surroundings.ts";
import { printableLine } from "../text/printable.ts";
import { accessOf, addWorkspaceOptions, type WorkspaceOptions, workspaceOf } from "../workspaceAccess.ts";

/** A daemon takes no larger blob. Bytes. */
const FILE_BYTES_MAX = 1_048_576;

/** What coding agents and models know to look at; everything else is handed over as bytes. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".gif": "image/gif",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".json": "application/json",
  ".md": "text/markdown",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".txt": "text/plain",
  ".webp": "image/webp",
};

interface Options extends WorkspaceOptions {
  readonly service?: string;
  readonly task?: string;
  readonly role?: string;
  readonly goal?: string;
  /** False: none, though there is one. */
  readonly project?: string | false;
  readonly budget?: string;
  readonly file?: readonly string[];
}

/** `pleiad workspace spawn NAME`: a helper, with a program that this node runs or without one. */
export const define: DefineCommand = (command, around) => {
  command.argument("<name>", "what to call it: a-z, 0-9 and -");
  command.option(
    "--service <name>",
    "what runs it, from `services` (default: nothing; somebody connects it by pleiad mcp)",
  );
  command.option("--task <text>", "what it does first; its result comes as a message");
  command.option("--role <text>", "what it is, in a line (default: its name)");
  command.option("--goal <text>", "what it is there for (default: to help its team)");
  command.option(
    "--project <name>",
    "the folder that it works on, from `folders.projects`, in a copy of its own (default: the only one, if a service runs it)",
  );
  command.option(
    "--budget <amount>",
    "what it may cost in all, as 12.50 (default: what the operator allows)",
  );
  command.option("--no-project", "it works in an empty folder, though there is a project");
  command.option("--file <path...>", "a file or an image for the task; may be given more than once");
  addWorkspaceOptions(command);
  addExamples(command, [
    [
      'pleiad workspace spawn ada --service claude --task "make the tests pass"',
      "starts it, and gives it work",
    ],
    [
      'pleiad workspace spawn bob --service codex --project site --task "see the picture" --file bug.png',
      "on a named project, with an image",
    ],
    ['pleiad workspace spawn eve --service claude --no-project --task "…"', "in an empty folder"],
    ["pleiad workspace inbox", "its result, once it has one"],
    ["pleiad workspace stop ada", "ends it"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, name = "") => {
    const files = await filesOf(options, around);
    const project = await projectFor(options, around);
    const parameters = parametersOf(name, { ...options, project: project.name ?? false });
    const { agent } = await spawnAgent(await workspaceOf(options, around), {
      ...parameters,
      ...(files.length === 0 ? {} : { files }),
    });
    output.json({ agent });
    output.line(`${printableLine(agent.name)} is there${placeText(options, project)}`);
    if (options.service === undefined) {
      output.prose(
        `Nothing runs it. Make a token for it (pleiad workspace token create --helper ${printableLine(name)} …) and let its program use pleiad mcp.`,
      );
    }
    return 0;
  });
};

function parametersOf(name: string, options: Options): SpawnAgentParameters {
  const { service, task, role = name, goal = "help your team", project, budget } = options;
  return {
    name,
    role,
    goal,
    ...(service === undefined ? {} : { service }),
    ...(task === undefined ? {} : { task }),
    ...(project === undefined || project === false ? {} : { project }),
    ...(budget === undefined ? {} : { budget }),
  };
}

interface ChosenProject {
  readonly name: string | undefined;
  /** Of how many it could have been given one. */
  readonly offered: number;
}

/** The project that was named, or the node's only one: who speaks with a token of his own may not give any, so none is looked for. */
async function projectFor(options: Options, around: Surroundings): Promise<ChosenProject> {
  const { project, service, tokenFile } = options;
  if (typeof project === "string") return { name: project, offered: 1 };
  const isOperator = tokenFile === undefined && !around.env.PLEIAD_TOKEN;
  if (project === false || service === undefined || !isOperator) return { name: undefined, offered: 0 };
  const projects = await projectsOf(await accessOf(options, around));
  return { name: projects.length === 1 ? projects[0] : undefined, offered: projects.length };
}

function placeText({ project, service }: Options, { name, offered }: ChosenProject): string {
  if (name !== undefined) {
    const hint = project === undefined ? " (--no-project: in an empty folder)" : "";
    return `, and works on ${printableLine(name)} in a copy of its own${hint}`;
  }
  if (service === undefined) return "";
  return `, and works in an empty folder${offered > 1 ? " (--project NAME: on a project)" : ""}`;
}

/** Hands the files over and names them by what they hold. @throws PleiadError USAGE_INVALID, as `accessOf` */
async function filesOf(
  options: Options,
  around: Surroundings,
): Promise<NonNullable<SpawnAgentParameters["files"]>> {
  const paths = options.file ?? [];
  const files = await Promise.all(paths.map((path) => readFileBounded(resolve(around.cwd, path))));
  if (files.length === 0) return [];
  const daemon = daemonClient(await accessOf(options, around));
  return Promise.all(
    files.map(async ({ path, bytes }) => ({
      name: basename(path),
      mediaType: MEDIA_TYPES[extname(path).toLowerCase()] ?? "application/octet-stream",
      digest: await daemon.putBlob(bytes),
    })),
  );
}

async function readFileBounded(path: string): Promise<{ readonly path: string; readonly bytes: Uint8Array }> {
  try {
    await using handle = await open(path, "r");
    const { size } = await handle.stat();
    if (size > FILE_BYTES_MAX) {
      throw cliError("USAGE_INVALID", `${path} has ${size} bytes, more than ${FILE_BYTES_MAX}`, {
        hint: "put large files into the project, and name them in the task",
      });
    }
    return { path, bytes: await handle.readFile() };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || error instanceof PleiadError) throw error;
    throw cliError("USAGE_INVALID", `cannot read ${path}: ${whyUnreadable(errno)}`, {
      hint: "name a plain file that you may read",
    });
  }
}
