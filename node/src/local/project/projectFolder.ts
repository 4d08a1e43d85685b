import { existsSync, readFileSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PleiadError } from "@pleiad/sdk/errors";
import { z } from "zod";
import { FolderError } from "../../agents/folders/errors.ts";
import { createGit, type Git, requireGit } from "../../agents/folders/git.ts";
import { failureOfGit } from "../../agents/folders/gitFailure.ts";
import { countTracked, findProject, headOf, isWithin, type Project } from "../../agents/folders/project.ts";
import { errnoOf, writeFileAtomic } from "../../config/files.ts";
import { MARKER, makeDataFolder } from "../session.ts";

/** A data folder's name. */
const DATA_FOLDER_NAME = ".pleiad";
/** Says whose the data folder is. */
export const PROJECT_FILE = "project.json";
/** A cluster's slug has so many characters at least and at most; see the contract. */
const SLUG_CHARS_MIN = 3;
const SLUG_CHARS_MAX = 31;
/** A project's name in a daemon's configuration, and a cluster's name on the chain. Characters. */
const NAME_CHARS_MAX = 64;

/** All of the data folder is out of git's sight, whatever the repository's own ignore files say. */
const IGNORE_ALL =
  "# Pleiad's data of this folder: chain, keys, copies for helpers. None of it belongs into git.\n*\n";

const projectFileSchema = z.looseObject({ project: z.string(), name: z.string() });

/** A folder that a team can work on. */
export interface OpenProject {
  /** Its top, without symbolic links. */
  readonly top: string;
  /** What helpers are given it by. */
  readonly name: string;
  /** Of its cluster. */
  readonly slug: string;
  /** Undefined on a detached HEAD. */
  readonly branch: string | undefined;
}

/**
 * The top of the git work tree that a folder is in.
 *
 * @returns undefined where it is in none, in Pleiad's own checkout, or where there is no git
 * @throws FolderError PROJECT_NOT_YOURS
 */
export async function projectTopOf(
  folder: string,
  environment: Readonly<NodeJS.ProcessEnv>,
): Promise<string | undefined> {
  const args = ["-C", folder, "rev-parse", "--show-toplevel"];
  try {
    const { exitCode, text, stderr } = await gitFor(environment)({ args, okCodes: [0, 128] });
    if (exitCode === 0) return text === (await checkout()) ? undefined : text;
    const failure = failureOfGit(args, exitCode, stderr);
    if (failure.code === "PROJECT_NOT_YOURS") throw failure;
    return undefined;
  } catch (error) {
    if (error instanceof FolderError && error.code === "GIT_MISSING") return undefined;
    throw error;
  }
}

/**
 * Looks at a folder that a team shall work on.
 *
 * @throws FolderError GIT_MISSING, GIT_TOO_OLD, PROJECT_NOT_GIT, PROJECT_NOT_TOP, PROJECT_BARE, PROJECT_NOT_YOURS,
 * PROJECT_WITHOUT_COMMIT, PROJECT_REF_CORRUPT; PleiadError PROJECT_IN_PLEIAD
 */
export async function requireProject(
  folder: string,
  environment: Readonly<NodeJS.ProcessEnv>,
): Promise<OpenProject> {
  const git = gitFor(environment);
  await requireGit(git);
  const project = await findProject(git, folder);
  const { top } = project;
  const own = await checkout();
  if (isWithin(top, own)) {
    throw new PleiadError(
      `${top} is ${top === own ? "Pleiad's own checkout" : `inside of Pleiad's own checkout, ${own}`}`,
      {
        code: "PROJECT_IN_PLEIAD",
        hint: "put the project beside it; or start the sample network with --no-project",
        details: { project: top, checkout: own },
      },
    );
  }
  const { branch } = await headOf(git, project);
  return { top, name: nameOf(top), slug: slugOf(top), branch };
}

/** The data folder that a project has unless another one is named. */
export function dataFolderOfProject(top: string): string {
  return join(top, DATA_FOLDER_NAME);
}

/**
 * Makes a data folder the project's: out of git's sight first, then written down whose it is.
 *
 * @param isReset what was in it is to be forgotten, so it may have been another's
 * @returns its path without symbolic links
 * @throws PleiadError PROJECT_DATA_TRACKED, PROJECT_DATA_OTHER, LOCAL_FOLDER_UNWRITABLE
 */
export async function claimDataFolder(
  { top, name }: OpenProject,
  wished: string,
  options: { readonly environment: Readonly<NodeJS.ProcessEnv>; readonly isReset: boolean },
): Promise<string> {
  const git = gitFor(options.environment);
  const project = await findProject(git, top);
  await requireUntracked(git, project, wished);
  await makeDataFolder(wished);
  const folder = await realpath(wished);
  await requireUntracked(git, project, folder);
  if (!options.isReset) requireOwner(folder, top);
  await makeWritten(folder, ".gitignore", IGNORE_ALL);
  await makeWritten(folder, PROJECT_FILE, `${JSON.stringify({ project: top, name }, undefined, 2)}\n`);
  return folder;
}

