import { createHash } from "node:crypto";
import { lstat, readFile, realpath } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { errnoOf } from "../../config/files.ts";
import { FolderError } from "./errors.ts";
import type { Git, GitCall } from "./git.ts";
import { failureOfGit } from "./gitFailure.ts";
import { REF_FILE_BYTES_MAX } from "./limits.ts";

/** A working tree of the user's, and the repository behind it. Paths without symbolic links. */
export interface Project {
  /** Names it in the data folder: of the repository, so that two working trees of one share it. */
  readonly key: string;
  readonly top: string;
  /** Where this working tree's HEAD and index are. */
  readonly gitFolder: string;
  /** Where refs, objects and settings are. */
  readonly commonFolder: string;
  readonly objectFormat: "sha1" | "sha256";
  readonly isShallow: boolean;
}

/** Where HEAD points. */
export interface ProjectHead {
  readonly commit: string;
  /** Short name of the branch; undefined when HEAD is detached. */
  readonly branch: string | undefined;
}

/**
 * Looks at a folder that somebody named as a project.
 *
 * @throws FolderError PROJECT_NOT_GIT, PROJECT_NOT_TOP, PROJECT_BARE
 */
export async function findProject(git: Git, path: string): Promise<Project> {
  const top = await realFolder(path);
  const args = [
    "rev-parse",
    "--path-format=absolute",
    "--is-bare-repository",
    "--is-inside-work-tree",
    "--git-dir",
    "--git-common-dir",
    "--show-object-format",
    "--is-shallow-repository",
    // Last: in a bare repository git says the others, then fails.
    "--show-toplevel",
  ];
  const { exitCode, text, stderr } = await git({ args: ["-C", top, ...args], okCodes: [0, 128] });
  const [isBare, isInside, gitFolder = "", commonFolder = "", objectFormat, isShallow, found = ""] =
    text.split("\n");
  if (isBare === "true" || isInside === "false") {
    throw new FolderError("PROJECT_BARE", `${top} is a bare repository`, { path: top });
  }
  if (exitCode !== 0) {
    const error = failureOfGit(args, exitCode, stderr);
    throw error.code === "PROJECT_NOT_GIT" ? notGit(top, error) : error;
  }
  if ((await realpath(found)) !== top) {
    throw new FolderError("PROJECT_NOT_TOP", `${top} is inside of the repository ${found}`, {
      path: top,
      top: found,
    });
  }
  const common = await realpath(commonFolder);
  return {
    key: createHash("sha256").update(common).digest("hex").slice(0, 16),
    top,
    gitFolder: await realpath(gitFolder),
    commonFolder: common,
    objectFormat: objectFormat === "sha256" ? "sha256" : "sha1",
    isShallow: isShallow === "true",
  };
}

/** A project as its copies name it: its path without symbolic links; as it was named where nothing is there. */
export async function topOf(path: string): Promise<string> {
  try {
    return await realpath(resolve(path));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return path;
  }
}

async function realFolder(path: string): Promise<string> {
  try {
    const top = await realpath(resolve(path));
    if ((await lstat(top)).isDirectory()) return top;
    throw notGit(top);
  } catch (error) {
    if (error instanceof FolderError || errnoOf(error) === undefined) throw error;
    throw notGit(path, error);
  }
}

function notGit(path: string, cause?: unknown): FolderError {
  return new FolderError("PROJECT_NOT_GIT", `${path} is no git repository`, { path }, cause);
}

/** A call about the user's repository itself: its refs. Its settings are read, and neutralised. */
export function inProject(project: Project, call: GitCall): GitCall {
  return { ...call, environment: { GIT_DIR: project.gitFolder, ...call.environment } };
}

/** @throws FolderError PROJECT_WITHOUT_COMMIT, PROJECT_REF_CORRUPT */
export async function headOf(git: Git, project: Project): Promise<ProjectHead> {
  const name = await git(inProject(project, { args: ["symbolic-ref", "--quiet", "HEAD"], okCodes: [0, 1] }));
  const branch = name.exitCode === 0 ? name.text.replace(/^refs\/heads\//, "") : undefined;
  const found = await git(
    inProject(project, { args: ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], okCodes: [0, 1, 128] }),
  );
  if (found.exitCode === 0) return { commit: found.text, branch };
  if (branch !== undefined && !(await isWritten(project, `refs/heads/${branch}`))) {
    throw new FolderError("PROJECT_WITHOUT_COMMIT", `the branch ${branch} has no commit yet`, { branch });
  }
  throw new FolderError(
    "PROJECT_REF_CORRUPT",
    `HEAD${branch === undefined ? "" : ` (${branch})`} names no commit`,
    {
      branch,
    },
  );
}

