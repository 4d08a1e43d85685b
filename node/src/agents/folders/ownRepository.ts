import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configText, type Desk, settingsOf } from "./desk.ts";
import { FolderError } from "./errors.ts";
import type { Git } from "./git.ts";
import { bringHistory } from "./history.ts";
import { REF_FILE_BYTES_MAX } from "./limits.ts";
import { lookAt, readPlain } from "./safeFiles.ts";

/** A fresh working tree with a repository of its own. */
export interface NewTree {
  /** Must not be there yet. */
  readonly folder: string;
  readonly commit: string;
  /** The branch that its HEAD is on, in this repository alone. */
  readonly branch: string;
  /** Whose name stands on commits that are made in it. */
  readonly author: string;
  /** Paths that its git ignores. */
  readonly ignored: readonly string[];
}

/**
 * Makes a working tree whose `.git` is a repository of its own, with the history of its commit and nothing else of the project. What
 * an agent does with git in there (branches, stash, settings, hooks) is in there.
 */
export async function makeOwnTree(
  git: Git,
  desk: Desk,
  { folder, commit, branch, author, ignored }: NewTree,
) {
  const { project } = desk;
  const own = join(folder, ".git");
  await mkdir(folder, { mode: 0o700 });
  await git({ args: ["init", "--quiet", "--template=", `--object-format=${project.objectFormat}`, folder] });
  const settings = {
    ...(await settingsOf(git, project)),
    "core.bare": "false",
    "core.logallrefupdates": "true",
    "user.name": author,
    "user.email": `${author}@pleiad.localhost`,
  };
  await writeFile(join(own, "config"), configText(project, settings));
  await mkdir(join(own, "info"), { recursive: true });
  const escaped = ignored.map((path) => `/${path.replace(/[\\*?[\]!# ]/g, "\\$&")}\n`);
  await writeFile(join(own, "info", "exclude"), escaped.join(""));
  await bringHistory(git, desk, own, commit);
  const call = (args: readonly string[]) =>
    git({ args: ["-C", folder, ...args], environment: { GIT_DIR: own, GIT_WORK_TREE: folder } });
  await call(["symbolic-ref", "HEAD", `refs/heads/${branch}`]);
  await call(["update-ref", `refs/heads/${branch}`, commit]);
  await call(["read-tree", "--reset", "-u", commit]);
}

/** What copies had that borrowed the project's objects, as those of earlier versions did. */
function alternatesOf(desk: Desk): string {
  return `${join(desk.project.commonFolder, "objects")}\n`;
}

/** The commit that an agent's HEAD names, and where its objects are. */
export interface OwnHead {
  readonly commit: string;
  /** For calls that read it. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Reads the HEAD of a repository that an agent may have prepared: by hand, as data. No git is started in it, so none of its
 * settings counts; it may borrow no objects but the
 * project's.
 *
 * @throws FolderError FOLDER_HEAD_UNSAFE
 */
export async function readOwnHead(git: Git, desk: Desk, folder: string): Promise<OwnHead> {
  const own = join(folder, ".git");
  const unsafe = (what: string, cause?: unknown) =>
    new FolderError("FOLDER_HEAD_UNSAFE", `${own}: ${what}`, { folder }, cause);
  for (const part of ["", "objects", "objects/info", "objects/pack", "refs"]) {
    const stat = await lookAt(join(own, part));
    if (stat?.isDirectory() !== true) throw unsafe(`${part === "" ? "it" : part} is no folder`);
  }
  const read = async (path: string): Promise<string | undefined> => {
    try {
      return (await readPlain(join(own, path), REF_FILE_BYTES_MAX))?.toString("latin1");
    } catch (error) {
      throw unsafe(`${path} is no plain file`, error);
    }
  };
  const borrowed = await read("objects/info/alternates");
  if (borrowed !== undefined && borrowed !== alternatesOf(desk)) throw unsafe("it borrows other objects");
  const head = (await read("HEAD"))?.trim() ?? "";
  const commit = await resolveHead(head, read, own, unsafe);
  const environment = { GIT_ALTERNATE_OBJECT_DIRECTORIES: join(own, "objects") };
  const found = await git(
    desk.call({
      args: ["rev-parse", "--verify", "--quiet", `${commit}^{commit}`],
      okCodes: [0, 1, 128],
      environment,
    }),
  );
  if (found.exitCode !== 0) throw unsafe(`there is no commit ${commit}`);
  return { commit: found.text, environment };
}

const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** Plain names alone; a ref that is named otherwise is not followed. */
const BRANCH_REF = /^refs\/heads\/[A-Za-z0-9_][A-Za-z0-9_.+@-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.+@-]*)*$/;

async function resolveHead(
  head: string,
  read: (path: string) => Promise<string | undefined>,
  own: string,
  unsafe: (what: string) => FolderError,
): Promise<string> {
  if (OBJECT_ID.test(head)) return head;
  const ref = /^ref: (.+)$/.exec(head)?.[1] ?? "";
  if (!BRANCH_REF.test(ref) || ref.includes("..")) throw unsafe("HEAD names no branch");
  let at = own;
  for (const part of ref.split("/").slice(0, -1)) {
    at = join(at, part);
    const stat = await lookAt(at);
    if (stat !== undefined && !stat.isDirectory()) throw unsafe(`${ref} leads through a link`);
  }
  const isThere = (await lookAt(join(own, ref))) !== undefined;
  const loose = isThere ? (await read(ref))?.trim() : undefined;
  if (loose !== undefined) {
    if (OBJECT_ID.test(loose)) return loose;
    throw unsafe(`${ref} names no commit`);
  }
  const packed = (await read("packed-refs")) ?? "";
  const line = packed.split("\n").find((one) => one.endsWith(` ${ref}`));
  const commit = line?.split(" ")[0] ?? "";
  if (OBJECT_ID.test(commit)) return commit;
  throw unsafe(`${ref} is not there`);
}