/** The same look before anything is made. @throws PleiadError PROJECT_DATA_TRACKED */
export async function requireUntrackedData(
  { top }: OpenProject,
  folder: string,
  environment: Readonly<NodeJS.ProcessEnv>,
): Promise<void> {
  const git = gitFor(environment);
  await requireUntracked(git, await findProject(git, top), folder);
}

/** What came with a repository would name programs that are started here, and networks that are trusted. */
async function requireUntracked(git: Git, project: Project, folder: string): Promise<void> {
  if (!isWithin(folder, project.top)) return;
  const count = await countTracked(git, project, folder);
  if (count === 0) return;
  throw new PleiadError(
    `${count} files in ${folder} are the repository's, so whoever wrote it would decide what runs here`,
    {
      code: "PROJECT_DATA_TRACKED",
      hint: "look at them, take them out of the repository (git rm -r --cached) and remove them; or name another folder with --data",
      details: { folder, count },
    },
  );
}

function requireOwner(folder: string, top: string): void {
  const owner = projectOfDataFolder(folder);
  if (owner?.project === top) return;
  if (owner === undefined && !existsSync(join(folder, MARKER))) return;
  throw new PleiadError(
    owner === undefined
      ? `${folder} holds a local network without a project`
      : `${folder} belongs to another project, ${owner.project}`,
    {
      code: "PROJECT_DATA_OTHER",
      hint: "name another folder with --data; or, if this project was moved or the old network is not needed, begin anew with --reset",
      details: { folder, project: top },
    },
  );
}

/** A network without a project leaves those of projects alone. @throws PleiadError PROJECT_DATA_OTHER */
export function requireNoProject(folder: string): void {
  const owner = projectOfDataFolder(folder);
  if (owner === undefined) return;
  throw new PleiadError(`${folder} belongs to the project ${owner.project}`, {
    code: "PROJECT_DATA_OTHER",
    hint: "run pleiad up in that project without --no-project, or name another folder with --data",
    details: { folder, project: owner.project },
  });
}

/**
 * Whose project a data folder is; undefined for that of a network without one.
 *
 * @throws PleiadError PROJECT_DATA_OTHER where that cannot be read
 */
export function projectOfDataFolder(
  folder: string,
): { readonly project: string; readonly name: string } | undefined {
  const path = join(folder, PROJECT_FILE);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    if (errnoOf(error) === undefined) throw error;
    throw damaged(path, error);
  }
  try {
    return projectFileSchema.parse(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof z.ZodError)) throw error;
    throw damaged(path, error);
  }
}

function damaged(path: string, cause: unknown): PleiadError {
  return new PleiadError(`${path} does not say whose the folder is`, {
    code: "PROJECT_DATA_OTHER",
    hint: "name another folder with --data, or begin anew with --reset",
    details: { path },
    cause,
  });
}

async function makeWritten(folder: string, name: string, content: string): Promise<void> {
  try {
    await writeFileAtomic(join(folder, name), content);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new PleiadError(`cannot write ${join(folder, name)} (${errno})`, {
      code: "LOCAL_FOLDER_UNWRITABLE",
      hint: "let this user write there, or name another folder with --data or PLEIAD_DATA",
      details: { folder, errno },
      cause: error,
    });
  }
}

/** Letters, digits and . _ - of the folder's name. */
function nameOf(top: string): string {
  const plain = plainOf(basename(top)).replace(/^[._-]+/, "");
  return plain.slice(0, NAME_CHARS_MAX) || "project";
}

/** The same as a cluster is called. */
function slugOf(top: string): string {
  const plain = plainOf(basename(top))
    .toLowerCase()
    .replaceAll(/[._-]+/g, "-")
    .slice(0, SLUG_CHARS_MAX)
    .replaceAll(/^-|-$/g, "");
  return plain.length >= SLUG_CHARS_MIN ? plain : `${plain}${plain === "" ? "" : "-"}team`;
}

function plainOf(text: string): string {
  const bare = text.normalize("NFKD").replaceAll(/\p{M}/gu, "");
  return bare.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replaceAll(/^-|-$/g, "");
}

function gitFor(environment: Readonly<NodeJS.ProcessEnv>): Git {
  // It reads no settings of the user's, so it needs no home.
  return createGit({ home: "/dev/null", tag: "project" }, environment);
}

async function checkout(): Promise<string> {
  return realpath(fileURLToPath(new URL("../../../../", import.meta.url)));
}