/** Whether anything at all is written under a ref's name, sound or not. */
async function isWritten(project: Project, ref: string): Promise<boolean> {
  try {
    await lstat(join(project.commonFolder, ref));
    return true;
  } catch (error) {
    if (errnoOf(error) !== "ENOENT" && errnoOf(error) !== "ENOTDIR") throw error;
  }
  const packed = await readFile(join(project.commonFolder, "packed-refs"), "utf8").catch(() => "");
  return packed
    .slice(0, REF_FILE_BYTES_MAX)
    .split("\n")
    .some((line) => line.endsWith(` ${ref}`));
}

/** Whether the project's own ignore files keep a path below its top out of everything that git does. */
export async function isIgnored(git: Git, project: Project, path: string): Promise<boolean> {
  const { exitCode } = await git(
    inProject(project, {
      args: ["-C", project.top, "check-ignore", "--quiet", "--", `./${relative(project.top, path)}`],
      // The command takes plain paths by itself, and refuses to be told so.
      environment: { GIT_WORK_TREE: project.top, GIT_LITERAL_PATHSPECS: "0" },
      okCodes: [0, 1],
    }),
  );
  return exitCode === 0;
}

/** How many files below a path of the project are in its index, in whatever case: some file systems tell no `.Pleiad` from a `.pleiad`. */
export async function countTracked(git: Git, project: Project, path: string): Promise<number> {
  const { text } = await git(
    inProject(project, {
      args: ["-C", project.top, "ls-files", "-z", "--", `./${relative(project.top, path)}`],
      environment: {
        GIT_WORK_TREE: project.top,
        // Plain paths are plain in every regard, so without case they are said to be so in two.
        GIT_LITERAL_PATHSPECS: "0",
        GIT_NOGLOB_PATHSPECS: "1",
        GIT_ICASE_PATHSPECS: "1",
      },
    }),
  );
  return text.split("\0").length - 1;
}

/** @throws FolderError PROJECT_BASE_UNKNOWN, PROJECT_SHALLOW */
export async function commitOf(git: Git, project: Project, name: string): Promise<string> {
  const isName = name.length <= 256 && !name.startsWith("-") && !/[\p{Cc}\s]/u.test(name);
  if (isName) {
    const found = await git(
      inProject(project, {
        args: ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`],
        okCodes: [0, 1, 128],
      }),
    );
    if (found.exitCode === 0) return found.text.split("\n").at(-1) ?? "";
  }
  const base = JSON.stringify(name.slice(0, 80));
  if (project.isShallow && /^[0-9a-f~^]{7,}|[~^]/.test(name)) {
    throw new FolderError("PROJECT_SHALLOW", `the shallow clone does not reach ${base}`, {
      base: name.slice(0, 80),
    });
  }
  throw baseUnknown(name);
}

function baseUnknown(name: string): FolderError {
  const base = name.slice(0, 80);
  return new FolderError("PROJECT_BASE_UNKNOWN", `the project has no commit ${JSON.stringify(base)}`, {
    base,
  });
}

const WHOLE_COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * The commit of a branch or a tag by its short name, or a whole commit that one of them reaches: for whoever is to see nothing else of a
 * project, no stash, no checkpoint of an agent, nothing that was thrown away.
 *
 * @throws FolderError PROJECT_BASE_UNKNOWN, PROJECT_SHALLOW
 */
export async function publishedCommitOf(git: Git, project: Project, name: string): Promise<string> {
  const branches = ["refs/heads/", "refs/tags/"];
  if (!WHOLE_COMMIT.test(name)) {
    for (const beginning of branches) {
      const ref = `${beginning}${name}`;
      const found = await git(inProject(project, { args: ["check-ref-format", ref], okCodes: [0, 1] }));
      if (found.exitCode !== 0) continue;
      const there = await git(
        inProject(project, { args: ["show-ref", "--verify", "--quiet", ref], okCodes: [0, 1, 128] }),
      );
      if (there.exitCode === 0) return commitOf(git, project, ref);
    }
    throw baseUnknown(name);
  }
  const commit = await commitOf(git, project, name);
  const args = ["for-each-ref", "--count=1", "--format=%(refname)", `--contains=${commit}`, ...branches];
  const { text } = await git(inProject(project, { args }));
  if (text === "") throw baseUnknown(name);
  return commit;
}

/** Whether one path is the other or inside of it. */
export function isWithin(inner: string, outer: string): boolean {
  const way = relative(outer, inner);
  return way === "" || !(way === ".." || way.startsWith("../"));
}
